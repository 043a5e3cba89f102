// Small files in the cache directory that save time in the next run, and that a run can do without.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file as a whole. Where that is not possible, for want of room or permission, nothing is kept. */
export function writeCacheFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`;
  unlessRefused(() => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  });
  unlessRefused(() => rmSync(temporary, { force: true }));
}

function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
  }
}
