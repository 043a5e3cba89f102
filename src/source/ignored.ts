// What the `.gitignore` files of a tree ignore, for trees that are in no git repository.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { git, gitFailed } from './git-command.ts';

/**
 * `files` (relative to `top`) without what git would ignore if `top` were a repository: what a build leaves in
 * an unpacked release is none of its source. Failures: those of `git`, and
 * `source/git`.
 */
export async function withoutIgnored(
  top: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Result<string[]>> {
  if (!files.some((path) => path === '.gitignore' || path.endsWith('/.gitignore'))) return ok([...files]);
  const repository = emptyRepository();
  try {
    const run = await git({
      args: ['check-ignore', '--no-index', '-z', '--stdin'],
      cwd: top,
      gitDir: repository,
      stdin: files.map((path) => `${path}\0`).join(''),
      signal,
    });
    if (!run.ok) return run;
    // 1: nothing is ignored.
    if (run.value.exitCode > 1) return fail(gitFailed(top, run.value.stderr));
    const ignored = new Set(run.value.stdout.toString('utf8').split('\0'));
    return ok(files.filter((path) => !ignored.has(path)));
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

/** The least that git takes for a repository. */
function emptyRepository(): string {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-git-'));
  for (const name of ['objects', 'refs']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'HEAD'), 'ref: refs/heads/none\n');
  return dir;
}
