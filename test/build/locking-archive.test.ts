// Locking of archive sources: by their recipe's sha-256, by their upstream's signature, and what is refused.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDigest, sha256Hex } from '../../src/base/digest.ts';
import { type LockPolicy, lockProducts } from '../../src/build/locking.ts';
import { EMPTY_LOCK, type Lock } from '../../src/lock/lockfile.ts';
import { parseLock } from '../../src/lock/parse.ts';
import { printLock } from '../../src/lock/print.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { supplyFromLock } from '../../src/source/supply.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { component, product } from '../plan/resolved.ts';
import { type Key, makeKey } from '../source/fixture/archive.ts';
import { error, never, scratch, sh, value } from '../source/fixture/scratch.ts';

let dir: string;
let store: DiskStore;
let upstream: Key;
let stranger: Key;
beforeAll(async () => {
  upstream = makeKey('upstream');
  stranger = makeKey('stranger');
  dir = scratch();
  mkdirSync(join(dir, 'tree/clock-1.0/debian'), { recursive: true });
  writeFileSync(join(dir, 'tree/clock-1.0/Makefile'), 'all:\n');
  writeFileSync(
    join(dir, 'tree/clock-1.0/debian/control'),
    'Source: clock\n\nPackage: clock\nArchitecture: any\n',
  );
  writeFileSync(
    join(dir, 'tree/clock-1.0/debian/changelog'),
    'clock (1.0) unstable; urgency=low\n\n  * x\n\n -- T <t@t>  Thu, 01 Jan 2026 00:00:00 +0000\n',
  );
  sh('tar', [
    '--create',
    '--xz',
    '--file',
    join(dir, 'clock-1.0.tar.xz'),
    '-C',
    join(dir, 'tree'),
    'clock-1.0',
  ]);
  upstream.detach(join(dir, 'clock-1.0.tar.xz'), join(dir, 'clock-1.0.tar.xz.asc'));
  mkdirSync(join(dir, 'keys'));
  writeFileSync(join(dir, 'keys/upstream.asc'), readFileSync(upstream.armoured));
  writeFileSync(join(dir, 'keys/stranger.asc'), readFileSync(stranger.armoured));
  store = value(await openStore(scratch(), { workspace: scratch() }));
});
afterAll(() => store.close());

interface Stated {
  readonly file?: string;
  readonly sha256?: string;
  readonly keys?: readonly string[];
  readonly signature?: string;
  readonly kind?: string;
}

function clocks({
  file = 'clock-1.0.tar.xz',
  keys,
  signature,
  kind = 'none',
  ...stated
}: Stated = {}): ResolvedProduct {
  const bytes = readFileSync(join(dir, file));
  const url = `file://${dir}/${file}`;
  const source = {
    kind: 'archive',
    url,
    sha256: stated.sha256 ?? sha256Hex(bytes),
    size: bytes.length,
    ...(keys && { signature: { url: signature ?? `${url}.asc`, keys } }),
    keysDirectory: dir,
  } as const;
  const built = {
    target: 'debian-12/amd64',
    build: { kind },
    dependsOn: [],
    buildDepends: [],
    shipped: true,
  };
  const packages = kind === 'none' ? [] : [built];
  return product({ components: [component('clock', { source, packages })], distributions: {} });
}

function lock(current: Lock, of: ResolvedProduct, policy: Partial<LockPolicy> = {}, into = store) {
  const cache = scratch();
  const directories = { cache, store: cache, packages: cache, keys: cache };
  const context = { directories, workspaceDir: scratch(), mirrors: {}, store: into, signal: never() };
  return lockProducts(
    current,
    [of],
    { locked: false, offline: false, update: false, all: false, ...policy },
    context,
  );
}

describe('an archive', () => {
  test('is locked with its tree, and needs nothing more after that', async () => {
    const of = clocks();
    const { lock: locked } = value(await lock(EMPTY_LOCK, of));
    const { archive } = locked.components.clock ?? expect.fail();
    expect(archive).toMatchObject({ url: `file://${dir}/clock-1.0.tar.xz`, sha256: expect.any(String) });
    expect(readdirSync(store.path(archive?.tree ?? expect.fail())).sort()).toEqual(['Makefile', 'debian']);
    expect(value(parseLock(printLock(locked), 'lock'))).toEqual(locked);
    expect(value(await lock(locked, of, { locked: true, offline: true })).lock).toEqual(locked);
    expect(error(await lock(EMPTY_LOCK, of, { locked: true }))).toMatchObject({
      code: 'lock/would-change',
      cause: expect.stringMatching(/^clock: file:.*clock-1\.0\.tar\.xz sha256 [0-9a-f]{64}$/),
    });
    expect(error(await lock(EMPTY_LOCK, of, { offline: true })).code).toBe('network/offline-missing');
  });

  test('comes into another store as the lock has it, and not as another tree', async () => {
    const { lock: locked } = value(await lock(EMPTY_LOCK, clocks()));
    const { archive } = locked.components.clock ?? expect.fail();
    const empty = value(await openStore(scratch(), { workspace: scratch() }));
    const cache = {
      cacheDir: scratch(),
      mirrors: {},
      offline: false,
      emit: () => {},
      clock: { now: () => 0 },
    };
    const tree = archive?.tree ?? expect.fail();
    value(await supplyFromLock(locked, empty, cache).ensure([tree], never()));
    expect(readdirSync(empty.path(tree)).sort()).toEqual(['Makefile', 'debian']);
    const other = makeDigest('0'.repeat(64), 9);
    const altered = { ...locked, components: { clock: { archive: { ...archive, tree: other } } } } as Lock;
    const failure = error(await supplyFromLock(altered, empty, cache).ensure([other], never()));
    expect(failure).toMatchObject({
      code: 'source/digest-mismatch',
      cause: `expected ${other}, found ${tree}`,
    });
    await empty.close();
  });

  test('that Debian packages are built from is locked with what its debian/ says', async () => {
    const { lock: first } = value(await lock(EMPTY_LOCK, clocks()));
    const before = first.components.clock?.archive;
    const bytes = readFileSync(join(dir, 'clock-1.0.tar.xz'));
    const of = { ...clocks(), distributions: {} };
    expect(of.components[0]?.packages).toEqual([]);
    const { lockArchived } = await import('../../src/build/locking-sources.ts');
    const need = { url: `file://${dir}/clock-1.0.tar.xz`, sha256: sha256Hex(bytes), size: bytes.length };
    const cache = scratch();
    const directories = { cache, store: cache, packages: cache, keys: cache };
    const context = { directories, workspaceDir: scratch(), mirrors: {}, store, signal: never() };
    const locked = value(
      await lockArchived({ ...need, packaging: true }, first.components.clock, dir, context),
    );
    expect(locked).toMatchObject({ archive: before, debian: { source: 'clock', version: '1.0' } });
  });

  test('with other bytes than its recipe says is refused', async () => {
    expect(error(await lock(EMPTY_LOCK, clocks({ sha256: '0'.repeat(64) }))).code).toBe(
      'source/digest-mismatch',
    );
  });

  test('that is hostile is refused, and nothing of it stays', async () => {
    writeFileSync(join(dir, 'hostile'), 'x');
    sh('tar', ['--create', '--absolute-names', '--file', join(dir, 'hostile.tar'), join(dir, 'hostile')]);
    const into = value(await openStore(scratch(), { workspace: scratch() }));
    expect(error(await lock(EMPTY_LOCK, clocks({ file: 'hostile.tar' }), {}, into)).code).toBe(
      'source/bad-name',
    );
    await into.close();
  });
});

describe('a signed archive', () => {
  test('is taken when a listed key has signed it; the lock names signature and keys', async () => {
    const of = clocks({ keys: ['keys/stranger.asc', 'keys/upstream.asc'] });
    const { lock: locked } = value(await lock(EMPTY_LOCK, of));
    expect(locked.components.clock?.archive?.signature).toEqual({
      url: `file://${dir}/clock-1.0.tar.xz.asc`,
      keys: ['keys/stranger.asc', 'keys/upstream.asc'],
    });
    // Another list of keys is another question.
    expect(error(await lock(locked, clocks({ keys: ['keys/stranger.asc'] }), { locked: true })).code).toBe(
      'lock/would-change',
    );
    expect(error(await lock(locked, clocks({ keys: ['keys/stranger.asc'] }))).code).toBe(
      'source/bad-signature',
    );
  });

  test('of another key, with a signature of other bytes, or without one is refused before it is unpacked', async () => {
    const trees = readdirSync(join(store.path(makeDigest('0'.repeat(64), 1)), '../..'), { recursive: true });
    expect(error(await lock(EMPTY_LOCK, clocks({ keys: ['keys/stranger.asc'] })))).toMatchObject({
      code: 'source/bad-signature',
      place: `file://${dir}/clock-1.0.tar.xz`,
    });
    writeFileSync(join(dir, 'other.tar'), 'other');
    upstream.detach(join(dir, 'other.tar'), join(dir, 'other.asc'));
    const wrong = clocks({ keys: ['keys/upstream.asc'], signature: `file://${dir}/other.asc` });
    expect(error(await lock(EMPTY_LOCK, wrong)).code).toBe('source/bad-signature');
    const none = clocks({ keys: ['keys/upstream.asc'], signature: `file://${dir}/none.asc` });
    expect(error(await lock(EMPTY_LOCK, none)).code).toBe('network/not-found');
    expect(error(await lock(EMPTY_LOCK, clocks({ keys: ['keys/absent.asc'] })))).toMatchObject({
      code: 'source/missing-keyring',
      place: join(dir, 'keys/absent.asc'),
    });
    writeFileSync(join(dir, 'keys/nonsense.asc'), 'nonsense');
    expect(error(await lock(EMPTY_LOCK, clocks({ keys: ['keys/nonsense.asc'] }))).code).toBe(
      'source/bad-keyring',
    );
    rmSync(join(dir, 'keys/nonsense.asc'));
    expect(
      readdirSync(join(store.path(makeDigest('0'.repeat(64), 1)), '../..'), { recursive: true }),
    ).toEqual(trees);
  });
});
