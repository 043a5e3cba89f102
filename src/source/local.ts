// Local trees as git would see them: tracked files and untracked ones that are not ignored.
import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { compareCodeUnits } from '../base/canonical.ts';
import type { Digest } from '../base/digest.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { git, gitFailed } from './git-command.ts';
import { withoutIgnored } from './ignored.ts';
import { leavesTree } from './paths.ts';
import type { LocalFile, TreeImporter } from './ports.ts';
import { walk } from './walk.ts';

/** Who vouches for a local tree: nobody, because it is being worked on. */
export const LOCAL_VERIFICATION = {
  verified: false,
  reason: 'It is a local tree, which may have changes that nobody has signed.',
} as const;

/**
 * Imports directories into the store; digests by directory, in the order given.
 * Failures: those of `listLocalTrees` and of the store.
 */
export async function importLocalTrees(
  directories: readonly string[],
  importer: TreeImporter,
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, Digest>>> {
  const listed = await listLocalTrees(directories, signal);
  if (!listed.ok) return listed;
  const digests = new Map<string, Digest>();
  for (const [directory, files] of listed.value) {
    const imported = await importer.importTree(directory, files);
    if (!imported.ok) return imported;
    digests.set(directory, imported.value);
  }
  return ok(digests);
}

/**
 * The files of absolute directories, relative to each, sorted, with their metadata; one call of git for each repository.
 * Failures: `source/missing`, `source/empty`, `source/submodule`, `source/special-file`, `source/symlink-escapes`,
 * `source/bad-name`, `source/unreadable`, `source/git`, `host/missing-tool`.
 */
export async function listLocalTrees(
  directories: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, readonly LocalFile[]>>> {
  try {
    return await listTrees(directories, signal);
  } catch (error) {
    const { code, message, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    return fail(unreadable(path, message));
  }
}

async function listTrees(
  directories: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, readonly LocalFile[]>>> {
  const byRepository = new Map<string, string[]>();
  const found = new Map<string, string[]>(directories.map((directory) => [directory, []]));
  const problems: Failure[] = [];
  for (const directory of found.keys()) {
    if (!isDirectory(directory)) {
      problems.push(missing(directory));
      continue;
    }
    const top = repositoryOf(directory);
    if (top === undefined) {
      const files = await withoutIgnored(directory, walk(directory, problems), signal);
      if (!files.ok) return files;
      found.set(directory, files.value);
    } else byRepository.set(top, [...(byRepository.get(top) ?? []), directory]);
  }
  for (const [top, inside] of byRepository) {
    const listed = await listRepository(top, inside, problems, signal);
    if (!listed.ok) return listed;
    for (const [directory, files] of listed.value) found.set(directory, files);
  }
  const present = new Map<string, LocalFile[]>();
  for (const [directory, files] of found) {
    const usable = filesThere(directory, files, problems);
    if (usable.length === 0 && problems.length === 0) problems.push(empty(directory));
    present.set(directory, usable);
  }
  const [first, ...rest] = problems;
  return first === undefined ? ok(present) : fail(joinFailures([first, ...rest]));
}

/** The directory above that has a `.git`; looked for without starting a process. */
function repositoryOf(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false }) !== undefined) return at;
    if (dirname(at) === at) return undefined;
  }
}

async function listRepository(
  top: string,
  directories: readonly string[],
  problems: Failure[],
  signal: AbortSignal,
): Promise<Result<Map<string, string[]>>> {
  const wanted = new Map(directories.map((directory) => [relative(top, directory), directory]));
  const listed = await git({
    args: [
      '--literal-pathspecs',
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
      '--',
      ...[...wanted.keys()].map((path) => path || '.'),
    ],
    cwd: top,
    signal,
  });
  if (!listed.ok) return listed;
  if (listed.value.exitCode !== 0) return fail(gitFailed(top, listed.value.stderr));
  const files = new Map(directories.map((directory) => [directory, new Set<string>()]));
  for (const path of namesIn(listed.value.stdout, top, problems)) {
    // A directory may be inside another one that is asked for: the file belongs to both.
    for (let above = path; above !== ''; ) {
      above = above.includes('/') ? above.slice(0, above.lastIndexOf('/')) : '';
      const directory = wanted.get(above);
      if (directory !== undefined)
        files.get(directory)?.add(above === '' ? path : path.slice(above.length + 1));
    }
  }
  return ok(new Map([...files].map(([directory, paths]) => [directory, [...paths]])));
}

function namesIn(listing: Buffer, top: string, problems: Failure[]): string[] {
  const text = listing.toString('utf8');
  const names = text.split('\0').slice(0, -1);
  if (Buffer.from(text, 'utf8').equals(listing)) return names;
  problems.push(badName(top, names.find((name) => name.includes('\uFFFD')) ?? ''));
  return [];
}

/** Files that exist, sorted, after refusing what cannot be part of a tree. */
function filesThere(directory: string, files: readonly string[], problems: Failure[]): LocalFile[] {
  const real = new Map<string, boolean>([['', true]]);
  const inRealDirectory = (path: string): boolean => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const known = real.get(parent);
    if (known !== undefined) return known;
    const answer = inRealDirectory(parent) && isDirectory(join(directory, parent));
    real.set(parent, answer);
    return answer;
  };
  return files.toSorted(compareCodeUnits).flatMap((path) => {
    // Not `join`: these paths are normal, and there may be very many of them.
    const full = `${directory}/${path}`;
    // Git lists a repository inside another as `name/`.
    if (path.endsWith('/')) problems.push(submodule(full));
    // A tracked directory that became a symlink: git sees its files as deleted, and they may be anywhere.
    else if (inRealDirectory(path)) {
      const stats = lstatSync(full, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined && fits(full, path, stats, problems)) return [{ path, stats }];
    }
    return [];
  });
}

function fits(full: string, path: string, stats: BigIntStats, problems: Failure[]): boolean {
  if (stats.isDirectory()) return refuse(problems, submodule(full));
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(full);
    return leavesTree(path, target) ? refuse(problems, symlinkEscapes(full, target)) : true;
  }
  return stats.isFile() ? true : refuse(problems, specialFile(full));
}

function refuse(problems: Failure[], failure: Failure): false {
  problems.push(failure);
  return false;
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function missing(place: string): Failure {
  return {
    code: 'source/missing',
    message: 'The source directory does not exist.',
    place,
    next: 'Create it, or correct `source` in the recipe.',
  };
}

function unreadable(place: string, cause: string): Failure {
  return {
    code: 'source/unreadable',
    message: 'A source directory cannot be read.',
    place,
    cause,
    next: 'Check the permissions of the directory and of what is in it.',
  };
}

function empty(place: string): Failure {
  return {
    code: 'source/empty',
    message: 'The source directory has no files, or git ignores all of them.',
    place,
    next: 'Run `git check-ignore -v` on one of its files to see which rule ignores it.',
  };
}

function submodule(place: string): Failure {
  return {
    code: 'source/submodule',
    message: 'A source tree cannot contain another git repository.',
    place,
    next: 'Make it a component of its own, or keep its files in this repository.',
  };
}

function specialFile(place: string): Failure {
  return {
    code: 'source/special-file',
    message: 'A source tree has files, directories and symlinks only.',
    place,
    next: 'Remove the socket, pipe or device, or let `.gitignore` name it.',
  };
}

function symlinkEscapes(place: string, target: string): Failure {
  return {
    code: 'source/symlink-escapes',
    message: `A symlink points out of its source tree, to ${JSON.stringify(target)}.`,
    place,
    next: 'Point it to a file of the tree, or replace it by a copy.',
  };
}

function badName(place: string, name: string): Failure {
  return {
    code: 'source/bad-name',
    message: `A file name is not UTF-8: ${JSON.stringify(name)}.`,
    place,
    next: 'Rename the file.',
  };
}
