// Writes the files of a source archive to a directory: what a source tree may have, and nothing else.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { diskFailure } from './disk-failure.ts';
import { isTreePath, leavesTree } from './paths.ts';
import { cleanEnvironment } from './process.ts';
import { Malformed, readTar, type TarMember } from './tar.ts';

/** A small archive can unpack to anything. The limits are beyond the largest public source trees (a browser's, 5 GB). */
export interface Limits {
  /** Of all files together. */
  readonly bytes: number;
  readonly members: number;
}

export interface Unpacked {
  readonly directory: string;
  readonly epoch: number;
}

const LIMITS: Limits = { bytes: 16 * 2 ** 30, members: 1_000_000 };

/**
 * Unpacks the tar archive `file`, plain or compressed with gzip, xz or zstd, into `target`, which does not exist yet.
 * When all of it lies in one directory, as releases do, that is the tree. Yields the directory of the tree, and the
 * time of the archive's newest member, seconds since 1970. After a failure `target` is the caller's to remove; nothing was written elsewhere. Failures:
 * `source/bad-archive-file`, `source/bad-name`, `source/special-file`, `source/symlink-escapes`, `source/too-large`,
 * `source/empty`, `host/missing-tool`, `host/no-space`, `host/unwritable-cache`.
 */
export async function unpackArchive(
  file: string,
  target: string,
  place: string,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Promise<Result<Unpacked>> {
  const unpacking = new Unpacking(target, place, limits);
  const opened = await openArchive(file, signal);
  try {
    await mkdir(target);
    for await (const member of readTar(opened.stream)) {
      const refused = await unpacking.take(member);
      if (refused !== undefined) return fail(refused);
    }
    await opened.ended();
    return await unpacking.finish();
  } catch (error) {
    if (signal.aborted)
      return fail({ code: 'interrupted/cancelled', message: 'The unpacking was cancelled.', place });
    if (error instanceof Malformed || isDecompressing(error))
      return fail(damaged(place, (error as Error).message));
    return fail(diskFailure('a source tree', target, error as NodeJS.ErrnoException));
  } finally {
    await opened.close();
  }
}

/** Node's names for what zlib and zstd find in what they read. */
function isDecompressing(error: unknown): boolean {
  return /^(?:Z_|ZSTD_|ERR_)/.test((error as NodeJS.ErrnoException).code ?? '');
}

interface Opened {
  readonly stream: AsyncIterable<Buffer>;
  /** Throws `Malformed` when a program that decompresses found fault. */
  readonly ended: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** By its first bytes: what an archive is called decides nothing. */
async function openArchive(file: string, signal: AbortSignal): Promise<Opened> {
  const handle = await open(file, 'r');
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(6), position: 0 });
  await handle.close();
  const magic = buffer.toString('hex', 0, bytesRead);
  const raw = createReadStream(file, { signal });
  if (magic === 'fd377a585a00') return throughProgram('xz', raw, signal);
  const filter = magic.startsWith('1f8b')
    ? createGunzip()
    : magic.startsWith('28b52ffd')
      ? createZstdDecompress()
      : undefined;
  if (filter === undefined)
    return { stream: raw, ended: async () => {}, close: async () => void raw.destroy() };
  raw.on('error', (error) => filter.destroy(error));
  return {
    stream: raw.pipe(filter),
    ended: async () => {},
    close: async () => {
      raw.destroy();
      filter.destroy();
    },
  };
}

/** Node has no xz. */
function throughProgram(program: string, raw: Readable, signal: AbortSignal): Opened {
  const child = spawn(program, ['--decompress', '--stdout', '--memlimit-decompress=512MiB'], {
    env: cleanEnvironment({}),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-1000);
  });
  const ended = once(child, 'close').catch(() => [undefined]);
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  raw.on('error', () => child.kill('SIGKILL'));
  raw.pipe(child.stdin);
  return {
    stream: child.stdout,
    ended: async () => {
      const [code] = await ended;
      if (code !== 0) throw new Malformed(said.trim() || `${program} did not end well`);
    },
    close: async () => {
      raw.destroy();
      child.kill('SIGKILL');
      child.stdout.destroy();
      await ended;
    },
  };
}

/** What was taken so far; every name is checked before anything of it is written. */
class Unpacking {
  readonly #target: string;
  readonly #place: string;
  readonly #limits: Limits;
  readonly #seen = new Set<string>();
  readonly #files = new Set<string>();
  readonly #links: { readonly path: string; readonly target: string }[] = [];
  #members = 0;
  #bytes = 0;
  #epoch = 0;

  constructor(target: string, place: string, limits: Limits) {
    this.#target = target;
    this.#place = place;
    this.#limits = limits;
  }

  async take(member: TarMember): Promise<Failure | undefined> {
    const path = member.path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
    this.#members += 1;
    this.#bytes += member.size;
    if (this.#members > this.#limits.members || this.#bytes > this.#limits.bytes)
      return tooLarge(this.#place, this.#limits);
    if (member.kind === 'other') return special(`${this.#place}: ${path}`);
    // The directory that the archive was made of.
    if (path === '' || path === '.')
      return member.kind === 'directory' ? undefined : badName(this.#place, 'an empty name');
    if (!isTreePath(path) || path.includes('\\')) return badName(this.#place, JSON.stringify(member.path));
    this.#epoch = Math.max(this.#epoch, member.time);
    if (member.kind === 'directory') {
      if (this.#files.has(path)) return twice(this.#place, path);
      return this.#within(path) ?? (await this.#directory(path));
    }
    if (this.#seen.has(path)) return twice(this.#place, path);
    const within = this.#within(path);
    if (within !== undefined) return within;
    this.#seen.add(path);
    this.#files.add(path);
    if (member.kind === 'symlink') {
      if (member.target === '') return escapes(`${this.#place}: ${path}`);
      this.#links.push({ path, target: member.target });
      return undefined;
    }
    await this.#directory(dirname(path));
    const handle = await open(join(this.#target, path), 'wx', 0o644);
    try {
      for await (const piece of member.content()) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    if (member.executable) await chmod(join(this.#target, path), 0o755);
    return undefined;
  }

  /** Why something cannot be below what is above it: a file or a link. */
  #within(path: string): Failure | undefined {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      if (this.#files.has(above))
        return badName(this.#place, `${JSON.stringify(above)}, which is a file and a directory`);
    }
    return undefined;
  }

  async #directory(path: string): Promise<undefined> {
    if (path !== '.' && !this.#seen.has(path)) {
      for (let above = path; above !== '.'; above = dirname(above)) this.#seen.add(above);
      await mkdir(join(this.#target, path), { recursive: true });
    }
  }

  /** Links last, so that no file is ever written through one. */
  async finish(): Promise<Result<Unpacked>> {
    if (this.#files.size === 0) return fail(empty(this.#place));
    const tops = new Set([...this.#files].map((path) => path.split('/', 1)[0] ?? ''));
    const [top = ''] = tops;
    const inside = tops.size === 1 && !this.#files.has(top) ? `${top}/` : '';
    for (const { path, target } of this.#links) {
      if (leavesTree(path.slice(inside.length), target)) return fail(escapes(`${this.#place}: ${path}`));
      await mkdir(dirname(join(this.#target, path)), { recursive: true });
      await symlink(target, join(this.#target, path));
    }
    // What SOURCE_DATE_EPOCH's readers can hold.
    return ok({
      directory: inside === '' ? this.#target : join(this.#target, top),
      epoch: Math.min(this.#epoch, 2 ** 32 - 1),
    });
  }
}

function damaged(place: string, cause: string): Failure {
  return {
    code: 'source/bad-archive-file',
    message: 'This is no tar archive that can be a source, plain or compressed with gzip, xz or zstd.',
    place,
    cause,
    next: 'Name another file in `archive`.',
  };
}

function badName(place: string, what: string): Failure {
  return {
    code: 'source/bad-name',
    message: `The archive has a name that cannot be a file of a source tree: ${what}.`,
    place,
    next: 'Do not use this archive before its owner has explained it.',
  };
}

function twice(place: string, path: string): Failure {
  return badName(place, `${JSON.stringify(path)}, which is there twice`);
}

function special(place: string): Failure {
  return {
    code: 'source/special-file',
    message: 'The archive has something that is neither a file, a directory nor a symlink.',
    place,
    next: 'Do not use this archive before its owner has explained it.',
  };
}

function escapes(place: string): Failure {
  return {
    code: 'source/symlink-escapes',
    message: 'A symlink points out of its source tree.',
    place,
    next: 'Do not use this archive before its owner has explained it.',
  };
}

function tooLarge(place: string, { bytes, members }: Limits): Failure {
  return {
    code: 'source/too-large',
    message: `The archive unpacks to more than ${bytes} bytes or ${members} members.`,
    place,
    next: 'Do not use this archive before its owner has explained it.',
  };
}

function empty(place: string): Failure {
  return { code: 'source/empty', message: 'The archive has no files.', place, next: 'Use another archive.' };
}
