// Small text files of a source tree that somebody else wrote.
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { isInside } from '../manifest/read-manifest.ts';
import { MAX_BUILDER_FILE } from '../resolve/builder-file.ts';

/** A small regular file of the tree as text; nothing when there is none. Links out of the tree are not followed. */
export function treeText(directory: string, name: string, place: string): Result<string | undefined> {
  const path = join(directory, name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return ok(undefined);
  try {
    const real = realpathSync.native(path);
    const stat = lstatSync(real);
    const root = realpathSync.native(directory);
    if (stat.isFile() && stat.size <= MAX_BUILDER_FILE && isInside(root, real)) {
      return ok(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(real)));
    }
  } catch (error) {
    // A link that leads nowhere, or bytes that are no text.
    if (!(error instanceof TypeError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return fail({
    code: 'source/bad-builder-file',
    message: `It is no text file of at most ${MAX_BUILDER_FILE} bytes inside of the source.`,
    place: `${place}/${name}`,
    next: 'Use another tag, or write a recipe without `builder`.',
  });
}
