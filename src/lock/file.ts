// `qbuild.lock` on disk: read whole, written atomically.
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { EMPTY_LOCK, type Lock } from './lockfile.ts';
import { parseLock } from './parse.ts';
import { printLock } from './print.ts';

export const LOCK_NAME = 'qbuild.lock';

/** Reads the lock at `path`; a file that does not exist is an empty lock. Failures: `lock/…`. */
export async function readLock(path: string): Promise<Result<Lock>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(EMPTY_LOCK);
    return fail(unusable('lock/unreadable', 'The lock cannot be read.', path, error));
  }
  return parseLock(text, path);
}

/** Writes the lock at `path` all or nothing, and only when its text changes; says whether it wrote. */
export async function writeLock(path: string, lock: Lock): Promise<Result<boolean>> {
  const text = printLock(lock);
  // In the same directory, since a rename is atomic only inside one file system.
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return ok(false);
    await writeSynced(temporary, text);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    return ok(true);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return fail(unusable('lock/unwritable', 'The lock cannot be written.', path, error));
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function unusable(
  code: 'lock/unreadable' | 'lock/unwritable',
  message: string,
  place: string,
  error: unknown,
): Failure {
  const { code: errno, message: cause } = error as NodeJS.ErrnoException;
  const next =
    errno === 'ENOSPC'
      ? 'Free some space on its file system.'
      : 'Check the permissions of the file and its directory.';
  return { code, message, place, cause, next };
}
