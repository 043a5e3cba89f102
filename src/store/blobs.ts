// Files in the store by the digest of their content.
import {
  type BigIntStats,
  chmodSync,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, digestOf, makeDigest, sizeOf } from '../base/digest.ts';
import type { Entries } from './entries.ts';
import { hasCode } from './faults.ts';
import { flushMeanwhile, hashLarge } from './hash.ts';
import type { Layout } from './layout.ts';
import type { Session } from './session.ts';
import { stampOf } from './stamp.ts';

/**
 * Modification time of what has no date of its own, in seconds since 1970. Readers see it, so equal content must
 * have equal times. 1 January 1980 is the earliest that zip and FAT can hold.
 */
export const CONSTANT_TIME = 315_532_800;

/** Bytes above which a disk takes longer to write a file than to be told that it shall. */
const LARGE = 16 * 1024 * 1024;

/** What can be said of an entry. `damaged`: it was there, its content was wrong, and it is gone now. */
export type Condition = 'sound' | 'absent' | 'damaged';

export interface Blobs {
  /** Takes a temporary file of this session whose digest is known to be `digest`. Throws system errors. */
  take(temporary: string, digest: Digest): Promise<void>;
  text(text: string): Promise<Digest>;
  /** Moves a file in, by copying when it is on another file system or has further hard links. */
  file(path: string, expected?: Digest): Promise<Digest>;
  /** Compares the metadata with the commit record; content only when they differ. */
  check(digest: Digest): Promise<Condition>;
  /** Compares the content. */
  rehash(digest: Digest): Promise<Condition>;
}

export function blobsOf(layout: Layout, entries: Entries, session: Session): Blobs {
  async function take(temporary: string, digest: Digest): Promise<void> {
    const path = layout.blob(digest);
    if ((await check(digest)) !== 'sound') {
      chmodSync(temporary, 0o444);
      utimesSync(temporary, CONSTANT_TIME, CONSTANT_TIME);
      await flushMeanwhile(temporary);
      mkdirSync(dirname(path), { recursive: true });
      linkNew(temporary, path);
      await flushMeanwhile(dirname(path));
    }
    rmSync(temporary, { force: true });
    record(digest, lstatSync(path, { bigint: true }));
  }

  async function check(digest: Digest): Promise<Condition> {
    const stats = lstatSync(layout.blob(digest), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return 'absent';
    if (entries.stamp(digest) === stampOf(stats)) return 'sound';
    return rehash(digest);
  }

  async function rehash(digest: Digest): Promise<Condition> {
    const path = layout.blob(digest);
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return 'absent';
    if (stats.isFile() && Number(stats.size) === sizeOf(digest)) {
      const { sha256, size } = await hashLarge(path, false);
      if (makeDigest(sha256, size) === digest) {
        // Whoever touched it may have changed these too, and readers see them.
        chmodSync(path, 0o444);
        utimesSync(path, CONSTANT_TIME, CONSTANT_TIME);
        record(digest, lstatSync(path, { bigint: true }));
        return 'sound';
      }
    }
    entries.delete(digest);
    await session.remove(path);
    return 'damaged';
  }

  function record(digest: Digest, stats: BigIntStats): void {
    entries.put(digest, 'blob', stampOf(stats), Number(stats.size));
  }

  return {
    take,
    check,
    rehash,
    async text(text) {
      const digest = digestOf(text);
      if ((await check(digest)) === 'sound') return digest;
      const temporary = session.temporary();
      writeFileSync(temporary, text, { flag: 'wx' });
      await take(temporary, digest);
      return digest;
    },
    async file(path, expected) {
      const temporary = session.temporary();
      const moved = moveOrCopy(path, temporary);
      // The disk writes what is large while it is hashed; what its date and mode add to that is little.
      const flushed = lstatSync(temporary).size > LARGE ? flushMeanwhile(temporary) : undefined;
      const [{ sha256, size }] = await Promise.all([hashLarge(temporary, false), flushed]);
      const digest = makeDigest(sha256, size);
      if (expected !== undefined && digest !== expected) {
        if (moved) renameSync(temporary, path);
        else rmSync(temporary);
        return digest;
      }
      await take(temporary, digest);
      if (!moved) rmSync(path, { force: true });
      return digest;
    },
  };
}

/** Publishes a file unless another process just published the same content. */
function linkNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    // Some file systems have no hard links.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EMLINK')) throw error;
    renameSync(temporary, path);
  }
}

/** Whether the file could be moved. A file with other names could be changed through them, so it is copied. */
function moveOrCopy(from: string, to: string): boolean {
  if (lstatSync(from).nlink === 1) {
    try {
      renameSync(from, to);
      return true;
    } catch (error) {
      if (!hasCode(error, 'EXDEV')) throw error;
    }
  }
  copyFileSync(from, to);
  return false;
}
