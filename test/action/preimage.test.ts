// Action keys: every field that can change bytes changes the key, every other leaves it, and differences are named.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { differences, keyOf, type Preimage, preimageOf } from '../../src/action/preimage.ts';
import { digestOf } from '../../src/base/digest.ts';

const ACTION: Action = {
  id: 'build:x:windows/amd64',
  kind: 'windows',
  title: 'build x',
  runner: 'sandbox',
  root: [{ from: 'text', text: 'base' }],
  inputs: { script: { from: 'text', text: 'make' } },
  env: { SOURCE_DATE_EPOCH: '1' },
  params: { level: 1, deep: { list: [1, 2] } },
  outputs: { package: 'tree' },
  privilege: 'build',
  after: [],
  reserve: { memoryMB: 1, cores: 1 },
};
const ROOT = [digestOf('base')];
const INPUTS = { script: digestOf('make'), source: digestOf('source') };
const PREIMAGE = preimageOf(ACTION, ROOT, INPUTS);

/** Each field of a preimage, changed: the path of the difference that must be named. */
const CHANGES: readonly [string, Partial<Preimage>][] = [
  ['format', { format: 3 }],
  ['kind', { kind: 'other' }],
  ['runner', { runner: 'sign' }],
  ['root[0]', { root: [digestOf('other')] }],
  ['root[1]', { root: [...ROOT, digestOf('more')] }],
  ['inputs.source', { inputs: { ...INPUTS, source: digestOf('edited') } }],
  ['inputs.deps/y', { inputs: { ...INPUTS, 'deps/y': digestOf('y') } }],
  ['env.SOURCE_DATE_EPOCH', { env: { SOURCE_DATE_EPOCH: '2' } }],
  ['env.MORE', { env: { SOURCE_DATE_EPOCH: '1', MORE: '' } }],
  ['params.level', { params: { ...ACTION.params, level: '1' } }],
  ['params.deep.list[1]', { params: { ...ACTION.params, deep: { list: [1, 3] } } }],
  ['outputs.package', { outputs: { package: 'file' } }],
  ['privilege', { privilege: 'configure' }],
];

describe('the key of an action', () => {
  test('covers every field of the preimage', () => {
    const covered = new Set(CHANGES.map(([field]) => field.split(/[.[]/)[0]));
    expect([...covered].sort()).toEqual(Object.keys(PREIMAGE).sort());
  });

  test.each(CHANGES)('changes with %s, and the difference says so', (field, change) => {
    const after = { ...PREIMAGE, ...change };
    expect(keyOf(after)).not.toBe(keyOf(PREIMAGE));
    expect(differences(PREIMAGE, after).map((each) => each.field)).toEqual([field]);
  });

  test.each<[string, Partial<Action>]>([
    ['its id', { id: 'build:renamed' }],
    ['its title', { title: 'something else' }],
    ['what it merely comes after', { after: ['check:x'] }],
    ['what it reserves', { reserve: { memoryMB: 9, cores: 9 } }],
  ])('does not change with %s', (_, change) => {
    expect(keyOf(preimageOf({ ...ACTION, ...change }, ROOT, INPUTS))).toBe(keyOf(PREIMAGE));
  });

  test('is the sha-256 of the canonical preimage, in the format of today', () => {
    // When this changes, results of older programs are not found any more: raise PREIMAGE_FORMAT.
    expect(keyOf(PREIMAGE)).toBe(
      digestOf(
        `{"env":{"SOURCE_DATE_EPOCH":"1"},"format":2,"inputs":{"script":"${INPUTS.script}","source":"${INPUTS.source}"},` +
          `"kind":"windows","outputs":{"package":"tree"},"params":{"deep":{"list":[1,2]},"level":1},` +
          `"privilege":"build","root":["${ROOT[0]}"],"runner":"sandbox"}`,
      ).slice(0, 64),
    );
  });
});

describe('differences', () => {
  const texts = fc.dictionary(fc.string(), fc.string());
  const preimages = fc.record({
    format: fc.constant(1),
    kind: fc.constantFrom('root', 'windows'),
    runner: fc.constant('sandbox'),
    root: fc.array(fc.string().map(digestOf), { maxLength: 3 }),
    inputs: fc.dictionary(fc.string(), fc.string().map(digestOf)),
    env: texts,
    params: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Preimage['params']>,
    outputs: fc.dictionary(fc.string(), fc.constantFrom('file', 'tree', 'layer')),
    privilege: fc.constant('build'),
  }) as fc.Arbitrary<Preimage>;

  test('are none exactly when the keys are equal', () => {
    fc.assert(
      fc.property(preimages, preimages, (a, b) => {
        expect(differences(a, b).length === 0).toBe(keyOf(a) === keyOf(b));
        expect(differences(a, a)).toEqual([]);
      }),
    );
  });

  test.each([
    ['an empty object', {}, undefined],
    ['an empty list', { a: [] }, { a: {} }],
    ['a dot in a name', { 'a.b': 1 }, { a: { b: 1 } }],
    ['an index for a name', { a: { 0: 1 } }, { a: [1] }],
    ['a name of every object', { constructor: 1 }, {}],
    ['null', { a: null }, {}],
  ])('are found in %s', (_, before, after) => {
    const [a, b] = [before, after].map((x) => ({
      ...PREIMAGE,
      params: { x } as unknown as Preimage['params'],
    }));
    expect(differences(a as Preimage, b as Preimage)).not.toEqual([]);
  });

  test('are none exactly when the keys are equal, also for preimages that hardly differ', () => {
    const params = fc.dictionary(
      fc.constantFrom('a', 'a.b', 'b', '__proto__'),
      fc.jsonValue({ maxDepth: 1 }),
    );
    fc.assert(
      fc.property(params, params, (x, y) => {
        const [a, b] = [x, y].map((each) => ({ ...PREIMAGE, params: each as Preimage['params'] }));
        const equal = keyOf(a as Preimage) === keyOf(b as Preimage);
        expect(differences(a as Preimage, b as Preimage).length === 0).toBe(equal);
      }),
    );
  });

  test('are the same in both directions, with before and after exchanged', () => {
    fc.assert(
      fc.property(preimages, preimages, (a, b) => {
        const [there, back] = [differences(a, b), differences(b, a)];
        const texts = (all: typeof there) =>
          all.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
        expect(
          texts(back.map(({ field, before, after }) => ({ field, before: after, after: before }))),
        ).toEqual(texts(there));
      }),
    );
  });

  test('show both values, and what is absent as undefined', () => {
    const after = { ...PREIMAGE, env: { SOURCE_DATE_EPOCH: '2' }, outputs: {} };
    expect(differences(PREIMAGE, after)).toEqual([
      { field: 'env.SOURCE_DATE_EPOCH', before: '"1"', after: '"2"' },
      { field: 'outputs.package', before: '"tree"', after: undefined },
    ]);
  });
});
