// Reads what `git cat-file --batch` prints: a header line, as many bytes as it says, a newline.
import type { Readable } from 'node:stream';

/** Longer than any file system's limit for symlink targets (4096 on Linux). */
const TEXT_LIMIT = 4096;

/** Git ended before it had printed what it was asked for: an object is damaged, or git was killed. */
export class EndedEarly extends Error {
  constructor() {
    super('git ended early');
  }
}

export class BatchReader {
  readonly #source: AsyncIterator<Buffer>;
  #ahead: Buffer = Buffer.alloc(0);
  #left = 0;

  constructor(source: Readable) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Reads the header of the next object; false when it is not this blob of this size. */
  async begin(object: string, size: number): Promise<boolean> {
    let end = this.#ahead.indexOf(10);
    while (end < 0) {
      if (!(await this.#more())) return false;
      end = this.#ahead.indexOf(10);
    }
    const header = this.#ahead.subarray(0, end).toString('latin1');
    this.#ahead = this.#ahead.subarray(end + 1);
    this.#left = size;
    return header === `${object} blob ${size}`;
  }

  /** The content of the object begun, in pieces. Throws `EndedEarly`. */
  async *chunks(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      if (this.#ahead.byteLength === 0) await this.#need();
      const chunk = this.#ahead.subarray(0, this.#left);
      this.#ahead = this.#ahead.subarray(chunk.byteLength);
      this.#left -= chunk.byteLength;
      yield chunk;
    }
    if (this.#ahead.byteLength === 0) await this.#need();
    this.#ahead = this.#ahead.subarray(1);
  }

  /** The content as text; nothing when it is too long for a symlink or not UTF-8. Throws `EndedEarly`. */
  async text(): Promise<string | undefined> {
    if (this.#left > TEXT_LIMIT) return undefined;
    const bytes: Buffer[] = [];
    for await (const chunk of this.chunks()) bytes.push(Buffer.from(chunk));
    const content = Buffer.concat(bytes);
    const text = content.toString('utf8');
    return text !== '' && !text.includes('\0') && Buffer.from(text).equals(content) ? text : undefined;
  }

  async #need(): Promise<void> {
    if (!(await this.#more())) throw new EndedEarly();
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#ahead = this.#ahead.byteLength === 0 ? next.value : Buffer.concat([this.#ahead, next.value]);
    return true;
  }
}
