// What products need of a lock.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requireComplete } from '../../src/lock/describe.ts';
import { EMPTY_LOCK, type Lock, type LockedDistribution } from '../../src/lock/lockfile.ts';
import {
  buildRoot,
  derivedRootName,
  type LockNeeds,
  lockNeeds,
  missingFromLock,
  nothingMissing,
  pruneLock,
  unionNeeds,
} from '../../src/lock/needs.ts';
import type { ResolvedPackage, ResolvedProduct } from '../../src/resolve/resolved.ts';

const archives = [
  {
    url: 'http://deb.example/debian',
    suites: ['bookworm-updates', 'bookworm'],
    components: ['main'],
    keyring: '/k',
  },
];

function built(target: string, ...buildDepends: string[]): ResolvedPackage {
  return { target, build: { kind: 'windows' }, dependsOn: [], buildDepends, shipped: true };
}

type Component = ResolvedProduct['components'][number];

function component(name: string, source: Component['source'], ...packages: ResolvedPackage[]): Component {
  return { name, source, packages, summary: '', license: 'MIT', listed: true, recipeDir: '/r' };
}

function product(...components: Component[]): ResolvedProduct {
  const roots = { base: ['dash', 'bash', 'dash'], mingw: ['make'] };
  return {
    components,
    templates: [],
    distributions: { 'debian-12': { name: 'debian-12', architecture: 'amd64', archives, roots } },
  } as Partial<ResolvedProduct> as ResolvedProduct;
}

const local = { kind: 'local', path: '/src' } as const;
const upstream = { kind: 'git', url: 'https://git.example/x', ref: { kind: 'tag', name: 'v1' } } as const;
const mingw = () => ({ distribution: 'debian-12', root: 'mingw' });

const some = lockNeeds(
  product(
    component('a', local, built('windows/amd64'), built('debian-12/amd64', 'zlib1g-dev', 'libx11-dev')),
    component('b', upstream, built('windows/amd64', 'libx11-dev', 'zlib1g-dev')),
  ),
  mingw,
);

/** A lock that answers needs, without any packages. */
function answer(needs: LockNeeds): Lock {
  const distributions = Object.entries(needs.distributions).map(
    ([name, need]): [string, LockedDistribution] => {
      const metadata = need.suites.map((line) => {
        const [suite = '', ...components] = line.split(' ');
        return {
          archive: 'http://mirror',
          suite,
          components,
          date: '2026-01-01T00:00:00Z',
          sha256: '',
          signers: [],
        };
      });
      const roots = Object.entries(need.roots).map(([root, wanted]) => [root, { ...wanted, packages: [] }]);
      return [
        name,
        { architecture: need.architecture, metadata, packages: {}, roots: Object.fromEntries(roots) },
      ];
    },
  );
  const components = Object.entries(needs.sources).map(([name, source]) => [
    name,
    { git: { ...source, commit: '', epoch: 0, tree: '/0' as const } },
  ]);
  return {
    format: 1,
    distributions: Object.fromEntries(distributions),
    components: Object.fromEntries(components),
  };
}

describe('the needs of a product', () => {
  test('are named roots, one derived root for equal sets of build dependencies, and git sources', () => {
    expect(some).toEqual({
      distributions: {
        'debian-12': {
          architecture: 'amd64',
          suites: ['bookworm main', 'bookworm-updates main'],
          roots: {
            base: { on: '', requests: ['bash', 'dash'] },
            mingw: { on: 'base', requests: ['make'] },
            'mingw:libx11-dev,zlib1g-dev': { on: 'mingw', requests: ['libx11-dev', 'zlib1g-dev'] },
          },
        },
      },
      sources: { b: { url: 'https://git.example/x', ref: { kind: 'tag', name: 'v1' } } },
    });
  });

  test('a root with nothing added is the root itself', () => {
    expect(derivedRootName('mingw', [])).toBe('mingw');
    expect(derivedRootName('mingw', ['b', 'a', 'b'])).toBe('mingw:a,b');
  });

  test('packages of a kind that has no root need none', () => {
    const needs = lockNeeds(product(component('a', local, built('x/y', 'libx11-dev'))), () => undefined);
    expect(Object.keys(needs.distributions['debian-12']?.roots ?? {})).toEqual(['base', 'mingw']);
  });
});

describe('a source that says itself how it is built', () => {
  const packaged = (kind: string, target: string): ResolvedPackage => ({ ...built(target), build: { kind } });
  const source = { ...upstream, builder: 'vm' } as const;
  const asked = (...packages: ResolvedPackage[]) =>
    lockNeeds(product(component('a', source, ...packages)), () => undefined);
  const deb = packaged('deb', 'debian-12/amd64');
  const both = asked(deb, packaged('rpm', 'rock-1/amd64'));

  test('is asked about its packages, with the first suite of the distribution of each', () => {
    expect(
      asked(deb, packaged('rpm', 'rock-1/amd64'), packaged('windows', 'windows/amd64')).sources.a,
    ).toEqual({
      url: upstream.url,
      ref: upstream.ref,
      packaging: true,
      builder: {
        set: 'vm',
        targets: {
          'debian-12/amd64': { kind: 'deb', codename: 'bookworm-updates' },
          'rock-1/amd64': { kind: 'rpm', codename: '' },
        },
      },
    });
  });

  test('is asked about those of all products at once', () => {
    const union = unionNeeds([asked(deb), asked(packaged('rpm', 'rock-1/amd64'))]);
    expect(union.sources).toEqual(both.sources);
  });

  test('is in the lock when that answers for the same set and for every package', () => {
    const builder = (set: string, ...targets: string[]) => {
      const lock = answer(both);
      const packages = Object.fromEntries(targets.map((target) => [target, {}]));
      const locked = { ...lock.components.a, debian: {}, builder: { set, packages } };
      return { ...lock, components: { a: locked } } as unknown as Lock;
    };
    const lacks = (lock: Lock) => Object.keys(missingFromLock(lock, both).sources);
    expect(lacks(builder('vm', 'debian-12/amd64', 'rock-1/amd64'))).toEqual([]);
    expect(lacks(builder('vm', 'debian-12/amd64'))).toEqual(['a']);
    expect(lacks(builder('host', 'debian-12/amd64', 'rock-1/amd64'))).toEqual(['a']);
    expect(lacks(answer(both))).toEqual(['a']);
    // Nobody asks the repository any more: what it said is dropped.
    const plain = lockNeeds(product(component('a', upstream, built('windows/amd64'))), () => undefined);
    const lock = builder('vm', 'debian-12/amd64');
    expect(Object.keys(missingFromLock(lock, plain).sources)).toEqual(['a']);
  });
});

describe('the root of a Debian build', () => {
  const link = { relations: [], conflicts: [], install: [], reserved: [] };
  const deb = (more: object, ...buildDepends: string[]) =>
    buildRoot({ ...built('debian-12/amd64', ...buildDepends), debian: { ...link, ...more } }, 'deb-build');

  test('is the common one when the build asks for nothing else', () => {
    expect(deb({})).toEqual({ name: 'deb-build' });
  });

  test('has what the build asks for, and not what it conflicts with', () => {
    const { name, need } = deb({ relations: ['debhelper (>= 13)'], conflicts: ['autoconf2.13'] }, 'nasm');
    expect(name).toMatch(/^deb-build:[0-9a-f]{12}$/);
    expect(need).toEqual({
      on: 'deb-build',
      requests: ['Conflicts: autoconf2.13', 'debhelper (>= 13)', 'nasm'],
      relations: true,
    });
  });

  test('of a distribution that the product does not have is a bug', () => {
    const of = product(component('a', local, built('windows/amd64', 'nasm')));
    const elsewhere = () => ({ distribution: 'slackware', root: 'base' });
    expect(() => lockNeeds(of, elsewhere)).toThrow('rootOf names slackware');
  });
});

describe('a guest template', () => {
  const template = { name: 'desk', distribution: 'debian-12', kernel: 'linux', packages: ['sudo', 'apt'] };
  const rootsOf = (of: object) => {
    const needs = lockNeeds({ ...product(), templates: [of] } as unknown as ResolvedProduct, mingw);
    return needs.distributions['debian-12']?.roots;
  };

  test('has a root for its packages, on one for its kernel, on the guest set', () => {
    expect(rootsOf(template)).toMatchObject({
      'template:desk:linux': { on: 'guest:linux', requests: ['apt', 'sudo'] },
      'guest:linux': { on: 'guest', requests: ['linux'] },
    });
  });

  test('stands on the guest set alone without a kernel, and is the root below without packages', () => {
    const { kernel: _, ...withoutKernel } = template;
    expect(rootsOf(withoutKernel)).toMatchObject({ 'template:desk': { on: 'guest' } });
    expect(Object.keys(rootsOf({ ...template, packages: [] }) ?? {})).toEqual([
      'base',
      'mingw',
      'guest:linux',
    ]);
  });
});

describe('what a lock lacks', () => {
  test('everything, when it is empty', () => {
    expect(missingFromLock(EMPTY_LOCK, some)).toEqual(some);
  });

  test('nothing, when it was made for the same needs, whatever mirror it came from', () => {
    expect(nothingMissing(missingFromLock(answer(some), some))).toBe(true);
  });

  test('nothing, when it was made for these needs and others', () => {
    const other = lockNeeds(product(component('c', local, built('windows/amd64', 'nasm'))), mingw);
    expect(nothingMissing(missingFromLock(answer(unionNeeds([other, some])), some))).toBe(true);
    expect(nothingMissing(missingFromLock(answer(some), other))).toBe(false);
  });

  test('a root whose requests changed, and every root that stands on it', () => {
    const lock = structuredClone(answer(some));
    Object.assign(lock.distributions['debian-12']?.roots.mingw ?? {}, { requests: ['make', 'nasm'] });
    expect(Object.keys(missingFromLock(lock, some).distributions['debian-12']?.roots ?? {})).toEqual([
      'mingw',
      'mingw:libx11-dev,zlib1g-dev',
    ]);
  });

  test.each([
    ['architecture', { architecture: 'arm64' }],
    ['suites', { suites: ['bookworm main'] }],
    ['components', { suites: ['bookworm main contrib', 'bookworm-updates main'] }],
  ])('all of a distribution with other %s', (_, change) => {
    const need = some.distributions['debian-12'];
    if (need === undefined) throw new Error('no needs');
    const changed = { ...some, distributions: { 'debian-12': { ...need, ...change } } };
    const missing = missingFromLock(answer(some), changed);
    expect(Object.keys(missing.distributions['debian-12']?.roots ?? {})).toHaveLength(3);
  });

  test.each([
    ['url', { url: 'https://other/x' }],
    ['ref', { ref: { kind: 'tag', name: 'v2' } as const }],
    ['kind of ref', { ref: { kind: 'branch', name: 'v1' } as const }],
    ['subdirectory', { subdirectory: 'src' }],
    ['demand for a signature', { signedBy: ['keys/a.asc'] }],
  ])('a source with another %s', (_, change) => {
    const source = some.sources.b;
    if (source === undefined) throw new Error('no source');
    const missing = missingFromLock(answer(some), { ...some, sources: { b: { ...source, ...change } } });
    expect(missing).toEqual({ distributions: {}, sources: { b: { ...source, ...change } } });
  });

  test('a signed source with other keys, and not one of which no signature is asked any more than before', () => {
    const signed = { ...upstream, signedBy: ['keys/a.asc'], keysDirectory: '/layer/recipes/c' };
    const needs = lockNeeds(product(component('c', signed)), mingw);
    expect(needs.sources.c).toEqual({ url: upstream.url, ref: upstream.ref, signedBy: ['keys/a.asc'] });
    expect(missingFromLock(answer(needs), needs).sources).toEqual({});
    const other = lockNeeds(product(component('c', { ...signed, signedBy: ['keys/b.asc'] })), mingw);
    expect(Object.keys(missingFromLock(answer(needs), other).sources)).toEqual(['c']);
    const plain = lockNeeds(product(component('c', upstream)), mingw);
    expect(missingFromLock(answer(plain), plain).sources).toEqual({});
    expect(requireComplete(answer(plain), other, 'q.lock')).toMatchObject({
      error: { cause: 'c: https://git.example/x tag v1, signed by keys/b.asc' },
    });
  });

  test('a component that is called like a member of every object', () => {
    const needs = lockNeeds(product(component('constructor', upstream)), mingw);
    expect(Object.keys(missingFromLock(EMPTY_LOCK, needs).sources)).toEqual(['constructor']);
  });

  test('is what `--locked` names', () => {
    const lock = structuredClone(answer(some));
    Object.assign(lock.distributions['debian-12']?.roots.mingw ?? {}, { requests: ['nasm'] });
    expect(requireComplete(answer(some), some, 'q.lock')).toEqual({ ok: true, value: undefined });
    expect(requireComplete({ ...lock, components: {} }, some, 'q.lock')).toMatchObject({
      ok: false,
      error: {
        code: 'lock/would-change',
        place: 'q.lock',
        cause: [
          'debian-12: root mingw changes (+make −nasm)',
          'debian-12: root mingw:libx11-dev,zlib1g-dev changes (what it stands on changes)',
          'b: https://git.example/x tag v1',
        ].join('\n'),
      },
    });
    expect(requireComplete(EMPTY_LOCK, some, 'q.lock')).toMatchObject({
      error: { cause: expect.stringContaining('debian-12: root base is new (+bash +dash)') },
    });
  });
});

describe('pruning', () => {
  test('keeps what any product needs, with the roots below and their packages, and nothing else', () => {
    const packages = { origin: 'http://x/y', sha256: 'a'.repeat(64), size: 1 };
    const lock: Lock = {
      format: 1,
      distributions: {
        'debian-12': {
          architecture: 'amd64',
          metadata: [],
          packages: { 'a=1:all': packages, 'b=1:all': packages, 'c=1:all': packages },
          roots: {
            base: { on: '', requests: [], packages: ['a=1:all'] },
            mingw: { on: 'base', requests: [], packages: ['b=1:all'] },
            gone: { on: 'base', requests: [], packages: ['c=1:all'] },
          },
        },
        'debian-11': { architecture: 'amd64', metadata: [], packages: {}, roots: {} },
      },
      components: { a: { git: {} as never }, b: { git: {} as never } },
    };
    const needs: LockNeeds = {
      distributions: {
        'debian-12': { architecture: 'amd64', suites: [], roots: { mingw: { on: 'base', requests: [] } } },
      },
      sources: { b: { url: '', ref: { kind: 'tag', name: 'v1' } } },
    };
    const pruned = pruneLock(lock, needs);
    expect(Object.keys(pruned.distributions)).toEqual(['debian-12']);
    expect(Object.keys(pruned.distributions['debian-12']?.roots ?? {})).toEqual(['base', 'mingw']);
    expect(Object.keys(pruned.distributions['debian-12']?.packages ?? {})).toEqual(['a=1:all', 'b=1:all']);
    expect(Object.keys(pruned.components)).toEqual(['b']);
  });

  test('changes nothing that the lock was made for', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom('nasm', 'zlib1g-dev', 'gcc')), (packages) => {
        const needs = lockNeeds(
          product(component('c', upstream, built('windows/amd64', ...packages))),
          mingw,
        );
        expect(pruneLock(answer(needs), needs)).toEqual(answer(needs));
      }),
    );
  });
});
