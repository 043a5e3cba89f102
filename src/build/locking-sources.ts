// Locking of one source: fetched, verified, in the store, and asked what the lock has to know of it.
import { basename, join } from 'node:path';
import { makeDigest } from '../base/digest.ts';
import { ok, type Result } from '../base/failure.ts';
import {
  type BuilderNeed,
  EMPTY_LOCK,
  type LockedBuilder,
  type LockedComponent,
  type LockedGit,
} from '../lock/lockfile.ts';
import { type ArchiveNeed, type GitNeed, type SourceQuestions, sameSource } from '../lock/needs.ts';
import { debianDirectory } from '../resolve/debian/builder.ts';
import { readDebianFacts } from '../source/debian-facts.ts';
import type { LockingContext } from './locking.ts';

/** What failures call a git source: its files are nowhere that a person would look. */
export function placeOfGit({ url, ref, subdirectory }: GitNeed): string {
  return [`${url}@${ref.name}`, ...(subdirectory === undefined ? [] : [subdirectory])].join('/');
}

/**
 * `known`: what the lock has of the component; when it is the same source, only its packaging is looked at.
 * `keysDirectory`: what names of keys are relative to, where the source names any.
 */
export async function lockSource(
  component: string,
  { packaging, builder: asked, ...need }: GitNeed & SourceQuestions,
  known: LockedGit | undefined,
  keysDirectory: string | undefined,
  context: LockingContext,
): Promise<Result<LockedComponent>> {
  const { lockGit, restoreGit } = await import('../source/git.ts');
  const { store } = context;
  const options = { ...context, cacheDir: context.directories.cache, offline: false };
  const kept = known !== undefined && sameSource({ git: known }, need) ? known : undefined;
  const restored = kept === undefined ? ok() : await restoreGit(kept, store, options);
  if (!restored.ok) return restored;
  const git = kept === undefined ? await lockGit(need, store, options, keysDirectory) : ok(kept);
  if (!git.ok) return git;
  const tree = store.path(git.value.tree);
  const place = placeOfGit(need);
  const { submodules } = need;
  const question = asked && { ...asked, ...(submodules && { submodules }) };
  const builder = question && (await builderFactsOf(tree, place, component, question, context));
  if (builder?.ok === false) return builder;
  const facts = { git: git.value, ...(builder && { builder: builder.value }) };
  if (!packaging) return ok(facts);
  const at = builder && debianDirectory(builder.value, place);
  if (at?.ok === false) return at;
  const debian = readDebianFacts(join(tree, at?.value ?? ''), place);
  return debian.ok ? ok({ ...facts, debian: debian.value }) : debian;
}

/** `known`: as above. What was proven when it was locked is not proven again: the bytes are pinned. */
export async function lockArchived(
  { packaging, builder: _, ...need }: ArchiveNeed & SourceQuestions,
  known: LockedComponent | undefined,
  keysDirectory: string | undefined,
  context: LockingContext,
): Promise<Result<LockedComponent>> {
  const { lockArchive, restoreArchive } = await import('../source/archive.ts');
  const { supplyFromLock } = await import('../source/supply.ts');
  const { store, directories, mirrors } = context;
  const file = { digest: makeDigest(need.sha256, need.size), name: basename(need.url), url: need.url };
  const supply = supplyFromLock(
    EMPTY_LOCK,
    store,
    {
      cacheDir: directories.cache,
      poolDir: directories.packages,
      mirrors,
      offline: false,
      emit: () => {},
      clock: { now: () => performance.now() },
    },
    [file],
  );
  const kept = known !== undefined && sameSource(known, need) ? known.archive : undefined;
  const restored = kept === undefined ? ok() : await restoreArchive(kept, store, { ...context, supply });
  if (!restored.ok) return restored;
  const archive =
    kept === undefined ? await lockArchive(need, keysDirectory, store, { ...context, supply }) : ok(kept);
  if (!archive.ok) return archive;
  if (!packaging) return ok({ archive: archive.value });
  const debian = readDebianFacts(store.path(archive.value.tree), need.url);
  return debian.ok ? ok({ archive: archive.value, debian: debian.value }) : debian;
}

async function builderFactsOf(
  tree: string,
  place: string,
  component: string,
  need: BuilderNeed & Pick<GitNeed, 'submodules'>,
  context: LockingContext,
): Promise<Result<LockedBuilder>> {
  const { readBuilderFacts } = await import('../source/builder-facts.ts');
  return readBuilderFacts(tree, place, component, need, context);
}
