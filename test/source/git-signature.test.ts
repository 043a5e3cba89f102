// Git sources whose recipe names keys: who signed what, by real git and gpg, and everything that is refused before a
// tree enters the store.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { GitNeed } from '../../src/lock/needs.ts';
import { lockGit, restoreGit } from '../../src/source/git.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { type Key, makeKey } from './fixture/archive.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';

let alice: Key;
let mallory: Key;
let keys: string;
let store: DiskStore;
beforeAll(async () => {
  alice = makeKey('alice');
  mallory = makeKey('mallory');
  keys = scratch();
  mkdirSync(join(keys, 'keys'));
  writeFileSync(join(keys, 'keys/alice.asc'), readFileSync(alice.armoured));
  writeFileSync(join(keys, 'keys/alice.gpg'), readFileSync(alice.keyring));
  writeFileSync(join(keys, 'keys/mallory.asc'), readFileSync(mallory.armoured));
  store = value(await openStore(scratch(), { workspace: '/w' }));
  return () => store.close();
});

const BY_ALICE = ['keys/alice.asc'];

/** A repository with one commit, of which tests make more. */
class Upstream {
  readonly dir = scratch();
  readonly first: string;

  constructor() {
    this.git(['init', '--quiet', '--initial-branch=main']);
    this.first = this.commit('1');
  }

  get url(): string {
    return `file://${this.dir}`;
  }

  git(args: readonly string[], signer?: Key): string {
    const names = Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 't'],
        [`GIT_${who}_EMAIL`, 't@t'],
      ]),
    );
    const signing = signer ? { GNUPGHOME: dirname(signer.keyring) } : {};
    const by = signer ? ['-c', `user.signingkey=${signer.fingerprint}`] : [];
    return sh('git', [...by, ...args], { ...names, HOME: '/nonexistent', ...signing }, this.dir).trim();
  }

  /** A commit on the branch that is checked out; signed when there is a key. */
  commit(content: string, signer?: Key): string {
    writeFileSync(join(this.dir, 'file'), content);
    this.git(['add', '.']);
    this.git(['commit', '--quiet', '-m', 'Say more', ...(signer ? ['-S'] : [])], signer);
    return this.git(['rev-parse', 'HEAD']);
  }

  tag(name: string, signer: Key, on = 'HEAD'): void {
    this.git(['tag', '-s', '-m', 'Release', name, on], signer);
  }

  /** The bytes of an object. */
  show(kind: 'tag' | 'commit', name: string): string {
    return execFileSync('git', ['cat-file', kind, name], { cwd: this.dir, encoding: 'latin1' });
  }

  /** Makes an object that git itself would not, and lets a ref name it. */
  plant(kind: 'tag' | 'commit', ref: string, content: string): void {
    const args = ['hash-object', '-t', kind, '-w', '--stdin', '--literally'];
    const input = Buffer.from(content, 'latin1');
    const made = execFileSync('git', args, { cwd: this.dir, input, encoding: 'utf8' }).trim();
    this.git(['update-ref', ref, made]);
  }

  /** The body of a tag, not signed yet. */
  tagText(name: string, object = this.first): string {
    return `object ${object}\ntype commit\ntag ${name}\ntagger t <t@t> 1600000000 +0000\n\nRelease\n`;
  }

  needs(kind: 'tag' | 'branch' | 'commit', name: string, signedBy: readonly string[] = BY_ALICE): GitNeed {
    return { url: this.url, ref: { kind, name }, signedBy };
  }
}

/** The armoured signature of a text. */
function signature(text: string, key: Key): string {
  const dir = scratch();
  writeFileSync(join(dir, 'text'), text, 'latin1');
  key.detach(join(dir, 'text'), join(dir, 'signature'));
  return readFileSync(join(dir, 'signature'), 'utf8');
}

const options = () => ({ cacheDir: scratch(), mirrors: {}, offline: false, signal: never(), pauseMs: 1 });

const lock = async (need: GitNeed) => value(await lockGit(need, store, options(), keys));

/** The failure, after which the store is as it was: empty. */
async function refuse(need: GitNeed) {
  const dir = scratch();
  const empty = value(await openStore(dir, { workspace: '/w' }));
  const files = () => readdirSync(dir, { recursive: true }).sort();
  const before = files().filter((name) => !/sqlite|index/.test(String(name)));
  const failed = error(await lockGit(need, empty, options(), keys));
  expect(files().filter((name) => !/sqlite|index/.test(String(name)))).toEqual(before);
  await empty.close();
  return failed;
}

describe('a tag', () => {
  test('that a named key has signed is taken, and the lock says who that was', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', alice);
    for (const signedBy of [BY_ALICE, ['keys/alice.gpg'], ['keys/mallory.asc', 'keys/alice.asc']]) {
      const need = upstream.needs('tag', 'v1', signedBy);
      const locked = await lock(need);
      expect(locked).toMatchObject({ ...need, commit: upstream.first, signer: alice.fingerprint });
      expect(readFileSync(join(store.path(locked.tree), 'file'), 'utf8')).toBe('1');
    }
  });

  test('of a name and a message beyond ASCII is taken', async () => {
    const upstream = new Upstream();
    upstream.git(['tag', '-s', '-m', 'Erste Veröffentlichung €', 'vü1'], alice);
    expect(await lock(upstream.needs('tag', 'vü1'))).toMatchObject({ signer: alice.fingerprint });
  });

  test('that nobody has signed is refused, also on a signed commit', async () => {
    const upstream = new Upstream();
    upstream.commit('2', alice);
    upstream.git(['tag', '-a', '-m', 'Release', 'v1']);
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/unsigned',
      place: `${upstream.url}@v1`,
      message: expect.stringContaining('The tag is not signed'),
      next: expect.stringContaining('Name a tag'),
    });
  });

  test('that is no object, only a name of a commit, is not signed, even when the commit is', async () => {
    const upstream = new Upstream();
    upstream.commit('2', alice);
    upstream.git(['tag', 'v1']);
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/unsigned',
      cause: expect.stringContaining('a name for a commit alone'),
    });
  });

  test('that another key has signed is refused', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', mallory);
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/bad-signature',
      place: `${upstream.url}@v1`,
      cause: expect.stringContaining('No public key'),
      next: expect.stringContaining('Do not use it'),
    });
  });

  test('that is an old one under a new name is refused', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', alice);
    upstream.git(['update-ref', 'refs/tags/v2', upstream.git(['rev-parse', 'v1'])]);
    expect(await refuse(upstream.needs('tag', 'v2'))).toMatchObject({
      code: 'source/bad-signature',
      cause: 'It calls itself "v1": another tag is offered under this name.',
    });
  });

  test('whose name or commit was changed under its signature is refused', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', alice);
    const evil = upstream.commit('evil');
    const text = upstream.show('tag', 'v1');
    upstream.plant('tag', 'refs/tags/v1', text.replace(upstream.first, evil));
    upstream.plant('tag', 'refs/tags/v2', text.replace('tag v1\n', 'tag v2\n'));
    for (const name of ['v1', 'v2']) {
      expect(await refuse(upstream.needs('tag', name))).toMatchObject({
        code: 'source/bad-signature',
        cause: expect.stringContaining('BAD signature'),
      });
    }
  });

  test('of a signed tag is refused: what the recipe names leads to a commit itself', async () => {
    const upstream = new Upstream();
    upstream.tag('inner', alice);
    upstream.tag('v1', alice, 'inner');
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/bad-signature',
      cause: 'It is a tag of a tag, and not of a commit.',
    });
  });

  test('with a header that is not a tag’s is refused, even when it is signed', async () => {
    const upstream = new Upstream();
    const text = upstream.tagText('v1').replace('tagger', 'tag v2\ntagger');
    upstream.plant('tag', 'refs/tags/v1', text + signature(text, alice));
    expect((await refuse(upstream.needs('tag', 'v1'))).code).toMatch(
      /^source\/(?:bad-signature|bad-objects)$/,
    );
  });

  test('with a signature of something else is refused', async () => {
    const upstream = new Upstream();
    upstream.plant('tag', 'refs/tags/v1', upstream.tagText('v1') + signature('something else', alice));
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/bad-signature',
      cause: expect.stringContaining('BAD signature'),
    });
  });

  test('with a signed message in the place of its signature is refused before gpgv sees it', async () => {
    const upstream = new Upstream();
    const dir = scratch();
    writeFileSync(join(dir, 'text'), 'anything');
    const home = ['--homedir', dirname(alice.keyring), '--batch', '--quiet', '--passphrase', ''];
    const message = sh('gpg', [...home, '--armor', '--sign', '--output', '-', join(dir, 'text')]);
    for (const [index, format] of ['MESSAGE', 'SIGNATURE'].entries()) {
      const name = `v${index}`;
      const block = message.replaceAll('PGP MESSAGE', `PGP ${format}`);
      upstream.plant('tag', `refs/tags/${name}`, upstream.tagText(name) + block);
      expect(await refuse(upstream.needs('tag', name))).toMatchObject({
        code: 'source/bad-signature',
        cause: 'What is in the place of its signature is no detached OpenPGP signature.',
      });
    }
  });

  test('with text after its signature is refused: nobody has signed that', async () => {
    const upstream = new Upstream();
    const text = upstream.tagText('v1');
    upstream.plant('tag', 'refs/tags/v1', `${text}${signature(text, alice)}And more.\n`);
    expect((await refuse(upstream.needs('tag', 'v1'))).code).toBe('source/bad-signature');
  });

  test('signed with an SSH key is refused, and told why', async () => {
    const upstream = new Upstream();
    const key = join(scratch(), 'key');
    sh('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 't', '-f', key]);
    upstream.git(['-c', 'gpg.format=ssh', '-c', `user.signingkey=${key}`, 'tag', '-s', '-m', 'x', 'v1']);
    expect(await refuse(upstream.needs('tag', 'v1'))).toMatchObject({
      code: 'source/bad-signature',
      cause: 'It is signed with an SSH key; only OpenPGP signatures are supported.',
    });
  });

  test('by a key that has expired since, or that is revoked, is refused', async () => {
    const upstream = new Upstream();
    const old = makeKey('old', { faked: '20200101T000000', until: '20200201T000000' });
    const revoked = makeKey('revoked');
    const text = (name: string) => upstream.tagText(name);
    upstream.plant('tag', 'refs/tags/v1', text('v1') + signature(text('v1'), old));
    upstream.plant('tag', 'refs/tags/v2', text('v2') + signature(text('v2'), revoked));
    writeFileSync(join(keys, 'keys/revoked-before.gpg'), readFileSync(revoked.keyring));
    writeFileSync(join(keys, 'keys/revoked.asc'), revoked.revoked());
    writeFileSync(join(keys, 'keys/old.asc'), readFileSync(old.armoured));
    expect((await refuse(upstream.needs('tag', 'v1', ['keys/old.asc']))).code).toBe('source/bad-signature');
    expect(await lock(upstream.needs('tag', 'v2', ['keys/revoked-before.gpg']))).toMatchObject({
      signer: revoked.fingerprint,
    });
    expect((await refuse(upstream.needs('tag', 'v2', ['keys/revoked.asc']))).code).toBe(
      'source/bad-signature',
    );
  });
});

describe('a commit', () => {
  test('that a named key has signed is taken, by its branch and by its name', async () => {
    const upstream = new Upstream();
    const commit = upstream.commit('2', alice);
    for (const need of [upstream.needs('branch', 'main'), upstream.needs('commit', commit)]) {
      expect(await lock(need)).toMatchObject({ ...need, commit, signer: alice.fingerprint });
    }
  });

  test('that nobody has signed is refused, also when a signed one is below it or a signed tag on it', async () => {
    const upstream = new Upstream();
    upstream.commit('2', alice);
    const commit = upstream.commit('3');
    upstream.tag('v1', alice);
    for (const need of [upstream.needs('branch', 'main'), upstream.needs('commit', commit)]) {
      expect(await refuse(need)).toMatchObject({
        code: 'source/unsigned',
        place: `${upstream.url}@${need.ref.name}`,
        message: expect.stringContaining('The commit is not signed'),
      });
    }
  });

  test('that another key has signed is refused', async () => {
    const upstream = new Upstream();
    upstream.commit('2', mallory);
    expect((await refuse(upstream.needs('branch', 'main'))).code).toBe('source/bad-signature');
  });

  test('whose tree was changed under its signature is refused', async () => {
    const upstream = new Upstream();
    const good = upstream.commit('2', alice);
    const text = upstream.show('commit', good);
    upstream.commit('evil');
    const tree = upstream.git(['rev-parse', 'HEAD^{tree}']);
    upstream.plant('commit', 'refs/heads/evil', text.replace(/^tree \S+/, `tree ${tree}`));
    expect(await refuse(upstream.needs('branch', 'evil'))).toMatchObject({
      code: 'source/bad-signature',
      cause: expect.stringContaining('BAD signature'),
    });
  });

  test('with two signatures is refused, and so is one whose message only looks signed', async () => {
    const upstream = new Upstream();
    const text = upstream.show('commit', upstream.commit('2', alice));
    const header = /gpgsig [^\n]*\n(?: [^\n]*\n)+/.exec(text)?.[0] ?? '';
    upstream.plant('commit', 'refs/heads/two', text.replace(header, header + header));
    upstream.plant('commit', 'refs/heads/message', text.replace(header, '').replace(/$/, header));
    expect(await refuse(upstream.needs('branch', 'two'))).toMatchObject({
      code: 'source/unsigned',
      cause: 'It has more than one header `gpgsig`.',
    });
    expect((await refuse(upstream.needs('branch', 'message'))).code).toBe('source/unsigned');
  });
});

describe('keys', () => {
  test('that are not there or none are told with their path, before anything is fetched', async () => {
    writeFileSync(join(keys, 'keys/nonsense.asc'), 'nonsense');
    writeFileSync(
      join(keys, 'keys/empty.asc'),
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n',
    );
    const upstream = new Upstream();
    upstream.tag('v1', alice);
    expect(await refuse(upstream.needs('tag', 'v1', ['keys/absent.asc']))).toMatchObject({
      code: 'source/missing-keyring',
      place: join(keys, 'keys/absent.asc'),
      next: expect.stringContaining('recipe'),
    });
    for (const name of ['keys/nonsense.asc', 'keys/empty.asc']) {
      expect(await refuse(upstream.needs('tag', 'v1', [name]))).toMatchObject({
        code: 'source/bad-keyring',
        place: join(keys, name),
        next: expect.stringContaining('public key'),
      });
    }
  });

  test('of the user do not count', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', mallory);
    const before = process.env.GNUPGHOME;
    process.env.GNUPGHOME = dirname(mallory.keyring);
    try {
      expect((await refuse(upstream.needs('tag', 'v1'))).code).toBe('source/bad-signature');
    } finally {
      if (before === undefined) delete process.env.GNUPGHOME;
      else process.env.GNUPGHOME = before;
    }
  });
});

describe('a signed source that is locked', () => {
  test('comes back by its commit, when its tag is gone, without keys', async () => {
    const upstream = new Upstream();
    upstream.tag('v1', alice);
    const locked = await lock(upstream.needs('tag', 'v1'));
    upstream.git(['tag', '-d', 'v1']);
    const empty = value(await openStore(scratch(), { workspace: '/w' }));
    value(await restoreGit(locked, empty, options()));
    expect(readFileSync(join(empty.path(locked.tree), 'file'), 'utf8')).toBe('1');
    await empty.close();
  });

  test('has submodules that nobody signed: the signed commit pins them', async () => {
    const inner = new Upstream();
    const upstream = new Upstream();
    upstream.git(['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.url, 'inner']);
    upstream.commit('2', alice);
    const locked = await lock({ ...upstream.needs('branch', 'main'), submodules: true });
    expect(locked.signer).toBe(alice.fingerprint);
    expect(readFileSync(join(store.path(locked.tree), 'inner/file'), 'utf8')).toBe('1');
  });
});
