// Takes files that stay where they are, such as a local source tree, into the store as a tree.
import {
  type BigIntStats,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareCodeUnits } from '../base/canonical.ts';
import { type Digest, sha256Of } from '../base/digest.ts';
import { ok, type Result } from '../base/failure.ts';
import { CONSTANT_TIME } from './blobs.ts';
import { digestOfListing, type Entry } from './listing.ts';
import type { Session } from './session.ts';
import type { StatCache } from './stat-cache.ts';
import type { Trees } from './trees.ts';

/** A regular file or symlink to import, as it was just seen. */
export interface ImportedFile {
  /** Relative to the tree. */
  readonly path: string;
  readonly stats: BigIntStats;
}

export interface Imports {
  /** The tree of these files of `dir`, sorted, and the directories above them. Throws system errors. */
  tree(dir: string, files: readonly ImportedFile[]): Promise<Result<Digest>>;
  /** Imports again what was imported in this process; whether the same tree is in the store now. */
  again(digest: Digest): Promise<boolean>;
}

export function importsOf(
  trees: Trees,
  has: (digest: Digest) => boolean,
  cache: StatCache,
  session: Session,
): Imports {
  const imported = new Map<Digest, { dir: string; files: readonly ImportedFile[] }>();

  async function tree(dir: string, files: readonly ImportedFile[]): Promise<Result<Digest>> {
    const known = cache.tree(dir, files);
    const taken = known !== undefined && has(known) ? ok(known) : await take(dir, files);
    if (taken.ok) imported.set(taken.value, { dir, files });
    return taken;
  }

  async function take(dir: string, files: readonly ImportedFile[]): Promise<Result<Digest>> {
    const begin = BigInt(Date.now());
    const entries = await entriesOf(dir, files, cache);
    const digest = digestOfListing({ kind: 'tree', epoch: CONSTANT_TIME, entries });
    cache.learnTree(dir, files, digest, begin);
    cache.flush();
    return has(digest) ? ok(digest) : copyIn(dir, files, entries);
  }

  /** A file that is written to meanwhile gives another digest: that of what was copied. */
  async function copyIn(
    dir: string,
    files: readonly ImportedFile[],
    entries: readonly Entry[],
  ): Promise<Result<Digest>> {
    const staging = session.staging('import');
    const top = join(staging.dir, 'tree');
    mkdirSync(top);
    try {
      for (const { path, type } of entries) if (type === 'directory') mkdirSync(join(top, path));
      for (const { path, stats } of files) await copy(join(dir, path), join(top, path), stats);
      return await trees.take(top, 'tree', CONSTANT_TIME);
    } finally {
      await staging.discard();
    }
  }

  return {
    tree,
    async again(digest) {
      const source = imported.get(digest);
      if (source === undefined) return false;
      const { dir } = source;
      const files = source.files.map(({ path }) => ({
        path,
        stats: lstatSync(join(dir, path), { bigint: true }),
      }));
      const result = await tree(dir, files);
      return result.ok && result.value === digest;
    },
  };
}

async function entriesOf(dir: string, files: readonly ImportedFile[], cache: StatCache): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  for (const { path, stats } of files) {
    const full = join(dir, path);
    for (let above = dirname(path); above !== '.' && !entries.has(above); above = dirname(above)) {
      entries.set(above, { path: above, type: 'directory', mode: '0755' });
    }
    if (stats.isSymbolicLink()) {
      entries.set(path, { path, type: 'symlink', target: readlinkSync(full) });
    } else {
      const sha256 = sha256Of(await cache.digest(full, stats));
      const mode = isExecutable(stats) ? '0755' : '0644';
      entries.set(path, { path, type: 'file', mode, size: Number(stats.size), sha256 });
    }
  }
  return [...entries.values()].sort((a, b) => compareCodeUnits(a.path, b.path));
}

async function copy(from: string, to: string, stats: BigIntStats): Promise<void> {
  if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), to);
    return;
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, isExecutable(stats) ? 0o755 : 0o644);
}

/** As git sees it: the owner's bit decides. */
function isExecutable(stats: BigIntStats): boolean {
  return (stats.mode & 0o100n) !== 0n;
}
