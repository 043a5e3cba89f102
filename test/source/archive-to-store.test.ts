// The whole way of distribution packages: a signed archive over HTTP, a lock, the store.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLock, writeLock } from '../../src/lock/file.ts';
import { EMPTY_LOCK, type Lock, packageDigest, rootLayers } from '../../src/lock/lockfile.ts';
import { lockNeeds, missingFromLock, nothingMissing } from '../../src/lock/needs.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { resolveDistribution } from '../../src/source/apt-resolver.ts';
import { supplyFromLock } from '../../src/source/supply.ts';
import { openStore } from '../../src/store/disk-store.ts';
import { Archive, makeKey } from './fixture/archive.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';
import { serve } from './fixture/server.ts';

async function scene() {
  const archive = new Archive(makeKey('archive'))
    .add('core', '1:1.0', { Essential: 'yes' })
    .add('compiler', '12.2+really11', { Depends: 'core' })
    .publish();
  const server = await serve(archive.dir);
  const distribution = { ...archive.distribution(server.url), roots: { base: [], tools: ['compiler'] } };
  const product = { components: [], templates: [], distributions: { 'test-1': distribution } };
  const needs = lockNeeds(product as Partial<ResolvedProduct> as ResolvedProduct, () => undefined);
  const cacheDir = scratch();
  const resolve = () =>
    resolveDistribution(distribution, needs.distributions['test-1']?.roots ?? {}, undefined, {
      cacheDir,
      mirrors: {},
      signal: never(),
    });
  return { archive, server, needs, cacheDir, resolve };
}

describe('from archive to store', () => {
  test('what is resolved is written, read, complete, and supplied as installable packages', async () => {
    const { needs, cacheDir, resolve } = await scene();
    const path = join(scratch(), 'qbuild.lock');
    const written: Lock = { ...EMPTY_LOCK, distributions: { 'test-1': value(await resolve()) } };
    value(await writeLock(path, written));
    const lock = value(await readLock(path));
    expect(lock).toEqual(written);
    expect(nothingMissing(missingFromLock(lock, needs))).toBe(true);

    const store = value(await openStore(scratch(), { workspace: '/w' }));
    const options = { cacheDir, mirrors: {}, offline: false, emit: () => undefined, clock: { now: () => 0 } };
    const distribution = lock.distributions['test-1'];
    if (distribution === undefined) throw new Error('no distribution');
    const layers = rootLayers(distribution, 'tools') ?? [];
    const digests = layers.flatMap(({ packages }) => packages.map(({ digest }) => digest));
    value(await supplyFromLock(lock, store, options).ensure(digests, never()));
    const fields = digests.map((digest) => sh('dpkg-deb', ['--show', store.path(digest)]).trim());
    expect(fields).toEqual(['core\t1:1.0', 'compiler\t12.2+really11']);
    await store.close();
  });

  test('indexes are not fetched again while the metadata stay the same', async () => {
    const { server, resolve } = await scene();
    const first = value(await resolve());
    const indexes = () => server.asked.filter(({ path }) => path.includes('Packages')).length;
    const before = indexes();
    expect(before).toBeGreaterThan(0);
    expect(value(await resolve())).toEqual(first);
    expect(indexes()).toBe(before);
  });

  test('metadata altered on their way are refused', async () => {
    const { archive, server, resolve } = await scene();
    const altered = Buffer.from(archive.inRelease().replace(/^Codename: .*$/m, 'Codename: other'));
    server.trick('/dists/stable/InRelease', { bytes: altered });
    expect(error(await resolve()).code).toBe('source/bad-signature');
  });

  test('a URL without an archive is told as that, not as an empty archive', async () => {
    const { archive, server } = await scene();
    const distribution = archive.distribution(`${server.url}/debian`);
    const options = { cacheDir: scratch(), mirrors: {}, signal: never() };
    const resolved = await resolveDistribution(
      distribution,
      { base: { on: '', requests: [] } },
      undefined,
      options,
    );
    expect(error(resolved)).toMatchObject({
      code: 'network/not-found',
      place: expect.stringContaining(`${server.url}/debian`),
    });
  });

  test('a package that was replaced in the archive after locking never reaches the store', async () => {
    const { archive, cacheDir, resolve } = await scene();
    const lock: Lock = { ...EMPTY_LOCK, distributions: { 'test-1': value(await resolve()) } };
    const locked = lock.distributions['test-1']?.packages['compiler=12.2+really11:amd64'];
    if (locked === undefined) throw new Error('no package');
    const file = join(archive.dir, 'pool/compiler_12.2+really11_amd64.deb');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const store = value(await openStore(scratch(), { workspace: '/w' }));
    const options = { cacheDir, mirrors: {}, offline: false, emit: () => undefined, clock: { now: () => 0 } };
    const ensured = await supplyFromLock(lock, store, options).ensure([packageDigest(locked)], never());
    expect(error(ensured).code).toBe('source/digest-mismatch');
    expect(await store.has(packageDigest(locked))).toBe(false);
    await store.close();
  });
});
