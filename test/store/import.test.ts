// Importing source trees that stay where they are: by metadata when nothing changed.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/base/digest.ts';
import type { Result } from '../../src/base/failure.ts';
import type { DiskStore } from '../../src/store/disk-store.ts';
import { freshDir, must, openAt } from './fixture.ts';

const OLD = new Date('2020-01-01');

/** A source tree whose files were last touched long ago; `ctime` cannot be set, so it is always now. */
function sourceTree(): { dir: string; files: string[] } {
  const dir = join(freshDir(), 'source');
  mkdirSync(join(dir, 'src/deep'), { recursive: true });
  writeFileSync(join(dir, 'src/deep/main.c'), 'int main;');
  writeFileSync(join(dir, 'build.sh'), '#!/bin/sh', { mode: 0o700 });
  symlinkSync('src/deep/main.c', join(dir, 'link'));
  writeFileSync(join(dir, 'ignored'), 'not listed');
  return { dir, files: ['build.sh', 'link', 'src/deep/main.c'] };
}

/** Imports files as they are now. */
function imported(store: DiskStore, dir: string, files: readonly string[]): Promise<Result<Digest>> {
  const seen = files.map((path) => ({ path, stats: lstatSync(join(dir, path), { bigint: true }) }));
  return store.importTree(dir, seen);
}

describe('importing', () => {
  it('copies exactly the listed files and leaves them where they are', async () => {
    const { dir, files } = sourceTree();
    const { store } = await openAt(freshDir());
    const digest = must(await imported(store, dir, files));
    const tree = store.path(digest);
    expect(store.listing(digest)?.entries.map(({ path, mode }) => [path, mode])).toEqual([
      ['build.sh', '0755'],
      ['link', undefined],
      ['src', '0755'],
      ['src/deep', '0755'],
      ['src/deep/main.c', '0644'],
    ]);
    expect(readFileSync(join(tree, 'src/deep/main.c'), 'utf8')).toBe('int main;');
    expect(readlinkSync(join(tree, 'link'))).toBe('src/deep/main.c');
    expect(lstatSync(join(dir, 'ignored')).isFile()).toBe(true);
    expect((await store.verifyForUse([digest])).ok).toBe(true);
  });

  it('yields another digest for another content, mode, name or target, and none for times', async () => {
    const { dir, files } = sourceTree();
    const { store } = await openAt(freshDir());
    const digest = async (listed = files) => must(await imported(store, dir, listed));
    const first = await digest();
    utimesSync(join(dir, 'build.sh'), OLD, OLD);
    expect(await digest()).toBe(first);
    chmodSync(join(dir, 'build.sh'), 0o655);
    const seen = [first, await digest()];
    writeFileSync(join(dir, 'src/deep/main.c'), 'int MAIN;');
    seen.push(await digest());
    rmSync(join(dir, 'link'));
    symlinkSync('build.sh', join(dir, 'link'));
    seen.push(await digest(), await digest([...files, 'ignored']));
    expect(new Set(seen).size).toBe(5);
  });

  it('hashes an unchanged file once, and one that was changed just now every time', async () => {
    const dir = freshDir();
    const path = join(freshDir(), 'file');
    writeFileSync(path, 'content');
    const { store } = await openAt(dir);
    const cached = () => {
      const database = new DatabaseSync(join(dir, 'index.db'), { readOnly: true });
      const rows = database.prepare('SELECT digest FROM stats WHERE path = ?').all(path);
      database.close();
      return rows.map(({ digest }) => digest);
    };
    expect(must(await store.digestOfFile(path))).toBe(digestOf('content'));
    expect(cached()).toEqual([]);
    // The metadata's age is all that decides: the clock is moved on instead of waiting.
    const realNow = Date.now;
    Date.now = () => realNow() + 10_000;
    try {
      expect(must(await store.digestOfFile(path))).toBe(digestOf('content'));
      expect(cached()).toEqual([digestOf('content')]);
      // An entry that is wrong on purpose shows that the file is not read again.
      const database = new DatabaseSync(join(dir, 'index.db'));
      database.prepare('UPDATE stats SET digest = ? WHERE path = ?').run(digestOf('planted'), path);
      database.close();
      await store.close();
      const { store: again } = await openAt(dir);
      expect(must(await again.digestOfFile(path))).toBe(digestOf('planted'));
      const { mtime } = statSync(path);
      writeFileSync(path, 'CONTENT');
      utimesSync(path, mtime, mtime);
      expect(must(await again.digestOfFile(path))).toBe(digestOf('CONTENT'));
    } finally {
      Date.now = realNow;
    }
  });

  it('knows an unchanged tree by the metadata of its files alone, and every change of them', async () => {
    const { dir, files } = sourceTree();
    const storeDir = freshDir();
    const { store } = await openAt(storeDir);
    const realNow = Date.now;
    Date.now = () => realNow() + 10_000;
    try {
      const digest = must(await imported(store, dir, files));
      const other = must(await imported(store, dir, files.slice(1)));
      const database = new DatabaseSync(join(storeDir, 'index.db'));
      const { changes } = database
        .prepare('UPDATE stats SET digest = ? WHERE path = ? AND digest = ?')
        .run(digest, `${dir}/`, other);
      database.close();
      expect(changes).toBe(1);
      await store.close();
      const { store: again } = await openAt(storeDir);
      // The wrong entry shows that nothing was read.
      expect(must(await imported(again, dir, files.slice(1)))).toBe(digest);
      expect(must(await imported(again, dir, files.slice(2)))).not.toBe(digest);
      chmodSync(join(dir, 'src/deep/main.c'), 0o755);
      expect(must(await imported(again, dir, files.slice(1)))).not.toBe(digest);
    } finally {
      Date.now = realNow;
    }
  });

  it('imports again what was altered in the store meanwhile', async () => {
    const { dir, files } = sourceTree();
    const storeDir = freshDir();
    const { store: earlier } = await openAt(storeDir);
    const digest = must(await imported(earlier, dir, files));
    await earlier.close();
    const { store } = await openAt(storeDir);
    expect(must(await imported(store, dir, files))).toBe(digest);
    writeFileSync(join(store.path(digest), 'build.sh'), 'altered!!');
    expect((await store.verifyForUse([digest])).ok).toBe(true);
    expect(readFileSync(join(store.path(digest), 'build.sh'), 'utf8')).toBe('#!/bin/sh');
  });

  it('says which file it could not read', async () => {
    const { dir } = sourceTree();
    const { store } = await openAt(freshDir());
    const error = { code: 'source/unreadable', place: join(dir, 'gone.c') };
    const stats = lstatSync(join(dir, 'build.sh'), { bigint: true });
    expect(await store.importTree(dir, [{ path: 'gone.c', stats }])).toMatchObject({ error });
    expect(await store.digestOfFile(join(dir, 'gone.c'))).toMatchObject({ error });
  });

  it('shows which files differ between two trees', async () => {
    const { dir, files } = sourceTree();
    const { store } = await openAt(freshDir());
    const before = must(await imported(store, dir, files));
    writeFileSync(join(dir, 'build.sh'), 'other');
    const after = must(await imported(store, dir, ['build.sh', 'link', 'ignored']));
    expect(store.treeDifferences(before, after)).toEqual([
      { path: 'build.sh', change: 'altered' },
      { path: 'ignored', change: 'added' },
      { path: 'src', change: 'removed' },
      { path: 'src/deep', change: 'removed' },
      { path: 'src/deep/main.c', change: 'removed' },
    ]);
    expect(store.treeDifferences(before, digestOf('unknown'))).toBeUndefined();
  });
});
