// Runs git so that no configuration, attribute, hook or prompt of the host or of a repository takes part.
import type { Failure, Result } from '../base/failure.ts';
import { runTool, type ToolOutput } from './process.ts';

export interface GitRun {
  readonly args: readonly string[];
  /** The repository; with `bare`, the git directory itself. */
  readonly cwd: string;
  readonly bare?: boolean;
  /** The git directory of a work tree that has none of its own. */
  readonly gitDir?: string;
  readonly stdin?: string;
  readonly signal: AbortSignal;
}

/** Configuration that beats a repository's own. */
const OVERRIDES = [
  // Programs that git would start while it lists, fetches or cleans up.
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.alternateRefsCommand=',
  'core.pager=cat',
  'gc.auto=0',
  'maintenance.auto=false',
  // Rules that differ between machines.
  'core.excludesFile=/dev/null',
  'core.attributesFile=/dev/null',
  'core.symlinks=true',
  'core.quotePath=false',
  'core.precomposeUnicode=false',
  // Listing runs nothing, so whose repository it is does not matter.
  'safe.directory=*',
  // Objects are checked as they come in. Old and widespread oddities of history are let through.
  'transfer.fsckObjects=true',
  'fetch.fsck.zeroPaddedFilemode=ignore',
  'fetch.fsck.missingSpaceBeforeDate=ignore',
  'fetch.fsck.badTimezone=ignore',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'protocol.version=2',
];

/** Any exit code is a value. Failures: those of `runTool`. */
export function git(run: GitRun): Promise<Result<ToolOutput>> {
  return runTool('git', {
    args: [...gitOptions(run.bare ?? false), ...workTree(run), ...run.args],
    cwd: run.cwd,
    env: gitEnvironment(),
    signal: run.signal,
    ...(run.stdin === undefined ? {} : { stdin: run.stdin }),
  });
}

function workTree({ gitDir, cwd }: GitRun): string[] {
  return gitDir === undefined ? [] : [`--git-dir=${gitDir}`, `--work-tree=${cwd}`];
}

export function gitOptions(bare: boolean): string[] {
  return ['--no-pager', ...(bare ? ['--git-dir=.'] : []), ...OVERRIDES.flatMap((setting) => ['-c', setting])];
}

export function gitEnvironment(): Record<string, string> {
  return {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    GIT_ALLOW_PROTOCOL: 'https:file:ssh:git',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    // Where the user's ignore and attribute rules would be.
    XDG_CONFIG_HOME: '/nonexistent',
  };
}

/** Git refused to list files. */
export function gitFailed(place: string, cause: string): Failure {
  return {
    code: 'source/git',
    message: 'Git could not list the files of this repository.',
    place,
    cause: cause.trim(),
    next: 'Run `git status` there.',
  };
}
