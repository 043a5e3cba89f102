// A download that is not complete yet: bytes on disk and their hash so far, taken over from a run that was killed.
import { type FileHandle, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, makeDigest, newSha256, sha256Of, sizeOf } from '../base/digest.ts';

export class PartialFile {
  readonly path: string;
  readonly #file: FileHandle;
  #hash = newSha256();
  #size = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Opens the partial file for a digest in `dir`; what a process that no longer runs left there is continued. */
  static async open(dir: string, digest: Digest): Promise<PartialFile> {
    await mkdir(dir, { recursive: true });
    const sha256 = sha256Of(digest);
    const path = join(dir, `${sha256}.${process.pid}`);
    for (const name of await readdir(dir)) {
      const [of, pid] = name.split('.');
      // The rename is what takes it: of two runs that try, one finds it gone and starts afresh.
      if (of === sha256 && !isRunning(Number(pid)))
        await rename(join(dir, name), path).catch(() => undefined);
    }
    const partial = new PartialFile(path, await open(path, 'a+', 0o644));
    try {
      await partial.#rehash(sizeOf(digest));
      return partial;
    } catch (error) {
      await partial.close();
      throw error;
    }
  }

  /** Bytes that are here. */
  get size(): number {
    return this.#size;
  }

  digest(): Digest {
    return makeDigest(this.#hash.copy().digest('hex'), this.#size);
  }

  async append(chunk: Buffer): Promise<void> {
    this.#hash.update(chunk);
    this.#size += chunk.byteLength;
    await this.#file.appendFile(chunk);
  }

  /** Forgets every byte. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = newSha256();
    this.#size = 0;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #rehash(limit: number): Promise<void> {
    const { size } = await this.#file.stat();
    if (size > limit) return this.restart();
    for await (const chunk of this.#file.createReadStream({ start: 0, autoClose: false })) {
      this.#hash.update(chunk as Buffer);
      this.#size += (chunk as Buffer).byteLength;
    }
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
