// Directories, stores and commits for store tests, all on a real disk.
import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { preimageOf } from '../../src/action/preimage.ts';
import type { Failure, Result } from '../../src/base/failure.ts';
import type { ActionResult } from '../../src/engine/ports.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { removeTree } from '../../src/store/namespace.ts';
import { keyFor } from './fixture-action.ts';

export { actionOf, keyFor } from './fixture-action.ts';

/** A directory that is deleted after the test. */
export function freshDir(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'qbuild-store-')));
  onTestFinished(() => removeTree(dir));
  return dir;
}

export interface Opened {
  readonly store: DiskStore;
  readonly damages: Failure[];
}

/** Opens a store that is closed after the test, unless the test does. */
export async function openAt(dir: string, workspace = '/workspace'): Promise<Opened> {
  const damages: Failure[] = [];
  const store = must(await openStore(dir, { workspace, onDamage: (failure) => damages.push(failure) }));
  let open = true;
  const close = async () => {
    if (open) await store.close();
    open = false;
  };
  onTestFinished(close);
  return { store: { ...store, close }, damages };
}

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error, undefined, 2));
  return result.value;
}

/** Commits what `fill` puts into a fresh `/out`. */
export async function commitWith(
  store: DiskStore,
  action: Action,
  fill: (out: string) => void | Promise<void>,
): Promise<Result<ActionResult>> {
  const staging = must(await store.staging(action.id));
  const out = join(staging.dir, 'out');
  mkdirSync(out);
  await fill(out);
  const result = await store.commit(action, keyFor(action), preimageOf(action, [], {}), staging, 5);
  await staging.discard();
  return result;
}
