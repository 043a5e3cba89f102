// Compares everything in the store with its digest: for `cache verify`.
import { lstatSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type Digest, makeDigest } from '../base/digest.ts';
import type { Blobs, Condition } from './blobs.ts';
import type { Layout } from './layout.ts';
import type { Results } from './results.ts';
import type { Trees } from './trees.ts';
import { type Amount, type Item, itemsIn, treesIn } from './usage.ts';

export interface Audit {
  /** Blobs and trees that were read. */
  readonly checked: Amount;
  /** What was damaged and has been dropped, by path. */
  readonly damaged: readonly string[];
}

/** Re-hashes blobs and trees and reads results; drops what is damaged. Ends early when aborted. Throws system errors. */
export async function audit(
  layout: Layout,
  database: DatabaseSync,
  { blobs, trees, results }: { readonly blobs: Blobs; readonly trees: Trees; readonly results: Results },
  signal: AbortSignal,
): Promise<Audit> {
  const damaged: string[] = [];
  const digests = committedDigests(database);
  let checked: Amount = { count: 0, bytes: 0 };
  for (const { name, path } of itemsIn(layout, 'results')) {
    if (results.read(name) !== 'damaged') continue;
    results.drop(name);
    damaged.push(path);
  }
  const note = (item: Item, condition: Condition) => {
    if (condition === 'damaged') damaged.push(item.path);
    checked = { count: checked.count + 1, bytes: checked.bytes + item.bytes };
  };
  for (const item of itemsIn(layout, 'blobs')) {
    if (signal.aborted) break;
    const digest = digests.get(item.name) ?? makeDigest(item.name, item.bytes);
    note(item, await blobs.rehash(digest));
  }
  for (const item of treesIn(layout, database)) {
    if (signal.aborted) break;
    const listing = lstatSync(`${item.path}.list`, { throwIfNoEntry: false });
    const digest = digests.get(item.name) ?? makeDigest(item.name, listing?.size ?? 0);
    note(item, await trees.rehash(digest));
  }
  return { checked, damaged };
}

/** By sha-256, as far as there are commit records. */
function committedDigests(database: DatabaseSync): Map<string, Digest> {
  const rows = database.prepare('SELECT digest FROM entries').all() as unknown as { digest: Digest }[];
  return new Map(rows.map(({ digest }) => [digest.slice(0, 64), digest]));
}
