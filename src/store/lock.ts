// Locks between processes that end with their process, however it ends. SQLite's locks are the kernel's record
// locks, which Node itself does not offer; they also work between containers, where a process id means nothing.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './faults.ts';

export interface Lock {
  release(): void;
}

/** Takes the lock that the file stands for, creating the file; undefined when another holder is alive. */
export function tryLock(path: string): Lock | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

/** Whether someone holds the lock of an existing file. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  const lock = tryLock(path);
  lock?.release();
  return lock === undefined;
}
