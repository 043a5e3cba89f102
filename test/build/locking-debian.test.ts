// Locking of Debian packages: sources first, what their debian/ says with them, then the roots that this asks for.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LockPolicy, lockProducts } from '../../src/build/locking.ts';
import { EMPTY_LOCK, type Lock } from '../../src/lock/lockfile.ts';
import { parseLock } from '../../src/lock/parse.ts';
import { printLock } from '../../src/lock/print.ts';
import type { ResolvedProduct, ResolvedSource } from '../../src/resolve/resolved.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { component, product } from '../plan/resolved.ts';
import { Archive, makeKey } from '../source/fixture/archive.ts';
import { error, never, scratch, sh, value } from '../source/fixture/scratch.ts';

const CONTROL = `Source: clock
Build-Depends: dpkg-tool, gear-dev (>= 2) | spring-dev

Package: clock
Architecture: any
Depends: \${shlibs:Depends}, libgear
`;
const CHANGELOG =
  'clock (3.1-1) unstable; urgency=low\n\n  * x\n\n -- T <t@t>  Thu, 01 Jan 2026 00:00:00 +0000\n';

let archive: Archive;
let store: DiskStore;
beforeAll(async () => {
  archive = new Archive(makeKey('archive'))
    .add('core', '1.0')
    .add('dpkg-tool', '1.0')
    .add('gear-dev', '1.0')
    .add('spring-dev', '1.0', { Depends: 'libspring' })
    .add('libspring', '1.0')
    .publish();
  store = value(await openStore(scratch(), { workspace: scratch() }));
});
afterAll(() => store.close());

/** A repository with one commit, tagged `v1`. */
function repository(files: Readonly<Record<string, string>>): string {
  const dir = scratch();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t'];
  const git = (...args: string[]) => sh('git', [...identity, ...args], { HOME: '/nonexistent' }, dir);
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'x');
  git('tag', 'v1');
  return dir;
}

function clocks(source: ResolvedSource): ResolvedProduct {
  const roots = { base: ['core'], 'deb-build': ['dpkg-tool'] };
  const distribution = { ...archive.distribution(), name: 'debian-12', roots };
  const built = {
    target: 'debian-12/amd64',
    build: { kind: 'deb' },
    dependsOn: [],
    buildDepends: [],
    shipped: true,
  };
  const components = [component('clock', { source, packages: [built] })];
  return product({ components, distributions: { 'debian-12': distribution } });
}

function lock(current: Lock, of: ResolvedProduct, policy: Partial<LockPolicy> = {}) {
  const cache = scratch();
  const directories = { cache, store: cache, packages: cache, keys: cache };
  const context = { directories, workspaceDir: scratch(), mirrors: {}, store, signal: never() };
  const whole = { locked: false, offline: false, update: false, all: false, ...policy };
  return lockProducts(current, [of], whole, context);
}

const ref = { kind: 'tag', name: 'v1' } as const;

describe('a source from git', () => {
  const git = (url: string) => clocks({ kind: 'git', url: `file://${url}`, ref });

  test('is locked with what its debian/ says, and a root with what that asks for', async () => {
    const of = git(repository({ 'debian/control': CONTROL, 'debian/changelog': CHANGELOG }));
    const locked = value(await lock(EMPTY_LOCK, of));
    expect(locked.lock.components.clock?.debian).toMatchObject({ source: 'clock', version: '3.1-1' });
    const roots = locked.lock.distributions['debian-12']?.roots ?? {};
    const [name = ''] = Object.keys(roots).filter((each) => each.startsWith('deb-build:'));
    expect(roots[name]).toEqual({
      on: 'deb-build',
      requests: ['dpkg-tool', 'gear-dev (>= 2) | spring-dev'],
      packages: ['libspring=1.0:amd64', 'spring-dev=1.0:amd64'],
    });
    expect(locked.products[0]?.components[0]?.packages[0]?.debian?.reserved).toEqual(['clock']);
    expect(value(parseLock(printLock(locked.lock), 'lock'))).toEqual(locked.lock);
    expect(value(await lock(locked.lock, of, { locked: true, offline: true })).lock).toEqual(locked.lock);
  });

  test('that was locked before Debian packages were built from it is looked at again, not fetched', async () => {
    const dir = repository({ 'debian/control': CONTROL, 'debian/changelog': CHANGELOG });
    const of = git(dir);
    const first = value(await lock(EMPTY_LOCK, of)).lock;
    const { clock } = first.components;
    if (clock?.git === undefined) throw new Error('the clock is not locked');
    const bare: Lock = { ...first, components: { clock: { git: clock.git } } };
    expect(error(await lock(bare, of, { locked: true })).code).toBe('lock/would-change');
    rmSync(dir, { recursive: true });
    expect(value(await lock(bare, of)).lock).toEqual(first);
  });

  test('without packaging is refused, and nothing is locked', async () => {
    const dir = repository({ Makefile: 'all:\n' });
    expect(error(await lock(EMPTY_LOCK, git(dir)))).toEqual({
      code: 'deb/missing-packaging',
      message: 'The source has no `debian/control`, and its recipe wants Debian packages.',
      place: `file://${dir}@v1`,
      next: 'Add `debian/` to the source, or remove the package of kind `deb` from the recipe.',
    });
  });
});

describe('a local source', () => {
  test('is read in every run, and not in the lock', async () => {
    const dir = scratch();
    mkdirSync(join(dir, 'debian'));
    writeFileSync(join(dir, 'debian/control'), CONTROL);
    writeFileSync(join(dir, 'debian/changelog'), CHANGELOG);
    const of = clocks({ kind: 'local', path: dir });
    const first = value(await lock(EMPTY_LOCK, of));
    expect(first.lock.components).toEqual({});
    writeFileSync(join(dir, 'debian/control'), CONTROL.replace(' | spring-dev', ' | gear-dev'));
    expect(error(await lock(first.lock, of, { locked: true })).code).toBe('lock/would-change');
    writeFileSync(join(dir, 'debian/control'), CONTROL.replace('Source', 'Sauce'));
    expect(error(await lock(first.lock, of)).code).toBe('deb/malformed-control');
    rmSync(join(dir, 'debian/control'));
    expect(error(await lock(first.lock, of))).toMatchObject({ code: 'deb/missing-packaging', place: dir });
  });
});
