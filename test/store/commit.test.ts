// What a commit takes, normalises and refuses.
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { actionOf, commitWith, freshDir, keyFor, must, openAt } from './fixture.ts';

describe('committing', () => {
  it('keeps files by content and yields the result until the store is opened again, and after', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    const action = actionOf('a', { exe: 'file' });
    const result = must(await commitWith(store, action, (out) => writeFileSync(join(out, 'exe'), 'program')));
    expect(result.outputs).toEqual({ exe: { kind: 'file', digest: digestOf('program') } });
    expect(readFileSync(store.path(digestOf('program')), 'utf8')).toBe('program');
    expect(await store.result(keyFor(action))).toEqual(result);
    await store.close();
    const { store: again, damages } = await openAt(dir);
    expect(await again.result(keyFor(action))).toEqual(result);
    expect(await again.preimage(keyFor(action))).toEqual(result.preimage);
    expect(damages).toEqual([]);
  });

  it('leaves nothing in staging', async () => {
    const dir = freshDir();
    const { store } = await openAt(dir);
    await commitWith(store, actionOf('a', { t: 'tree' }), (out) => mkdirSync(join(out, 't')));
    await store.close();
    expect(readdirSync(join(dir, 'staging'))).toEqual([]);
  });

  it('gives files in trees fixed modes, owners and times, so that only content decides the digest', async () => {
    const { store } = await openAt(freshDir());
    const action = actionOf('a', { t: 'tree' }, { SOURCE_DATE_EPOCH: '1700000000' });
    const first = must(
      await commitWith(store, action, (out) => {
        mkdirSync(join(out, 't/bin'), { recursive: true, mode: 0o700 });
        writeFileSync(join(out, 't/bin/run'), '#!', { mode: 0o4711 });
        writeFileSync(join(out, 't/note'), 'text', { mode: 0o600 });
        utimesSync(join(out, 't/note'), 5, 5);
      }),
    );
    const tree = first.outputs.t?.digest as `${string}/${number}`;
    const modeOf = (path: string) => (lstatSync(join(store.path(tree), path)).mode & 0o7777).toString(8);
    expect([modeOf('.'), modeOf('bin'), modeOf('bin/run'), modeOf('note')]).toEqual([
      '755',
      '755',
      '755',
      '644',
    ]);
    for (const path of ['.', 'bin', 'bin/run', 'note']) {
      expect(lstatSync(join(store.path(tree), path)).mtimeMs).toBe(1_700_000_000_000);
    }
    const second = must(
      await commitWith(store, { ...action, params: { other: true } }, (out) => {
        mkdirSync(join(out, 't/bin'), { recursive: true });
        writeFileSync(join(out, 't/note'), 'text');
        writeFileSync(join(out, 't/bin/run'), '#!', { mode: 0o755 });
      }),
    );
    expect(second.outputs.t?.digest).toBe(tree);
  });

  it('tells trees of different dates apart, because their readers can', async () => {
    const { store } = await openAt(freshDir());
    const digestAt = async (epoch: string) => {
      const action = actionOf('a', { t: 'tree' }, { SOURCE_DATE_EPOCH: epoch });
      return must(await commitWith(store, action, (out) => mkdirSync(join(out, 't')))).outputs.t?.digest;
    };
    expect(await digestAt('1')).not.toBe(await digestAt('2'));
  });

  it('records symlinks, hard links and empty directories', async () => {
    const { store } = await openAt(freshDir());
    const { outputs } = must(
      await commitWith(store, actionOf('a', { t: 'tree' }), (out) => {
        mkdirSync(join(out, 't/empty'), { recursive: true });
        writeFileSync(join(out, 't/z'), 'same');
        linkSync(join(out, 't/z'), join(out, 't/b'));
        symlinkSync('../nowhere', join(out, 't/link'));
      }),
    );
    const tree = outputs.t?.digest as `${string}/${number}`;
    expect(store.listing(tree)?.entries).toMatchObject([
      { path: 'b', type: 'file', size: 4 },
      { path: 'empty', type: 'directory' },
      { path: 'link', type: 'symlink', target: '../nowhere' },
      { path: 'z', type: 'file', sameAs: 'b' },
    ]);
    expect(store.files(tree)).toEqual([
      { path: 'b', digest: digestOf('same') },
      { path: 'z', digest: digestOf('same') },
    ]);
    expect(must(await store.verifyForUse([tree]))).toBeUndefined();
  });

  it('orders a listing by whole paths, whatever order the disk has', async () => {
    const { store } = await openAt(freshDir());
    const { outputs } = must(
      await commitWith(store, actionOf('a', { t: 'tree' }), (out) => {
        mkdirSync(join(out, 't/a'), { recursive: true });
        for (const name of ['a/x', 'a-b', 'A', 'ä', 'a.c']) writeFileSync(join(out, 't', name), '');
      }),
    );
    const listing = store.listing(outputs.t?.digest as `${string}/${number}`);
    expect(listing?.entries.map(({ path }) => path)).toEqual(['A', 'a', 'a-b', 'a.c', 'a/x', 'ä']);
  });

  it('stores large files by the same digest as small ones', async () => {
    const { store } = await openAt(freshDir());
    const content = Buffer.alloc(3_000_001, 'x');
    const { outputs } = must(
      await commitWith(store, actionOf('a', { t: 'tree', f: 'file' }), (out) => {
        mkdirSync(join(out, 't'));
        for (const name of ['1', '2', '3', '4', '5', '6']) writeFileSync(join(out, 't', name), content);
        writeFileSync(join(out, 'f'), content);
      }),
    );
    const files = store.files(outputs.t?.digest as `${string}/${number}`);
    expect(new Set(files.map(({ digest }) => digest))).toEqual(new Set([digestOf(content)]));
    expect(outputs.f?.digest).toBe(digestOf(content));
  });

  it('takes the same content from several actions', async () => {
    const { store } = await openAt(freshDir());
    const commitAs = (id: string) =>
      commitWith(store, actionOf(id, { f: 'file', t: 'tree' }), (out) => {
        writeFileSync(join(out, 'f'), 'same');
        mkdirSync(join(out, 't'));
        writeFileSync(join(out, 't/f'), 'same');
      });
    const [one, two] = [must(await commitAs('one')), must(await commitAs('two'))];
    expect(one.outputs).toEqual(two.outputs);
    expect(await store.result(one.key)).toEqual(one);
    expect(await store.result(two.key)).toEqual(two);
  });
});

describe('refusing', () => {
  it.each([
    ['a missing output', 'action/missing-output', () => {}],
    [
      'a directory where a file is declared',
      'action/output-kind',
      (out: string) => mkdirSync(join(out, 'f')),
    ],
    [
      'a symlink where a file is declared',
      'action/output-kind',
      (out: string) => symlinkSync('/etc/passwd', join(out, 'f')),
    ],
  ])('%s', async (_name, code, fill) => {
    const { store } = await openAt(freshDir());
    const action = actionOf('a', { f: 'file' });
    expect(await commitWith(store, action, fill)).toMatchObject({ ok: false, error: { code, place: 'a' } });
    expect(await store.result(keyFor(action))).toBeUndefined();
  });

  it('outputs that were not declared, all at once', async () => {
    const { store } = await openAt(freshDir());
    const result = await commitWith(store, actionOf('a', {}), (out) => {
      for (const name of ['y', 'x']) writeFileSync(join(out, name), '');
    });
    expect(result).toMatchObject({
      error: {
        code: 'action/undeclared-output',
        message: 'The command created `/out/x`, which is not one of its outputs.',
        others: [{ code: 'action/undeclared-output' }],
      },
    });
  });

  it('a staging directory in which the runner created nothing at all', async () => {
    const { store } = await openAt(freshDir());
    const staging = must(await store.staging('a'));
    const action = actionOf('a', { t: 'tree' });
    const result = await store.commit(
      action,
      keyFor(action),
      must(await commitWith(store, action, (out) => mkdirSync(join(out, 't')))).preimage,
      staging,
      1,
    );
    expect(result).toMatchObject({ error: { code: 'action/missing-output' } });
  });

  it('named pipes, sockets and devices in trees, saying where they are', async () => {
    const { store } = await openAt(freshDir());
    const result = await commitWith(store, actionOf('a', { t: 'tree' }), (out) => {
      mkdirSync(join(out, 't/sub'), { recursive: true });
      execFileSync('mkfifo', [join(out, 't/sub/pipe')]);
    });
    expect(result).toMatchObject({
      error: {
        code: 'action/special-file',
        place: 'a: /out/t/sub/pipe',
        message: expect.stringContaining('named pipe'),
      },
    });
  });

  it('file names that are not UTF-8, but takes a name that holds U+FFFD itself', async () => {
    const { store } = await openAt(freshDir());
    const fine = await commitWith(store, actionOf('a', { t: 'tree' }), (out) => {
      mkdirSync(join(out, 't'));
      writeFileSync(join(out, 't/\uFFFD'), '');
    });
    expect(fine.ok).toBe(true);
    const result = await commitWith(store, actionOf('b', { t: 'tree' }), (out) => {
      mkdirSync(join(out, 't'));
      writeFileSync(Buffer.concat([Buffer.from(join(out, 't/')), Buffer.from([0xff, 0x61])]), '');
    });
    expect(result).toMatchObject({ error: { code: 'action/name-not-utf8', place: 'b: /out/t/ÿa' } });
  });

  it('a key that is not that of the preimage: a bug', async () => {
    const { store } = await openAt(freshDir());
    const staging = must(await store.staging('a'));
    const action = actionOf('a', {});
    const { preimage } = must(await commitWith(store, action, () => {}));
    await expect(store.commit(action, '0'.repeat(64), preimage, staging, 1)).rejects.toThrow(
      'not that of its preimage',
    );
  });
});

describe('putting', () => {
  it('moves files and compares them with what was expected', async () => {
    const dir = freshDir();
    const { store } = await openAt(join(dir, 'store'));
    writeFileSync(join(dir, 'deb'), 'package');
    expect(await store.putFile(join(dir, 'deb'), digestOf('other'))).toMatchObject({
      error: { code: 'source/wrong-digest', place: join(dir, 'deb') },
    });
    expect(readFileSync(join(dir, 'deb'), 'utf8')).toBe('package');
    expect(must(await store.putFile(join(dir, 'deb'), digestOf('package')))).toBe(digestOf('package'));
    expect(lstatSync(join(dir, 'deb'), { throwIfNoEntry: false })).toBeUndefined();
    expect(await store.has(digestOf('package'))).toBe(true);
    expect(await store.has(digestOf('other'))).toBe(false);
  });

  it('copies a file that has another name, so that nobody can change it through that', async () => {
    const dir = freshDir();
    const { store } = await openAt(join(dir, 'store'));
    writeFileSync(join(dir, 'one'), 'content');
    linkSync(join(dir, 'one'), join(dir, 'two'));
    const digest = must(await store.putFile(join(dir, 'one')));
    writeFileSync(join(dir, 'two'), 'CONTENT');
    expect(readFileSync(store.path(digest), 'utf8')).toBe('content');
  });

  it('takes files and directories from other file systems', async () => {
    const { store } = await openAt(freshDir());
    const elsewhere = execFileSync('mktemp', ['-d', '-p', '/dev/shm'], { encoding: 'utf8' }).trim();
    mkdirSync(join(elsewhere, 'tree/sub'), { recursive: true });
    writeFileSync(join(elsewhere, 'tree/sub/f'), 'in a tree');
    writeFileSync(join(elsewhere, 'file'), 'alone');
    const file = must(await store.putFile(join(elsewhere, 'file')));
    const tree = must(await store.putTree(join(elsewhere, 'tree')));
    expect(readFileSync(store.path(file), 'utf8')).toBe('alone');
    expect(readFileSync(join(store.path(tree), 'sub/f'), 'utf8')).toBe('in a tree');
    expect(readdirSync(elsewhere)).toEqual([]);
    execFileSync('rmdir', [elsewhere]);
  });

  it('says which file it could not take', async () => {
    const { store } = await openAt(freshDir());
    expect(await store.putFile('/nowhere/file')).toMatchObject({
      error: { code: 'store/io', place: '/nowhere/file' },
    });
  });

  it('stores a text once', async () => {
    const { store } = await openAt(freshDir());
    const [one, two] = [must(await store.putText('set -eu')), must(await store.putText('set -eu'))];
    expect(one).toBe(two);
    expect(readFileSync(store.path(one), 'utf8')).toBe('set -eu');
    expect(lstatSync(store.path(one)).mode & 0o777).toBe(0o444);
  });
});
