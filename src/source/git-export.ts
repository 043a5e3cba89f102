// Writes the tree of a commit to a directory from git's objects alone: no attribute, filter or checkout takes part.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { diskFailure } from './disk-failure.ts';
import { BatchReader, EndedEarly } from './git-batch.ts';
import { git, gitEnvironment, gitOptions } from './git-command.ts';
import { isTreePath, leavesTree } from './paths.ts';
import { cleanEnvironment } from './process.ts';

interface TreeFile {
  readonly mode: 0o644 | 0o755 | 'symlink';
  readonly object: string;
  readonly size: number;
  readonly path: string;
}

/** More than the largest public source trees (a browser's is 5 GB); a tree of nested copies of itself is beyond. */
const LIMIT_BYTES = 16 * 2 ** 30;

/** A commit of another repository in the place of a directory. */
export interface TreeLink {
  readonly path: string;
  readonly commit: string;
}

/**
 * Writes the files of `treeish` into `target`, which does not exist yet, and yields the submodules that it has; with
 * `refuse` none may be there. Nothing is written when the tree holds something that must not be. Failures: `source/bad-name`, `source/submodule`, `source/symlink-escapes`,
 * `source/too-large`, `source/empty`, `source/git`, `host/…`.
 */
export async function exportTree(
  mirror: string,
  treeish: string,
  target: string,
  place: string,
  submodules: 'refuse' | 'list',
  signal: AbortSignal,
): Promise<Result<readonly TreeLink[]>> {
  const listed = await git({
    args: ['ls-tree', '-r', '-l', '-z', '--full-tree', treeish],
    cwd: mirror,
    bare: true,
    signal,
  });
  if (!listed.ok) return listed;
  if (listed.value.exitCode !== 0) return fail(broken(place, listed.value.stderr));
  const read = readListing(listed.value.stdout, place);
  if (!read.ok) return read;
  const { files, links } = read.value;
  const [link] = links;
  if (link !== undefined && submodules === 'refuse') return fail(submodule(`${place}: ${link.path}`));
  const written = await writeFiles(mirror, files, target, place, signal);
  return written.ok ? ok(links) : written;
}

interface Listing {
  readonly files: readonly TreeFile[];
  readonly links: readonly TreeLink[];
}

function readListing(listing: Buffer, place: string): Result<Listing> {
  const text = listing.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(listing)) return fail(badName(place, 'a name that is not UTF-8'));
  const files: TreeFile[] = [];
  const links: TreeLink[] = [];
  const seen = new Set<string>();
  let total = 0;
  for (const line of text.split('\0').slice(0, -1)) {
    const [, mode, type, object, size, path] =
      /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
    if (mode === undefined || object === undefined || path === undefined) return fail(broken(place, line));
    if (!isTreePath(path) || seen.has(path)) return fail(badName(place, JSON.stringify(path)));
    seen.add(path);
    if (type === 'commit') {
      links.push({ path, commit: object });
      continue;
    }
    total += Number(size);
    const kind = mode === '120000' ? 'symlink' : (Number.parseInt(mode, 8) & 0o111) !== 0 ? 0o755 : 0o644;
    files.push({ mode: kind, object, size: Number(size), path });
  }
  for (const { path } of [...files, ...links]) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      if (seen.has(above))
        return fail(badName(place, `${JSON.stringify(above)}, which is a file and a directory`));
    }
  }
  if (total > LIMIT_BYTES) return fail(tooLarge(place, total));
  return files.length === 0 ? fail(empty(place)) : ok({ files, links });
}

async function writeFiles(
  mirror: string,
  files: readonly TreeFile[],
  target: string,
  place: string,
  signal: AbortSignal,
): Promise<Result<void>> {
  const child = spawn('git', [...gitOptions(true), 'cat-file', '--batch', '--buffer'], {
    cwd: mirror,
    env: cleanEnvironment(gitEnvironment()),
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close').catch(() => undefined);
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(files.map(({ object }) => `${object}\n`).join(''));
  try {
    const reader = new BatchReader(child.stdout);
    const links: { readonly path: string; readonly target: string }[] = [];
    const directories = new Set<string>();
    for (const file of files) {
      if (!(await reader.begin(file.object, file.size)))
        return fail(broken(place, `no object ${file.object}`));
      if (file.mode === 'symlink') {
        const link = await reader.text();
        if (link === undefined || leavesTree(file.path, link))
          return fail(symlinkEscapes(`${place}: ${file.path}`));
        links.push({ path: file.path, target: link });
        continue;
      }
      const full = join(target, file.path);
      if (!directories.has(dirname(full))) await mkdir(dirname(full), { recursive: true });
      directories.add(dirname(full));
      const handle = await open(full, 'wx', file.mode);
      try {
        for await (const chunk of reader.chunks()) await handle.writeFile(chunk);
      } finally {
        await handle.close();
      }
    }
    // Last, so that no file is ever written through one.
    for (const link of links) {
      await mkdir(dirname(join(target, link.path)), { recursive: true });
      await symlink(link.target, join(target, link.path));
    }
    return ok();
  } catch (error) {
    if (signal.aborted) return fail(cancelled(place));
    if (error instanceof EndedEarly) return fail(broken(place, error.message));
    return fail(diskFailure('a source tree', target, error as NodeJS.ErrnoException));
  } finally {
    child.kill('SIGKILL');
    // What nobody reads any more would keep the stream from its end, and `ended` with it.
    child.stdout.destroy();
    await ended;
  }
}

function broken(place: string, cause: string): Failure {
  return {
    code: 'source/git',
    message: 'The cached repository is incomplete or damaged.',
    place,
    cause: cause.trim(),
    next: 'Delete the cached repository and run again.',
  };
}

function badName(place: string, what: string): Failure {
  return {
    code: 'source/bad-name',
    message: `The commit has a name that cannot be a file of a source tree: ${what}.`,
    place,
    next: 'Do not use this commit before its owner has explained it.',
  };
}

function submodule(place: string): Failure {
  return {
    code: 'source/submodule',
    message: 'A source tree cannot contain a submodule, unless its recipe says so.',
    place,
    next: 'Make the submodule a component of its own, or fetch it with `submodules: true` in `source`.',
  };
}

function symlinkEscapes(place: string): Failure {
  return {
    code: 'source/symlink-escapes',
    message: 'A symlink points out of its source tree.',
    place,
    next: 'Use a commit without it.',
  };
}

function tooLarge(place: string, bytes: number): Failure {
  return {
    code: 'source/too-large',
    message: `The commit has ${bytes} bytes of files, more than the limit of ${LIMIT_BYTES}.`,
    place,
    next: 'Name a subdirectory of it, if that is all that is needed.',
  };
}

function empty(place: string): Failure {
  return { code: 'source/empty', message: 'The commit has no files.', place, next: 'Use another commit.' };
}

function cancelled(place: string): Failure {
  return { code: 'interrupted/cancelled', message: 'The export of a commit was cancelled.', place };
}
