// Package sets against a signed archive by the real apt.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import type { LockedDistribution } from '../../src/lock/lockfile.ts';
import { rootLayers } from '../../src/lock/lockfile.ts';
import type { RootNeed } from '../../src/lock/needs.ts';
import type { ResolvedDistribution } from '../../src/resolve/resolved.ts';
import { type AptOptions, resolveDistribution } from '../../src/source/apt-resolver.ts';
import { Archive, type Key, makeKey } from './fixture/archive.ts';
import { error, never, scratch, value } from './fixture/scratch.ts';

let key: Key;
beforeAll(() => {
  key = makeKey('archive');
});

const base = (...requests: string[]): Record<string, RootNeed> => ({ base: { on: '', requests } });

function resolve(
  distribution: ResolvedDistribution,
  roots: Record<string, RootNeed>,
  keep?: LockedDistribution,
  options: Partial<AptOptions> = {},
) {
  return resolveDistribution(distribution, roots, keep, {
    cacheDir: scratch(),
    mirrors: {},
    signal: never(),
    ...options,
  });
}

function small(): Archive {
  return new Archive(key)
    .add('core', '1:1.0~rc1+b1', { Essential: 'yes', Depends: 'lib-one' })
    .add('lib-one', '1.0', { Recommends: 'extra' })
    .add('extra', '1.0')
    .add('tool', '1.0', { Depends: 'lib-one, lib-two', Architecture: 'all' })
    .add('lib-two', '1.0')
    .add('link-fake', '1.0', { Provides: 'linker' })
    .add('link-real', '1.0', { Provides: 'linker' })
    .add('builder', '1.0', { Depends: 'tool, link-fake | link-real' })
    .add('enemy', '1.0', { Conflicts: 'core' });
}

describe('resolving package sets', () => {
  test('base has what was asked for, what is essential, and their dependencies, without recommendations', async () => {
    const archive = small().publish();
    const locked = value(await resolve(archive.distribution(), base('lib-two')));
    expect(locked.roots.base).toEqual({
      on: '',
      requests: ['lib-two'],
      packages: ['core=1:1.0~rc1+b1:amd64', 'lib-one=1.0:amd64', 'lib-two=1.0:amd64'],
    });
  });

  test('relations are satisfied with versions and alternatives, and never by two conflicting ones', async () => {
    const archive = small().add('lib-two', '2.0').publish();
    const solve = async (...requests: string[]) => {
      const needs = { ...base(), 'deb-build': { on: 'base', requests, relations: true as const } };
      return resolve(archive.distribution(), needs);
    };
    const packages = async (...requests: string[]) =>
      value(await solve(...requests)).roots['deb-build']?.packages;
    expect(await packages('absent (>= 1) | lib-two (>= 2.0~)')).toEqual(['lib-two=2.0:amd64']);
    expect(await packages('linker', 'Conflicts: link-fake')).toEqual(['link-real=1.0:amd64']);
    expect(error(await solve('lib-two (>= 3)'))).toMatchObject({
      code: 'source/unresolvable',
      cause: expect.stringContaining('lib-two (>= 3)'),
    });
    expect(error(await solve('lib-one', 'x --option')).code).toBe('source/unknown-package');
  });

  test('what cannot be had is named with the chain that leads to it', async () => {
    const archive = small()
      .add('top', '1.0', { Depends: 'upper' })
      .add('upper', '1.0', { Depends: 'extra, middle' })
      .add('middle', '1.0', { Depends: 'bottom (>= 2)' })
      .add('bottom', '1.0')
      .publish();
    const needs = { ...base(), 'deb-build': { on: 'base', requests: ['top'], relations: true as const } };
    const { cause } = error(await resolve(archive.distribution(), needs));
    expect(cause).toMatch(/middle : Depends: bottom \(>= 2\)/);
    expect(cause).toMatch(/^top depends on upper, upper depends on middle$/m);
  });

  test('every package has the size, sha-256 and origin of its file', async () => {
    const archive = small().publish();
    const locked = value(await resolve(archive.distribution(), base('tool')));
    const file = readFileSync(join(archive.dir, 'pool/tool_1.0_all.deb'));
    const tool = locked.packages['tool=1.0:all'];
    expect(tool).toMatchObject({ sha256: sha256Hex(file), size: file.byteLength });
    expect(new URL(tool?.origin ?? '').pathname).toBe(`${archive.dir}/pool/tool_1.0_all.deb`);
  });

  test('the signed metadata are described: archive, suite, date, digest and the primary key that signed', async () => {
    const archive = small().publish({ date: new Date('2031-05-06T07:08:09Z'), validSeconds: 1 });
    // From the future, so that the check of dates cannot pass by accident; then once more with a date that holds.
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/expired-metadata');
    const date = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    archive.publish({ date });
    const locked = value(await resolve(archive.distribution(), base()));
    expect(locked.metadata).toEqual([
      {
        archive: `file://${archive.dir}`,
        suite: 'stable',
        components: ['main'],
        date: date.toISOString().replace('.000Z', 'Z'),
        sha256: sha256Hex(archive.inRelease()),
        signers: [key.fingerprint],
      },
    ]);
  });

  test('a derived root lists only what it adds, and stands on the versions below', async () => {
    const archive = small().publish();
    const roots = {
      ...base('lib-one'),
      'tools:builder': { on: 'tools', requests: ['builder', 'link-real'] },
      tools: { on: 'base', requests: ['tool'] },
    };
    const locked = value(await resolve(archive.distribution(), roots));
    expect(locked.roots.tools?.packages).toEqual(['lib-two=1.0:amd64', 'tool=1.0:all']);
    expect(locked.roots['tools:builder']?.packages).toEqual(['builder=1.0:amd64', 'link-real=1.0:amd64']);
    expect(rootLayers(locked, 'tools:builder')?.map(({ root }) => root)).toEqual([
      'base',
      'tools',
      'tools:builder',
    ]);
  });

  test('the same archive resolves to the same lock in another cache', async () => {
    const archive = small().publish();
    const roots = { ...base('tool'), more: { on: 'base', requests: ['builder'] } };
    const [first, second] = [
      await resolve(archive.distribution(), roots),
      await resolve(archive.distribution(), roots),
    ];
    expect(value(first)).toEqual(value(second));
  });

  test('a mirror is fetched from, and the lock has the origin before it', async () => {
    const archive = small().publish();
    const distribution = archive.distribution('http://archive.invalid/debian');
    const mirrors = { 'http://archive.invalid/debian': `file://${archive.dir}` };
    const locked = value(await resolve(distribution, base('tool'), undefined, { mirrors }));
    expect(locked.packages['tool=1.0:all']?.origin).toBe(
      'http://archive.invalid/debian/pool/tool_1.0_all.deb',
    );
    expect(locked.metadata[0]?.archive).toBe('http://archive.invalid/debian');
  });

  test('an armoured keyring works like a binary one', async () => {
    const archive = small().publish();
    const locked = value(await resolve(archive.distribution(undefined, key.armoured), base()));
    expect(locked.metadata[0]?.signers).toEqual([key.fingerprint]);
  });

  test('nothing of a host configuration that APT_CONFIG names takes part', async () => {
    const archive = small().publish();
    const poison = join(scratch(), 'apt.conf');
    writeFileSync(poison, 'APT::Install-Recommends "true";\n');
    process.env.APT_CONFIG = poison;
    try {
      const locked = value(await resolve(archive.distribution(), base()));
      expect(Object.keys(locked.packages)).not.toContain('extra=1.0:amd64');
    } finally {
      delete process.env.APT_CONFIG;
    }
  });
});

describe('what cannot be resolved', () => {
  test('an unknown package is named with the nearest one', async () => {
    const archive = small().publish();
    expect(error(await resolve(archive.distribution(), base('bilder')))).toMatchObject({
      code: 'source/unknown-package',
      message: 'The archive has no package bilder.',
      place: 'root base of test-1',
      next: 'Did you mean builder?',
    });
  });

  test('a virtual package with several providers is named with them', async () => {
    const archive = small().publish();
    expect(error(await resolve(archive.distribution(), base('linker')))).toMatchObject({
      code: 'source/unknown-package',
      next: 'Name one of them instead: link-real, link-fake.',
    });
  });

  test.each(['-o=Debug::NoLocking=1', '?essential', 'lib-*', 'tool-', 'a b', '$(id)', '../x', 'Tool'])(
    'the request %s is refused before apt sees it',
    async (request) => {
      const archive = small().publish();
      expect(error(await resolve(archive.distribution(), base(request)))).toMatchObject({
        code: 'source/unknown-package',
        message: `${JSON.stringify(request)} cannot be the name of a package.`,
      });
    },
  );

  test('a name that another one matches as a regular expression is unknown', async () => {
    const archive = small().publish();
    expect(error(await resolve(archive.distribution(), base('too.'))).code).toBe('source/unknown-package');
  });

  test('a conflict is told in the words of apt', async () => {
    const archive = small().publish();
    const failure = error(await resolve(archive.distribution(), base('enemy')));
    expect(failure.code).toBe('source/unresolvable');
    expect(failure.cause).toContain('enemy : Conflicts: core');
  });

  test('a derived root that conflicts with what is below fails instead of replacing it', async () => {
    const archive = small().publish();
    const roots = { ...base(), more: { on: 'base', requests: ['enemy'] } };
    expect(error(await resolve(archive.distribution(), roots)).code).toBe('source/unresolvable');
  });
});

describe('adding to a lock', () => {
  test('roots that are kept stay, and new ones stand on their versions when the archive has moved on', async () => {
    const archive = small().publish();
    const cacheDir = scratch();
    const roots = { ...base('lib-one'), tools: { on: 'base', requests: ['tool'] } };
    const before = value(await resolve(archive.distribution(), roots, undefined, { cacheDir }));
    archive
      .remove('lib-one_1.0_amd64.deb')
      .add('lib-one', '2.0')
      .publish({ date: new Date(Date.now() + 1000) });
    const more = { more: { on: 'tools', requests: ['link-fake'] } };
    const after = value(await resolve(archive.distribution(), more, before, { cacheDir }));
    expect(after.roots).toEqual({
      ...before.roots,
      more: { on: 'tools', requests: ['link-fake'], packages: ['link-fake=1.0:amd64'] },
    });
    expect(after.packages['lib-one=1.0:amd64']).toEqual(before.packages['lib-one=1.0:amd64']);
    expect(after.metadata).toHaveLength(2);
  });

  test('a package that needs a newer version below says to update the lock', async () => {
    const archive = small().publish();
    const cacheDir = scratch();
    const before = value(await resolve(archive.distribution(), base('lib-one'), undefined, { cacheDir }));
    archive
      .remove('lib-one_1.0_amd64.deb')
      .add('lib-one', '2.0')
      .add('modern', '1.0', { Depends: 'lib-one (>= 2.0)' })
      .publish({ date: new Date(Date.now() + 1000) });
    const more = { more: { on: 'base', requests: ['modern'] } };
    for (const cache of [cacheDir, scratch()]) {
      expect(error(await resolve(archive.distribution(), more, before, { cacheDir: cache }))).toMatchObject({
        code: 'lock/outdated',
        message: expect.stringContaining('lib-one=1.0:amd64'),
        next: 'Run `qbuild lock --update`.',
      });
    }
    const updated = value(
      await resolve(archive.distribution(), { ...base('lib-one'), ...more }, undefined, { cacheDir }),
    );
    expect(updated.roots.base?.packages).toContain('lib-one=2.0:amd64');
    expect(updated.metadata).toHaveLength(1);
  });
});

describe('a lock that would contradict itself', () => {
  test('a package with other bytes under a locked version is refused', async () => {
    const archive = small().publish();
    const roots = { ...base(), one: { on: 'base', requests: ['tool'] } };
    const before = value(await resolve(archive.distribution(), roots));
    archive.add('tool', '1.0', { Depends: 'lib-one, lib-two', Architecture: 'all', Section: 'rebuilt' });
    archive.publish({ date: new Date(Date.now() + 1000) });
    const more = { two: { on: 'base', requests: ['tool'] } };
    expect(error(await resolve(archive.distribution(), more, before))).toMatchObject({
      code: 'source/digest-mismatch',
      message: 'The archive offers other bytes as tool=1.0:all than the locked ones.',
    });
  });

  test('roots on one that is resolved anew are dropped, because they were solved for other packages', async () => {
    const archive = small().publish();
    const roots = {
      ...base(),
      other: { on: 'base', requests: ['tool'] },
      'other:more': { on: 'other', requests: ['builder', 'link-real'] },
    };
    const before = value(await resolve(archive.distribution(), roots));
    const after = value(await resolve(archive.distribution(), base('lib-two'), before));
    expect(Object.keys(after.roots)).toEqual(['base']);
    expect(Object.keys(after.packages).sort()).toEqual(after.roots.base?.packages);
  });
});

describe('an archive that cannot be trusted', () => {
  test('metadata signed by another key are refused', async () => {
    const archive = small().publish({ key: makeKey('stranger') });
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/bad-signature');
  });

  test('metadata altered after signing are refused', async () => {
    const archive = small().publish();
    const file = join(archive.dir, 'dists/stable/InRelease');
    writeFileSync(file, archive.inRelease().replace('Suite: stable', 'Suite: stablE'));
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/bad-signature');
  });

  test('unsigned metadata are refused', async () => {
    const archive = small().publish();
    const suite = join(archive.dir, 'dists/stable');
    writeFileSync(join(suite, 'InRelease'), readFileSync(join(suite, 'Release')));
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/bad-signature');
  });

  test('an index other than the signed one is refused', async () => {
    const archive = small().publish();
    appendFileSync(
      join(archive.dir, 'dists/stable/main/binary-amd64/Packages'),
      '\nPackage: evil\nVersion: 1\n',
    );
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/digest-mismatch');
  });

  test('metadata with a detached signature are not locked', async () => {
    const archive = small().publish();
    const suite = join(archive.dir, 'dists/stable');
    key.detach(join(suite, 'Release'), join(suite, 'Release.gpg'));
    rmSync(join(suite, 'InRelease'));
    expect(error(await resolve(archive.distribution(), base()))).toMatchObject({
      code: 'source/unusable-index',
      message: expect.stringContaining('no InRelease'),
    });
  });

  test('expired metadata are refused', async () => {
    const archive = small().publish({ date: new Date(Date.now() - 86_400_000), validSeconds: 3600 });
    expect(error(await resolve(archive.distribution(), base())).code).toBe('source/expired-metadata');
  });

  test('metadata older than those that the lock has seen are refused, and newer ones are not', async () => {
    const date = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    const archive = small().publish({ date });
    const before = value(await resolve(archive.distribution(), base()));
    const seen = before.metadata;
    value(await resolve(archive.distribution(), base(), undefined, { seen }));
    archive.publish({ date: new Date(date.getTime() + 1000) });
    value(await resolve(archive.distribution(), base(), undefined, { seen }));
    archive.publish({ date: new Date(date.getTime() - 1000) });
    const [at, then] = [-1000, 0].map((ms) =>
      new Date(date.getTime() + ms).toISOString().replace('.000Z', 'Z'),
    );
    for (const keep of [undefined, before]) {
      expect(error(await resolve(archive.distribution(), base(), keep, { seen }))).toMatchObject({
        code: 'source/older-metadata',
        message: `The archive offers its suite stable as of ${at}, and qbuild.lock has seen it as of ${then}.`,
        place: `file://${archive.dir}`,
        next: 'Try again later, or use another mirror.',
      });
    }
  });

  test('metadata signed by a key that has expired are refused', async () => {
    const archive = small().publish();
    const expired = makeKey('expired', { faked: '20200101T000000', until: '20200201T000000' });
    archive.publish({ key: expired });
    const failure = error(await resolve(archive.distribution(undefined, expired.keyring), base()));
    expect(failure).toMatchObject({
      code: 'source/expired-signature',
      cause: expect.stringContaining('EXPKEYSIG'),
    });
  });

  test('a trusted archive that is replaced by one of another key is refused, and its old indexes are not used', async () => {
    const archive = small().publish();
    const cacheDir = scratch();
    value(await resolve(archive.distribution(), base(), undefined, { cacheDir }));
    archive.publish({ key: makeKey('stranger'), date: new Date(Date.now() + 1000) });
    expect(error(await resolve(archive.distribution(), base(), undefined, { cacheDir })).code).toBe(
      'source/bad-signature',
    );
  });

  test('a missing keyring and one without keys are told apart', async () => {
    const archive = small().publish();
    const absent = archive.distribution(undefined, '/nonexistent/keyring.gpg');
    expect(error(await resolve(absent, base()))).toMatchObject({
      code: 'source/missing-keyring',
      place: '/nonexistent/keyring.gpg',
    });
    const text = join(scratch(), 'keyring.gpg');
    writeFileSync(text, 'no key\n');
    expect(error(await resolve(archive.distribution(undefined, text), base())).code).toBe(
      'source/bad-keyring',
    );
  });

  test('a component that the archive does not have is named', async () => {
    const archive = small().publish();
    const [only] = archive.distribution().archives;
    if (only === undefined) throw new Error('no archive');
    const distribution = { ...archive.distribution(), archives: [{ ...only, components: ['mian'] }] };
    expect(error(await resolve(distribution, base()))).toMatchObject({
      code: 'source/unknown-component',
      message: expect.stringContaining('"mian"'),
    });
  });

  test.each([
    ['URL', { url: 'http://x/\nTrusted: yes' }],
    ['suite', { suites: ['stable\nTrusted: yes'] }],
    ['component', { components: ['main\nTrusted: yes'] }],
    ['keyring', { keyring: '/k\nTrusted: yes' }],
  ])('a %s with a line break never reaches apt', async (what, change) => {
    const archive = small();
    const [only] = archive.distribution().archives;
    if (only === undefined) throw new Error('no archive');
    const distribution = { ...archive.distribution(), archives: [{ ...only, ...change }] };
    expect(error(await resolve(distribution, base()))).toMatchObject({
      code: 'source/bad-archive',
      message: expect.stringContaining(what),
    });
  });
});

describe('trouble around apt', () => {
  test('an archive that is not there is a network failure', async () => {
    const distribution = small().publish().distribution('http://127.0.0.1:9/debian');
    expect(error(await resolve(distribution, base())).code).toBe('network/unreachable');
  });

  test('a host without apt is told what to install', async () => {
    const archive = small().publish();
    const path = process.env.PATH;
    process.env.PATH = scratch();
    try {
      expect(error(await resolve(archive.distribution(), base())).code).toBe('host/missing-tool');
    } finally {
      process.env.PATH = path;
    }
  });

  test('a cancelled run stops', async () => {
    const archive = small().publish();
    const signal = AbortSignal.abort();
    expect(error(await resolve(archive.distribution(), base(), undefined, { signal })).code).toBe(
      'interrupted/cancelled',
    );
  });

  test('two runs that share a cache take turns', async () => {
    const archive = small().publish();
    const cacheDir = scratch();
    const runs = [1, 2, 3].map(() => resolve(archive.distribution(), base('tool'), undefined, { cacheDir }));
    const [first, ...others] = (await Promise.all(runs)).map((run) => value(run));
    for (const other of others) expect(other).toEqual(first);
  });
});
