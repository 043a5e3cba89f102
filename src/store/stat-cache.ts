// Digests of files and trees outside the store, kept while their metadata stay the same: what is unchanged is only
// stat-ed.
import { type BigIntStats, lstatSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type Digest, makeDigest } from '../base/digest.ts';
import { transaction } from './database.ts';
import { isSystemError } from './faults.ts';
import { hashLarge } from './hash.ts';
import { isSettled, type SeenFile, stampOf, stampOfTree } from './stamp.ts';

export interface StatCache {
  /** The content digest of a regular file with these metadata. Throws system errors. */
  digest(path: string, stats: BigIntStats): Promise<Digest>;
  /** The digest of a tree whose files have these metadata, when it is known. */
  tree(dir: string, files: readonly SeenFile[]): Digest | undefined;
  /** Remembers a tree that was digested after `begin` (milliseconds since 1970), unless it may be changing. */
  learnTree(dir: string, files: readonly SeenFile[], digest: Digest, begin: bigint): void;
  /** Writes what was learnt since the last time. */
  flush(): void;
}

export function statCacheOf(database: DatabaseSync): StatCache {
  const select = database.prepare('SELECT stamp, digest FROM stats WHERE path = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO stats (path, stamp, digest) VALUES (?, ?, ?)');
  const learnt = new Map<string, Known>();
  const find = (path: string) => learnt.get(path) ?? (select.get(path) as Known | undefined);
  return {
    tree(dir, files) {
      const known = find(treeName(dir));
      return known?.stamp === stampOfTree(files) ? known.digest : undefined;
    },
    learnTree(dir, files, digest, begin) {
      if (files.every(({ stats }) => isSettled(stats, begin)))
        learnt.set(treeName(dir), { stamp: stampOfTree(files), digest });
    },
    async digest(path, stats) {
      const stamp = stampOf(stats);
      const known = find(path);
      if (known?.stamp === stamp) return known.digest;
      const begin = BigInt(Date.now());
      const { sha256, size } = await hashLarge(path, false);
      const digest = makeDigest(sha256, size);
      if (isSettled(stats, begin) && stampOf(lstatSync(path, { bigint: true })) === stamp)
        learnt.set(path, { stamp, digest });
      return digest;
    },
    flush() {
      if (learnt.size === 0) return;
      try {
        transaction(database, () => {
          for (const [path, { stamp, digest }] of learnt) upsert.run(path, stamp, digest);
        });
        learnt.clear();
      } catch (error) {
        // The files are hashed again next time.
        if (!isSystemError(error)) throw error;
      }
    },
  };
}

interface Known {
  readonly stamp: string;
  readonly digest: Digest;
}

/** No file has such a name. */
function treeName(dir: string): string {
  return `${dir}/`;
}
