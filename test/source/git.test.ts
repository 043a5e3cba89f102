// Git sources from real repositories, honest and hostile.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GitNeed } from '../../src/lock/needs.ts';
import { lockGit, restoreGit } from '../../src/source/git.ts';
import type { GitOptions } from '../../src/source/git-mirror.ts';
import { submoduleUrl } from '../../src/source/git-submodules.ts';
import { importLocalTrees } from '../../src/source/local.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';

const DATE = '1700000000 +0530';

class Upstream {
  readonly dir = scratch();
  constructor() {
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...args: string[]): string {
    const identity = {
      GIT_AUTHOR_NAME: 't',
      GIT_AUTHOR_EMAIL: 't@t',
      GIT_COMMITTER_NAME: 't',
      GIT_COMMITTER_EMAIL: 't@t',
    };
    const env = {
      ...identity,
      GIT_AUTHOR_DATE: '1600000000 +0000',
      GIT_COMMITTER_DATE: DATE,
      HOME: '/nonexistent',
    };
    return sh('git', args, env, this.dir).trim();
  }

  commit(files: Record<string, string>): string {
    for (const [path, content] of Object.entries(files)) {
      const full = join(this.dir, path);
      mkdirSync(dirname(full), { recursive: true });
      rmSync(full, { force: true });
      if (content.startsWith('-> ')) symlinkSync(content.slice(3), full);
      else writeFileSync(full, content);
      if (content.startsWith('#!')) chmodSync(full, 0o755);
    }
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '-m', 'x');
    return this.git('rev-parse', 'HEAD');
  }

  /** Makes a branch of a tree that no working directory could give. */
  commitTree(tree: string): void {
    this.git('update-ref', 'refs/heads/main', this.git('commit-tree', '-m', 'x', tree));
  }

  /** Runs a git command on an input, and returns the object name that it prints. */
  write(input: string | Buffer, ...args: string[]): string {
    return execFileSync('git', args, { cwd: this.dir, input, encoding: 'utf8' }).trim();
  }

  get url(): string {
    return `file://${this.dir}`;
  }

  branch(name = 'main', subdirectory?: string): GitNeed {
    return {
      url: this.url,
      ref: { kind: 'branch', name },
      ...(subdirectory === undefined ? {} : { subdirectory }),
    };
  }
}

let store: DiskStore;
beforeAll(async () => {
  store = value(await openStore(scratch(), { workspace: '/w' }));
  return () => store.close();
});

function options(more: Partial<GitOptions> = {}): GitOptions {
  return { cacheDir: scratch(), mirrors: {}, offline: false, signal: never(), pauseMs: 1, ...more };
}

const lock = async (need: GitNeed, more: Partial<GitOptions> = {}) =>
  value(await lockGit(need, store, options(more)));
const refuse = async (need: GitNeed, more: Partial<GitOptions> = {}) =>
  error(await lockGit(need, store, options(more)));

describe('locking a git source', () => {
  test('gives the commit, its time, and a tree with the files as they were committed', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit({ 'a/file': 'one\r\n', run: '#!/bin/sh\n', link: '-> a/file', empty: '' });
    const locked = await lock(upstream.branch());
    expect(locked).toEqual({ ...upstream.branch(), commit, epoch: 1_700_000_000, tree: locked.tree });
    const dir = store.path(locked.tree);
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['a', 'a/file', 'empty', 'link', 'run']);
    expect(readFileSync(join(dir, 'a/file'), 'utf8')).toBe('one\r\n');
    expect(readlinkSync(join(dir, 'link'))).toBe('a/file');
    expect(statSync(join(dir, 'run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(dir, 'a/file')).mode & 0o777).toBe(0o644);
  });

  test('gives the same tree as a local import of its checkout', async () => {
    const upstream = new Upstream();
    upstream.commit({
      'src/x/y.c': 'int x;\n',
      run: '#!/bin/sh\n',
      link: '-> src/x',
      big: 'x'.repeat(3_000_000),
    });
    const locked = await lock(upstream.branch());
    const local = value(await importLocalTrees([upstream.dir], store, never()));
    expect(local.get(upstream.dir)).toBe(locked.tree);
  });

  test('follows annotated tags, and tags of tags, to their commit', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit({ file: '1' });
    upstream.git('tag', '-a', '-m', 'x', 'v1');
    upstream.git('tag', '-a', '-m', 'x', 'v1-again', 'v1');
    upstream.commit({ file: '2' });
    for (const name of ['v1', 'v1-again']) {
      expect((await lock({ url: upstream.url, ref: { kind: 'tag', name } })).commit).toBe(commit);
    }
  });

  test('takes a commit by name, also one that no branch ends at', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit({ file: '1' });
    upstream.commit({ file: '2' });
    expect((await lock({ url: upstream.url, ref: { kind: 'commit', name: commit } })).commit).toBe(commit);
  });

  test('takes a commit from a server that gives refs only', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit({ file: '1' });
    upstream.commit({ file: '2' });
    // Protocol 0, as servers of before 2018 speak it: no commit that no ref names.
    const bin = scratch();
    const log = join(bin, 'log');
    const script = `#!/bin/sh\nfor last; do :; done\n[ "$1" = -G ] && exit 0\necho "$@" >>${log}\nunset GIT_PROTOCOL\nexec sh -c "$last"\n`;
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `${bin}:${path}`;
    try {
      const cacheDir = scratch();
      const url = `ssh://host${upstream.dir}`;
      const head = await lock({ url, ref: { kind: 'branch', name: 'main' } }, { cacheDir });
      expect(head.commit).not.toBe(commit);
      const old = await lock({ url, ref: { kind: 'commit', name: commit } }, { cacheDir });
      expect(readFileSync(join(store.path(old.tree), 'file'), 'utf8')).toBe('1');
    } finally {
      process.env.PATH = path;
    }
    // The branch, the commit in vain, then everything.
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(3);
    expect(readFileSync(log, 'utf8')).toContain('BatchMode=yes');
  });

  test('takes a subdirectory alone', async () => {
    const upstream = new Upstream();
    upstream.commit({ 'deep/er/file': '1', other: '2' });
    const whole = await lock(upstream.branch());
    const part = await lock(upstream.branch('main', 'deep/er'));
    expect(readdirSync(store.path(part.tree))).toEqual(['file']);
    expect(part.tree).not.toBe(whole.tree);
  });

  test('goes through mirrors of URLs, and keeps the URL', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const need: GitNeed = { url: 'https://git.invalid/core', ref: { kind: 'branch', name: 'main' } };
    const locked = await lock(need, { mirrors: { 'https://git.invalid/core': upstream.url } });
    expect(locked.url).toBe('https://git.invalid/core');
  });

  test('content is not changed by attributes, filters or export-subst', async () => {
    const upstream = new Upstream();
    const marker = join(scratch(), 'ran');
    upstream.git('config', 'filter.evil.smudge', `touch ${marker}`);
    upstream.commit({
      '.gitattributes': '* text eol=crlf ident export-subst\nsecret export-ignore\n*.x filter=evil\n',
      text: '$Id$ $Format:%H$\n',
      secret: 'x\n',
      'a.x': 'x\n',
    });
    const dir = store.path((await lock(upstream.branch())).tree);
    expect(readFileSync(join(dir, 'text'), 'utf8')).toBe('$Id$ $Format:%H$\n');
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe('x\n');
    expect(existsSync(marker)).toBe(false);
  });

  test('no configuration of the user takes part', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const home = scratch();
    const marker = join(scratch(), 'ran');
    writeFileSync(join(home, '.gitconfig'), `[url "file:///nonexistent"]\n\tinsteadOf = ${upstream.url}\n`);
    const hooks = join(home, 'hooks');
    mkdirSync(hooks);
    writeFileSync(join(hooks, 'reference-transaction'), `#!/bin/sh\ntouch ${marker}\n`);
    chmodSync(join(hooks, 'reference-transaction'), 0o755);
    appendFileSync(join(home, '.gitconfig'), `[core]\n\thooksPath = ${hooks}\n`);
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      expect((await lock(upstream.branch())).epoch).toBe(1_700_000_000);
    } finally {
      process.env.HOME = before;
    }
    expect(existsSync(marker)).toBe(false);
  });

  test('many files come out whole and in their places', async () => {
    const upstream = new Upstream();
    const files = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [
        `d${index % 7}/f${index}`,
        `${index}\n`.repeat((index * 37) % 900),
      ]),
    );
    upstream.commit(files);
    const dir = store.path((await lock(upstream.branch())).tree);
    for (const [path, content] of Object.entries(files))
      expect(readFileSync(join(dir, path), 'utf8')).toBe(content);
  });
});

describe('a locked git source', () => {
  test('stays where it is when its branch moves; locking anew follows', async () => {
    const upstream = new Upstream();
    const old = upstream.commit({ file: '1' });
    const shared = options();
    const locked = value(await lockGit(upstream.branch(), store, shared));
    upstream.git('checkout', '-q', '--orphan', 'rewritten');
    upstream.commit({ file: '2' });
    upstream.git('branch', '-M', 'main');
    const empty = value(await openStore(scratch(), { workspace: '/w' }));
    value(await restoreGit(locked, empty, shared));
    expect(readFileSync(join(empty.path(locked.tree), 'file'), 'utf8')).toBe('1');
    const moved = value(await lockGit(upstream.branch(), store, shared));
    expect(moved.commit).not.toBe(old);
    expect(readFileSync(join(store.path(moved.tree), 'file'), 'utf8')).toBe('2');
    await empty.close();
  });

  test('needs no network when its tree is in the store, or its commit in the mirror', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const shared = options();
    const locked = value(await lockGit(upstream.branch(), store, shared));
    rmSync(upstream.dir, { recursive: true });
    value(await restoreGit(locked, store, options({ offline: true })));
    const empty = value(await openStore(scratch(), { workspace: '/w' }));
    value(await restoreGit(locked, empty, { ...shared, offline: true }));
    expect(await empty.has(locked.tree)).toBe(true);
    await empty.close();
  });

  test('is missing offline when neither has it', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const locked = await lock(upstream.branch());
    const empty = value(await openStore(scratch(), { workspace: '/w' }));
    expect(error(await restoreGit(locked, empty, options({ offline: true })))).toMatchObject({
      code: 'network/offline-missing',
      place: upstream.url,
    });
    await empty.close();
  });

  test('with another tree than the locked one is refused', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const locked = await lock(upstream.branch());
    const other = { ...locked, tree: `${'0'.repeat(64)}/1` } as const;
    expect(error(await restoreGit(other, store, options())).code).toBe('source/digest-mismatch');
  });

  test('two runs that share mirrors take turns', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const shared = options();
    const runs = await Promise.all([1, 2, 3].map(() => lockGit(upstream.branch(), store, shared)));
    expect(new Set(runs.map((run) => value(run).commit)).size).toBe(1);
  });
});

describe('names that never reach git', () => {
  test.each([
    'ext::sh -c touch% /tmp/x',
    '-uhttps://x',
    '--upload-pack=x',
    'http://git.example/x',
    'ftp://git.example/x',
    'https://-x/y',
    'ssh://-oProxyCommand=x/y',
    'ssh://user@-oProxyCommand=x/y',
    '-oProxyCommand=x@host:path',
    'user@-host:path',
    'relative/path',
    'file://host/path',
    '../x',
    'fd::17/x',
    'https://x/\n--upload-pack=y',
    'https://x/ y',
    '',
  ])('the URL %j', async (url) => {
    expect(await refuse({ url, ref: { kind: 'branch', name: 'main' } })).toMatchObject({
      code: 'source/bad-url',
      place: url,
    });
  });

  test.each([
    '-x',
    '--upload-pack=y',
    'a..b',
    'a b',
    'a:b',
    'a^{}',
    '+main',
    '@{u}',
    'a/',
    '/a',
    'a//b',
    'x.lock',
    '.x',
    'a\nb',
    '*',
    '',
  ])('the branch %j', async (name) => {
    const upstream = new Upstream();
    expect((await refuse(upstream.branch(name))).code).toBe(
      name === '+main' ? 'source/unknown-ref' : 'source/bad-ref',
    );
  });

  test.each(['abc1234', 'HEAD', 'A'.repeat(40), `${'a'.repeat(40)}^`])('the commit %j', async (name) => {
    expect((await refuse({ url: 'https://x/y', ref: { kind: 'commit', name } })).code).toBe('source/bad-ref');
  });

  test.each(['../x', '/etc', 'a//b', './a', 'a/..', '.git', 'a/.GIT', ''])(
    'the subdirectory %j',
    async (subdirectory) => {
      const upstream = new Upstream();
      expect((await refuse(upstream.branch('main', subdirectory))).code).toBe('source/bad-ref');
    },
  );
});

describe('what upstream does not have', () => {
  test('a branch or tag is named with the nearest one', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    upstream.git('tag', '-a', '-m', 'x', 'v1.2.3');
    expect(await refuse(upstream.branch('mian'))).toMatchObject({
      code: 'source/unknown-ref',
      message: 'The repository has no branch mian.',
      next: 'Did you mean `main`?',
    });
    expect(await refuse({ url: upstream.url, ref: { kind: 'tag', name: 'v1.2.4' } })).toMatchObject({
      next: 'Did you mean `v1.2.3`?',
    });
  });

  test('a commit', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    const need: GitNeed = { url: upstream.url, ref: { kind: 'commit', name: 'd'.repeat(40) } };
    expect((await refuse(need)).code).toBe('source/unknown-ref');
  });

  test('a subdirectory', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    expect((await refuse(upstream.branch('main', 'none'))).code).toBe('source/unknown-ref');
    expect((await refuse(upstream.branch('main', 'file'))).code).toBe('source/git');
  });

  test('a repository', async () => {
    const need: GitNeed = { url: 'file:///nonexistent/repository', ref: { kind: 'branch', name: 'main' } };
    expect((await refuse(need)).code).toBe('network/refused');
  });

  // Only root can give a repository to somebody else; others find it so with any of root's.
  test.runIf(process.getuid?.() === 0)('of another user, in words that help', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: 'x' });
    chownSync(join(upstream.dir, '.git'), 65_534, 65_534);
    expect(await refuse(upstream.branch())).toMatchObject({
      code: 'network/refused',
      message: expect.stringContaining('belongs to another user'),
    });
  });

  test('a commit behind a tag', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    upstream.git('tag', 'blob', 'HEAD:file');
    upstream.git('tag', '-a', '-m', 'x', 'annotated');
    expect((await refuse({ url: upstream.url, ref: { kind: 'tag', name: 'blob' } })).code).toBe(
      'source/not-a-commit',
    );
    const name = upstream.git('rev-parse', 'annotated');
    expect((await refuse({ url: upstream.url, ref: { kind: 'commit', name } })).code).toBe(
      'source/not-a-commit',
    );
  });

  test('a server at all', async () => {
    const need: GitNeed = { url: 'git://127.0.0.1:9/x', ref: { kind: 'branch', name: 'main' } };
    expect((await refuse(need)).code).toBe('network/unreachable');
  });
});

describe('a hostile commit', () => {
  const kept = () => readdirSync(join(store.dir, 'trees'), { recursive: true }).length;

  async function refused(need: GitNeed, code: string) {
    const before = kept();
    expect((await refuse(need)).code).toBe(code);
    expect(kept()).toBe(before);
  }

  test.each(['/etc/passwd', '../outside', 'a/../../outside'])('with a symlink to %s', async (target) => {
    const upstream = new Upstream();
    upstream.commit({ 'a/x': '1', link: `-> ${target}` });
    await refused(upstream.branch(), 'source/symlink-escapes');
  });

  /** A repository with one commit whose directory `sub` is a commit of another one at `url`. */
  function withSubmodule(url: string, commit: string): Upstream {
    const upstream = new Upstream();
    upstream.commit({
      file: '1',
      '.gitmodules': `[submodule "s"]\n\tpath = sub\n\turl = ${url}\n`,
    });
    const listed = upstream.git('ls-tree', 'HEAD');
    const tree = upstream.write(`${listed}\n160000 commit ${commit}\tsub\n`, 'mktree', '--missing');
    upstream.commitTree(tree);
    return upstream;
  }

  test('with a submodule, unless it is asked for: then its tree is where it belongs, also nested and relative', async () => {
    const leaf = new Upstream();
    const leafCommit = leaf.commit({ leaf: '3' });
    const middle = withSubmodule(`../${leaf.dir.split('/').at(-1)}`, leafCommit);
    const top = withSubmodule(middle.dir, middle.git('rev-parse', 'HEAD'));
    await refused(top.branch(), 'source/submodule');
    const locked = value(await lockGit({ ...top.branch(), submodules: true }, store, options()));
    expect(locked.submodules).toBe(true);
    const tree = store.path(locked.tree);
    expect(readFileSync(join(tree, 'sub/sub/leaf'), 'utf8')).toBe('3');
    expect(readdirSync(join(tree, 'sub')).sort()).toEqual(['.gitmodules', 'file', 'sub']);
    const elsewhere = value(await openStore(scratch(), { workspace: scratch() }));
    value(await restoreGit(locked, elsewhere, options()));
    expect(readFileSync(join(elsewhere.path(locked.tree), 'sub/sub/leaf'), 'utf8')).toBe('3');
    await elsewhere.close();
  });

  test('with a submodule that has no URL, none that git may use, or no such commit', async () => {
    const refusedWith = async (upstream: Upstream, code: string) => {
      const failed = error(await lockGit({ ...upstream.branch(), submodules: true }, store, options()));
      expect(failed.code).toBe(code);
    };
    const bare = new Upstream();
    bare.commit({ file: '1' });
    bare.commitTree(bare.write(`160000 commit ${'c'.repeat(40)}\tsub\n`, 'mktree', '--missing'));
    await refusedWith(bare, 'source/empty');
    await refusedWith(withSubmodule(bare.dir, 'd'.repeat(40)), 'source/unknown-ref');
    await refusedWith(withSubmodule('ext::sh -c id', 'd'.repeat(40)), 'source/bad-url');
    const unnamed = withSubmodule('x', 'd'.repeat(40));
    unnamed.commit({ '.gitmodules': '' });
    unnamed.commitTree(
      unnamed.write(
        `${unnamed.git('ls-tree', 'HEAD')}\n160000 commit ${'d'.repeat(40)}\tother\n`,
        'mktree',
        '--missing',
      ),
    );
    await refusedWith(unnamed, 'source/submodule');
  });

  test('from a network with a submodule of this machine, or of more than its server has', () => {
    const from = 'https://example.org/group/top';
    const url = (written: string, depth = 1) => submoduleUrl(from, written, 'sub', depth);
    expect(url('../leaf')).toEqual({ ok: true, value: 'https://example.org/group/leaf' });
    expect(url('./leaf')).toEqual({ ok: true, value: 'https://example.org/group/top/leaf' });
    expect(submoduleUrl('git@example.org:group/top', '../leaf', 'sub', 1)).toEqual({
      ok: true,
      value: 'git@example.org:group/leaf',
    });
    for (const hostile of ['/etc', 'file:///root/private', 'FILE:///root', '../../../leaf'])
      expect(error(url(hostile)).code).toBe('source/submodule');
    expect(error(url('../leaf', 5)).code).toBe('source/submodule');
  });

  test('with a name that is not UTF-8', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    writeFileSync(Buffer.concat([Buffer.from(`${upstream.dir}/`), Buffer.from([0xff])]), '');
    upstream.commit({});
    await refused(upstream.branch(), 'source/bad-name');
  });

  test('with a tree named .git, or that leads upwards, or with a name twice', async () => {
    for (const names of [['.git'], ['..'], ['.GIT'], ['x', 'x']]) {
      const upstream = new Upstream();
      upstream.commit({ file: '1' });
      const blob = Buffer.from(upstream.git('rev-parse', 'HEAD:file'), 'hex');
      const raw = Buffer.concat(names.flatMap((name) => [Buffer.from(`100644 ${name}\0`), blob]));
      upstream.commitTree(upstream.write(raw, 'hash-object', '-t', 'tree', '-w', '--stdin', '--literally'));
      await refused(upstream.branch(), 'source/bad-objects');
    }
  });

  test('without any file', async () => {
    const upstream = new Upstream();
    upstream.commit({});
    await refused(upstream.branch(), 'source/empty');
  });

  test('that claims more bytes than any source has', async () => {
    const upstream = new Upstream();
    upstream.commit({ big: 'x'.repeat(4_000_000) });
    const blob = upstream.git('rev-parse', 'HEAD:big');
    // A tree of trees of one blob: few objects, 40 GB when written out.
    const level = (type: string, mode: string, object: string) => {
      const lines = Array.from({ length: 100 }, (_, index) => `${mode} ${type} ${object}\tf${index}\n`).join(
        '',
      );
      return upstream.write(lines, 'mktree');
    };
    upstream.commitTree(level('tree', '040000', level('blob', '100644', blob)));
    await refused(upstream.branch(), 'source/too-large');
  });
});

describe('around git', () => {
  test('a cancelled run stops', async () => {
    const upstream = new Upstream();
    upstream.commit({ file: '1' });
    expect((await refuse(upstream.branch(), { signal: AbortSignal.abort() })).code).toBe(
      'interrupted/cancelled',
    );
  });

  test('a cache that cannot be written is a failure of the host', async () => {
    const file = join(scratch(), 'file');
    writeFileSync(file, '');
    const need: GitNeed = { url: 'file:///x', ref: { kind: 'branch', name: 'main' } };
    expect((await refuse(need, { cacheDir: file })).code).toBe('host/unwritable-cache');
  });

  test('a mirror that lost an object says so', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit({ file: 'x', other: 'y' });
    const shared = options();
    value(await lockGit(upstream.branch(), store, shared));
    const [name = ''] = readdirSync(join(shared.cacheDir, 'git'));
    const objects = join(shared.cacheDir, 'git', name, 'objects');
    const packs = readdirSync(join(objects, 'pack')).map((file) => join(objects, 'pack', file));
    const pack = readFileSync(packs.find((file) => file.endsWith('.pack')) ?? '');
    for (const file of packs) rmSync(file);
    execFileSync('git', ['unpack-objects', '-q'], { cwd: join(objects, '..'), input: pack });
    const blob = upstream.git('rev-parse', 'HEAD:other');
    rmSync(join(objects, blob.slice(0, 2), blob.slice(2)));
    const need: GitNeed = { url: upstream.url, ref: { kind: 'commit', name: commit } };
    expect(error(await lockGit(need, store, shared))).toMatchObject({
      code: 'source/git',
      message: 'The cached repository is incomplete or damaged.',
    });
  });
});
