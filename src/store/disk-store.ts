// The store on disk: the engine's port over blobs, trees, results, history and claims.
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ActionId, OutputKind } from '../action/action.ts';
import type { ActionKey } from '../action/preimage.ts';
import type { Digest } from '../base/digest.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import type { ActionResult, Store } from '../engine/ports.ts';
import { type Audit, audit } from './audit.ts';
import { type Blobs, blobsOf, CONSTANT_TIME, type Condition } from './blobs.ts';
import { claimsOf } from './claims.ts';
import { type Collected, type CollectOptions, collect, waitForCollection } from './collect.ts';
import { commit } from './commit.ts';
import { entryDamaged, indexDamaged, resultDamaged, wrongDigest } from './damage.ts';
import { openDatabase } from './database.ts';
import { entriesOf } from './entries.ts';
import { guarded, guardedSource, guardedSync, hasCode, storeFailure } from './faults.ts';
import { checkFormat } from './format.ts';
import { historyOf } from './history.ts';
import { type ImportedFile, type Imports, importsOf } from './import.ts';
import { type Layout, layoutOf } from './layout.ts';
import {
  filesOf,
  type Listing,
  type ListingDifference,
  listingDifferences,
  type TreeFile,
} from './listing.ts';
import { createLog } from './log-file.ts';
import { resultsOf } from './results.ts';
import { openSession, removeDeadSessions, type Session } from './session.ts';
import { statCacheOf } from './stat-cache.ts';
import { type Trees, treesOf } from './trees.ts';
import { type Usage, usageOf } from './usage.ts';

export interface StoreOptions {
  /** Names the workspace whose history this is: its absolute path. */
  readonly workspace: string;
  /** Called when something damaged was found and dropped. */
  readonly onDamage?: (failure: Failure) => void;
}

/** The store with what only commands need. Close it before the process ends. */
export interface DiskStore extends Store {
  readonly dir: string;
  /**
   * The tree of exactly `files` (regular files and symlinks of `dir`, sorted) and the directories above them.
   * The files stay; those whose metadata are unchanged since they were last hashed are not read.
   */
  importTree(dir: string, files: readonly ImportedFile[]): Promise<Result<Digest>>;
  /** The content digest of a regular file outside the store, from the stat cache when its metadata are unchanged. */
  digestOfFile(path: string): Promise<Result<Digest>>;
  /** The listing of a tree that is in the store. */
  listing(digest: Digest): Listing | undefined;
  /** The regular files of a tree that is in the store, in code-unit order. */
  files(digest: Digest): readonly TreeFile[];
  /** The log of the action's last execution in this workspace. */
  lastLog(action: ActionId): string | undefined;
  /** What changed between two trees, by path; undefined when the listing of either is gone. */
  treeDifferences(before: Digest, after: Digest): readonly ListingDifference[] | undefined;
  usage(): Result<Usage>;
  /** Removes what no workspace used lately. Fails with `store/busy` while another process has the store open. */
  collect(options: CollectOptions): Promise<Result<Collected>>;
  /** Re-hashes everything and drops what is damaged. */
  audit(signal: AbortSignal): Promise<Result<Audit>>;
  close(): Promise<void>;
}

/** Opens a store, creating it when the directory is empty or missing. Fails with `store/…` codes. */
export function openStore(dir: string, options: StoreOptions): Promise<Result<DiskStore>> {
  return guarded(dir, async () => {
    const layout = layoutOf(dir);
    for (const folder of layout.folders) createDirectory(folder);
    const refusal = checkFormat(layout);
    if (refusal !== undefined) return fail(refusal);
    const onDamage = options.onDamage ?? (() => {});
    const database = openDatabase(layout.database, () => onDamage(indexDamaged(layout.database)));
    const session = openSession(layout.staging);
    const refused = await waitForCollection(layout);
    if (refused !== undefined) {
      await close(session, database);
      return fail(refused);
    }
    await removeDeadSessions(layout.staging);
    return ok(compose(layout, database, session, options.workspace, onDamage));
  });
}

/** Like a recursive `mkdirSync`, which reports a read-only file system as a directory that does not exist. */
function createDirectory(path: string): void {
  if (existsSync(path)) return;
  createDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function compose(
  layout: Layout,
  database: DatabaseSync,
  session: Session,
  workspace: string,
  onDamage: (failure: Failure) => void,
): DiskStore {
  const entries = entriesOf(database);
  const blobs = blobsOf(layout, entries, session);
  const trees = treesOf(layout, entries, session);
  const results = resultsOf(layout, session);
  const history = historyOf(database, workspace);
  const claims = claimsOf(database, layout.staging, session);
  const isTree = (digest: Digest) => lstatSync(layout.tree(digest), { throwIfNoEntry: false }) !== undefined;
  const path = (digest: Digest) => (isTree(digest) ? layout.tree(digest) : layout.blob(digest));
  const statCache = statCacheOf(database);
  const imports = importsOf(trees, isTree, statCache, session);
  const verify = verifierOf(blobs, trees, isTree, imports);

  /** Cheap for trees: their content is compared when something is about to read it. */
  async function outputCondition(kind: OutputKind, digest: Digest): Promise<Condition> {
    if (kind === 'file') return blobs.check(digest);
    if (!isTree(digest)) return 'absent';
    return entries.stamp(digest) === undefined ? trees.rehash(digest) : 'sound';
  }

  async function result(key: ActionKey): Promise<ActionResult | undefined> {
    const found = results.read(key);
    if (found === 'absent') return undefined;
    if (found === 'damaged') {
      results.drop(key);
      onDamage(resultDamaged(key));
      return undefined;
    }
    const outputs = Object.values(found.outputs);
    const conditions = await Promise.all(
      outputs.map((output) => outputCondition(output.kind, output.digest)),
    );
    // The file stays even then: its preimage explains the next execution.
    for (const [index, output] of outputs.entries()) {
      if (conditions[index] === 'damaged') onDamage(entryDamaged(output.digest));
    }
    return conditions.every((condition) => condition === 'sound') ? found : undefined;
  }

  return {
    dir: layout.dir,
    path,
    ...claims,
    async result(key) {
      try {
        return await result(key);
      } catch (error) {
        onDamage(storeFailure(error, layout.result(key)));
        return undefined;
      }
    },
    commit: (action, key, preimage, staging, durationMs) =>
      guarded(layout.dir, () =>
        commit({ blobs, trees, results }, action, key, preimage, staging, durationMs),
      ),
    staging: async (label) => guardedSync(layout.staging, () => session.staging(label)),
    has: async (digest) =>
      isTree(digest) || lstatSync(layout.blob(digest), { throwIfNoEntry: false }) !== undefined,
    putText: (text) => guarded(layout.dir, async () => ok(await blobs.text(text))),
    putFile: (file, expected) =>
      guarded(file, async () => {
        const digest = await blobs.file(file, expected);
        return expected === undefined || digest === expected
          ? ok(digest)
          : fail(wrongDigest(file, expected, digest));
      }),
    putTree: (dir) => guarded(dir, () => trees.take(session.adopt(dir), 'tree', CONSTANT_TIME)),
    verifyForUse: (digests) =>
      guarded(layout.dir, async () => {
        const [first, ...rest] = await verify(digests);
        if (first === undefined) return ok();
        for (const failure of [first, ...rest]) onDamage(failure);
        return fail(joinFailures([first, ...rest]));
      }),
    history: (action) => history.get(action),
    remember: (action, key, durationMs) => history.remember(action, key, durationMs),
    async preimage(key) {
      const found = guardedSync(layout.result(key), () => results.read(key));
      return found.ok && typeof found.value === 'object' ? found.value.preimage : undefined;
    },
    log(action, key) {
      history.attempt(action, key);
      return guardedSync(layout.log(key), () => createLog(layout.log(key)));
    },
    importTree: (dir, files) => guardedSource(dir, () => imports.tree(dir, files)),
    digestOfFile: (file) =>
      guardedSource(file, async () => {
        const digest = await statCache.digest(file, lstatSync(file, { bigint: true }));
        statCache.flush();
        return ok(digest);
      }),
    listing: (digest) => trees.listing(digest),
    files: (digest) => filesOf(trees.listing(digest)),
    lastLog(action) {
      const key = history.attempted(action);
      return key === undefined ? undefined : layout.log(key);
    },
    treeDifferences(before, after) {
      const [left, right] = [trees.listing(before), trees.listing(after)];
      return left === undefined || right === undefined ? undefined : listingDifferences(left, right);
    },
    usage: () => guardedSync(layout.dir, () => usageOf(layout, database)),
    collect(options) {
      history.flush();
      return guarded(layout.dir, () => collect(layout, database, session, results, options));
    },
    audit: (signal) =>
      guarded(layout.dir, async () => ok(await audit(layout, database, { blobs, trees, results }, signal))),
    close() {
      history.flush();
      return close(session, database);
    },
  };
}

/** Checks entries before they are read. Imported trees that were altered are imported again. */
function verifierOf(blobs: Blobs, trees: Trees, isTree: (digest: Digest) => boolean, imports: Imports) {
  return async (digests: readonly Digest[]): Promise<Failure[]> => {
    const failures: Failure[] = [];
    for (const digest of new Set(digests)) {
      const condition = await (isTree(digest) ? trees.check(digest) : blobs.check(digest));
      if (condition === 'damaged' && !(await imports.again(digest))) failures.push(entryDamaged(digest));
    }
    return failures;
  };
}

async function close(session: Session, database: DatabaseSync): Promise<void> {
  await session.close();
  database.close();
}
