// Reads the packaging facts of a source tree: its debian/control and debian/changelog.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Failure, fail, type Result } from '../base/failure.ts';
import { type DebianFacts, parseDebianFacts } from '../resolve/debian/facts.ts';

/**
 * The facts of the tree at `directory`; `place` is what failures call it.
 * Failures: `deb/missing-packaging`, `source/unreadable`, those of `parseDebianFacts`.
 */
export function readDebianFacts(directory: string, place: string): Result<DebianFacts> {
  try {
    const control = textOf(join(directory, 'debian/control'));
    if (control === undefined) return fail(missingPackaging(place));
    return parseDebianFacts(control, textOf(join(directory, 'debian/changelog')) ?? '', place);
  } catch (error) {
    const { code, message, path } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return fail({
      code: 'source/unreadable',
      message: 'The packaging of a source cannot be read.',
      place: path ?? place,
      cause: message,
      next: 'Check the permissions of the directory and of what is in it.',
    });
  }
}

/** Nothing when the file does not exist. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function missingPackaging(place: string): Failure {
  return {
    code: 'deb/missing-packaging',
    message: 'The source has no `debian/control`, and its recipe wants Debian packages.',
    place,
    next: 'Add `debian/` to the source, or remove the package of kind `deb` from the recipe.',
  };
}
