// What repositories say about their own packages, read from real trees, and the files that they vouch for.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDigest } from '../../src/base/digest.ts';
import type { BuilderNeed } from '../../src/lock/lockfile.ts';
import { readBuilderFacts } from '../../src/source/builder-facts.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { type Key, makeKey } from './fixture/archive.ts';
import { error, never, scratch, value } from './fixture/scratch.ts';

const NEED: BuilderNeed = {
  set: 'vm',
  targets: { 'debian-12/amd64': { kind: 'deb', codename: 'bookworm' } },
};
const BUILDER = 'vm:\n  deb:\n    build: [debian]\n';

let store: DiskStore;
let offered: string;
let owner: Key;
beforeAll(async () => {
  store = value(await openStore(scratch(), { workspace: scratch() }));
  offered = scratch();
  owner = makeKey('owner');
  writeFileSync(join(offered, 'saw-1.0.tar.gz'), 'the archive');
  owner.detach(join(offered, 'saw-1.0.tar.gz'), join(offered, 'saw-1.0.tar.gz.asc'));
});
afterAll(() => store.close());

function tree(files: Readonly<Record<string, string>>): string {
  const dir = scratch();
  for (const [path, content] of Object.entries({ version: '1.0\n', '.qubesbuilder': BUILDER, ...files })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

function read(directory: string, mirrors: Readonly<Record<string, string>> = {}) {
  const obtaining = { store, mirrors, signal: never() };
  return readBuilderFacts(directory, 'https://example.org/saw@v1.0', 'saw', NEED, obtaining);
}

const sum = (algorithm: string) => createHash(algorithm).update('the archive').digest('hex');
const withFile = (proof: string, url = `file://${offered}/saw-@VERSION@.tar.gz`) =>
  `${BUILDER}source:\n  files:\n  - url: ${url}\n${proof}`;

describe('a repository', () => {
  test('has a version, a release unless it is the first, and packages', async () => {
    const facts = value(await read(tree({ rel: '7\n' })));
    expect(facts).toEqual({
      set: 'vm',
      packages: {
        'debian-12/amd64': {
          version: '1.0',
          release: '7',
          build: ['debian'],
          commands: [],
          treeIsSource: true,
          files: [],
        },
      },
    });
    expect(value(await read(tree({}))).packages['debian-12/amd64']?.release).toBe('1');
  });

  test.each([
    ['no builder file', { '.qubesbuilder': undefined }, 'source/bad-builder-file'],
    ['no version', { version: undefined }, 'source/bad-version-file'],
    ['a builder file without end', { '.qubesbuilder': '#'.repeat(65_537) }, 'source/bad-builder-file'],
    [
      'a builder file that is a device',
      { '.qubesbuilder': { link: '/dev/zero' } },
      'source/bad-builder-file',
    ],
    [
      'a version that is a link out of the tree',
      { version: { link: '/etc/debian_version' } },
      'source/bad-builder-file',
    ],
    ['a version that is a directory', { version: { link: '.' } }, 'source/bad-builder-file'],
    ['a version that leads nowhere', { version: { link: 'nowhere' } }, 'source/bad-builder-file'],
  ] as const)('is refused with %s', async (_what, changes, code) => {
    const dir = scratch();
    const files: Readonly<Record<string, string | { readonly link: string } | undefined>> = {
      version: '1.0\n',
      '.qubesbuilder': BUILDER,
      ...changes,
    };
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === 'string') writeFileSync(join(dir, name), content);
      else if (content !== undefined) symlinkSync(content.link, join(dir, name));
    }
    const failure = error(await read(dir));
    expect([failure.code, failure.place]).toEqual([
      code,
      expect.stringContaining('https://example.org/saw@v1.0'),
    ]);
  });
});

describe('a file that a repository names', () => {
  test.each(['sha256', 'sha512'])('is in the store and pinned when its %s is right', async (kind) => {
    const dir = tree({
      '.qubesbuilder': withFile(`    ${kind}: sums/saw\n`),
      'sums/saw': `${sum(kind)}  saw-1.0.tar.gz\n`,
    });
    const [file] = value(await read(dir)).packages['debian-12/amd64']?.files ?? [];
    const url = `file://${offered}/saw-1.0.tar.gz`;
    expect(file).toEqual({ name: 'saw-1.0.tar.gz', url, sha256: sum('sha256'), size: 11 });
    expect(readFileSync(store.path(makeDigest(sum('sha256'), 11)), 'utf8')).toBe('the archive');
  });

  test('is pinned when one of the repository’s keys signed it', async () => {
    const stranger = makeKey('stranger');
    const proof = `    signature: file://${offered}/saw-1.0.tar.gz.asc\n    pubkeys: [other.asc, owner.asc]\n`;
    const keys = {
      'other.asc': readFileSync(stranger.armoured, 'utf8'),
      'owner.asc': readFileSync(owner.armoured, 'utf8'),
    };
    const dir = tree({ '.qubesbuilder': withFile(proof), ...keys });
    expect(value(await read(dir)).packages['debian-12/amd64']?.files).toHaveLength(1);
    const others = tree({ '.qubesbuilder': withFile(proof.replace(', owner.asc', '')), ...keys });
    expect(error(await read(others)).code).toBe('source/bad-signature');
    const none = tree({ '.qubesbuilder': withFile(proof.replace('other.asc, ', '')), 'owner.asc': 'no key' });
    expect(error(await read(none)).code).toBe('source/bad-keyring');
  });

  test.each([
    ['another checksum', `${'0'.repeat(64)}\n`, 'source/digest-mismatch'],
    ['two checksums', `${'0'.repeat(64)} a\n${'1'.repeat(64)} b\n`, 'source/bad-builder-file'],
    ['a checksum of another kind', `${'0'.repeat(128)}\n`, 'source/bad-builder-file'],
    ['no checksum', '', 'source/bad-builder-file'],
  ])('is refused with %s', async (_what, text, code) => {
    const dir = tree({ '.qubesbuilder': withFile('    sha256: sum\n'), sum: text });
    expect(error(await read(dir)).code).toBe(code);
  });

  test('is looked for where the mirrors say, and missed with its URL', async () => {
    const url = 'https://unreachable.invalid/archive/saw-@VERSION@.tar.gz';
    const dir = tree({ '.qubesbuilder': withFile('    sha256: sum\n', url), sum: sum('sha256') });
    const mirrors = { 'https://unreachable.invalid/archive': `file://${offered}` };
    const [file] = value(await read(dir, mirrors)).packages['debian-12/amd64']?.files ?? [];
    expect(file?.url).toBe('https://unreachable.invalid/archive/saw-1.0.tar.gz');
    const elsewhere = { 'https://unreachable.invalid/archive': `file://${offered}/nowhere` };
    expect(error(await read(dir, elsewhere)).code).toBe('network/not-found');
  });
});
