// This process's place in the store: its lock, its staging directories, and the removal of what dead ones left.
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Staging } from '../engine/ports.ts';
import { hasCode, isSystemError } from './faults.ts';
import { isLocked, type Lock, tryLock } from './lock.ts';
import { removeTree } from './namespace.ts';

export interface Session {
  /** Unique in the store: `<process id>-<random>`. */
  readonly name: string;
  /** A new directory on the store's file system. */
  staging(label: string): Staging;
  /** A path for a temporary file or directory that does not exist yet. */
  temporary(): string;
  /** Moves a directory here, by copying when it is on another file system; yields its new path. */
  adopt(dir: string): string;
  /** Moves something out of sight at once and deletes it. */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a session below `staging`. Throws system errors. */
export function openSession(staging: string): Session {
  const { name, lock } = claimName(staging);
  const dir = join(staging, name);
  mkdirSync(dir, { mode: 0o700 });
  let counter = 0;
  const fresh = (label: string) => join(dir, `${counter++}-${label}`);
  return {
    name,
    temporary: () => fresh('temporary'),
    staging(label) {
      const path = fresh(label.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100));
      mkdirSync(path);
      return { dir: path, discard: () => discard(path) };
    },
    adopt(from) {
      const to = fresh('adopted');
      try {
        renameSync(from, to);
      } catch (error) {
        if (!hasCode(error, 'EXDEV')) throw error;
        cpSync(from, to, { recursive: true, verbatimSymlinks: true });
        rmSync(from, { recursive: true });
      }
      return to;
    },
    async remove(path) {
      const trash = fresh('trash');
      try {
        renameSync(path, trash);
      } catch (error) {
        // Another process has just removed it.
        if (!hasCode(error, 'ENOENT')) throw error;
      }
      await discard(trash);
    },
    async close() {
      await discard(dir);
      rmSync(lockFile(staging, name), { force: true });
      lock.release();
    },
  };
}

/** Deletes what nobody looks for any more; what cannot be deleted now is swept with its dead session. */
async function discard(path: string): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Removes the staging of sessions whose process has ended; what cannot be removed now waits for the next time. */
export async function removeDeadSessions(staging: string): Promise<void> {
  for (const name of sessionNames(staging)) {
    try {
      await removeIfDead(staging, name);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

async function removeIfDead(staging: string, name: string): Promise<void> {
  const file = lockFile(staging, name);
  const lock = tryLock(file);
  if (lock === undefined) return;
  try {
    await removeTree(join(staging, name));
    rmSync(file, { force: true });
  } finally {
    lock.release();
  }
}

/** Whether the process of a session is alive. */
export function isAlive(staging: string, name: string): boolean {
  return isLocked(lockFile(staging, name));
}

/** Names of the sessions that have a lock file or a directory, dead or alive. */
export function sessionNames(staging: string): string[] {
  return [...new Set(readdirSync(staging).map((entry) => basename(entry, '.lock')))];
}

function lockFile(staging: string, name: string): string {
  return join(staging, `${name}.lock`);
}

/** A name whose lock this process holds. A lock file that vanished was swept by another process just before. */
function claimName(staging: string): { name: string; lock: Lock } {
  for (;;) {
    const name = `${process.pid}-${randomBytes(4).toString('hex')}`;
    const lock = tryLock(lockFile(staging, name));
    if (lock !== undefined && existsSync(lockFile(staging, name))) return { name, lock };
    lock?.release();
  }
}
