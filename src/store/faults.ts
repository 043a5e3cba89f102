// Which failure a system error of the disk or of SQLite is. Anything else is a bug and stays an exception.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { err, type Failure, ok, type Result } from '../base/failure.ts';

interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  /** SQLite's primary or extended result code. */
  readonly errcode?: number;
}

/** SQLite's primary result codes by what a person can do about them (sqlite.org/rescode.html). */
const SQLITE_NO_SPACE = [13];
const SQLITE_NO_ACCESS = [3, 8, 14, 23];
const SQLITE_BUSY = 5;
const SQLITE_IO = 10;
/** Bytes by which SQLite enlarges its shared memory. */
const SQLITE_SHARED_MEMORY = 32 * 1024;
const SQLITE_DAMAGED = [11, 26];

/** The failure for an error of the operating system or of SQLite; throws what is neither. */
export function storeFailure(error: unknown, place: string): Failure {
  if (!isSystemError(error)) throw error;
  const primary = (error.errcode ?? 0) & 0xff;
  const cause = error.message;
  const full = SQLITE_NO_SPACE.includes(primary) || (primary === SQLITE_IO && isFull(place));
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT' || full) {
    return {
      code: 'store/no-space',
      message: 'There is no space left for the store.',
      place,
      cause,
      next: 'Free some space, or run `qbuild cache gc`, then start the same command again.',
    };
  }
  if (error.syscall === 'unshare' || error.syscall?.startsWith('spawn')) {
    return {
      code: 'host/user-namespace',
      message: 'A user namespace with subordinate ids could not be entered.',
      place,
      cause,
      next: 'Run `qbuild doctor`: it says what this machine lacks.',
    };
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code) || SQLITE_NO_ACCESS.includes(primary)) {
    return {
      code: 'store/no-access',
      message: 'The store cannot be read and written by this user.',
      place,
      cause,
      next: 'Correct its owner and permissions, or choose another directory for the store.',
    };
  }
  if (isBusy(error)) {
    return {
      code: 'store/busy',
      message: "Another process has kept the store's index locked for too long.",
      place,
      cause,
      next: 'Wait until it has ended, then try again.',
    };
  }
  return {
    code: 'store/io',
    message: 'The store could not be read or written.',
    place,
    cause,
    next: 'Check the file system that holds the store; `qbuild cache verify` finds damaged entries.',
  };
}

/** SQLite reports a full disk as a mere input/output error when it cannot enlarge its shared memory. */
function isFull(place: string): boolean {
  for (let at = place; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = statfsSync(at);
      return bavail * bsize < SQLITE_SHARED_MEMORY;
    } catch {
      if (at === dirname(at)) return false;
    }
  }
}

/** Runs `body`, turning system errors into failures. */
export async function guarded<T>(place: string, body: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await body();
  } catch (error) {
    return err(storeFailure(error, place));
  }
}

/** `guarded` for work that reads files outside the store: their errors are not the store's. */
export function guardedSource<T>(source: string, body: () => Promise<Result<T>>): Promise<Result<T>> {
  return guarded(source, async () => {
    try {
      return await body();
    } catch (error) {
      const { path } = error as { path?: unknown };
      if (!isSystemError(error) || typeof path !== 'string' || !path.startsWith(source)) throw error;
      return err({
        code: 'source/unreadable',
        message: 'A source file could not be read.',
        place: path,
        cause: error.message,
        next: 'Check its permissions; if it was removed meanwhile, start the same command again.',
      });
    }
  });
}

/** `guarded` for what happens at once. */
export function guardedSync<T>(place: string, body: () => T): Result<T> {
  try {
    return ok(body());
  } catch (error) {
    return err(storeFailure(error, place));
  }
}

export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' && (typeof syscall === 'string' || code === 'ERR_SQLITE_ERROR');
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** Whether SQLite says that another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  return isSystemError(error) && ((error.errcode ?? 0) & 0xff) === SQLITE_BUSY;
}

/** Whether SQLite says that the file is not a sound database. */
export function isDamagedDatabase(error: unknown): boolean {
  return isSystemError(error) && SQLITE_DAMAGED.includes((error.errcode ?? 0) & 0xff);
}
