// Garbage collection: what workspaces used lately stays, with everything that it was made from.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { keyOf, preimageOf } from '../../src/action/preimage.ts';
import type { Digest } from '../../src/base/digest.ts';
import type { ActionResult } from '../../src/engine/ports.ts';
import type { DiskStore } from '../../src/store/disk-store.ts';
import { actionOf, freshDir, must, openAt } from './fixture.ts';

/** Commits and remembers an action with an input blob and an output tree of 1000 bytes each. */
async function build(store: DiskStore, id: string, version: string): Promise<ActionResult> {
  const action: Action = actionOf(id, { t: 'tree' });
  const source = must(await store.putText(`source ${id} ${version} `.padEnd(1000, '.')));
  const preimage = preimageOf(action, [], { source });
  const key = keyOf(preimage);
  must(store.log(id, key));
  const staging = must(await store.staging(id));
  mkdirSync(join(staging.dir, 'out/t'), { recursive: true });
  writeFileSync(join(staging.dir, 'out/t/f'), `output ${id} ${version} `.padEnd(1000, '.'));
  const result = must(await store.commit(action, key, preimage, staging, 5));
  await staging.discard();
  store.remember(id, key, 5);
  return result;
}

const treeOf = (result: ActionResult) => result.outputs.t?.digest as Digest;
const sourceOf = (result: ActionResult) => result.preimage.inputs.source as Digest;

/** Runs `body` as if so many days had passed. */
async function later<T>(days: number, body: () => Promise<T>): Promise<T> {
  const realNow = Date.now;
  Date.now = () => realNow() + days * DAY;
  try {
    return await body();
  } finally {
    Date.now = realNow;
  }
}

const DAY = 86_400_000;

describe('collecting', () => {
  it('removes what no workspace used within the time, and keeps the rest with its inputs', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    const old = await build(store, 'old', '1');
    const recent = await later(20, () => build(store, 'recent', '1'));
    const collected = await later(31, () => store.collect({ keepMs: 30 * DAY }));
    expect(must(collected).removed.count).toBe(4);
    for (const digest of [treeOf(recent), sourceOf(recent)]) expect(await store.has(digest)).toBe(true);
    for (const digest of [treeOf(old), sourceOf(old)]) expect(await store.has(digest)).toBe(false);
    expect(await store.result(recent.key)).toEqual(recent);
    expect(await store.preimage(old.key)).toBeUndefined();
    expect((await store.verifyForUse([treeOf(recent)])).ok).toBe(true);
    expect(must(await store.audit(new AbortController().signal)).damaged).toEqual([]);
  });

  it('keeps the preimage of the key before the last, so that `why` can still compare', async () => {
    const { store } = await openAt(freshDir());
    const before = await build(store, 'a', '1');
    const after = await later(40, () => build(store, 'a', '2'));
    await later(41, async () => must(await store.collect({ keepMs: 30 * DAY })));
    expect(store.history('a')).toMatchObject({ key: after.key, previous: before.key });
    expect(await store.preimage(before.key)).toEqual(before.preimage);
    expect(await store.has(treeOf(before))).toBe(false);
    expect(await store.result(before.key)).toBeUndefined();
  });

  it('counts the workspaces of everyone', async () => {
    const dir = freshDir();
    const { store: first } = await openAt(dir, '/one');
    const theirs = await later(30, () => build(first, 'theirs', '1'));
    await first.close();
    const { store } = await openAt(dir, '/two');
    await later(31, async () => must(await store.collect({ keepMs: 5 * DAY })));
    expect(await store.result(theirs.key)).toEqual(theirs);
  });

  it('keeps what was used last up to a size', async () => {
    const { store } = await openAt(freshDir());
    const results = [];
    for (const day of [1, 2, 3]) results.push(await later(day, () => build(store, `day${day}`, '1')));
    const collected = must(await later(4, () => store.collect({ keepMs: 30 * DAY, maxBytes: 4500 })));
    expect(await Promise.all(results.map((result) => store.has(treeOf(result))))).toEqual([
      false,
      true,
      true,
    ]);
    expect(collected.removed.bytes).toBeGreaterThanOrEqual(2000);
  });

  it('keeps what was committed lately, although no action has used it yet', async () => {
    const { store } = await openAt(freshDir());
    const digest = must(await store.putText('a download'));
    must(await store.collect({ keepMs: DAY }));
    expect(await store.has(digest)).toBe(true);
    must(await later(2, () => store.collect({ keepMs: DAY })));
    expect(await store.has(digest)).toBe(false);
  });

  it('forgets files outside the store that are gone', async () => {
    const dir = freshDir();
    const { store } = await openAt(join(dir, 'store'));
    writeFileSync(join(dir, 'gone'), 'x');
    await later(1, async () => must(await store.digestOfFile(join(dir, 'gone'))));
    must(await store.putFile(join(dir, 'gone')));
    expect(must(await store.collect({ keepMs: DAY })).kept.count).toBe(1);
    expect(await store.digestOfFile(join(dir, 'gone'))).toMatchObject({ ok: false });
  });

  it('leaves nothing when nothing is to be kept', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    await build(store, 'a', '1');
    await later(1, async () => must(await store.collect({ keepMs: 0 })));
    const left = ['blobs', 'trees', 'results', 'logs'].flatMap((folder) =>
      readdirSync(join(dir, folder)).flatMap((shard) => readdirSync(join(dir, folder, shard))),
    );
    expect(left).toEqual([]);
  });
});

describe('usage', () => {
  it('counts what is there, and lists actions, the one used last first', async () => {
    const { store } = await openAt(freshDir());
    await build(store, 'first', '1');
    const last = await later(1, () => build(store, 'last', '1'));
    await store.close();
    const { store: again } = await openAt(store.dir);
    const usage = must(again.usage());
    expect(usage).toMatchObject({
      blobs: { count: 2, bytes: 2000 },
      trees: { count: 2, bytes: 2000 },
      results: { count: 2 },
      logs: { count: 2, bytes: 0 },
    });
    expect(usage.actions.map(({ action }) => action)).toEqual(['last', 'first']);
    expect(usage.actions[0]).toMatchObject({ workspace: '/workspace', key: last.key });
  });
});
