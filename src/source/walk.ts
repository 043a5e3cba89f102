// The files below a directory that is in no git repository.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';

const VERSION_CONTROL = new Set(['.git', '.hg', '.svn', '.bzr', 'CVS', '_darcs']);

/** Everything that is not a directory, relative to `top`, without directories of version control. */
export function walk(top: string, problems: Failure[]): string[] {
  const files: string[] = [];
  const pending = [''];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const entries = readdirSync(join(top, parent), { withFileTypes: true, encoding: 'buffer' });
    for (const entry of entries) {
      const name = entry.name.toString('utf8');
      const path = parent === '' ? name : `${parent}/${name}`;
      if (!Buffer.from(name, 'utf8').equals(entry.name)) problems.push(notUtf8(join(top, path)));
      else if (!entry.isDirectory()) files.push(path);
      else if (!VERSION_CONTROL.has(name)) pending.push(path);
    }
  }
  return files;
}

function notUtf8(place: string): Failure {
  return { code: 'source/bad-name', message: 'A file name is not UTF-8.', place, next: 'Rename the file.' };
}
