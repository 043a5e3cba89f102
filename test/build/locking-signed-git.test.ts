// Locking of git sources that must be signed: what the lock keeps of it, and when it is proven anew.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LockPolicy, lockProducts } from '../../src/build/locking.ts';
import { EMPTY_LOCK, type Lock } from '../../src/lock/lockfile.ts';
import { parseLock } from '../../src/lock/parse.ts';
import { printLock } from '../../src/lock/print.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { component, product } from '../plan/resolved.ts';
import { type Key, makeKey } from '../source/fixture/archive.ts';
import { error, never, scratch, sh, value } from '../source/fixture/scratch.ts';

let upstream: string;
let recipes: string;
let alice: Key;
let bob: Key;
let store: DiskStore;
beforeAll(async () => {
  alice = makeKey('alice');
  bob = makeKey('bob');
  [upstream, recipes] = [scratch(), scratch()];
  mkdirSync(join(recipes, 'keys'));
  copyFileSync(alice.armoured, join(recipes, 'keys/alice.asc'));
  copyFileSync(bob.armoured, join(recipes, 'keys/bob.asc'));
  const names = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', `user.signingkey=${alice.fingerprint}`];
  const home = { HOME: '/nonexistent', GNUPGHOME: dirname(alice.keyring) };
  const git = (...args: string[]) => sh('git', [...names, ...args], home, upstream);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(upstream, 'file'), '1');
  git('add', '.');
  git('commit', '--quiet', '-m', 'x');
  git('tag', '-s', '-m', 'x', 'v1');
  git('tag', '-a', '-m', 'x', 'v2');
  store = value(await openStore(scratch(), { workspace: scratch() }));
});
afterAll(() => store.close());

function clocks(signedBy?: readonly string[], name = 'v1'): ResolvedProduct {
  const source = {
    kind: 'git',
    url: `file://${upstream}`,
    ref: { kind: 'tag', name },
    ...(signedBy && { signedBy, keysDirectory: recipes }),
  } as const;
  return product({ components: [component('clock', { source })], distributions: {} });
}

const cache = scratch();

function lock(current: Lock, of: ResolvedProduct, policy: Partial<LockPolicy> = {}) {
  const directories = { cache, store: cache, packages: cache, keys: cache };
  const context = { directories, workspaceDir: scratch(), mirrors: {}, store, signal: never() };
  const whole = { locked: false, offline: false, update: false, all: false, ...policy };
  return lockProducts(current, [of], whole, context);
}

describe('a git source that must be signed', () => {
  test('is locked with the names of the keys and who signed, and needs nothing more after that', async () => {
    const of = clocks(['keys/bob.asc', 'keys/alice.asc']);
    const { lock: locked } = value(await lock(EMPTY_LOCK, of));
    expect(locked.components.clock?.git).toMatchObject({
      signedBy: ['keys/bob.asc', 'keys/alice.asc'],
      signer: alice.fingerprint,
    });
    expect(value(parseLock(printLock(locked), 'lock'))).toEqual(locked);
    expect(value(await lock(locked, of, { locked: true, offline: true })).lock).toEqual(locked);
  });

  test('is proven anew when it was locked without keys or with others, and `--locked` says so', async () => {
    const { lock: unproven } = value(await lock(EMPTY_LOCK, clocks()));
    expect(printLock(unproven)).not.toContain('sign');
    const asked = clocks(['keys/alice.asc']);
    const by = (name: string) => `clock: file://${upstream} tag v1, signed by keys/${name}.asc`;
    expect(error(await lock(unproven, asked, { locked: true }))).toMatchObject({
      code: 'lock/would-change',
      cause: by('alice'),
    });
    const { lock: proven } = value(await lock(unproven, asked));
    expect(proven.components.clock?.git?.signer).toBe(alice.fingerprint);
    const others = clocks(['keys/bob.asc']);
    expect(error(await lock(proven, others, { locked: true })).cause).toBe(by('bob'));
    expect(error(await lock(proven, others)).code).toBe('source/bad-signature');
  });

  test('is refused when it was locked without a signature and has none', async () => {
    const { lock: unproven } = value(await lock(EMPTY_LOCK, clocks(undefined, 'v2')));
    expect(error(await lock(unproven, clocks(['keys/alice.asc'], 'v2'))).code).toBe('source/unsigned');
  });

  test('is locked without a signature again when nobody asks for one any more', async () => {
    const { lock: proven } = value(await lock(EMPTY_LOCK, clocks(['keys/alice.asc'])));
    const { lock: plain } = value(await lock(proven, clocks()));
    expect(plain).toEqual(value(await lock(EMPTY_LOCK, clocks())).lock);
  });

  test('is verified again with `--update`: a tag that moved to another signer is refused', async () => {
    const of = clocks(['keys/alice.asc']);
    const { lock: proven } = value(await lock(EMPTY_LOCK, of));
    const before = sh('git', ['rev-parse', 'v1'], {}, upstream).trim();
    const env = { ...process.env, HOME: '/nonexistent', GNUPGHOME: dirname(bob.keyring) };
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', `user.signingkey=${bob.fingerprint}`];
    execFileSync('git', [...who, 'tag', '-f', '-s', '-m', 'x', 'v1', 'v1^{commit}'], {
      cwd: upstream,
      env,
      stdio: 'pipe',
    });
    try {
      expect(value(await lock(proven, of)).lock).toEqual(proven);
      expect(error(await lock(proven, of, { update: true })).code).toBe('source/bad-signature');
    } finally {
      sh('git', ['update-ref', 'refs/tags/v1', before], {}, upstream);
    }
  });
});
