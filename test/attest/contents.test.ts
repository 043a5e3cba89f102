// contents.json: where every installed file came from, in an order that does not depend on the build.
import { describe, expect, test } from 'vitest';
import { contentsText } from '../../src/attest/contents.ts';
import { digestOf, sha256Hex } from '../../src/base/digest.ts';
import type { Lock } from '../../src/lock/lockfile.ts';
import { component, lockedDistribution, product } from '../plan/resolved.ts';

const PRODUCT = product({
  components: [
    component('local', {}),
    component('remote', {
      source: {
        kind: 'git',
        url: 'https://example.org/remote.git',
        ref: { kind: 'tag', name: 'v1' },
        subdirectory: 'src',
      },
    }),
  ],
});
const LOCK = {
  format: 1,
  distributions: { 'debian-12': lockedDistribution(), unused: lockedDistribution() },
  components: {},
} as const;
const file = (path: string) => ({ path, sha256: sha256Hex(path), size: path.length });
const SOURCES = { local: { tree: digestOf('local') }, remote: { tree: digestOf('remote') } };

function contents(...files: string[]) {
  const made = [{ component: 'local', target: 'windows/amd64', files: files.map(file) }];
  return JSON.parse(contentsText(PRODUCT, LOCK, SOURCES, made));
}

describe('the contents of a product', () => {
  test('name the product, and for each component licence, source and files', () => {
    expect(contents('bin/b.exe', 'bin/a.exe')).toMatchObject({
      format: 1,
      product: { name: 'desk', version: '1.2.3', title: 'Desk', publisher: 'Carpenter' },
      components: [
        {
          name: 'local',
          license: 'GPL-2.0-or-later',
          source: { kind: 'local', tree: digestOf('local'), verified: false },
          packages: [{ target: 'windows/amd64', files: [file('bin/a.exe'), file('bin/b.exe')] }],
        },
        {
          name: 'remote',
          source: {
            kind: 'git',
            url: 'https://example.org/remote.git',
            ref: { kind: 'tag', name: 'v1' },
            subdirectory: 'src',
            tree: digestOf('remote'),
            verified: false,
          },
          packages: [],
        },
      ],
    });
  });

  test('say who signed a git source, where its recipe names keys and the lock has it proven', () => {
    const git = { kind: 'git', url: 'https://example.org/x', ref: { kind: 'tag', name: 'v1' } } as const;
    const signedBy = ['keys/a.asc'];
    const source = { ...git, signedBy, keysDirectory: '/workspace/recipes/remote' };
    const of = product({ components: [component('remote', { source })] });
    const signer = 'A'.repeat(40);
    const { kind: _, ...need } = git;
    const commit = 'c'.repeat(40);
    const locked = { ...need, signedBy, signer, commit, epoch: 1, tree: digestOf('remote') };
    const say = (lock: Lock, from = of) =>
      JSON.parse(contentsText(from, lock, SOURCES, [])).components[0].source;
    const proven = { ...LOCK, components: { remote: { git: locked } } };
    expect(say(proven)).toEqual({ ...git, signedBy, signer, tree: digestOf('remote'), verified: true });
    expect(say(LOCK)).toMatchObject({ verified: false });
    // Whoever may have signed it: nobody asked.
    const unasked = product({ components: [component('remote', { source: git })] });
    expect(say(proven, unasked)).toEqual({ ...git, tree: digestOf('remote'), verified: false });
  });

  test('have no path of the machine that built it', () => {
    expect(JSON.stringify(contents('x'))).not.toContain('/workspace');
  });

  test('list what built it: the packages of the distributions that the product uses', () => {
    const { builtWith } = contents('x');
    expect(builtWith.map((each: { distribution: string }) => each.distribution)).toEqual(['debian-12']);
    expect(builtWith[0].packages).toContainEqual({
      package: 'bash=5.2:amd64',
      sha256: sha256Hex('bash'),
      origin: 'http://deb.example.org/bash.deb',
    });
  });

  test('do not depend on the order in which files were found', () => {
    expect(contents('b', 'a', 'B')).toEqual(contents('B', 'a', 'b'));
  });
});
