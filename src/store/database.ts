// The store's index: stat cache, commit records, history and claims in one SQLite database. All of it can be
// rebuilt or done without: losing it costs hashing, never a result.
import { renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isDamagedDatabase } from './faults.ts';

/**
 * stats: digest of a file outside the store, valid while its metadata stay the same.
 * entries: what was committed; `stamp` sums up the metadata that content in the store had then.
 * history: per workspace and action, the last key and the one before; `attempt` is the last key executed.
 * claims: which session executes a key.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stats (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    digest TEXT PRIMARY KEY, kind TEXT NOT NULL, stamp TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (
    workspace TEXT NOT NULL, action TEXT NOT NULL, key TEXT, previous TEXT, duration REAL NOT NULL DEFAULT 0,
    attempt TEXT, at INTEGER NOT NULL, PRIMARY KEY (workspace, action)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, session TEXT NOT NULL) WITHOUT ROWID;
`;

/** Milliseconds that a writer waits for another process's writer. */
const BUSY_MS = 20_000;

/** Opens or creates the index; one that is not a sound database is put aside and begun anew. Throws system errors. */
export function openDatabase(path: string, onDamaged: () => void): DatabaseSync {
  try {
    return connect(path);
  } catch (error) {
    if (!isDamagedDatabase(error)) throw error;
    renameSync(path, `${path}.damaged`);
    // A write-ahead log of the old database would be replayed into the new one.
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    onDamaged();
    return connect(path);
  }
}

/** KiB of pages kept in memory, taken as needed: the records of some hundred thousand entries. */
const CACHE_KIB = 65_536;

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // NORMAL: after a power cut the last records may be missing, which costs hashing only.
    database.exec(
      `PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
       PRAGMA cache_size = -${CACHE_KIB}; ${SCHEMA}`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Runs `body` in one transaction that takes the write lock at once. */
export function transaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = body();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
