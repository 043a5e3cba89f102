// URLs, refs and subdirectories of git sources: which are safe to hand to git, and how.
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { GitNeed } from '../lock/needs.ts';
import type { GitRef } from '../resolve/resolved.ts';
import { isTreePath } from './paths.ts';

/** What to fetch: the remote's ref and where the mirror keeps it. */
export interface FetchName {
  readonly remote: string;
  readonly kept: string;
}

/** Checks everything that a manifest says about a git source. Failures: `source/bad-url`, `source/bad-ref`. */
export function checkGitSource(need: GitNeed): Result<FetchName> {
  if (!isGitUrl(need.url)) return fail(badUrl(need.url));
  const { kind, name } = need.ref;
  if (kind === 'commit' && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) {
    return fail(badRef(need, 'A commit is named by all of its 40 or 64 lower-case hexadecimal digits.'));
  }
  if (kind !== 'commit' && !isRefName(name)) {
    return fail(badRef(need, 'Git does not allow this name (see `git help check-ref-format`).'));
  }
  if (need.subdirectory !== undefined && !isTreePath(need.subdirectory)) {
    return fail(badRef(need, `${JSON.stringify(need.subdirectory)} is not a path inside of the repository.`));
  }
  return ok(fetchName(need.ref));
}

function fetchName({ kind, name }: GitRef): FetchName {
  if (kind === 'commit') return { remote: name, kept: `refs/commits/${name}` };
  const remote = `refs/${kind === 'tag' ? 'tags' : 'heads'}/${name}`;
  return { remote, kept: remote };
}

/** Transports that run nothing on this machine but ssh; `user@host:path` and absolute paths are git's own forms. */
function isGitUrl(url: string): boolean {
  if (!/^[!-~]+$/.test(url)) return false;
  if (/^(?:https|ssh|git):\/\/[A-Za-z0-9[_]/.test(url)) return !/^ssh:\/\/[^/]*@-/.test(url);
  if (/^file:\/\/\/|^\/[^/]/.test(url)) return true;
  return /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^:-]/.test(url);
}

/** The rules of git-check-ref-format(1) for a ref below `refs/tags/` or `refs/heads/`. */
function isRefName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them.
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !/^[.-]|\.$|\.lock$/.test(part));
}

function badUrl(url: string): Failure {
  return {
    code: 'source/bad-url',
    message: 'This is not a URL that a git source may have.',
    place: url,
    next: 'Use `https://`, `ssh://`, `git://`, `file:///` or `user@host:path`.',
  };
}

function badRef(need: GitNeed, cause: string): Failure {
  return {
    code: 'source/bad-ref',
    message: `The ${need.ref.kind} ${JSON.stringify(need.ref.name)} cannot be used.`,
    place: need.url,
    cause,
    next: 'Correct `source` in the recipe.',
  };
}
