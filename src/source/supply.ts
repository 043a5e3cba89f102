// The engine's supply: digests that a plan needs and the lock names come from archives or git into the store.
import { basename, join } from 'node:path';
import type { Emit } from '../action/events.ts';
import { type Digest, makeDigest } from '../base/digest.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import type { Clock, Store, Supply } from '../engine/ports.ts';
import { type Lock, type LockedArchive, type LockedGit, packageDigest } from '../lock/lockfile.ts';
import type { Wanted } from './download.ts';
import { type Mirrors, mirrored } from './mirrors.ts';

export interface SupplyOptions {
  /** Incomplete downloads and git mirrors; on the store's file system if possible. */
  readonly cacheDir: string;
  /** Complete downloads that several stores share. */
  readonly poolDir?: string;
  readonly mirrors: Mirrors;
  /** Further base URLs by archive URL prefix: tried in order when the first does not have a file. */
  readonly alternates?: Readonly<Record<string, readonly string[]>>;
  readonly offline: boolean;
  readonly emit: Emit;
  readonly clock: Clock;
}

/** A file that the lock does not name, because a manifest pins it. */
export interface SuppliedFile {
  readonly digest: Digest;
  readonly name: string;
  readonly url: string;
}

type SupplyStore = Pick<Store, 'has' | 'path' | 'putFile' | 'putTree' | 'staging'>;

/** Where a digest comes from. */
type Origin =
  | { readonly name: string; readonly url: string }
  | { readonly git: LockedGit }
  | { readonly archive: LockedArchive };

/**
 * The supply of everything in `lock`, and of further `files` of known digest. `ensure` fails with `network/offline-missing` naming each missing thing,
 * with `lock/unknown-content` for a digest that the lock does not name, and as `downloadAll` and `restoreGit` do.
 */
export function supplyFromLock(
  lock: Lock,
  store: SupplyStore,
  options: SupplyOptions,
  files: readonly SuppliedFile[] = [],
): Supply {
  const origins = originsOf(lock);
  for (const { digest, name, url } of files) origins.set(digest, { name, url });
  const underway = new Map<Digest, Promise<Result<void>>>();
  return {
    async ensure(digests, signal) {
      const asked = [...new Set(digests)];
      const here = await Promise.all(asked.map((digest) => store.has(digest)));
      const absent = asked.filter((_, index) => here[index] === false);
      // Two actions may need the same file at the same time: the second waits for the first.
      const shared = absent.flatMap((digest) => underway.get(digest) ?? []);
      const own = absent.filter((digest) => !underway.has(digest));
      const bringing = bring(own, origins, store, options, signal).finally(() => {
        for (const digest of own) underway.delete(digest);
      });
      for (const digest of own) underway.set(digest, bringing);
      const results = await Promise.all(new Set([bringing, ...shared]));
      return joined(results.flatMap((result) => (result.ok ? [] : [result.error])));
    },
  };
}

async function bring(
  digests: readonly Digest[],
  origins: ReadonlyMap<Digest, Origin>,
  store: SupplyStore,
  options: SupplyOptions,
  signal: AbortSignal,
): Promise<Result<void>> {
  const packages: Wanted[] = [];
  const trees: LockedGit[] = [];
  const archives: LockedArchive[] = [];
  const failures: Failure[] = [];
  for (const digest of digests) {
    const origin = origins.get(digest);
    if (origin === undefined) failures.push(unknownContent(digest));
    else if ('git' in origin) trees.push(origin.git);
    else if ('archive' in origin) archives.push(origin.archive);
    else packages.push({ digest, name: origin.name, urls: urlsOf(origin.url, options) });
  }
  if (packages.length > 0) {
    const downloaded = await download(packages, store, options, signal);
    if (!downloaded.ok) failures.push(downloaded.error);
  }
  for (const locked of trees) {
    const { restoreGit } = await import('./git.ts');
    const restored = await restoreGit(locked, store, { ...options, signal });
    if (!restored.ok) failures.push(restored.error);
  }
  for (const locked of archives) {
    const { restoreArchive } = await import('./archive.ts');
    const supply: Supply = { ensure: (wanted) => bring(wanted, origins, store, options, signal) };
    const restored = await restoreArchive(locked, store, { supply, signal });
    if (!restored.ok) failures.push(restored.error);
  }
  return joined(failures);
}

async function download(
  packages: readonly Wanted[],
  store: SupplyStore,
  options: SupplyOptions,
  signal: AbortSignal,
): Promise<Result<void>> {
  // Loaded here because most runs download nothing.
  const { downloadAll } = await import('./download.ts');
  const { emit, clock, poolDir } = options;
  return downloadAll(
    packages,
    {
      partialDir: join(options.cacheDir, 'partial'),
      ...(poolDir === undefined ? {} : { poolDir }),
      signal,
      progress: (what, doneBytes, totalBytes) =>
        emit({ type: 'fetch', what, doneBytes, totalBytes, atMs: clock.now() }),
    },
    (path, { digest }) => store.putFile(path, digest),
  );
}

function originsOf(lock: Lock): Map<Digest, Origin> {
  const origins = new Map<Digest, Origin>();
  for (const { packages } of Object.values(lock.distributions)) {
    for (const [name, locked] of Object.entries(packages)) {
      origins.set(packageDigest(locked), { name, url: locked.origin });
    }
  }
  for (const { git, archive, builder } of Object.values(lock.components)) {
    if (git !== undefined) origins.set(git.tree, { git });
    else {
      origins.set(archive.tree, { archive });
      origins.set(makeDigest(archive.sha256, archive.size), {
        name: basename(archive.url),
        url: archive.url,
      });
    }
    for (const { files } of Object.values(builder?.packages ?? {})) {
      for (const { name, url, sha256, size } of files) origins.set(makeDigest(sha256, size), { name, url });
    }
  }
  return origins;
}

/** Where to look, in order. Offline only what needs no network. */
function urlsOf(origin: string, options: SupplyOptions): string[] {
  const urls = [mirrored(origin, options.mirrors)];
  for (const [prefix, bases] of Object.entries(options.alternates ?? {})) {
    urls.push(...bases.map((base) => mirrored(origin, { [prefix]: base })).filter((url) => url !== origin));
  }
  return options.offline ? urls.filter((url) => url.startsWith('file:')) : urls;
}

/** One failure for all that happened; what is missing offline is one list. */
function joined(failures: readonly Failure[]): Result<void> {
  const all = failures.flatMap(({ others, ...failure }) => [failure, ...(others ?? [])]);
  const missing = all.filter(({ code }) => code === 'network/offline-missing');
  const rest = all.filter(({ code }) => code !== 'network/offline-missing');
  const [first, ...further] = missing.length > 1 ? [offlineMissing(missing), ...rest] : all;
  return first === undefined ? ok() : fail(joinFailures([first, ...further]));
}

function offlineMissing(missing: readonly Failure[]): Failure {
  return {
    code: 'network/offline-missing',
    message: `Offline, and ${missing.length} things that the lock names are neither in the store nor in a cache.`,
    cause: missing.map(({ message, place }) => [message, place].filter(Boolean).join(' ')).join('\n'),
    next: 'Run once without `--offline`.',
  };
}

function unknownContent(digest: Digest): Failure {
  return {
    code: 'lock/unknown-content',
    message: `The store no longer has ${digest}, and the lock does not say where it came from.`,
    next: 'Run the build without `--only`, so that everything is made again; if this repeats, report it.',
  };
}
