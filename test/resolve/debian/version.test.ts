// Debian versions: the same order, and the same idea of what is sound, as dpkg's own.
import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDebianVersions, isDebianVersion } from '../../../src/resolve/debian/version.ts';

const part = fc.stringMatching(/^[0-9][0-9a-zA-Z.+~]{0,6}$/);
const version = fc
  .tuple(fc.option(fc.nat(3)), part, fc.option(fc.stringMatching(/^[0-9a-zA-Z.+~]{1,4}$/)))
  .map(([epoch, upstream, revision]) => {
    return `${epoch === null ? '' : `${epoch}:`}${upstream}${revision === null ? '' : `-${revision}`}`;
  });

/** What dpkg says about many pairs, in one process. */
function dpkgOrder(pairs: readonly (readonly [string, string])[]): number[] {
  const script = pairs
    .map(
      ([a, b]) =>
        `if dpkg --compare-versions '${a}' lt '${b}'; then echo -1; elif dpkg --compare-versions '${a}' gt '${b}'; then echo 1; else echo 0; fi`,
    )
    .join('\n');
  const said = execFileSync('sh', { input: script, stdio: ['pipe', 'pipe', 'ignore'] });
  return said.toString().trim().split('\n').map(Number);
}

describe('versions', () => {
  test('have the order that deb-version(7) tells', () => {
    const ordered = [
      '0~~',
      '0~~a',
      '0~',
      '0',
      '0a',
      '0+',
      '1.0~git0123',
      '1.0',
      '1.0-0',
      '1.0-1',
      '1.0-1+deb12u1',
      '1.0-10',
      '1.0.1',
      '1.10',
      '1:0.1',
    ];
    const seen = ordered.toReversed().sort(compareDebianVersions);
    // Without a revision is the same as revision 0.
    expect(compareDebianVersions('1.0', '1.0-0')).toBe(0);
    expect(seen.filter((each) => !each.startsWith('1.0-0'))).toEqual(
      ordered.filter((each) => !each.startsWith('1.0-0')),
    );
  });

  test('have dpkg’s order', () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 150, seed: 7 });
    // Near misses are where orders differ.
    const near = pairs.map(([a]): [string, string] => [a, `${a}~`]);
    const all = [...pairs, ...near];
    expect(all.map(([a, b]) => Math.sign(compareDebianVersions(a, b)))).toEqual(dpkgOrder(all));
  });

  test('are a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareDebianVersions(a, b))).toBe(-Math.sign(compareDebianVersions(b, a)) + 0);
        if (compareDebianVersions(a, b) <= 0 && compareDebianVersions(b, c) <= 0) {
          expect(compareDebianVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test.each(['', 'a', '1 2', '1:', '1.0-', '-1', '1_2', '1/2', 'x:1', '99999999999:1'])(
    'refuse %j as dpkg does',
    (text) => {
      expect(isDebianVersion(text)).toBe(false);
      expect(spawnSync('dpkg', ['--validate-version', text]).status).not.toBe(0);
    },
  );

  test('are taken when dpkg takes them', () => {
    const sound = fc.sample(version, { numRuns: 60, seed: 3 });
    expect(sound.filter((each) => !isDebianVersion(each))).toEqual([]);
    expect(sound.filter((each) => spawnSync('dpkg', ['--validate-version', each]).status !== 0)).toEqual([]);
  });
});
