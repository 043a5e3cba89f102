// Commit records: what was put into the store, and the metadata that it had then.
import type { DatabaseSync } from 'node:sqlite';
import type { Digest } from '../base/digest.ts';

export interface Entries {
  /** The stamp of the commit record, if there is one. */
  stamp(digest: Digest): string | undefined;
  /** `stamp` sums up the metadata at commit: a different one later means that someone touched the entry. */
  put(digest: Digest, kind: 'blob' | 'tree', stamp: string, bytes: number): void;
  delete(digest: Digest): void;
}

export function entriesOf(database: DatabaseSync): Entries {
  const select = database.prepare('SELECT stamp FROM entries WHERE digest = ?');
  const upsert = database.prepare(
    'INSERT OR REPLACE INTO entries (digest, kind, stamp, bytes, at) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM entries WHERE digest = ?');
  return {
    stamp: (digest) => select.get(digest)?.stamp as string | undefined,
    put: (digest, kind, stamp, bytes) => void upsert.run(digest, kind, stamp, bytes, Date.now()),
    delete: (digest) => void remove.run(digest),
  };
}
