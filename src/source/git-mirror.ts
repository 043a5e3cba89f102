// Bare repositories in a cache directory, one for each URL: fetched from, never checked out.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { GitNeed } from '../lock/needs.ts';
import { nearestName } from '../manifest/names.ts';
import { exclusively } from './exclusive.ts';
import { git } from './git-command.ts';
import type { FetchName } from './git-names.ts';
import { type Mirrors, mirrored } from './mirrors.ts';

export interface GitOptions {
  /** Directory for mirrors; may be shared by runs and workspaces. */
  readonly cacheDir: string;
  readonly mirrors: Mirrors;
  readonly offline: boolean;
  readonly signal: AbortSignal;
  /** Pause before a fetch is tried again, in milliseconds, doubled each time. Default 1000. */
  readonly pauseMs?: number;
}

/** Runs git in the mirror. */
export type InMirror = (args: readonly string[]) => ReturnType<typeof git>;

/**
 * Opens the mirror of a URL, creating it when missing, and runs `body` while no other run changes it.
 * Failures: `host/…`, the body's.
 */
export async function withMirror<T>(
  url: string,
  options: GitOptions,
  body: (run: InMirror, dir: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const dir = join(options.cacheDir, 'git', sha256Hex(url).slice(0, 32));
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    return fail({
      code: 'host/unwritable-cache',
      message: 'The cache directory cannot be written.',
      place: dir,
      cause: (error as Error).message,
      next: 'Check its permissions and the free space.',
    });
  }
  return exclusively(join(dir, 'turn'), options.signal, async () => {
    const run: InMirror = (args) => git({ args, cwd: dir, bare: true, signal: options.signal });
    const created = await run(['init', '--quiet', '--bare', '--template=', '.']);
    if (!created.ok) return created;
    if (created.value.exitCode !== 0) return fail(gitFailed(url, created.value.stderr));
    return body(run, dir);
  });
}

/** Object name of the commit that a ref or object leads to, through tags; nothing when the mirror lacks it. */
export async function commitOf(run: InMirror, name: string): Promise<Result<string | undefined>> {
  const parsed = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  if (!parsed.ok) return parsed;
  return ok(parsed.value.exitCode === 0 ? parsed.value.stdout.toString('utf8').trim() : undefined);
}

/**
 * Brings one ref or commit into the mirror. Failures: `source/unknown-ref`, `network/unreachable`,
 * `network/refused`, `network/offline-missing`, `source/bad-objects`.
 */
export async function fetchRef(
  run: InMirror,
  need: GitNeed,
  name: FetchName,
  options: GitOptions,
): Promise<Result<void>> {
  const url = mirrored(need.url, options.mirrors);
  if (options.offline) return fail(offline(need));
  const refspec = `+${name.remote}:${name.kept}`;
  const shallow = await tryFetch(run, url, ['--depth=1'], [refspec], options);
  if (!shallow.ok || shallow.value === undefined) return shallow.ok ? ok() : shallow;
  const byName = need.ref.kind === 'commit' && UNKNOWN.test(shallow.value);
  if (!byName && !/shallow|--depth/.test(shallow.value)) {
    return fail(await fetchFailure(run, need, url, shallow.value));
  }
  // Not every server gives a commit by its name or a part of the history: then take everything.
  const everything = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const asked = need.ref.kind === 'commit' ? everything : [refspec];
  const depth = await run(['rev-parse', '--is-shallow-repository']);
  const whole = depth.ok && depth.value.stdout.toString('utf8').trim() === 'true' ? ['--unshallow'] : [];
  const full = await tryFetch(run, url, whole, asked, options);
  if (!full.ok) return full;
  if (full.value !== undefined) return fail(await fetchFailure(run, need, url, full.value));
  if (need.ref.kind !== 'commit') return ok();
  const present = await commitOf(run, need.ref.name);
  if (!present.ok) return present;
  return present.value === undefined ? fail(unknownRef(need, [], '')) : ok();
}

/** git's complaint, or nothing when it fetched. A connection that breaks is tried three times. */
async function tryFetch(
  run: InMirror,
  url: string,
  extra: readonly string[],
  refspecs: readonly string[],
  options: GitOptions,
): Promise<Result<string | undefined>> {
  for (let attempt = 1; ; attempt += 1) {
    const args = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', ...extra];
    const fetched = await run([...args, '--', url, ...refspecs]);
    if (!fetched.ok) return fetched;
    const { exitCode, stderr } = fetched.value;
    if (exitCode === 0) return ok(undefined);
    if (attempt === 3 || !PASSING.test(stderr)) return ok(stderr);
    const pause = (options.pauseMs ?? 1000) * 2 ** (attempt - 1);
    await sleep(pause, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** Troubles that may be over in a second. */
const PASSING =
  /early EOF|hung up|timed out|Connection (?:reset|refused)|Could not resolve|returned error: 5\d\d/i;

/** What servers and git say about refs and commits that are not there. */
const UNKNOWN = /couldn't find remote ref|not our ref|unadvertised object|no such remote ref/i;

async function fetchFailure(run: InMirror, need: GitNeed, url: string, stderr: string): Promise<Failure> {
  if (UNKNOWN.test(stderr)) {
    const listed = await run([
      'ls-remote',
      '--quiet',
      need.ref.kind === 'tag' ? '--tags' : '--heads',
      '--',
      url,
    ]);
    const text = listed.ok ? listed.value.stdout.toString('utf8') : '';
    const names = [...text.matchAll(/^\S+\trefs\/(?:tags|heads)\/(.+?)(?:\^\{\})?$/gm)].map(
      (match) => match[1] ?? '',
    );
    return unknownRef(need, names, stderr);
  }
  if (/fsck|bad object|hasDotgit|hasDotdot|duplicateEntries|index-pack failed/i.test(stderr)) {
    return {
      code: 'source/bad-objects',
      message: 'The repository has objects that git considers malformed or dangerous.',
      place: need.url,
      cause: stderr.trim(),
      next: 'Do not use this repository before its owner has explained them.',
    };
  }
  if (/dubious ownership/.test(stderr)) {
    return {
      code: 'network/refused',
      message:
        'The repository belongs to another user of this machine, whose hooks and settings git does not trust.',
      place: url,
      next: 'Make a copy of it that is yours, with `git clone --mirror`, and name that in `mirrors`.',
    };
  }
  const refused =
    /Authentication failed|Permission denied|could not read Username|terminal prompts disabled|returned error: 40\d|not found|does not appear to be a git repository|does not exist|not allowed/i.test(
      stderr,
    );
  return {
    code: refused ? 'network/refused' : 'network/unreachable',
    message: refused
      ? 'The repository does not exist or refuses access.'
      : 'The repository could not be fetched.',
    place: url,
    cause: stderr.trim(),
    next: refused
      ? 'Check the URL and your access; git runs without prompts and without your configuration.'
      : 'Check the network and the proxy settings, then run again.',
  };
}

function unknownRef(need: GitNeed, names: readonly string[], cause: string): Failure {
  const near = need.ref.kind === 'commit' ? undefined : nearestName(need.ref.name, names);
  return {
    code: 'source/unknown-ref',
    message: `The repository has no ${need.ref.kind} ${need.ref.name}.`,
    place: need.url,
    ...(cause === '' ? {} : { cause: cause.trim() }),
    next: near === undefined ? 'Correct `source` in the recipe.' : `Did you mean \`${near}\`?`,
  };
}

function offline(need: GitNeed): Failure {
  return {
    code: 'network/offline-missing',
    message: `Offline, and the ${need.ref.kind} ${need.ref.name} is not in the cache.`,
    place: need.url,
    next: 'Run once without `--offline`.',
  };
}

export function gitFailed(place: string, stderr: string): Failure {
  return {
    code: 'source/git',
    message: 'Git failed in the cache of this repository.',
    place,
    cause: stderr.trim(),
    next: 'Check the free space; if it stays, delete the cached repository.',
  };
}
