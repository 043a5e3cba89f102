// Bytes that the lock names, into the real store.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import { type Digest, digestOf, sha256Hex } from '../../src/base/digest.ts';
import { EMPTY_LOCK, type Lock } from '../../src/lock/lockfile.ts';
import { lockGit } from '../../src/source/git.ts';
import { type SupplyOptions, supplyFromLock } from '../../src/source/supply.ts';
import { openStore } from '../../src/store/disk-store.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';
import { serve } from './fixture/server.ts';

async function scene(contents: Record<string, string>, options: Partial<SupplyOptions> = {}) {
  const site = scratch();
  const server = await serve(site);
  const store = value(await openStore(scratch(), { workspace: '/w' }));
  const packages = Object.entries(contents).map(([name, content]) => {
    writeFileSync(join(site, `${name}.deb`), content);
    const locked = { origin: `${server.url}/${name}.deb`, sha256: sha256Hex(content), size: content.length };
    return [`${name}=1:all`, locked];
  });
  const lock: Lock = {
    ...EMPTY_LOCK,
    distributions: {
      'debian-12': { architecture: 'amd64', metadata: [], packages: Object.fromEntries(packages), roots: {} },
    },
  };
  const events: Event[] = [];
  const full: SupplyOptions = {
    cacheDir: scratch(),
    mirrors: {},
    offline: false,
    emit: (event) => void events.push(event),
    clock: { now: () => 42 },
    ...options,
  };
  return { site, server, store, lock, events, options: full, supply: supplyFromLock(lock, store, full) };
}

describe('the supply', () => {
  test('fetches what the store lacks, once, and tells progress', async () => {
    const { server, store, supply, events } = await scene({ a: 'one', b: 'two' });
    const wanted = [digestOf('one'), digestOf('two')];
    value(await supply.ensure(wanted, never()));
    value(await supply.ensure(wanted, never()));
    expect(await store.has(digestOf('one'))).toBe(true);
    expect(server.asked).toHaveLength(2);
    expect(events.at(-1)).toEqual({ type: 'fetch', what: '', doneBytes: 6, totalBytes: 6, atMs: 42 });
    await store.close();
  });

  test('fetches files that a manifest pins, and refuses other bytes', async () => {
    const { site, server, store, lock, options } = await scene({});
    writeFileSync(join(site, 'good.tgz'), 'one');
    writeFileSync(join(site, 'other.tgz'), 'six');
    const file = (name: string, content: string) => {
      return { name, url: `${server.url}/${name}`, digest: digestOf(content) };
    };
    const supply = supplyFromLock(lock, store, options, [file('good.tgz', 'one'), file('other.tgz', 'two')]);
    value(await supply.ensure([digestOf('one')], never()));
    expect(await store.has(digestOf('one'))).toBe(true);
    const refused = error(await supply.ensure([digestOf('two')], never()));
    expect(refused.code).toBe('source/digest-mismatch');
    expect(await store.has(digestOf('two'))).toBe(false);
    await store.close();
  });

  test('fetches a file once for two actions that need it at the same time', async () => {
    const { server, store, supply } = await scene({ a: 'one', b: 'two' });
    const [a, b] = [digestOf('one'), digestOf('two')];
    const results = await Promise.all([supply.ensure([a], never()), supply.ensure([a, b], never())]);
    for (const result of results) value(result);
    expect(server.asked.map(({ path }) => path).sort()).toEqual(['/a.deb', '/b.deb']);
    await store.close();
  });

  test('does nothing for what is there, whatever the lock says', async () => {
    const { server, store, supply } = await scene({});
    const digest = value(await store.putText('made here'));
    value(await supply.ensure([digest], never()));
    expect(server.asked).toEqual([]);
    await store.close();
  });

  test('says which digest the lock does not know', async () => {
    const { store, supply } = await scene({});
    expect(error(await supply.ensure([digestOf('x')], never()))).toMatchObject({
      code: 'lock/unknown-content',
      message: expect.stringContaining(digestOf('x')),
    });
    await store.close();
  });

  test('tries alternatives when the archive dropped a file', async () => {
    const second = scratch();
    writeFileSync(join(second, 'a.deb'), 'one');
    const { site, server, store, lock, options } = await scene({ a: 'one' });
    rmSync(join(site, 'a.deb'));
    const alternates = { [server.url]: [`file://${second}`] };
    value(await supplyFromLock(lock, store, { ...options, alternates }).ensure([digestOf('one')], never()));
    expect(await store.has(digestOf('one'))).toBe(true);
    await store.close();
  });

  test('fetches through mirrors', async () => {
    const { server, store, lock, options } = await scene({ a: 'one' });
    const moved = JSON.parse(
      JSON.stringify(lock).replaceAll(server.url, 'http://archive.invalid/debian'),
    ) as Lock;
    const supply = supplyFromLock(moved, store, {
      ...options,
      mirrors: { 'http://archive.invalid/debian': server.url },
    });
    value(await supply.ensure([digestOf('one')], never()));
    expect(server.asked.map(({ path }) => path)).toEqual(['/a.deb']);
    await store.close();
  });

  test('an altered package never reaches the store', async () => {
    const { site, store, supply } = await scene({ a: 'one' });
    writeFileSync(join(site, 'a.deb'), 'eno');
    expect(error(await supply.ensure([digestOf('one')], never())).code).toBe('source/digest-mismatch');
    expect(await store.has(digestOf('one'))).toBe(false);
    await store.close();
  });
});

describe('offline', () => {
  test('names every missing thing at once, and asks nobody', async () => {
    const { server, store, supply } = await scene({ a: 'one', b: 'two' }, { offline: true });
    const failure = error(await supply.ensure([digestOf('one'), digestOf('two')], never()));
    expect(failure.code).toBe('network/offline-missing');
    expect(failure.cause?.split('\n').sort()).toEqual([
      'a=1:all: neither in the store nor in a cache.',
      'b=1:all: neither in the store nor in a cache.',
    ]);
    expect(server.asked).toEqual([]);
    await store.close();
  });

  test('takes what the pool has', async () => {
    const poolDir = scratch();
    const first = await scene({ a: 'one' }, { poolDir });
    value(await first.supply.ensure([digestOf('one')], never()));
    const second = await scene({ a: 'one' }, { poolDir, offline: true });
    value(await second.supply.ensure([digestOf('one')], never()));
    expect(second.server.asked).toEqual([]);
    await first.store.close();
    await second.store.close();
  });

  test('git sources come from the mirror, or are named with the packages', async () => {
    const upstream = scratch();
    writeFileSync(join(upstream, 'file'), 'x');
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      ['-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qm', 'x'],
    ]) {
      sh('git', args, { HOME: '/nonexistent' }, upstream);
    }
    const { store, lock, options } = await scene({ a: 'one' });
    const need = { url: `file://${upstream}`, ref: { kind: 'branch', name: 'main' } } as const;
    const elsewhere = value(await openStore(scratch(), { workspace: '/w' }));
    const git = value(await lockGit(need, elsewhere, { ...options, signal: never() }));
    const both: Lock = { ...lock, components: { core: { git } } };
    const wanted: Digest[] = [digestOf('one'), git.tree];
    const nothing = { ...options, offline: true, cacheDir: scratch() };
    const failure = error(await supplyFromLock(both, store, nothing).ensure(wanted, never()));
    expect(failure.code).toBe('network/offline-missing');
    expect(failure.cause).toContain(git.commit);
    value(await supplyFromLock(both, store, { ...options, offline: true }).ensure([git.tree], never()));
    expect(await store.has(git.tree)).toBe(true);
    await store.close();
    await elsewhere.close();
  });
});
