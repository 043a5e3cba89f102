// Roots over roots: what a build's dependency has installed is not installed again, and nothing else decides it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import type { Lock } from '../../src/lock/lockfile.ts';
import { type PlannedRoot, type RootPlanner, rootPlanner } from '../../src/plan/roots.ts';
import type { ResolvedDistribution } from '../../src/resolve/resolved.ts';
import { lockedDistribution } from './resolved.ts';

const SETS = {
  'windows-build:c': ['c'],
  'windows-build:c,d': ['c', 'd'],
  'windows-build:c,d,e': ['c', 'd', 'e'],
  'windows-build:f': ['f'],
  'windows-build:again': ['c', 'd'],
  'windows-build:c,d,long-name': ['c', 'd', 'long-name'],
  'windows-build:none': [],
};

function planner(shared: ResolvedDistribution['shared'] = {}): RootPlanner {
  const locked = lockedDistribution(SETS);
  const other = lockedDistribution(SETS);
  const lock: Lock = { format: 1, distributions: { 'debian-12': locked, other }, components: {} };
  return rootPlanner(lock, 5, { 'debian-12': { shared } });
}

/** What three sets share: two of them a part of the other. */
const SHARED = {
  c: { on: 'windows-build', packages: ['c'] },
  both: { on: 'windows-build', packages: ['d', 'c'] },
  elsewhere: { on: 'base', packages: ['e'] },
  unknown: { on: 'windows-build', packages: ['e', 'z'] },
};

function over(roots: RootPlanner, set: string, ...others: PlannedRoot[]): PlannedRoot {
  return roots.over('debian-12', `windows-build:${set}`, others);
}

/** Names of the layers of a root, and what the actions that make them install. */
function layersOf(roots: RootPlanner, root: PlannedRoot): [string, string[]][] {
  return root.layers.map((layer) => {
    const action = roots.actions().find(({ id }) => layer.from === 'output' && id === layer.action);
    if (action === undefined) return expect.fail('no action makes a layer');
    const inputs = Object.keys(action.inputs).flatMap(
      (name) => /^packages\/([^_]+)_/.exec(name)?.slice(1) ?? [],
    );
    return [action.id.replace('root:debian-12:', ''), inputs];
  });
}

describe('a root over that of a dependency', () => {
  test('adds what the dependency lacks, and stands on its layers', () => {
    const roots = planner();
    const low = over(roots, 'c');
    const middle = over(roots, 'c,d', low);
    const top = over(roots, 'c,d,e', low, middle);
    expect(layersOf(roots, top)).toEqual([
      ['base', ['bash']],
      ['windows-build', ['gcc', 'make']],
      ['windows-build:c', ['c']],
      ['windows-build:c,d:on:c', ['d']],
      ['windows-build:c,d,e:on:c,d:on:c', ['e']],
    ]);
    const [top_] = roots.actions().filter(({ id }) => id.includes(',e:on'));
    expect(top_?.root).toEqual(middle.layers);
  });

  test('is the dependency’s where both have the same packages', () => {
    const roots = planner();
    const first = over(roots, 'c,d');
    expect(over(roots, 'again', first)).toBe(first);
  });

  test('has a layer of its own where the dependency has something else, or nothing', () => {
    const roots = planner();
    const alone = [
      ['base', ['bash']],
      ['windows-build', ['gcc', 'make']],
      ['windows-build:c', ['c']],
    ];
    expect(layersOf(roots, over(roots, 'c', over(roots, 'f')))).toEqual(alone);
    expect(layersOf(roots, over(roots, 'c', over(roots, 'c,d')))).toEqual(alone);
    expect(layersOf(roots, over(roots, 'c', over(roots, 'none')))).toEqual(alone);
    expect(layersOf(roots, over(roots, 'none', over(roots, 'c')))).toEqual(alone.slice(0, 2));
  });

  test('stays with its own distribution, and with roots that stand on the same', () => {
    const roots = planner();
    const elsewhere = roots.over('other', 'windows-build:c', []);
    const tools = roots.over('debian-12', 'windows-build', []);
    const root = over(roots, 'c,d', elsewhere, tools);
    expect(layersOf(roots, root).at(-1)).toEqual(['windows-build:c,d', ['c', 'd']]);
  });

  test('installs the same packages as without, whatever its dependencies are', () => {
    const names = Object.keys(SETS).map((name) => name.replace('windows-build:', ''));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.array(fc.nat(9)))),
        fc.boolean(),
        (builds, sharing) => {
          const roots = planner(sharing ? SHARED : {});
          const planned: PlannedRoot[] = [];
          for (const [set, dependencies] of builds) {
            const root = over(roots, set, ...dependencies.flatMap((index) => planned[index] ?? []));
            planned.push(root);
            const installed = layersOf(roots, root).flatMap(([, packages]) => packages);
            const wanted = SETS[`windows-build:${set}` as keyof typeof SETS];
            expect(installed.sort()).toEqual(['bash', 'gcc', 'make', ...wanted].sort());
          }
        },
      ),
    );
  });

  test('has one name for each stack of layers', () => {
    const roots = planner();
    const [low, other] = [over(roots, 'c'), over(roots, 'f')];
    const both = [over(roots, 'c,d', low), over(roots, 'c,d', other)];
    expect(new Set(both.map(({ name }) => name)).size).toBe(2);
    expect(new Set(both.map(({ layers }) => sha256Hex(JSON.stringify(layers)))).size).toBe(2);
  });
});

describe('a root with a set that its distribution shares', () => {
  const short = (layers: [string, string[]][]) =>
    layers.slice(2).map(([name, packages]) => [name.replace(/[0-9a-f]{12}/g, 'HASH'), packages.join()]);

  test('stands on the set, and sets on smaller ones', () => {
    const roots = planner(SHARED);
    expect(short(layersOf(roots, over(roots, 'c,d,e')))).toEqual([
      ['windows-build:c:HASH', 'c'],
      ['windows-build:both:HASH:on:c:HASH', 'd'],
      ['windows-build:c,d,e:on:both:HASH:on:c:HASH', 'e'],
    ]);
  });

  test('takes of what it may stand on the largest, and not that with most packages', () => {
    const roots = planner({ long: { on: 'windows-build', packages: ['long-name'] } });
    const many = over(roots, 'c,d');
    expect(short(layersOf(roots, over(roots, 'c,d,long-name', many)))).toEqual([
      ['windows-build:long:HASH', 'long-name'],
      ['windows-build:c,d,long-name:on:long:HASH', 'c,d'],
    ]);
  });

  test('is the set’s root where it has nothing else', () => {
    const roots = planner(SHARED);
    expect(over(roots, 'again')).toBe(over(roots, 'c,d'));
    expect(short(layersOf(roots, over(roots, 'c')))).toEqual([['windows-build:c:HASH', 'c']]);
  });

  test('rather stands on a dependency that has more', () => {
    const roots = planner({ c: SHARED.c });
    const low = over(roots, 'c,d');
    expect(short(layersOf(roots, over(roots, 'c,d,e', low)))).toEqual([
      ['windows-build:c:HASH', 'c'],
      ['windows-build:c,d:on:c:HASH', 'd'],
      ['windows-build:c,d,e:on:c,d:on:c:HASH', 'e'],
    ]);
  });

  test('has no layer for sets of other roots, or that it has only a part of', () => {
    const { elsewhere, unknown } = SHARED;
    const roots = planner({ elsewhere, unknown });
    expect(short(layersOf(roots, over(roots, 'c,d,e')))).toEqual([['windows-build:c,d,e', 'c,d,e']]);
    expect(roots.over('other', 'windows-build:c', []).layers).toHaveLength(3);
  });
});
