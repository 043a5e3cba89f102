// Files that only their owner may read: making them, checking them, and committing a directory of them at once.
import { constants } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { assertSystemError, failing, reasonOf } from './failure.ts';

export type PrivateFileFailureCode =
  | 'sign/keys-directory-open'
  | 'sign/keys-directory-unusable'
  | 'sign/private-file-open'
  | 'sign/private-file-unreadable';
const refuse = failing<PrivateFileFailureCode>();

const GROUP_AND_OTHERS = 0o077;

/** Makes a directory (0700, with its parents) or accepts one that only its owner may enter. */
export async function ensurePrivateDir(dir: string): Promise<Result<void>> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    return unusable(dir, error);
  }
  return checkPrivateDir(dir);
}

/** Refuses a directory that another user may enter or owns. */
export async function checkPrivateDir(dir: string): Promise<Result<void>> {
  try {
    const info = await stat(dir);
    if (!info.isDirectory()) return unusable(dir, new Error('It is not a directory.'));
    if ((info.mode & GROUP_AND_OTHERS) === 0 && isOwn(info.uid)) return ok();
  } catch (error) {
    return unusable(dir, error);
  }
  return refuse({
    code: 'sign/keys-directory-open',
    message: 'Other users may enter the directory of signing keys, or it belongs to another user.',
    place: dir,
    next: `As its owner, run: chmod 700 ${dir}`,
  });
}

/** Refuses what is no regular file, or what another user may read or owns. Links are not followed. */
export async function checkPrivateFile(path: string): Promise<Result<void>> {
  try {
    const info = await lstat(path);
    if (info.isFile() && (info.mode & GROUP_AND_OTHERS) === 0 && isOwn(info.uid)) return ok();
    if (!info.isFile()) {
      return refuse({
        code: 'sign/private-file-unreadable',
        message: 'A secret must be in a regular file.',
        place: path,
        next: 'Name the file itself, not a link or a directory.',
      });
    }
  } catch (error) {
    return refuse({
      code: 'sign/private-file-unreadable',
      message: 'The file with a secret could not be read.',
      place: path,
      cause: reasonOf(error),
    });
  }
  return refuse({
    code: 'sign/private-file-open',
    message: 'Other users may read the file with a secret, or it belongs to another user.',
    place: path,
    next: `As its owner, run: chmod 600 ${path}`,
  });
}

/**
 * Fills a new directory with `fill` and gives it its name in one step, so that nobody sees half of it.
 * `taken` means that the name existed, possibly since a moment ago; then nothing was written.
 */
export async function commitPrivateDir(
  target: string,
  fill: (staging: string) => Promise<Result<void>>,
): Promise<Result<'made' | 'taken'>> {
  const parent = dirname(target);
  let staging: string | undefined;
  try {
    staging = await mkdtemp(join(parent, '.new-'));
    const filled = await fill(staging);
    if (!filled.ok) return filled;
    for (const name of await readdir(staging)) await syncPrivate(join(staging, name));
    await sync(staging);
    await rename(staging, target);
    await sync(parent);
    return ok('made');
  } catch (error) {
    assertSystemError(error);
    // A directory cannot be renamed onto one that has entries: the first of two writers wins.
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return ok('taken');
    return unusable(parent, error);
  } finally {
    if (staging !== undefined) await rm(staging, { recursive: true, force: true });
  }
}

async function syncPrivate(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sync(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isOwn(uid: number): boolean {
  return uid === process.geteuid?.();
}

function unusable(dir: string, error: unknown): Result<never> {
  return refuse({
    code: 'sign/keys-directory-unusable',
    message: 'The directory of signing keys cannot be used.',
    place: dir,
    cause: reasonOf(error),
    next: 'Make it writable, or name another one in QBUILD_KEYS.',
  });
}
