// Claims and locks between stores that are open at the same time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { isLocked, tryLock } from '../../src/store/lock.ts';
import { freshDir, must, openAt } from './fixture.ts';

const [KEY, OTHER] = ['a'.repeat(64), 'b'.repeat(64)] as [string, string];

describe('a claim', () => {
  it('is given to one store at a time', async () => {
    const dir = freshDir();
    const [{ store: one }, { store: two }] = [await openAt(dir), await openAt(dir)];
    const claim = one.claim(KEY);
    expect(claim).toBeDefined();
    expect(one.claim(KEY)).toBeUndefined();
    expect(two.claim(KEY)).toBeUndefined();
    two.claim(OTHER)?.release();
    claim?.release();
    const taken = two.claim(KEY);
    expect(taken).toBeDefined();
    // A release that comes too late does not take it away again.
    claim?.release();
    expect(one.claim(KEY)).toBeUndefined();
  });

  it('can be waited for', async () => {
    const dir = freshDir();
    const [{ store: one }, { store: two }] = [await openAt(dir), await openAt(dir)];
    const claim = one.claim(KEY);
    let over = false;
    const waiting = two.unclaimed(KEY, new AbortController().signal).then(() => {
      over = true;
    });
    await two.unclaimed(KEY, AbortSignal.abort());
    expect(over).toBe(false);
    claim?.release();
    await waiting;
    await two.unclaimed(OTHER, new AbortController().signal);
  });

  it('ends with its store', async () => {
    const dir = freshDir();
    const [{ store: one }, { store: two }] = [await openAt(dir), await openAt(dir)];
    one.claim(KEY);
    await one.close();
    expect(two.claim(KEY)).toBeDefined();
  });

  it('is given anyway when the index cannot be written: both execute then, and one commit wins', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    const database = new DatabaseSync(join(dir, 'index.db'));
    database.exec('DROP TABLE claims');
    database.close();
    const claim = store.claim(KEY);
    expect(claim).toBeDefined();
    claim?.release();
  });
});

describe('a lock', () => {
  it('is held by one, seen by all, and free after its release', () => {
    const path = join(freshDir(), 'lock');
    expect(isLocked(path)).toBe(false);
    const lock = tryLock(path);
    expect(isLocked(path)).toBe(true);
    expect(tryLock(path)).toBeUndefined();
    lock?.release();
    expect(isLocked(path)).toBe(false);
  });

  it('cannot be taken where there is no directory', () => {
    expect(() => tryLock('/nowhere/lock')).toThrow('unable to open database file');
  });
});

describe('opening while garbage is collected', () => {
  it('waits for the end of the collection', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    must(await store.collect({ keepMs: 0 }));
    const lock = tryLock(join(dir, 'collecting.lock'));
    const opening = openAt(dir);
    let opened = false;
    void opening.then(() => {
      opened = true;
    });
    expect(await store.collect({ keepMs: 0 })).toMatchObject({ error: { code: 'store/busy' } });
    expect(opened).toBe(false);
    lock?.release();
    const { store: other } = await opening;
    expect(await store.collect({ keepMs: 0 })).toMatchObject({
      error: { code: 'store/busy', message: 'Another process is using this store.' },
    });
    await other.close();
    expect((await store.collect({ keepMs: 0 })).ok).toBe(true);
  });
});

describe('a damaged index', () => {
  it('does not take the write-ahead log of the damaged one', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    store.remember('a', KEY, 5);
    await store.close();
    writeFileSync(join(dir, 'index.db'), 'damaged '.repeat(1000));
    writeFileSync(join(dir, 'index.db-wal'), 'damaged '.repeat(1000));
    const { store: again, damages } = await openAt(dir);
    expect(damages).toMatchObject([{ code: 'store/damaged', place: join(dir, 'index.db') }]);
    expect(again.history('a')).toBeUndefined();
    again.remember('a', OTHER, 5);
    await again.close();
    expect((await openAt(dir)).store.history('a')).toEqual({ key: OTHER, durationMs: 5 });
  });
});
