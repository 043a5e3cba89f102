// Hashes many files with bounded memory: small ones at once, large ones streamed a few at a time.
import { createHash, hash } from 'node:crypto';
import { type BigIntStats, closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

export interface HashedFile {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Bytes up to which reading at once is cheaper than a trip through the thread pool (measured). */
const SMALL = 256 * 1024;
const CHUNK = 1024 * 1024;
/** The size of libuv's thread pool. */
const STREAMS = 4;
const SLICE = 64;

/** sha-256 by `device:inode`, so hard links are read once. With `fsync`, also makes every file durable. */
export async function hashFiles(files: readonly HashedFile[], fsync: boolean): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  const large: HashedFile[] = [];
  for (const [index, file] of files.entries()) {
    if (index % SLICE === 0) await new Promise((resolve) => setImmediate(resolve));
    const inode = inodeOf(file.stats);
    if (hashes.has(inode)) continue;
    if (file.stats.size > SMALL) large.push(file);
    hashes.set(inode, file.stats.size > SMALL ? '' : hashSmall(file.path, fsync));
  }
  let next = 0;
  const worker = async () => {
    for (let file = large[next++]; file !== undefined; file = large[next++]) {
      hashes.set(inodeOf(file.stats), (await hashLarge(file.path, fsync)).sha256);
    }
  };
  await Promise.all(Array.from({ length: STREAMS }, worker));
  return hashes;
}

/** sha-256 and size of one file, streamed. */
export async function hashLarge(path: string, fsync: boolean): Promise<{ sha256: string; size: number }> {
  const handle = await open(path, 'r');
  try {
    const sum = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    let size = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) break;
      sum.update(buffer.subarray(0, bytesRead));
      size += bytesRead;
    }
    if (fsync) await handle.sync();
    return { sha256: sum.digest('hex'), size };
  } finally {
    await handle.close();
  }
}

function hashSmall(path: string, fsync: boolean): string {
  const descriptor = openSync(path, 'r');
  try {
    const sha256 = hash('sha256', readFileSync(descriptor));
    if (fsync) fsyncSync(descriptor);
    return sha256;
  } finally {
    closeSync(descriptor);
  }
}

/** Names the file that hard links share. */
export function inodeOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Makes a file or directory durable. */
export function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The same beside other work: the disk makes several files durable in the time of one. */
export async function flushMeanwhile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
