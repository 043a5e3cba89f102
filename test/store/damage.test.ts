// Altered, truncated and missing content: found, dropped, reported, and nothing else is lost.
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/base/digest.ts';
import type { ActionResult } from '../../src/engine/ports.ts';
import { actionOf, commitWith, freshDir, keyFor, must, openAt } from './fixture.ts';

const action = actionOf('a', { f: 'file', t: 'tree' });

async function storeWithResult(): Promise<{ dir: string; result: ActionResult; file: Digest; tree: Digest }> {
  const dir = freshDir();
  const { store } = await openAt(dir);
  const result = must(
    await commitWith(store, action, (out) => {
      writeFileSync(join(out, 'f'), 'the content');
      mkdirSync(join(out, 't/sub'), { recursive: true });
      writeFileSync(join(out, 't/sub/in'), 'in a tree');
    }),
  );
  await store.close();
  const { f, t } = result.outputs;
  return { dir, result, file: f?.digest as Digest, tree: t?.digest as Digest };
}

/** Changes a file as a disk or a careless person would. */
function write(path: string, content: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, content);
}

describe('a blob', () => {
  it.each([
    ['truncated', (path: string) => truncateSync(path, 3)],
    ['altered at the same size', (path: string) => write(path, 'THE CONTENT')],
    [
      'altered with the same size and modification time',
      (path: string) => {
        const { mtime } = statSync(path);
        write(path, 'THE CONTENT');
        utimesSync(path, mtime, mtime);
      },
    ],
  ])('that was %s costs its result and is made again', async (_name, damage) => {
    const { dir, result, file } = await storeWithResult();
    const { store, damages } = await openAt(dir);
    damage(store.path(file));
    expect(await store.result(keyFor(action))).toBeUndefined();
    expect(damages).toMatchObject([{ code: 'store/damaged', message: expect.stringContaining(file) }]);
    expect(await store.has(file)).toBe(false);
    // What explains the next execution stays.
    expect(await store.preimage(keyFor(action))).toEqual(result.preimage);
    const again = await commitWith(store, action, (out) => {
      writeFileSync(join(out, 'f'), 'the content');
      mkdirSync(join(out, 't/sub'), { recursive: true });
      writeFileSync(join(out, 't/sub/in'), 'in a tree');
    });
    expect(must(again).outputs).toEqual(result.outputs);
    expect(await store.result(keyFor(action))).toEqual(must(again));
  });

  it('that was only touched is kept, with the time and mode that readers expect', async () => {
    const { dir, result, file } = await storeWithResult();
    const { store, damages } = await openAt(dir);
    chmodSync(store.path(file), 0o777);
    utimesSync(store.path(file), 9, 9);
    expect(await store.result(keyFor(action))).toEqual(result);
    expect(damages).toEqual([]);
    expect(statSync(store.path(file))).toMatchObject({ mode: 0o100444, mtimeMs: 315_532_800_000 });
  });

  it('that is gone is no damage, only a result less', async () => {
    const { dir, file } = await storeWithResult();
    const { store, damages } = await openAt(dir);
    rmSync(store.path(file));
    expect(await store.result(keyFor(action))).toBeUndefined();
    expect(damages).toEqual([]);
  });

  it('is checked before an action reads it', async () => {
    const { dir, file } = await storeWithResult();
    const { store } = await openAt(dir);
    write(store.path(file), 'THE CONTENT');
    expect(await store.verifyForUse([file, file])).toMatchObject({ error: { code: 'store/damaged' } });
    expect(await store.has(file)).toBe(false);
    expect(await store.verifyForUse([file])).toMatchObject({ ok: true });
  });
});

describe('a tree', () => {
  it.each([
    ['altered', (path: string) => write(join(path, 'sub/in'), 'IN A TREE')],
    ['truncated', (path: string) => truncateSync(join(path, 'sub/in'))],
    ['given another mode', (path: string) => chmodSync(join(path, 'sub/in'), 0o755)],
    ['given another time', (path: string) => utimesSync(join(path, 'sub'), 9, 9)],
    ['removed', (path: string) => rmSync(join(path, 'sub/in'))],
    ['added', (path: string) => writeFileSync(join(path, 'new'), '')],
  ])('in which something was %s is dropped before an action reads it', async (_name, damage) => {
    const { dir, tree } = await storeWithResult();
    const { store, damages } = await openAt(dir);
    damage(store.path(tree));
    expect(await store.verifyForUse([tree])).toMatchObject({ error: { code: 'store/damaged' } });
    expect(damages).toHaveLength(1);
    expect(await store.has(tree)).toBe(false);
    expect(await store.result(keyFor(action))).toBeUndefined();
    expect(existsSync(`${join(dir, 'trees', tree.slice(0, 2), tree.slice(0, 64))}.list`)).toBe(false);
  });

  it('whose listing was altered is dropped', async () => {
    const { dir, tree } = await storeWithResult();
    const { store } = await openAt(dir);
    const listing = `${store.path(tree)}.list`;
    write(listing, readFileSync(listing, 'utf8').replace('sub', 'bus'));
    expect(store.listing(tree)).toBeUndefined();
    expect(await store.verifyForUse([tree])).toMatchObject({ error: { code: 'store/damaged' } });
  });

  it.each(['tree', 'layer'] as const)('(%s) that is whole is not read again', async (kind) => {
    const dir = freshDir();
    const { store: first } = await openAt(dir);
    const { outputs } = must(
      await commitWith(first, actionOf('whole', { t: kind }), (out) => {
        mkdirSync(join(out, 't/sub'), { recursive: true, mode: 0o700 });
        writeFileSync(join(out, 't/sub/in'), 'in a tree', { mode: 0o600 });
        for (const name of ['a', 'sub/b', 'z']) linkSync(join(out, 't/sub/in'), join(out, 't', name));
        symlinkSync('nowhere', join(out, 't/link'));
      }),
    );
    await first.close();
    const { store } = await openAt(dir);
    const digest = outputs.t?.digest as Digest;
    const recordedAt = () => {
      const database = new DatabaseSync(join(dir, 'index.db'), { readOnly: true });
      const row = database.prepare('SELECT at FROM entries WHERE digest = ?').get(digest);
      database.close();
      return row?.at;
    };
    // Reading it again would renew the record.
    const committed = recordedAt();
    expect((await store.verifyForUse([digest])).ok).toBe(true);
    expect(recordedAt()).toBe(committed);
    utimesSync(join(store.path(digest), 'z'), 0, 0);
    await store.close();
    const { store: again } = await openAt(dir);
    expect((await again.verifyForUse([digest])).ok).toBe(true);
    expect(recordedAt()).not.toBe(committed);
  });
});

describe('the rest', () => {
  it('drops a result that does not belong to its key', async () => {
    const { dir } = await storeWithResult();
    const key = keyFor(action);
    const path = join(dir, 'results', key.slice(0, 2), `${key}.json`);
    for (const content of ['{"key":', '{}', 'null', readFileSync(path, 'utf8').replace('"a"', '"b"')]) {
      const { store, damages } = await openAt(dir);
      writeFileSync(path, content);
      expect(await store.result(key)).toBeUndefined();
      expect(damages).toMatchObject([{ code: 'store/damaged' }]);
      expect(existsSync(path)).toBe(false);
      await store.close();
    }
  });

  it.each(['this is no database, but long enough to look like one '.repeat(100), ''])(
    'begins a damaged index anew and re-hashes instead',
    async (content) => {
      const { dir, result, tree } = await storeWithResult();
      writeFileSync(join(dir, 'index.db'), content);
      const { store, damages } = await openAt(dir);
      expect(damages.map(({ code }) => code)).toEqual(content === '' ? [] : ['store/damaged']);
      expect(await store.result(keyFor(action))).toEqual(result);
      expect((await store.verifyForUse([tree])).ok).toBe(true);
    },
  );

  it('finds everything damaged in an audit, and drops it', async () => {
    const { dir, file, tree } = await storeWithResult();
    const { store } = await openAt(dir);
    const [filePath, treePath] = [store.path(file), store.path(tree)];
    const sound = must(await store.audit(new AbortController().signal));
    expect(sound).toEqual({ checked: { count: 2, bytes: 20 }, damaged: [] });
    write(filePath, 'THE CONTENT');
    write(join(treePath, 'sub/in'), 'IN A TREE');
    const resultPath = join(dir, 'results', keyFor(action).slice(0, 2), `${keyFor(action)}.json`);
    writeFileSync(resultPath, '{}');
    expect(must(await store.audit(new AbortController().signal)).damaged).toEqual([
      resultPath,
      filePath,
      treePath,
    ]);
    expect([filePath, treePath, resultPath].filter((path) => existsSync(path))).toEqual([]);
    expect(must(await store.audit(new AbortController().signal)).checked.count).toBe(0);
  });

  it('ends an audit when interrupted', async () => {
    const { dir } = await storeWithResult();
    const { store } = await openAt(dir);
    expect(must(await store.audit(AbortSignal.abort())).checked.count).toBe(0);
    expect(readdirSync(join(dir, 'blobs'))).toHaveLength(1);
  });
});
