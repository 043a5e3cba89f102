// What the metadata of files tell about change: files with the same stamp have the same content.
import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';

export interface SeenFile {
  /** Relative to the tree. */
  readonly path: string;
  readonly stats: BigIntStats;
}

/** The metadata that change whenever a file's content or its owner, mode and times change. */
export function stampOf(stats: BigIntStats): string {
  return `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}:${stats.mode}`;
}

/** The stamps of all files of a tree in one, hexadecimal. */
export function stampOfTree(files: readonly SeenFile[]): string {
  return hash('sha256', files.map(({ path, stats }) => `${path}\0${stampOf(stats)}\n`).join(''));
}

/**
 * A file changed this recently may change again without its times showing it; two seconds is FAT's resolution.
 */
const RACY_MS = 2000n;

/** Whether a file with these metadata that is changed after `begin` (milliseconds since 1970) has another stamp. */
export function isSettled(stats: BigIntStats, begin: bigint): boolean {
  return stats.mtimeMs + RACY_MS < begin && stats.ctimeMs + RACY_MS < begin;
}
