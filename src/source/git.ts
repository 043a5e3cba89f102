// Git sources: a commit, tag or branch becomes a locked commit and a tree in the store.
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { Store } from '../engine/ports.ts';
import type { LockedGit } from '../lock/lockfile.ts';
import type { GitNeed } from '../lock/needs.ts';
import { exportTree, type TreeLink } from './git-export.ts';
import { commitOf, fetchRef, type GitOptions, gitFailed, type InMirror, withMirror } from './git-mirror.ts';
import { checkGitSource } from './git-names.ts';
import { gitSigner } from './git-signature.ts';
import { type Submodule, submodulesOf, submoduleUrl } from './git-submodules.ts';
import { type NamedKey, readKeys } from './openpgp-proof.ts';

export type TreeStore = Pick<Store, 'staging' | 'putTree' | 'has'>;

/**
 * Fetches what a source names now, and puts its tree into the store; before that, one of the keys that `signedBy` names
 * must have signed it. `keysDirectory`: what these names are relative to.
 * Failures: `source/…`, `network/…`, `host/…`, the store's.
 */
export async function lockGit(
  need: GitNeed,
  store: TreeStore,
  options: GitOptions,
  keysDirectory?: string,
): Promise<Result<LockedGit>> {
  const { signedBy } = need;
  const keys = signedBy === undefined ? ok(undefined) : await readKeys(keysDirectory, signedBy);
  if (!keys.ok) return keys;
  const staging = await store.staging('git');
  if (!staging.ok) return staging;
  try {
    const target = join(staging.value.dir, 'tree');
    const exported = await exportRef(need, target, options, keys.value);
    if (!exported.ok) return exported;
    const { commit, epoch, links, signer } = exported.value;
    const completed = await exportSubmodules(need, links, target, options);
    if (!completed.ok) return completed;
    const tree = await store.putTree(target);
    return tree.ok ? ok({ ...need, ...(signer && { signer }), commit, epoch, tree: tree.value }) : tree;
  } finally {
    await staging.value.discard();
  }
}

interface Exported {
  readonly commit: string;
  readonly epoch: number;
  /** With their URLs as the repository writes them; none unless `submodules` are wanted. */
  readonly links: readonly Submodule[];
  /** Fingerprint of the primary key that signed it, where keys are named. */
  readonly signer?: string;
}

/** Fetches what a source names, and writes its tree to `target`, which does not exist yet. */
async function exportRef(
  need: GitNeed,
  target: string,
  options: GitOptions,
  keys?: readonly NamedKey[],
): Promise<Result<Exported>> {
  const name = checkGitSource(need);
  if (!name.ok) return name;
  return withMirror(need.url, options, async (run, dir) => {
    // A commit that is here already, by whatever ref it came, needs no network.
    const pinned = need.ref.kind === 'commit' ? need.ref.name : undefined;
    const known = pinned === undefined ? ok(undefined) : await commitOf(run, pinned);
    if (!known.ok) return known;
    if (known.value === undefined) {
      const fetched = await fetchRef(run, need, name.value, options);
      if (!fetched.ok) return fetched;
    }
    const found = await commitOf(run, pinned ?? name.value.kept);
    if (!found.ok) return found;
    const commit = found.value;
    if (commit === undefined || (pinned ?? commit) !== commit) return fail(notACommit(need));
    const fetched = { need, name: name.value.kept, commit };
    const signer = keys === undefined ? ok(undefined) : await gitSigner(run, fetched, keys, options.signal);
    if (!signer.ok) return signer;
    const epoch = await commitTime(run, commit);
    if (!epoch.ok) return epoch;
    const links = await writeTree(run, dir, need, commit, target, options.signal);
    if (!links.ok) return links;
    const named = await submodulesOf(run, commit, links.value, need);
    if (!named.ok) return named;
    const signed = signer.value === undefined ? {} : { signer: signer.value };
    return ok({ commit, epoch: epoch.value, links: named.value, ...signed });
  });
}

/** One after another, and not while the mirror of the repository that names them is taken: one may name itself. */
async function exportSubmodules(
  need: GitNeed,
  links: readonly Submodule[],
  target: string,
  options: GitOptions,
  depth = 1,
): Promise<Result<void>> {
  for (const { path, url, commit } of links) {
    const resolved = submoduleUrl(need.url, url, path, depth);
    if (!resolved.ok) return resolved;
    const inner: GitNeed = { url: resolved.value, ref: { kind: 'commit', name: commit }, submodules: true };
    const place = join(target, path);
    const exported = await exportRef(inner, place, options);
    if (!exported.ok) return exported;
    const completed = await exportSubmodules(inner, exported.value.links, place, options, depth + 1);
    if (!completed.ok) return completed;
  }
  return ok();
}

/**
 * Brings the tree of a locked source into the store again. A branch or tag that moved meanwhile changes nothing.
 * Failures: those of `lockGit`, and `source/digest-mismatch`.
 */
export async function restoreGit(
  locked: LockedGit,
  store: TreeStore,
  options: GitOptions,
): Promise<Result<void>> {
  if (await store.has(locked.tree)) return ok();
  const { url, subdirectory, submodules, commit } = locked;
  const need: GitNeed = {
    url,
    ref: { kind: 'commit', name: commit },
    ...(subdirectory && { subdirectory }),
    ...(submodules && { submodules }),
  };
  const restored = await lockGit(need, store, options);
  if (!restored.ok) return restored;
  return restored.value.tree === locked.tree ? ok() : fail(otherTree(locked, restored.value.tree));
}

async function writeTree(
  run: InMirror,
  dir: string,
  need: GitNeed,
  commit: string,
  target: string,
  signal: AbortSignal,
): Promise<Result<readonly TreeLink[]>> {
  const place = `${need.url} ${commit}`;
  const treeish = need.subdirectory === undefined ? commit : `${commit}:${need.subdirectory}`;
  const parsed = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', treeish]);
  if (!parsed.ok) return parsed;
  const object = parsed.value.stdout.toString('utf8').trim();
  if (parsed.value.exitCode !== 0) return fail(noSubdirectory(need, commit));
  return exportTree(dir, object, target, place, need.submodules ? 'list' : 'refuse', signal);
}

/** The committer's date: what the commit itself says, so equal for everyone. */
async function commitTime(run: InMirror, commit: string): Promise<Result<number>> {
  const shown = await run(['cat-file', 'commit', commit]);
  if (!shown.ok) return shown;
  const seconds = /^committer .*> (\d+) [+-]\d{4}$/m.exec(shown.value.stdout.toString('utf8'))?.[1];
  if (seconds === undefined) return fail(gitFailed(commit, 'the commit has no date'));
  // What SOURCE_DATE_EPOCH's readers can hold.
  return ok(Math.min(Number(seconds), 2 ** 32 - 1));
}

function notACommit(need: GitNeed): Failure {
  return {
    code: 'source/not-a-commit',
    message: `The ${need.ref.kind} ${need.ref.name} does not lead to a commit.`,
    place: need.url,
    next: 'Correct `source` in the recipe.',
  };
}

function noSubdirectory(need: GitNeed, commit: string): Failure {
  return {
    code: 'source/unknown-ref',
    message: `The commit ${commit} has no directory ${need.subdirectory}.`,
    place: need.url,
    next: 'Correct `subdirectory` in the recipe.',
  };
}

function otherTree(locked: LockedGit, found: string): Failure {
  return {
    code: 'source/digest-mismatch',
    message: `The commit ${locked.commit} has another tree than the locked one.`,
    place: locked.url,
    cause: `expected ${locked.tree}, found ${found}`,
    next: 'Run `qbuild lock --update` if this qbuild hashes trees anew; otherwise do not trust this repository.',
  };
}
