// Reads a directory into its canonical listing; when taking it into the store, normalises it on the way.
import {
  type BigIntStats,
  chmodSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { compareCodeUnits } from '../base/canonical.ts';
import { newSha256, sha256Hex } from '../base/digest.ts';
import type { Failure } from '../base/failure.ts';
import { flush, hashFiles, inodeOf } from './hash.ts';
import type { Entry, Listing, TreeKind } from './listing.ts';
import { flushFileSystem } from './namespace.ts';
import { opaqueDirectories } from './opaque.ts';
import { stampOf } from './stamp.ts';

export interface ScanRequest {
  readonly dir: string;
  readonly kind: TreeKind;
  /** Modification time that every entry gets (`take`) or is compared with (`check`), seconds since 1970. */
  readonly epoch: number;
  /** `take`: normalise, hash and make durable. `check`: hash. `stamp`: metadata only, nothing is opened. */
  readonly mode: 'take' | 'check' | 'stamp';
}

export interface Scan {
  /** Without entries when only stamped. */
  readonly listing: Listing;
  /** sha-256 over the metadata of every entry: it changes when anything below the directory is touched. */
  readonly stamp: string;
  readonly bytes: number;
  /** Whether every entry was made durable by itself; otherwise the whole file system has to be. */
  readonly flushed: boolean;
  /** What the directory holds that no tree or layer may hold; the listing is then incomplete. */
  readonly problems: readonly Failure[];
}

interface Found {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Entries above which one flush of the whole file system is cheaper than one per file (measured on ext4). */
const FLUSH_EACH_LIMIT = 500;

/** Entries between two turns of the event loop. */
const SLICE = 256;

/** Scans a directory. Throws system errors. */
export async function scan(request: ScanRequest): Promise<Scan> {
  if (request.mode === 'stamp') return stampAlone(request);
  const problems: Failure[] = [];
  const { dir, kind, epoch, mode } = request;
  let found = await collect(request, problems, (each) => each);
  const flushed = mode === 'take' && found.length <= FLUSH_EACH_LIMIT;
  // The disk writes all of it while it is hashed; what its dates add to that is little.
  const flushing = mode === 'take' && !flushed ? flushFileSystem(dir) : undefined;
  const [hashes] = await Promise.all([hashesOf(dir, found, flushed), flushing]);
  const opaque = kind === 'layer' ? await opaqueAmong(dir, found, problems) : new Set();
  if (mode === 'take') found = await setTimes(dir, found, epoch, flushed);
  const entries: Entry[] = [];
  const firstPaths = new Map<string, string>();
  const stamp = newSha256();
  for (const [index, each] of found.entries()) {
    const { path, stats } = each;
    if (index % SLICE === 0) await turn();
    stamp.update(stampLine(each));
    if (mode === 'check' && stats.mtimeNs !== BigInt(epoch) * 1_000_000_000n)
      problems.push(wrongTime(dir, path));
    const first = stats.isFile() && stats.nlink > 1n ? firstPath(firstPaths, path, stats) : undefined;
    entries.push(entryOf(request, path, stats, first, hashes.get(inodeOf(stats)), opaque.has(path)));
  }
  const bytes = found.reduce((sum, { stats }) => sum + (stats.isFile() ? Number(stats.size) : 0), 0);
  return { listing: { kind, epoch, entries }, stamp: stamp.digest('hex'), bytes, flushed, problems };
}

/** Keeps one line of each entry instead of its metadata: every run does this to all that it reads. */
async function stampAlone(request: ScanRequest): Promise<Scan> {
  const { kind, epoch } = request;
  const problems: Failure[] = [];
  let bytes = 0;
  const found = await collect(request, problems, (each) => {
    if (each.stats.isFile()) bytes += Number(each.stats.size);
    return { path: each.path, line: stampLine(each) };
  });
  const stamp = sha256Hex(found.map(({ line }) => line).join(''));
  return { listing: { kind, epoch, entries: [] }, stamp, bytes, flushed: false, problems };
}

function stampLine({ path, stats }: Found): string {
  return `${path}\0${stampOf(stats)}\n`;
}

function hashesOf(dir: string, found: readonly Found[], flushed: boolean): Promise<Map<string, string>> {
  const files = found.filter(({ stats }) => stats.isFile());
  return hashFiles(
    files.map(({ path, stats }) => ({ path: join(dir, path), stats })),
    flushed,
  );
}

function opaqueAmong(dir: string, found: readonly Found[], problems: Failure[]): Promise<Set<string>> {
  const directories = found.filter(({ stats }) => stats.isDirectory());
  return opaqueDirectories(
    dir,
    directories.map(({ path }) => path),
    problems,
  );
}

/** Gives everything its modification time; yields the metadata after that, which is when they stop to change. */
async function setTimes(
  dir: string,
  found: readonly Found[],
  epoch: number,
  flushed: boolean,
): Promise<Found[]> {
  for (const [index, { path, stats }] of found.entries()) {
    if (index % SLICE === 0) await turn();
    lutimesSync(join(dir, path), epoch, epoch);
    if (flushed && stats.isDirectory()) flush(join(dir, path));
  }
  lutimesSync(dir, epoch, epoch);
  if (flushed) flush(dir);
  const settled: Found[] = [];
  for (const { path } of found) {
    if (settled.length % SLICE === 0) await turn();
    settled.push({ path, stats: lstatSync(join(dir, path), { bigint: true }) });
  }
  return settled;
}

/** Walks the directory; in `take` mode gives every entry the owner and mode that its kind of tree has. Ordered by path. */
async function collect<T extends { readonly path: string }>(
  { dir, kind, mode }: ScanRequest,
  problems: Failure[],
  keep: (found: Found) => T,
): Promise<T[]> {
  const kept: T[] = [];
  const pending = [''];
  if (mode === 'take') normalise(dir, lstatSync(dir, { bigint: true }), 'tree');
  for (let count = 0; pending.length > 0; ) {
    const parent = pending.pop() as string;
    const above = parent === '' ? '' : `${parent}/`;
    for (const name of namesIn(`${dir}/${parent}`, problems)) {
      if (count++ % SLICE === 0) await turn();
      const path = `${above}${name}`;
      const full = `${dir}/${path}`;
      let stats = lstatSync(full, { bigint: true });
      if (!isAllowed(stats, kind)) {
        problems.push(notAllowed(full, stats, kind));
        continue;
      }
      if (mode === 'take' && normalise(full, stats, kind)) stats = lstatSync(full, { bigint: true });
      kept.push(keep({ path, stats }));
      if (stats.isDirectory()) pending.push(path);
    }
  }
  return kept.sort((a, b) => compareCodeUnits(a.path, b.path));
}

/** Names in a directory; those that are not UTF-8 become problems instead. */
function namesIn(dir: string, problems: Failure[]): string[] {
  const names = readdirSync(dir);
  // Node puts U+FFFD where bytes are not UTF-8; only then is the slower reading needed.
  if (!names.some((name) => name.includes('\uFFFD'))) return names;
  return readdirSync(dir, { encoding: 'buffer' }).flatMap((bytes) => {
    if (Buffer.from(bytes.toString()).equals(bytes)) return [bytes.toString()];
    problems.push({
      code: 'action/name-not-utf8',
      message: 'A file name is not UTF-8, so it cannot be recorded.',
      place: join(dir, bytes.toString('latin1')),
      next: 'Rename the file in the script that creates it.',
    });
    return [];
  });
}

/** Whether the entry may be in such a tree. A character device 0:0 is overlay's whiteout. */
function isAllowed(stats: BigIntStats, kind: TreeKind): boolean {
  if (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink()) return true;
  return kind === 'layer' && (isWhiteout(stats) || stats.isFIFO() || stats.isSocket());
}

function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

/** Trees belong to their reader and have modes 0644 and 0755; layers keep what they have. */
function normalise(full: string, stats: BigIntStats, kind: TreeKind): boolean {
  if (kind === 'layer') return false;
  const uid = BigInt(process.getuid?.() ?? 0);
  const gid = BigInt(process.getgid?.() ?? 0);
  const chown = stats.uid !== uid || stats.gid !== gid;
  if (chown) lchownSync(full, Number(uid), Number(gid));
  if (stats.isSymbolicLink()) return chown;
  const mode = stats.isDirectory() || (stats.mode & 0o111n) !== 0n ? 0o755 : 0o644;
  const chmod = Number(stats.mode & 0o7777n) !== mode;
  if (chmod) chmodSync(full, mode);
  return chown || chmod;
}

function firstPath(firstPaths: Map<string, string>, path: string, stats: BigIntStats): string | undefined {
  const first = firstPaths.get(inodeOf(stats));
  if (first === undefined) firstPaths.set(inodeOf(stats), path);
  return first;
}

function entryOf(
  { dir, kind }: ScanRequest,
  path: string,
  stats: BigIntStats,
  sameAs: string | undefined,
  sha256: string | undefined,
  opaque: boolean,
): Entry {
  const owner = kind === 'layer' ? { uid: Number(stats.uid), gid: Number(stats.gid) } : {};
  const bits = {
    mode: Number(stats.mode & 0o7777n)
      .toString(8)
      .padStart(4, '0'),
  };
  if (isWhiteout(stats)) return { path, type: 'whiteout' };
  if (stats.isSymbolicLink()) {
    return { path, type: 'symlink', ...owner, target: targetOf(join(dir, path)) };
  }
  if (stats.isDirectory()) return { path, type: 'directory', ...owner, ...bits, ...(opaque && { opaque }) };
  if (stats.isFIFO()) return { path, type: 'fifo', ...owner, ...bits };
  if (stats.isSocket()) return { path, type: 'socket', ...owner, ...bits };
  if (sameAs !== undefined) return { path, type: 'file', sameAs };
  return { path, type: 'file', ...owner, ...bits, size: Number(stats.size), ...(sha256 && { sha256 }) };
}

/** A symlink's target; bytes that are not UTF-8 are kept apart from every real name by a NUL in front. */
function targetOf(full: string): string {
  const bytes = readlinkSync(full, { encoding: 'buffer' });
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : `\0${bytes.toString('hex')}`;
}

function notAllowed(place: string, stats: BigIntStats, kind: TreeKind): Failure {
  const what = stats.isFIFO() ? 'named pipe' : stats.isSocket() ? 'socket' : 'device';
  return {
    code: 'action/special-file',
    message: `A ${what} cannot be part of an output of kind ${kind}.`,
    place,
    next: 'Remove it in the script that creates it.',
  };
}

function wrongTime(dir: string, path: string): Failure {
  return { code: 'store/damaged', message: 'The modification time was changed.', place: join(dir, path) };
}

/** Lets timers, signals and other actions have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
