// The text of a lock: printed, parsed, refused.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readLock, writeLock } from '../../src/lock/file.ts';
import {
  EMPTY_LOCK,
  type Lock,
  packageDigest,
  packageKey,
  rootLayers,
  splitPackageKey,
} from '../../src/lock/lockfile.ts';
import { parseLock } from '../../src/lock/parse.ts';
import { printLock } from '../../src/lock/print.ts';
import { lock } from './generate.ts';

const sha256 = 'ab'.repeat(32);

/** What a repository says about one package. */
function builderOf(changes: object): object {
  const package_ = {
    version: '1',
    release: '1',
    build: ['debian'],
    commands: [],
    treeIsSource: true,
    files: [],
  };
  return { set: 'vm', packages: { 'debian-12/amd64': { ...package_, ...changes } } };
}

const example: Lock = {
  format: 1,
  distributions: {
    'debian-12': {
      architecture: 'amd64',
      metadata: [
        {
          archive: 'http://deb.example/debian',
          suite: 'bookworm',
          components: ['main'],
          date: '2026-07-11T10:16:37Z',
          sha256,
          signers: ['4D64FEC119C2029067D6E791F8D2585B8783D481'],
        },
      ],
      packages: {
        'zlib1g=1:1.2.13:amd64': { origin: 'http://deb.example/debian/pool/zlib1g.deb', sha256, size: 10 },
        'make=4.3:amd64': { origin: 'http://deb.example/debian/pool/make.deb', sha256, size: 20 },
      },
      roots: {
        tools: { on: 'base', requests: ['make'], packages: ['make=4.3:amd64'] },
        base: { on: '', requests: [], packages: ['zlib1g=1:1.2.13:amd64'] },
      },
    },
  },
  components: {
    core: {
      git: {
        url: 'https://git.example/core',
        ref: { kind: 'tag', name: 'v1' },
        commit: 'c'.repeat(40),
        epoch: 1_700_000_000,
        tree: `${sha256}/5`,
      },
    },
  },
};

const ARCHIVE = { url: 'https://example.org/a.tar', sha256, size: 7, epoch: 1, tree: `${sha256}/9` };

describe('the text of a lock', () => {
  test('has sorted keys and one package a line', () => {
    expect(printLock(example)).toBe(`{
  "components": {
    "core": {"git":{"commit":"${'c'.repeat(40)}","epoch":1700000000,"ref":{"kind":"tag","name":"v1"},"tree":"${sha256}/5","url":"https://git.example/core"}}
  },
  "distributions": {
    "debian-12": {
      "architecture": "amd64",
      "metadata": [
        {"archive":"http://deb.example/debian","components":["main"],"date":"2026-07-11T10:16:37Z","sha256":"${sha256}","signers":["4D64FEC119C2029067D6E791F8D2585B8783D481"],"suite":"bookworm"}
      ],
      "packages": {
        "make=4.3:amd64": {"origin":"http://deb.example/debian/pool/make.deb","sha256":"${sha256}","size":20},
        "zlib1g=1:1.2.13:amd64": {"origin":"http://deb.example/debian/pool/zlib1g.deb","sha256":"${sha256}","size":10}
      },
      "roots": {
        "base": {
          "on": "",
          "packages": [
            "zlib1g=1:1.2.13:amd64"
          ],
          "requests": []
        },
        "tools": {
          "on": "base",
          "packages": [
            "make=4.3:amd64"
          ],
          "requests": [
            "make"
          ]
        }
      }
    }
  },
  "format": 1
}
`);
  });

  test('parses to what was printed', () => {
    fc.assert(
      fc.property(lock, (some) => {
        expect(parseLock(printLock(some), 'qbuild.lock')).toEqual({ ok: true, value: some });
      }),
    );
  });

  test('is the same whatever order its members were made in', () => {
    fc.assert(
      fc.property(lock, (some) => {
        const backwards = JSON.parse(JSON.stringify(some), (_, value) =>
          value !== null && typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).reverse())
            : value,
        );
        expect(printLock(backwards)).toBe(printLock(some));
      }),
    );
  });
});

describe('what is refused', () => {
  const changed = (change: (lock: { [key: string]: never }) => void): string => {
    const copy = JSON.parse(JSON.stringify(example));
    change(copy);
    return JSON.stringify(copy);
  };
  const PACKAGING = { source: 'core', version: '1.0', buildDepends: [], buildConflicts: [], binaries: [] };
  // biome-ignore lint/suspicious/noExplicitAny: the point is to break the type.
  const cases: [string, (lock: any) => void, string][] = [
    ['a missing part', (all) => delete all.components, 'the lock has no "components"'],
    ['an unknown part', (all) => (all.extra = {}), 'the lock has an unknown member "extra"'],
    [
      'a directory of a repository that leads out of it',
      (all) =>
        (all.components.core = { ...all.components.core, builder: builderOf({ build: ['../debian'] }) }),
      'core.builder.build has an impossible value "../debian"',
    ],
    [
      'a command of several lines',
      (all) => (all.components.core = { ...all.components.core, builder: builderOf({ commands: ['a\nb'] }) }),
      'core.builder.commands has an impossible value "a\\nb"',
    ],
    [
      'a file that is a path',
      (all) =>
        (all.components.core = {
          ...all.components.core,
          builder: builderOf({ files: [{ name: '../a', url: 'https://example.org/a', sha256, size: 1 }] }),
        }),
      'core.builder.files: name has an impossible value "../a"',
    ],
    ['a list for an object', (all) => (all.components = []), 'components is not an object'],
    [
      'a name like an option',
      (all) => (all.components['-x'] = all.components.core),
      'components has an impossible value "-x"',
    ],
    [
      'a name that leaves its folder',
      (all) => (all.distributions['../x'] = all.distributions['debian-12']),
      'distributions has an impossible value "../x"',
    ],
    [
      'a package key without a version',
      (all) =>
        (all.distributions['debian-12'].packages.make =
          all.distributions['debian-12'].packages['make=4.3:amd64']),
      'debian-12.packages has an impossible value "make"',
    ],
    [
      'a package key with a slash',
      (all) =>
        (all.distributions['debian-12'].packages['a=1/2:amd64'] = { origin: 'http://x/y', sha256, size: 1 }),
      'debian-12.packages has an impossible value "a=1/2:amd64"',
    ],
    [
      'a short digest',
      (all) => (all.distributions['debian-12'].packages['make=4.3:amd64'].sha256 = 'ab'),
      'make=4.3:amd64: sha256 has an impossible value "ab"',
    ],
    [
      'a negative size',
      (all) => (all.distributions['debian-12'].packages['make=4.3:amd64'].size = -1),
      'make=4.3:amd64: size is not a whole number',
    ],
    [
      'a size in words',
      (all) => (all.distributions['debian-12'].packages['make=4.3:amd64'].size = '20'),
      'make=4.3:amd64: size is not a whole number',
    ],
    [
      'an origin of another scheme',
      (all) => (all.distributions['debian-12'].packages['make=4.3:amd64'].origin = 'ftp://x/y'),
      'make=4.3:amd64: origin has an impossible value "ftp://x/y"',
    ],
    [
      'a root with a package that is not there',
      (all) => all.distributions['debian-12'].roots.base.packages.push('x=1:all'),
      'root base names "x=1:all", which is not among the packages',
    ],
    [
      'a root on one that is not there',
      (all) => (all.distributions['debian-12'].roots.base.on = 'no'),
      'is on "no", which is not among the roots',
    ],
    ['roots in a circle', (all) => (all.distributions['debian-12'].roots.base.on = 'tools'), 'is on itself'],
    [
      'a request like an option',
      (all) => (all.distributions['debian-12'].roots.base.requests = ['-o']),
      'base: requests has an impossible value "-o"',
    ],
    [
      'another date format',
      (all) => (all.distributions['debian-12'].metadata[0].date = 'today'),
      'date has an impossible value "today"',
    ],
    [
      'a short fingerprint',
      (all) => (all.distributions['debian-12'].metadata[0].signers = ['AB']),
      'signers has an impossible value "AB"',
    ],
    [
      'an abbreviated commit',
      (all) => (all.components.core.git.commit = 'ccc'),
      'core.git.commit has an impossible value "ccc"',
    ],
    [
      'another kind of ref',
      (all) => (all.components.core.git.ref.kind = 'note'),
      'core.git.ref.kind is not a kind of ref',
    ],
    [
      'a tree that is no digest',
      (all) => (all.components.core.git.tree = sha256),
      'core.git.tree is not a digest',
    ],
    [
      'submodules that are neither there nor not',
      (all) => (all.components.core.git.submodules = 'some'),
      'core.git.submodules is not true',
    ],
    [
      'keys and nobody who signed',
      (all) => (all.components.core.git.signedBy = ['keys/a.asc']),
      'core.git.signer has an impossible value undefined',
    ],
    [
      'somebody who signed and no keys',
      (all) => (all.components.core.git.signer = 'A'.repeat(40)),
      'core.git.signedBy is not a list',
    ],
    [
      'a short fingerprint of who signed',
      (all) => Object.assign(all.components.core.git, { signedBy: ['a'], signer: 'AB' }),
      'core.git.signer has an impossible value "AB"',
    ],
    [
      'a component from two places',
      (all) => (all.components.core.archive = ARCHIVE),
      'core has an unknown member "git"',
    ],
    [
      'an archive without a date',
      (all) => (all.components.core = { archive: { ...ARCHIVE, epoch: -1 } }),
      'core.archive.epoch is not a whole number',
    ],
    [
      'an archive of another program',
      (all) => (all.components.core = { archive: { ...ARCHIVE, url: 'ssh://x/a.tar' } }),
      'core.archive.url has an impossible value "ssh://x/a.tar"',
    ],
    [
      'an archive whose tree is no digest',
      (all) => (all.components.core = { archive: { ...ARCHIVE, tree: sha256 } }),
      'core.archive.tree is not a digest',
    ],
    [
      'a signature without keys',
      (all) => (all.components.core = { archive: { ...ARCHIVE, signature: { url: ARCHIVE.url } } }),
      'core.archive.signature has no "keys"',
    ],
    [
      'a version that dpkg would refuse',
      (all) => (all.components.core.debian = { ...PACKAGING, version: 'one' }),
      'core.debian.version is none that dpkg accepts',
    ],
    [
      'a relation that is none',
      (all) => (all.components.core.debian = { ...PACKAGING, buildDepends: ['nasm', '--force'] }),
      'core.debian.buildDepends has "--force", which is no relation',
    ],
    [
      'relations that are no list',
      (all) => (all.components.core.debian = { ...PACKAGING, buildConflicts: 'nasm' }),
      'core.debian.buildConflicts is not a list',
    ],
    [
      'a doubt whether the tree is the source',
      (all) => (all.components.core.builder = builderOf({ treeIsSource: 'maybe' })),
      'core.builder.treeIsSource is no truth value',
    ],
  ];

  test.each(cases)('%s', (_, change, cause) => {
    const parsed = parseLock(changed(change), 'qbuild.lock');
    expect(parsed).toMatchObject({
      ok: false,
      error: { code: 'lock/malformed', place: 'qbuild.lock', cause: expect.stringContaining(cause) },
    });
  });

  test('text that is not JSON, with the parser’s words', () => {
    expect(parseLock('{"format": 1,', 'q.lock')).toMatchObject({
      ok: false,
      error: { code: 'lock/malformed', place: 'q.lock', cause: expect.stringContaining('JSON') },
    });
  });

  test('a format of the future', () => {
    expect(
      parseLock(
        changed((all) => Object.assign(all, { format: 2 })),
        'q.lock',
      ),
    ).toMatchObject({
      ok: false,
      error: { code: 'lock/format', message: 'The lock has format 2; this qbuild reads format 1.' },
    });
  });

  test('merge conflict markers, with their line', () => {
    const lines = printLock(example).split('\n');
    lines.splice(3, 0, '<<<<<<< HEAD');
    expect(parseLock(lines.join('\n'), 'q.lock')).toMatchObject({
      ok: false,
      error: { code: 'lock/merge-conflict', place: 'q.lock:4' },
    });
  });

  test('nothing else than a failure or a lock comes of any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const parsed = parseLock(text, 'q.lock');
        expect(parsed.ok ? 'lock' : parsed.error.code).toMatch(/^lock/);
      }),
    );
  });
});

describe('the file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'qb-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  test('that does not exist is an empty lock', async () => {
    expect(await readLock(join(dir, 'absent'))).toEqual({ ok: true, value: EMPTY_LOCK });
  });

  test('is written once, whole, and left alone when nothing changed', async () => {
    const path = join(dir, 'qbuild.lock');
    expect(await writeLock(path, example)).toEqual({ ok: true, value: true });
    expect(readFileSync(path, 'utf8')).toBe(printLock(example));
    const { ino } = statSync(path);
    expect(await writeLock(path, example)).toEqual({ ok: true, value: false });
    expect(statSync(path).ino).toBe(ino);
    expect(await readLock(path)).toEqual({ ok: true, value: example });
    expect(readdirSync(dir)).toEqual(['qbuild.lock']);
  });

  test('that is a directory cannot be read or written, and nothing stays behind', async () => {
    const path = join(dir, 'folder');
    mkdirSync(join(path, 'inside'), { recursive: true });
    expect(await readLock(path)).toMatchObject({
      ok: false,
      error: { code: 'lock/unreadable', place: path },
    });
    expect(await writeLock(path, example)).toMatchObject({
      ok: false,
      error: { code: 'lock/unwritable', place: path },
    });
    expect(readdirSync(dir).sort()).toEqual(['folder', 'qbuild.lock']);
  });

  test('in a directory that does not exist cannot be written', async () => {
    const path = join(dir, 'no/such/qbuild.lock');
    expect(await writeLock(path, example)).toMatchObject({ ok: false, error: { code: 'lock/unwritable' } });
  });

  test('keeps its old content when the new one cannot be written', async () => {
    // Names may have 255 bytes: the file's own fits, that of the temporary one beside it does not.
    const path = join(dir, `${'x'.repeat(250)}.lock`);
    writeFileSync(path, 'old');
    expect(await writeLock(path, example)).toMatchObject({ ok: false, error: { code: 'lock/unwritable' } });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});

describe('packages and roots', () => {
  test('a package key gives back the name it was made of', () => {
    for (const key of ['bsdutils=1:2.38.1-5:amd64', 'g++=4:12.2.0-3:amd64', 'adduser=3.134:all']) {
      expect(packageKey(splitPackageKey(key))).toBe(key);
    }
    expect(splitPackageKey('bsdutils=1:2.38.1-5:amd64')).toEqual({
      name: 'bsdutils',
      version: '1:2.38.1-5',
      architecture: 'amd64',
    });
  });

  test('the layers of a root come lowest first, with digests', () => {
    const distribution = example.distributions['debian-12'];
    if (distribution === undefined) throw new Error('no distribution');
    expect(rootLayers(distribution, 'tools')).toEqual([
      { root: 'base', packages: [{ key: 'zlib1g=1:1.2.13:amd64', digest: `${sha256}/10` }] },
      { root: 'tools', packages: [{ key: 'make=4.3:amd64', digest: `${sha256}/20` }] },
    ]);
    expect(rootLayers(distribution, 'none')).toBeUndefined();
    expect(packageDigest({ origin: '', sha256, size: 3 })).toBe(`${sha256}/3`);
  });
});
