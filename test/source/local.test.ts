// Local trees as git sees them, by the real git and the real store.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importLocalTrees, LOCAL_VERIFICATION, listLocalTrees } from '../../src/source/local.ts';
import type { TreeImporter } from '../../src/source/ports.ts';
import { openStore } from '../../src/store/disk-store.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';

/** Writes files by path; a value that begins with `-> ` is a symlink. */
function tree(top: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), join(top, path));
    else writeFileSync(join(top, path), content);
  }
  return top;
}

function repository(files: Record<string, string>): string {
  const top = tree(scratch(), files);
  git(top, 'init', '--quiet');
  return top;
}

function git(top: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'protocol.file.allow=always'];
  return sh('git', [...identity, ...args], { HOME: '/nonexistent' }, top);
}

async function list(...directories: string[]): Promise<Record<string, readonly string[]>> {
  const listed = [...value(await listLocalTrees(directories, never()))];
  return Object.fromEntries(listed.map(([directory, files]) => [directory, files.map(({ path }) => path)]));
}

async function refusal(directory: string) {
  return error(await listLocalTrees([directory], never()));
}

describe('the files of a directory in a repository', () => {
  test('are the tracked ones and those not ignored, without deleted ones', async () => {
    const top = repository({
      '.gitignore': '*.o\n/out/\n',
      'src/main.c': '',
      'src/gone.c': '',
      'src/main.o': '',
      'src/out/kept': '',
      'out/dropped': '',
    });
    git(top, 'add', '.');
    unlinkSync(join(top, 'src/gone.c'));
    tree(top, { 'src/new.c': '', 'src/deep/er/newer.c': '' });
    expect(await list(top)).toEqual({
      [top]: ['.gitignore', 'src/deep/er/newer.c', 'src/main.c', 'src/new.c', 'src/out/kept'],
    });
  });

  test('that is ignored but tracked belongs to the tree', async () => {
    const top = repository({ '.gitignore': '*.bin\n', 'a.bin': '', 'b.bin': '' });
    git(top, 'add', '--force', 'a.bin', '.gitignore');
    expect(await list(top)).toEqual({ [top]: ['.gitignore', 'a.bin'] });
  });

  test('are relative to each of several directories, one inside another', async () => {
    const top = repository({ 'a/one': '', 'a/b/two': '', 'ab/three': '', 'c/four': '' });
    const [a, b, c] = [join(top, 'a'), join(top, 'a/b'), join(top, 'c')];
    expect(await list(a, b, c)).toEqual({ [a]: ['b/two', 'one'], [b]: ['two'], [c]: ['four'] });
  });

  test('may have any UTF-8 name, and names that look like patterns or options are just names', async () => {
    const names = [' leading', '*', '-rf', ':(exclude)x', 'a\nb', 'a"b', 'höhe', '日本', '�'];
    const top = repository(Object.fromEntries(names.map((name) => [`[x]/${name}`, ''])));
    expect(await list(join(top, '[x]'))).toEqual({ [join(top, '[x]')]: names });
  });

  test('are listed without a conflict’s several versions', async () => {
    const top = repository({ file: 'base\n' });
    git(top, 'add', '.');
    git(top, 'commit', '-qm', 'base');
    git(top, 'checkout', '-qb', 'other');
    writeFileSync(join(top, 'file'), 'other\n');
    git(top, 'commit', '-qam', 'other');
    git(top, 'checkout', '-q', '-');
    writeFileSync(join(top, 'file'), 'mine\n');
    git(top, 'commit', '-qam', 'mine');
    expect(() => git(top, 'merge', 'other')).toThrow();
    expect(await list(top)).toEqual({ [top]: ['file'] });
  });

  test('do not depend on what the user ignores elsewhere', async () => {
    const top = repository({ 'a.log': '' });
    const home = tree(scratch(), {
      '.config/git/ignore': '*.log\n',
      '.gitconfig': '[core]\nexcludesFile=~/x\n',
      x: '*\n',
    });
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      expect(await list(top)).toEqual({ [top]: ['a.log'] });
    } finally {
      process.env.HOME = before;
    }
  });

  test('do not include those that a tracked directory shows since it became a symlink', async () => {
    const outside = tree(scratch(), { secret: 'x' });
    const top = repository({ 'dir/secret': '', other: '' });
    git(top, 'add', '.');
    rmSync(join(top, 'dir'), { recursive: true });
    mkdirSync(join(top, 'real'));
    symlinkSync(outside, join(top, 'dir'));
    writeFileSync(join(top, '.gitignore'), 'dir\n');
    expect(await list(top)).toEqual({ [top]: ['.gitignore', 'other'] });
  });

  test('are listed without running what the repository’s configuration names', async () => {
    const top = repository({ file: '' });
    const marker = join(scratch(), 'ran');
    const program = join(top, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${marker}\n`);
    chmodSync(program, 0o755);
    git(top, 'config', 'core.fsmonitor', program);
    git(top, 'config', 'core.hooksPath', top);
    git(top, 'config', 'core.pager', program);
    expect(await list(top)).toEqual({ [top]: ['file', 'program'] });
    expect(() => execFileSync('ls', [marker], { stdio: 'ignore' })).toThrow();
  });
});

describe('the files of a directory outside of any repository', () => {
  test('are all of them, without directories of version control', async () => {
    // Not below the workspace, which is a repository itself.
    const top = tree(scratch(), {
      'a/b': '',
      '.hidden': '',
      '.hg/store': '',
      'a/.svn/x': '',
      'CVS/Root': '',
    });
    expect(await list(top)).toEqual({ [top]: ['.hidden', 'a/b'] });
  });

  test('are those that its .gitignore files leave', async () => {
    const top = tree(scratch(), {
      '.gitignore': '/out/\n*.log\n!kept.log\n',
      'a/.gitignore': 'b\n',
      'a/b': '',
      'a/c': '',
      b: '',
      'kept.log': '',
      'x.log': '',
      'out/setup.exe': '',
    });
    expect(await list(top)).toEqual({ [top]: ['.gitignore', 'a/.gitignore', 'a/c', 'b', 'kept.log'] });
  });
});

describe('what cannot be a source tree', () => {
  test('a directory that does not exist', async () => {
    expect((await refusal('/nonexistent/source')).code).toBe('source/missing');
  });

  test('a directory that the system does not let us look at', async () => {
    const place = `/${'x'.repeat(300)}`;
    expect(await refusal(place)).toMatchObject({ code: 'source/unreadable', place });
  });

  test('a file, and a symlink to a directory', async () => {
    const top = tree(scratch(), { file: '', 'dir/x': '', link: '-> dir' });
    expect((await refusal(join(top, 'file'))).code).toBe('source/missing');
    expect((await refusal(join(top, 'link'))).code).toBe('source/missing');
  });

  test('a directory without files, or all of whose files git ignores', async () => {
    expect((await refusal(scratch())).code).toBe('source/empty');
    const top = repository({ '.gitignore': 'out\n', 'out/x': '' });
    expect((await refusal(join(top, 'out'))).code).toBe('source/empty');
  });

  test('one with a submodule', async () => {
    const inner = repository({ file: '' });
    git(inner, 'add', '.');
    git(inner, 'commit', '-qm', 'x');
    const top = repository({ file: '' });
    git(top, 'submodule', '--quiet', 'add', inner, 'sub');
    expect(await refusal(top)).toMatchObject({ code: 'source/submodule', place: join(top, 'sub') });
  });

  test('one with another repository in it', async () => {
    const top = repository({ file: '', 'inner/file': '' });
    git(join(top, 'inner'), 'init', '--quiet');
    git(join(top, 'inner'), 'add', '.');
    git(join(top, 'inner'), 'commit', '-qm', 'x');
    expect((await refusal(top)).code).toBe('source/submodule');
  });

  test.each(['/etc/passwd', '../outside', 'a/../../outside', '..'])(
    'one with a symlink to %s',
    async (target) => {
      const top = repository({ 'a/x': '', link: `-> ${target}` });
      expect(await refusal(top)).toMatchObject({ code: 'source/symlink-escapes', place: join(top, 'link') });
    },
  );

  test.each(['x', 'b/../x', '../a/x', '../y', '.'])(
    'but a symlink in a/ to %s stays inside',
    async (target) => {
      const top = repository({ 'a/x': '', 'a/link': `-> ${target}` });
      expect(await list(top)).toEqual({ [top]: ['a/link', 'a/x'] });
    },
  );

  test('one with a socket, outside of git', async () => {
    const top = tree(scratch(), { file: '' });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(top, 'socket'), resolve));
    const failure = await refusal(top);
    server.close();
    expect(failure).toMatchObject({ code: 'source/special-file', place: join(top, 'socket') });
  });

  test('one with a name that is not UTF-8, in git and outside', async () => {
    for (const top of [repository({ file: '' }), tree(scratch(), { file: '' })]) {
      writeFileSync(Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0x41])]), '');
      expect((await refusal(top)).code).toBe('source/bad-name');
    }
  });

  test('everything that is wrong is told at once', async () => {
    const top = repository({ a: '-> /etc', b: '-> /usr' });
    expect((await refusal(top)).others).toHaveLength(1);
    const both = error(await listLocalTrees([top, '/nonexistent/source'], never()));
    expect([both, ...(both.others ?? [])].map(({ code }) => code)).toEqual([
      'source/missing',
      'source/symlink-escapes',
      'source/symlink-escapes',
    ]);
  });

  test('one whose repository git cannot read', async () => {
    const top = tree(scratch(), { file: '', '.git': 'gitdir: /nonexistent\n' });
    expect((await refusal(top)).code).toBe('source/git');
  });
});

describe('importing into the store', () => {
  test('depends on names, contents, modes and links alone', async () => {
    const store = value(await openStore(scratch(), { workspace: '/w' }));
    const files = { 'a/x': 'one', 'a/run': 'two', link: '-> a/x' };
    const [first, second, third] = [
      repository(files),
      tree(mkdtempSync('/tmp/qb-'), files),
      repository(files),
    ];
    for (const top of [first, second]) chmodSync(join(top, 'a/run'), 0o700);
    utimesSync(join(second, 'a/x'), 1, 1);
    const digests = value(await importLocalTrees([first, second, third], store, never()));
    expect(digests.get(first)).toBe(digests.get(second));
    expect(digests.get(third)).not.toBe(digests.get(first));
    rmSync(second, { recursive: true });
    await store.close();
  });

  test('notices an edit, and gives the same digest when it is undone', async () => {
    const store = value(await openStore(scratch(), { workspace: '/w' }));
    const top = repository({ file: 'one' });
    const digest = async () => value(await importLocalTrees([top], store, never())).get(top);
    const before = await digest();
    writeFileSync(join(top, 'file'), 'two');
    const edited = await digest();
    writeFileSync(join(top, 'file'), 'one');
    expect(edited).not.toBe(before);
    expect(await digest()).toBe(before);
    await store.close();
  });

  test('a failure of the store is the result', async () => {
    const full = { code: 'store/full', message: 'Full.' } as const;
    const importer: TreeImporter = { importTree: async () => ({ ok: false, error: full }) };
    expect(error(await importLocalTrees([repository({ file: '' })], importer, never()))).toEqual(full);
  });

  test('a local tree is not verified, and says why', () => {
    expect(LOCAL_VERIFICATION).toMatchObject({ verified: false, reason: expect.stringMatching(/\.$/) });
  });
});
