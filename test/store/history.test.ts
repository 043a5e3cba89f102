// What a workspace remembers between runs.
import { appendFileSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { freshDir, must, openAt } from './fixture.ts';

const [ONE, TWO, THREE] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];

describe('history', () => {
  it('keeps the last key, the different one before it, and the last real duration', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    expect(store.history('a')).toBeUndefined();
    store.remember('a', ONE, 100);
    expect(store.history('a')).toEqual({ key: ONE, durationMs: 100 });
    store.remember('a', ONE, 0);
    store.remember('a', TWO, 200);
    store.remember('a', TWO, 0);
    await store.close();
    const { store: again } = await openAt(dir);
    expect(again.history('a')).toEqual({ key: TWO, durationMs: 200, previous: ONE });
    again.remember('a', ONE, 0);
    expect(again.history('a')).toEqual({ key: ONE, durationMs: 200, previous: TWO });
  });

  it('is written without waiting for the store to be closed', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    store.remember('a', ONE, 100);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const { store: other } = await openAt(dir);
    expect(other.history('a')).toEqual({ key: ONE, durationMs: 100 });
  });

  it('belongs to its workspace', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir, '/one');
    store.remember('a', ONE, 100);
    await store.close();
    const { store: other } = await openAt(dir, '/two');
    expect(other.history('a')).toBeUndefined();
  });

  it('knows the log of the last execution, failed ones too', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    expect(store.lastLog('a')).toBeUndefined();
    store.remember('a', ONE, 100);
    const log = must(store.log('a', THREE));
    appendFileSync(log.path, 'error: no\n');
    await store.close();
    const { store: again } = await openAt(dir);
    expect(readFileSync(again.lastLog('a') as string, 'utf8')).toBe('error: no\n');
    expect(again.history('a')).toMatchObject({ key: ONE });
  });

  it('shows the last lines of a log, none of a log that is gone or empty', async () => {
    const { store } = await openAt(freshDir());
    const log = must(store.log('a', ONE));
    expect(await log.tail(40)).toBe('');
    appendFileSync(log.path, 'one\ntwo\nthree\n');
    expect(await log.tail(2)).toBe('two\nthree');
    const lines = Array.from({ length: 5000 }, (_, line) => `line ${line}`);
    appendFileSync(log.path, `${lines.join('\n')}\n`);
    expect(await log.tail(40)).toBe(lines.slice(-40).join('\n'));
    // A new execution of the same key begins a new log.
    expect(await must(store.log('a', ONE)).tail(40)).toBe('');
  });
});
