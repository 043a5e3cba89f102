// A directory of complete downloads by sha-256, which stores and workspaces may share: nothing is fetched twice.
import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestOfFile, sha256Of } from '../base/digest.ts';

/** Copies the file of a digest to `target`; false when the pool does not have it or has other bytes. */
export async function takeFromPool(pool: string, digest: Digest, target: string): Promise<boolean> {
  const temporary = `${target}.pooled`;
  try {
    await copyFile(placeOf(pool, digest), temporary, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  // Of the copy, so that a change of the pool in between changes nothing.
  const good = (await digestOfFile(temporary)) === digest;
  await (good ? rename(temporary, target) : rm(temporary));
  return good;
}

/** Copies a verified file into the pool. */
export async function addToPool(pool: string, digest: Digest, file: string): Promise<void> {
  const place = placeOf(pool, digest);
  await mkdir(dirname(place), { recursive: true });
  const temporary = `${place}.${process.pid}`;
  await copyFile(file, temporary, constants.COPYFILE_FICLONE);
  await rename(temporary, place);
}

function placeOf(pool: string, digest: Digest): string {
  const sha256 = sha256Of(digest);
  return join(pool, sha256.slice(0, 2), sha256);
}
