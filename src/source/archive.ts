// Archive sources: a tar archive of known digest, whose files become a tree in the store.
import { join } from 'node:path';
import { makeDigest } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { Store, Supply } from '../engine/ports.ts';
import type { LockedArchive } from '../lock/lockfile.ts';
import type { ArchiveNeed } from '../lock/needs.ts';
import { unpackArchive } from './archive-tree.ts';
import type { Mirrors } from './mirrors.ts';
import { readKeys } from './openpgp-proof.ts';
import { proveSignature } from './proven-file.ts';

export interface ArchiveOptions {
  /** Brings the archive into the store. */
  readonly supply: Supply;
  readonly mirrors: Mirrors;
  readonly signal: AbortSignal;
}

type ArchiveStore = Pick<Store, 'has' | 'path' | 'putTree' | 'staging'>;

/**
 * Fetches an archive, verifies it, and puts its tree into the store. Names of keys are relative to `keysDirectory`.
 * Failures: those of the supply, of `proveSignature` and of `unpackArchive`, `source/missing-keyring`, the store's.
 */
export async function lockArchive(
  need: ArchiveNeed,
  keysDirectory: string | undefined,
  store: ArchiveStore,
  options: ArchiveOptions,
): Promise<Result<LockedArchive>> {
  const { url, signature } = need;
  const path = await bring(need, store, options);
  if (!path.ok) return path;
  if (signature !== undefined) {
    const keys = await readKeys(keysDirectory, signature.keys);
    if (!keys.ok) return keys;
    const proven = await proveSignature(
      { path: path.value, url, signature: signature.url, keys: keys.value },
      options,
    );
    if (!proven.ok) return proven;
  }
  return unpack(need, path.value, store, options.signal);
}

/** Brings the tree of a locked archive into the store again. Failures: as above, and `source/digest-mismatch`. */
export async function restoreArchive(
  locked: LockedArchive,
  store: ArchiveStore,
  options: Pick<ArchiveOptions, 'supply' | 'signal'>,
): Promise<Result<void>> {
  if (await store.has(locked.tree)) return ok();
  const path = await bring(locked, store, options);
  if (!path.ok) return path;
  const restored = await unpack(locked, path.value, store, options.signal);
  if (!restored.ok) return restored;
  return restored.value.tree === locked.tree ? ok() : fail(otherTree(locked, restored.value.tree));
}

async function bring(
  { sha256, size }: ArchiveNeed,
  store: ArchiveStore,
  { supply, signal }: Pick<ArchiveOptions, 'supply' | 'signal'>,
): Promise<Result<string>> {
  const digest = makeDigest(sha256, size);
  const supplied = await supply.ensure([digest], signal);
  return supplied.ok ? ok(store.path(digest)) : supplied;
}

async function unpack(
  need: ArchiveNeed,
  path: string,
  store: ArchiveStore,
  signal: AbortSignal,
): Promise<Result<LockedArchive>> {
  const staging = await store.staging('archive');
  if (!staging.ok) return staging;
  try {
    const unpacked = await unpackArchive(path, join(staging.value.dir, 'tree'), need.url, signal);
    if (!unpacked.ok) return unpacked;
    const { directory, epoch } = unpacked.value;
    const tree = await store.putTree(directory);
    const { url, sha256, size, signature } = need;
    return tree.ok
      ? ok({ url, sha256, size, ...(signature && { signature }), epoch, tree: tree.value })
      : tree;
  } finally {
    await staging.value.discard();
  }
}

function otherTree(locked: LockedArchive, found: string): Failure {
  return {
    code: 'source/digest-mismatch',
    message: 'The archive has another tree than the locked one.',
    place: locked.url,
    cause: `expected ${locked.tree}, found ${found}`,
    next: 'Run `qbuild lock --update`: this qbuild reads archives anew.',
  };
}
