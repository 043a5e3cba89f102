// The policy of locking: when the lock is written, when it must not change, and when no network may be asked.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ok, type Result } from '../../src/base/failure.ts';
import { type LockPolicy, lockProducts } from '../../src/build/locking.ts';
import { EMPTY_LOCK, type Lock } from '../../src/lock/lockfile.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import type { DiskStore } from '../../src/store/disk-store.ts';
import { component, product, windowsPackage } from '../plan/resolved.ts';
import { Archive, type Key, makeKey } from '../source/fixture/archive.ts';
import { never, scratch, value } from '../source/fixture/scratch.ts';

let key: Key;
let archive: Archive;
let workspaceDir: string;
beforeAll(() => {
  key = makeKey('archive');
});
beforeEach(() => {
  archive = new Archive(key).add('core', '1.0').add('tool', '1.0').add('extra', '1.0').publish();
  workspaceDir = scratch();
});

const PERMISSIVE: LockPolicy = { locked: false, offline: false, update: false };
const ROOTS = { base: ['core'], 'windows-build': ['tool'] };

/** A product whose distribution is the archive of the test. */
function desk(buildDepends: readonly string[] = []): ResolvedProduct {
  const distribution = { ...archive.distribution(), name: 'debian-12', roots: ROOTS };
  const components = [component('leaf', { packages: [windowsPackage({ buildDepends })] })];
  return product({ components, distributions: { 'debian-12': distribution } });
}

async function lock(
  current: Lock,
  policy: Partial<LockPolicy> & { readonly all?: boolean } = {},
  of = [desk()],
): Promise<Result<Lock>> {
  const cache = scratch();
  const directories = { cache, store: cache, packages: cache, keys: cache };
  // Only git sources need the store, and these products have none.
  const store = {} as DiskStore;
  const context = { directories, workspaceDir, mirrors: {}, store, signal: never() };
  const locked = await lockProducts(current, of, { ...PERMISSIVE, all: false, ...policy }, context);
  return locked.ok ? ok(locked.value.lock) : locked;
}

const file = () => join(workspaceDir, 'qbuild.lock');
const versions = (of: Lock) => Object.keys(of.distributions['debian-12']?.packages ?? {}).sort();

/** Releases a new version of everything in the archive. */
function release(): void {
  for (const name of ['core', 'tool']) archive.add(name, '2.0');
  archive.publish();
}

describe('locking', () => {
  test('resolves what is missing and writes it', async () => {
    const locked = value(await lock(EMPTY_LOCK));
    expect(versions(locked)).toEqual(['core=1.0:amd64', 'tool=1.0:amd64']);
    expect(Object.keys(JSON.parse(readFileSync(file(), 'utf8')).distributions)).toEqual(['debian-12']);
  });

  test('keeps what the lock has, whatever the archive has by now', async () => {
    const first = value(await lock(EMPTY_LOCK));
    release();
    expect(value(await lock(first))).toEqual(first);
    const more = value(await lock(first, {}, [desk(['extra'])]));
    expect(versions(more)).toEqual(['core=1.0:amd64', 'extra=1.0:amd64', 'tool=1.0:amd64']);
  });

  test('with update resolves everything anew', async () => {
    const first = value(await lock(EMPTY_LOCK));
    release();
    expect(versions(value(await lock(first, { update: true })))).toEqual([
      'core=2.0:amd64',
      'tool=2.0:amd64',
    ]);
  });

  test('of all products drops what none of them needs', async () => {
    const more = value(await lock(EMPTY_LOCK, {}, [desk(['extra'])]));
    expect(versions(value(await lock(more)))).toContain('extra=1.0:amd64');
    expect(versions(value(await lock(more, { all: true })))).toEqual(['core=1.0:amd64', 'tool=1.0:amd64']);
  });

  test('does not touch the file when nothing changes', async () => {
    const locked = value(await lock(EMPTY_LOCK));
    const before = statSync(file(), { bigint: true });
    value(await lock(locked));
    value(await lock(locked, { locked: true }));
    expect(statSync(file(), { bigint: true }).ctimeNs).toBe(before.ctimeNs);
  });
});

describe('a lock that must not change', () => {
  test('fails when it lacks something, names it, and writes nothing', async () => {
    expect(await lock(EMPTY_LOCK, { locked: true })).toMatchObject({
      error: {
        code: 'lock/would-change',
        cause: expect.stringMatching(/root base.*\n.*root windows-build/),
        next: expect.stringContaining('qbuild lock'),
      },
    });
    expect(existsSync(file())).toBe(false);
  });

  test('is enough when it is complete, without a network', async () => {
    const locked = value(await lock(EMPTY_LOCK));
    expect(value(await lock(locked, { locked: true, offline: true }))).toEqual(locked);
  });

  test('fails for a root that was asked for differently', async () => {
    const locked = value(await lock(EMPTY_LOCK));
    const failed = await lock(locked, { locked: true }, [desk(['extra'])]);
    expect(failed).toMatchObject({
      error: { code: 'lock/would-change', cause: expect.stringContaining('windows-build:extra') },
    });
  });
});

test('offline, what the lock lacks is named and nobody is asked', async () => {
  archive = new Archive(key);
  expect(await lock(EMPTY_LOCK, { offline: true })).toEqual({
    ok: false,
    error: {
      code: 'network/offline-missing',
      message: 'qbuild.lock lacks what this product needs, and --offline forbids asking for it.',
      cause: 'root base of debian-12\nroot windows-build of debian-12',
      next: 'Run `qbuild lock` once with a network.',
    },
  });
  expect(existsSync(file())).toBe(false);
});
