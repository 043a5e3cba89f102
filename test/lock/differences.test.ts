// Differences between locks.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeDifferences } from '../../src/lock/describe.ts';
import { lockDifferences } from '../../src/lock/differences.ts';
import { EMPTY_LOCK, type Lock, type LockedDistribution, type LockedGit } from '../../src/lock/lockfile.ts';
import { printLock } from '../../src/lock/print.ts';
import { lock } from './generate.ts';

const digit = (text: string) => text.repeat(64);

function debian(
  packages: Record<string, [digest: string, size: number]>,
  roots: LockedDistribution['roots'] = {},
): Lock {
  return {
    ...EMPTY_LOCK,
    distributions: {
      'debian-12': {
        architecture: 'amd64',
        metadata: [],
        roots,
        packages: Object.fromEntries(
          Object.entries(packages).map(([key, [digest, size]]) => [
            key,
            { origin: `http://deb.example/debian/pool/${key}.deb`, sha256: digit(digest), size },
          ]),
        ),
      },
    },
  };
}

const git: LockedGit = {
  url: 'https://git.example/core',
  ref: { kind: 'branch', name: 'main' },
  commit: 'a'.repeat(40),
  epoch: 1,
  tree: `${digit('a')}/1`,
};

describe('lock differences', () => {
  test('there are some exactly when the texts differ', () => {
    fc.assert(
      fc.property(lock, lock, (before, after) => {
        expect(lockDifferences(before, before)).toEqual([]);
        expect(lockDifferences(before, after).length === 0).toBe(printLock(before) === printLock(after));
      }),
      { numRuns: 300 },
    );
  });

  test('there are some when one small thing differs', () => {
    fc.assert(
      fc.property(lock, fc.nat(), (before, pick) => {
        // One leaf of the printed JSON, changed.
        const leaves: [Record<string, unknown>, string][] = [];
        const visit = (value: object) => {
          for (const [key, member] of Object.entries(value)) {
            if (typeof member === 'object' && member !== null) visit(member);
            else leaves.push([value as Record<string, unknown>, key]);
          }
        };
        const after = structuredClone(before);
        visit(after);
        const [place, key] = leaves[pick % leaves.length] ?? [];
        if (place === undefined || key === undefined || key === 'format') return;
        const leaf = place[key];
        if (typeof leaf === 'boolean') place[key] = !leaf;
        else place[key] = typeof leaf === 'number' ? leaf + 1 : `${leaf}x`;
        expect(lockDifferences(before, after)).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('going back adds what going forth removed', () => {
    fc.assert(
      fc.property(lock, lock, (a, b) => {
        const count = (kind: string, from: Lock, to: Lock) =>
          lockDifferences(from, to).filter((difference) => difference.kind === kind).length;
        expect(count('package-added', a, b)).toBe(count('package-removed', b, a));
        expect(count('package-changed', a, b)).toBe(count('package-changed', b, a));
        expect(count('component-added', a, b)).toBe(count('component-removed', b, a));
      }),
    );
  });

  test('reads as additions, removals, upgrades with their origin, and a sum', () => {
    const before = debian({ 'make=4.3:amd64': ['1', 1_000_000], 'old=1:all': ['2', 500_000] });
    const after = debian({ 'make=4.4:amd64': ['3', 1_200_000], 'new=1:2.0:all': ['4', 20_000_000] });
    expect(describeDifferences(lockDifferences(before, after))).toEqual([
      'debian-12: make 4.3 → 4.4 (http://deb.example/debian, 1.20 MB)',
      'debian-12: + new 1:2.0 (http://deb.example/debian, 20.0 MB)',
      'debian-12: − old 1',
      'packages: +19.7 MB',
    ]);
  });

  test('names other bytes under the same version, and another origin', () => {
    const before = debian({ 'make=4.3:amd64': ['1', 10], 'dpkg=1:amd64': ['2', 10] });
    const after = debian({ 'make=4.3:amd64': ['9', 10], 'dpkg=1:amd64': ['2', 10] });
    expect(describeDifferences(lockDifferences(before, after))).toEqual([
      'debian-12: make 4.3 has other bytes under the same version!',
    ]);
    const moved = structuredClone(before);
    Object.assign(moved.distributions['debian-12']?.packages['dpkg=1:amd64'] ?? {}, {
      origin: 'http://other/dpkg.deb',
    });
    expect(describeDifferences(lockDifferences(before, moved))).toEqual([
      'debian-12: dpkg 1 comes from http://other/dpkg.deb',
    ]);
  });

  test('two versions of one package that become two others are told one by one', () => {
    const before = debian({ 'make=1:amd64': ['1', 1], 'make=2:amd64': ['2', 1] });
    const after = debian({ 'make=3:amd64': ['3', 1], 'make=4:amd64': ['4', 1] });
    expect(lockDifferences(before, after).map(({ kind }) => kind)).toEqual([
      'package-removed',
      'package-removed',
      'package-added',
      'package-added',
    ]);
  });

  test('tells which roots came, went and ask for something else', () => {
    const root = (on: string, requests: string[], packages: string[] = []) => ({ on, requests, packages });
    const before = debian({}, { base: root('', ['bash']), gone: root('base', ['vim']) });
    const after = debian({}, { base: root('', ['dash']), came: root('base', ['make']) });
    expect(describeDifferences(lockDifferences(before, after))).toEqual([
      'debian-12: root base (+dash −bash)',
      'debian-12: + root came (+make)',
      'debian-12: − root gone (−vim)',
    ]);
  });

  test('a package that goes from one root to another is told by the roots', () => {
    const packages: Record<string, [string, number]> = { 'make=1:amd64': ['1', 1] };
    const root = (packages: string[]) => ({ on: '', requests: [], packages });
    const before = debian(packages, { a: root(['make=1:amd64']), b: root([]) });
    const after = debian(packages, { a: root([]), b: root(['make=1:amd64']) });
    expect(describeDifferences(lockDifferences(before, after))).toEqual([
      'debian-12: root a (other packages)',
      'debian-12: root b (other packages)',
    ]);
  });

  test('tells newer metadata, other architectures, distributions that come and go', () => {
    const entry = (date: string) => ({
      archive: 'http://deb.example/debian',
      suite: 'bookworm',
      components: ['main'],
      date,
      sha256: digit('a'),
      signers: [],
    });
    const at = (date: string, architecture = 'amd64'): Lock => ({
      ...EMPTY_LOCK,
      distributions: { 'debian-12': { architecture, metadata: [entry(date)], packages: {}, roots: {} } },
    });
    const [old, now] = [at('2026-01-01T00:00:00Z'), at('2026-02-01T00:00:00Z', 'arm64')];
    expect(describeDifferences(lockDifferences(old, now))).toEqual([
      'debian-12: amd64 → arm64',
      'debian-12: bookworm of 2026-01-01T00:00:00Z → 2026-02-01T00:00:00Z',
    ]);
    expect(describeDifferences(lockDifferences(EMPTY_LOCK, old))).toEqual([
      'debian-12: added',
      'debian-12: bookworm of nothing → 2026-01-01T00:00:00Z',
    ]);
    expect(describeDifferences(lockDifferences(old, EMPTY_LOCK))[0]).toBe('debian-12: removed');
  });

  test('tells a commit that moved, and components that come and go', () => {
    const before: Lock = { ...EMPTY_LOCK, components: { core: { git } } };
    const moved: Lock = { ...EMPTY_LOCK, components: { core: { git: { ...git, commit: 'b'.repeat(40) } } } };
    expect(describeDifferences(lockDifferences(before, moved))).toEqual([
      `core: commit ${'a'.repeat(40)} → ${'b'.repeat(40)}`,
    ]);
    expect(describeDifferences(lockDifferences(EMPTY_LOCK, before))).toEqual([
      `core: + https://git.example/core branch main at ${'a'.repeat(40)}`,
    ]);
    expect(describeDifferences(lockDifferences(before, EMPTY_LOCK))).toEqual([
      `core: − https://git.example/core branch main at ${'a'.repeat(40)}`,
    ]);
  });

  test('tells that a signature is asked for, and that another key has signed', () => {
    const of = (more: Partial<LockedGit>): Lock => ({
      ...EMPTY_LOCK,
      components: { core: { git: { ...git, ...more } } },
    });
    const [alice, bob] = ['A'.repeat(40), 'B'.repeat(40)];
    const signed = of({ signedBy: ['k.asc'], signer: alice });
    expect(describeDifferences(lockDifferences(of({}), signed))).toEqual([
      `core: signedBy none → ["k.asc"], signer none → ${alice}`,
    ]);
    expect(describeDifferences(lockDifferences(signed, of({ signedBy: ['k.asc'], signer: bob })))).toEqual([
      `core: signer ${alice} → ${bob}`,
    ]);
  });

  test('tells an archive of other bytes, one whose signature is asked for, and one in place of a repository', () => {
    const archive = {
      url: 'https://example.org/a.tar.xz',
      sha256: 'a'.repeat(64),
      size: 7,
      epoch: 1,
      tree: `${'b'.repeat(64)}/9` as const,
    };
    const of = (component: Lock['components'][string]): Lock => ({
      ...EMPTY_LOCK,
      components: { core: component },
    });
    const other = of({ archive: { ...archive, sha256: 'c'.repeat(64) } });
    expect(describeDifferences(lockDifferences(of({ archive }), other))).toEqual([
      `core: sha256 ${'a'.repeat(64)} → ${'c'.repeat(64)}`,
    ]);
    const signature = { url: 'https://example.org/a.asc', keys: ['k.asc'] };
    expect(
      describeDifferences(lockDifferences(of({ archive }), of({ archive: { ...archive, signature } }))),
    ).toEqual(['core: signature none → {"keys":["k.asc"],"url":"https://example.org/a.asc"}']);
    expect(describeDifferences(lockDifferences(EMPTY_LOCK, of({ archive })))).toEqual([
      `core: + https://example.org/a.tar.xz of ${'a'.repeat(64)}`,
    ]);
    const [line = ''] = describeDifferences(lockDifferences(of({ git }), of({ archive })));
    expect(line).toMatch(
      /^core: url https:\/\/git\.example\/core → https:\/\/example\.org\/a\.tar\.xz, ref branch main → none, /,
    );
  });
});
