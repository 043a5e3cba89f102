// Logs of executions: one file a key, replaced when the key is executed again.
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../engine/ports.ts';
import { hasCode } from './faults.ts';

/** Bytes at a log's end in which its last lines are looked for: forty lines of four hundred characters. */
const TAIL_BYTES = 16 * 1024;

/** Creates an empty log. Throws system errors. */
export function createLog(path: string): Log {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return { path, tail: (lines) => tailOf(path, lines) };
}

/** The last lines of a log that may be gone. */
export async function tailOf(path: string, lines: number): Promise<string> {
  try {
    await using handle = await open(path, 'r');
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer.toString().trimEnd().split('\n');
    // The first line is cut off somewhere unless the whole log was read.
    return (length < size ? all.slice(1) : all).slice(-lines).join('\n');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
