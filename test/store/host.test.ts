// What the machine can do to a store: full, read-only, unreadable, another format, another user's.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/disk-store.ts';
import { isSystemError, storeFailure } from '../../src/store/faults.ts';
import { freshDir, openAt } from './fixture.ts';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs a program of this directory on a tmpfs mounted on a fresh directory; yields its JSON lines. */
function onTmpfs(options: string, dir: string, program: string, ...args: string[]): unknown[] {
  const command = [process.execPath, file(program), ...args];
  const output = execFileSync(
    'unshare',
    ['--map-auto', '--map-root-user', '--mount', 'bash', file('on-tmpfs.sh'), dir, options, ...command],
    { encoding: 'utf8' },
  );
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a full disk', () => {
  it('fails the action that does not fit, whenever it fills up, and the next run just works', () => {
    const dir = freshDir();
    const attempts = onTmpfs('size=8m', dir, 'full-disk.ts', dir);
    expect(attempts).toHaveLength(9);
    const failed = { failed: 'store/no-space', ran: 0 };
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ unopened: { opened: 'store/no-space' } });
      expect([
        { full: failed, after: { ran: 2 } },
        { full: { ran: 2 }, after: { ran: 0 } },
        { full: { ...failed, ran: 1 }, after: { ran: 1 } },
      ]).toContainEqual({
        full: (attempt as { full: unknown }).full,
        after: (attempt as { after: unknown }).after,
      });
    }
    expect(attempts[0]).toMatchObject({ full: failed });
    expect(attempts[8]).toMatchObject({ full: { ran: 2 } });
  });
});

describe('opening', () => {
  it.each(['ro', 'rw'])('fails on a read-only file system (mounted %s at first)', (options) => {
    const dir = freshDir();
    // With `rw`, the store exists before the file system becomes read-only.
    const opened = onTmpfs(options, dir, 'child.ts', 'verify', join(dir, 'store')).at(-1);
    expect(opened).toMatchObject({
      ok: false,
      error: { code: 'store/no-access', place: join(dir, 'store') },
    });
  });

  it('fails where a file is in the way', async () => {
    const dir = join(freshDir(), 'store');
    writeFileSync(dir, '');
    expect(await openStore(dir, { workspace: '/' })).toMatchObject({
      error: { code: 'store/io', place: dir },
    });
  });

  it.each(['{"format":99,"uid":0}', 'no JSON', '[]', 'null'])(
    'refuses a store of format %s and leaves it alone',
    async (content) => {
      const dir = freshDir();
      writeFileSync(join(dir, 'format.json'), content);
      expect(await openStore(dir, { workspace: '/' })).toMatchObject({ error: { code: 'store/format' } });
      expect(readFileSync(join(dir, 'format.json'), 'utf8')).toBe(content);
      expect(existsSync(join(dir, 'index.db'))).toBe(false);
    },
  );

  it("refuses another user's store", async () => {
    const dir = freshDir();
    writeFileSync(join(dir, 'format.json'), '{"format":1,"uid":12345}');
    expect(await openStore(dir, { workspace: '/' })).toMatchObject({ error: { code: 'store/other-user' } });
  });

  it('creates the directory, with all directories above it', async () => {
    const dir = join(freshDir(), 'new/store');
    const { store } = await openAt(dir);
    expect(store.dir).toBe(dir);
    expect(existsSync(join(dir, 'format.json'))).toBe(true);
  });
});

describe('failures', () => {
  const error = (code: string) => Object.assign(new Error(code), { code, syscall: 'open' });

  it.each([
    ['ENOSPC', 'store/no-space'],
    ['EDQUOT', 'store/no-space'],
    ['EROFS', 'store/no-access'],
    ['EACCES', 'store/no-access'],
    ['EIO', 'store/io'],
  ])('tell %s as %s, with the place and a next step', (code, expected) => {
    expect(storeFailure(error(code), '/store')).toMatchObject({
      code: expected,
      place: '/store',
      cause: code,
      next: expect.any(String),
    });
  });

  it('leave bugs alone', () => {
    expect(() => storeFailure(new TypeError('a bug'), '/store')).toThrow('a bug');
    expect(isSystemError('text')).toBe(false);
    expect(isSystemError(Object.assign(new Error(), { code: 'ERR_INVALID_ARG_TYPE' }))).toBe(false);
  });

  it('of a log that cannot be created are values', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    execFileSync('rmdir', [join(dir, 'logs')]);
    writeFileSync(join(dir, 'logs'), '');
    expect(store.log('a', 'ab')).toMatchObject({ ok: false, error: { code: 'store/io' } });
  });
});
