// Reads tar archives: POSIX ustar and pax (POSIX.1-2017, pax, "ustar Interchange Format"), and GNU's long names.

/** What an archive says about one member, nothing of it checked but its form. */
export interface TarMember {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Of a file; bytes. */
  readonly size: number;
  readonly executable: boolean;
  /** Seconds since 1970. */
  readonly time: number;
  /** What a symlink leads to. */
  readonly target: string;
  /** The content of a file, in pieces; what is not read is skipped. */
  readonly content: () => AsyncGenerator<Buffer>;
}

/** The bytes are no tar archive, or not all of one. */
export class Malformed extends Error {}

const BLOCK = 512;
/** Of names that do not fit a header: longer than any path of Linux (PATH_MAX, 4096), with the words around it. */
const MAX_EXTENSION = 16_384;
/** Of one member; an archive could else go on with them for ever. */
const MAX_EXTENSIONS = 8;
/** Bytes of padding behind the end; tar's own is at most one record, which is 10 KiB unless somebody chose another. */
const MAX_PADDING = 64 * 2 ** 20;

/** The members of an archive, in its order. Throws `Malformed`. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarMember> {
  const bytes = new Bytes(source);
  let named: Partial<Record<'path' | 'linkpath' | 'size', string>> = {};
  let extensions = 0;
  for (;;) {
    const header = await bytes.take(BLOCK);
    // Two blocks of zeros end an archive; what follows is padding.
    if (header.every((byte) => byte === 0)) return await bytes.drain();
    checkSum(header);
    const type = header.toString('latin1', 156, 157);
    const stated = number(header, 124, 12);
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      extensions += 1;
      if (extensions > MAX_EXTENSIONS) throw new Malformed('too many extended headers');
      if (stated > MAX_EXTENSION) throw new Malformed(`an extended header has ${stated} bytes`);
      const text = utf8(await bytes.take(stated));
      await bytes.skip(padding(stated));
      if (type === 'x') named = { ...named, ...paxRecords(text) };
      else if (type === 'L') named = { ...named, path: untilNul(text) };
      else if (type === 'K') named = { ...named, linkpath: untilNul(text) };
      continue;
    }
    const size = named.size === undefined ? stated : decimal(named.size);
    const kind = KINDS[type] ?? 'other';
    const left = { bytes: kind === 'file' ? size : 0 };
    yield {
      path: named.path ?? headerPath(header),
      kind,
      size: left.bytes,
      executable: (number(header, 100, 8) & 0o111) !== 0,
      time: number(header, 136, 12),
      target: named.linkpath ?? field(header, 157, 100),
      content: () => bytes.pieces(left),
    };
    await bytes.skip(left.bytes + (kind === 'file' ? padding(size) : 0));
    // Nothing but a file is read on; what else has content ends the reading of the archive with its caller.
    if (kind === 'other') throw new Malformed('a member of an unknown kind');
    named = {};
    extensions = 0;
  }
}

const KINDS: Readonly<Record<string, TarMember['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '5': 'directory',
  '2': 'symlink',
};

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The sum of all bytes, with the field of the sum as blanks. */
function checkSum(header: Buffer): void {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (header[at] ?? 0);
  if (sum !== number(header, 148, 8)) throw new Malformed('a header has another sum than it says');
}

/** Octal digits; GNU writes what does not fit as big-endian bytes behind 0x80. */
function number(header: Buffer, offset: number, length: number): number {
  if (((header[offset] ?? 0) & 0x80) !== 0) {
    const value = BigInt(`0x${header.toString('hex', offset + 1, offset + length)}`);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed('a number is too large');
    return Number(value);
  }
  const text = header
    .toString('latin1', offset, offset + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]*$/.test(text)) throw new Malformed(`${JSON.stringify(text)} is no number`);
  return text === '' ? 0 : Number.parseInt(text, 8);
}

function decimal(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new Malformed(`${JSON.stringify(text)} is no size`);
  return Number(text);
}

function field(header: Buffer, offset: number, length: number): string {
  const whole = header.subarray(offset, offset + length);
  const end = whole.indexOf(0);
  return utf8(end < 0 ? whole : whole.subarray(0, end));
}

function headerPath(header: Buffer): string {
  // GNU's own format has times where ustar has a prefix.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? field(header, 345, 155) : '';
  const name = field(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Lines of `length key=value`, where the length counts the whole line. */
function paxRecords(text: string): Record<string, string> {
  const bytes = Buffer.from(text);
  const records: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const [, digits, key] = /^([0-9]{1,6}) ([^=\n]+)=/.exec(bytes.toString('utf8', at, at + 400)) ?? [];
    const end = at + Number(digits ?? 'NaN');
    if (digits === undefined || key === undefined || end > bytes.length || bytes[end - 1] !== 10) {
      throw new Malformed('an extended header is no list of records');
    }
    const start = at + digits.length + 1 + Buffer.byteLength(key) + 1;
    if (key.startsWith('GNU.sparse')) throw new Malformed('a sparse file');
    if (key === 'path' || key === 'linkpath' || key === 'size')
      records[key] = bytes.toString('utf8', start, end - 1);
    at = end;
  }
  return records;
}

function untilNul(text: string): string {
  return text.split('\0', 1)[0] ?? '';
}

function utf8(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) throw new Malformed('a name that is not UTF-8');
  return text;
}

/** A stream that is read in amounts. */
class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pieces({ bytes: length })) parts.push(part);
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.pieces({ bytes: length }));
  }

  /** `left` counts down, so that another call goes on where one ended. */
  async *pieces(left: { bytes: number }): AsyncGenerator<Buffer> {
    while (left.bytes > 0) {
      if (this.#ahead.byteLength === 0 && !(await this.#more())) throw new Malformed('it ends too early');
      const part = this.#ahead.subarray(0, left.bytes);
      this.#ahead = this.#ahead.subarray(part.byteLength);
      left.bytes -= part.byteLength;
      yield part;
    }
  }

  /** To the end, so that whoever decompresses can say that the last bytes are damaged. */
  async drain(): Promise<void> {
    for (let read = 0; await this.#more(); read += this.#ahead.byteLength) {
      if (read > MAX_PADDING) throw new Malformed('it goes on behind its end');
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#ahead = next.value;
    return true;
  }
}
