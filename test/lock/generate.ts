// Arbitrary locks that keep every rule of the format.
import fc from 'fast-check';
import { compareCodeUnits } from '../../src/base/canonical.ts';
import {
  LOCK_FORMAT,
  type Lock,
  type LockedArchive,
  type LockedBuilder,
  type LockedComponent,
  type LockedDistribution,
  type LockedMetadata,
  type LockedRoot,
} from '../../src/lock/lockfile.ts';
import type { DebianFacts } from '../../src/resolve/debian/facts.ts';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const name = fc.constantFrom('base', 'mingw', 'core-x', 'constructor', 'mingw:libx11-dev,zlib1g-dev', 'z9');
const package_ = fc.constantFrom('libc6', 'g++', 'python3.11', 'zlib1g', 'a0');
const key = fc
  .tuple(
    package_,
    fc.constantFrom('1.0', '1:2.0-1', '2.36-9+deb12u14', '0~rc1+b2'),
    fc.constantFrom('amd64', 'all'),
  )
  .map(([name, version, architecture]) => `${name}=${version}:${architecture}`);

const locked = fc.record({
  origin: fc.constantFrom(
    'http://a.example/debian/pool/x.deb',
    'https://b.example/x.deb',
    'file:///pool/y.deb',
  ),
  sha256: hex(64),
  size: fc.nat(),
});

const metadata: fc.Arbitrary<LockedMetadata> = fc.record({
  archive: fc.constantFrom('http://a.example/debian', 'file:///pool'),
  suite: fc.constantFrom('stable', 'stable-security'),
  components: fc.constant(['main']),
  date: fc.constantFrom('2026-01-02T03:04:05Z', '2026-07-11T10:16:37Z'),
  sha256: hex(64),
  signers: fc.array(
    hex(40).map((text) => text.toUpperCase()),
    { maxLength: 2 },
  ),
});

const distribution: fc.Arbitrary<LockedDistribution> = fc
  .record({
    architecture: fc.constantFrom('amd64', 'arm64'),
    metadata: fc.array(metadata, { maxLength: 2 }),
    packages: fc.dictionary(key, locked, { maxKeys: 6 }),
    names: fc.uniqueArray(name, { maxLength: 3 }),
    picks: fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { minLength: 3, maxLength: 3 }),
    requests: fc.array(fc.uniqueArray(package_, { maxLength: 2 }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ names, picks, requests, packages, ...rest }) => {
    const keys = Object.keys(packages).sort(compareCodeUnits);
    // Each root is on the one before it, so that there is never a circle.
    const roots = names.map((root, index): [string, LockedRoot] => [
      root,
      {
        on: names[index - 1] ?? '',
        requests: requests[index] ?? [],
        packages: [...new Set((picks[index] ?? []).flatMap((pick) => keys[pick] ?? []))].sort(
          compareCodeUnits,
        ),
      },
    ]);
    return { ...rest, packages, roots: Object.fromEntries(roots) };
  });

const debianName = fc.constantFrom('libqubes', 'g++', 'x0', 'constructor');
const relation = fc.constantFrom('libc6 (>= 2.36)', 'aa | bb:any', 'pandoc <!nodoc>', 'libx11-dev [amd64]');

const debian: fc.Arbitrary<DebianFacts> = fc.record({
  source: debianName,
  version: fc.constantFrom('1.0', '1:4.2.8-1+deb12u1'),
  buildDepends: fc.array(relation, { maxLength: 3 }),
  buildConflicts: fc.array(relation, { maxLength: 1 }),
  binaries: fc.array(
    fc.record({
      name: debianName,
      architectures: fc.constantFrom(['any'], ['all'], ['amd64', 'arm64']),
      profiles: fc.constantFrom('', '<!nocheck>'),
      depends: fc.array(relation, { maxLength: 2 }),
      provides: fc.constantFrom([], ['linker (= 2)']),
    }),
    { maxLength: 2 },
  ),
});

const builder: fc.Arbitrary<LockedBuilder> = fc.record({
  set: fc.constantFrom('vm', 'host'),
  packages: fc.dictionary(
    fc.constantFrom('debian-12/amd64', 'debian-13/arm64'),
    fc.record({
      version: fc.constantFrom('4.2.8', '4.18.0-rc1'),
      release: fc.constantFrom('1', '0.1'),
      build: fc.constantFrom(['debian'], ['rpm/a.spec', 'rpm/b.spec']),
      commands: fc.constantFrom([], ["sed -i 's/a/b/' @SOURCE_DIR@/debian/control"]),
      treeIsSource: fc.boolean(),
      files: fc.array(
        fc.record({
          name: fc.constant('a-1.tar.xz'),
          url: fc.constant('https://example.org/a-1.tar.xz'),
          sha256: hex(64),
          size: fc.nat(),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxKeys: 2 },
  ),
});

const archive: fc.Arbitrary<LockedArchive> = fc
  .record({
    url: fc.constantFrom('https://example.org/a-1.tar.xz', 'file:///a.tar'),
    sha256: hex(64),
    size: fc.nat(),
    epoch: fc.nat(),
    tree: fc.tuple(hex(64), fc.nat()).map(([sha256, size]) => `${sha256}/${size}` as const),
    keys: fc.option(fc.constantFrom(['keys/a.asc'], ['a', 'b']), { nil: undefined }),
  })
  .map(({ keys, ...rest }) => ({
    ...rest,
    ...(keys && { signature: { url: 'https://example.org/a-1.tar.xz.asc', keys } }),
  }));

const fromArchive: fc.Arbitrary<LockedComponent> = fc
  .record({ archive, facts: fc.option(debian, { nil: undefined }) })
  .map(({ facts, ...source }) => ({ ...source, ...(facts !== undefined && { debian: facts }) }));

const fromGit: fc.Arbitrary<LockedComponent> = fc
  .record({
    url: fc.constantFrom('https://git.example/x', 'file:///x'),
    ref: fc.record({
      kind: fc.constantFrom('commit', 'tag', 'branch'),
      name: fc.constantFrom('v1', 'main', 'höhe'),
    }),
    commit: hex(40),
    epoch: fc.nat(),
    tree: fc.tuple(hex(64), fc.nat()).map(([sha256, size]) => `${sha256}/${size}` as const),
    subdirectory: fc.option(fc.constant('src/core'), { nil: undefined }),
  })
  .chain(({ subdirectory, ...git }) =>
    fc
      .record({
        facts: fc.option(debian, { nil: undefined }),
        own: fc.option(builder, { nil: undefined }),
        submodules: fc.boolean(),
        signed: fc.option(
          fc.record({
            signedBy: fc.constantFrom(['keys/a.asc'], ['a', 'b']),
            signer: fc.constantFrom('A'.repeat(40), 'B'.repeat(40)),
          }),
          { nil: undefined },
        ),
      })
      .map(({ facts, own, submodules, signed }) => ({
        git: {
          ...git,
          ...(subdirectory !== undefined && { subdirectory }),
          ...(submodules && { submodules: true as const }),
          ...signed,
        },
        ...(facts !== undefined && { debian: facts }),
        ...(own !== undefined && { builder: own }),
      })),
  );

export const lock: fc.Arbitrary<Lock> = fc.record({
  format: fc.constant(LOCK_FORMAT),
  distributions: fc.dictionary(fc.constantFrom('debian-12', 'debian-13'), distribution, { maxKeys: 2 }),
  components: fc.dictionary(
    name.filter((text) => !text.includes(':')),
    fc.oneof(fromGit, fromArchive),
    { maxKeys: 2 },
  ),
});
