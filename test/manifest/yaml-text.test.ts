// YAML texts that are refused, each with the exact code, place and frame; and positions of those that are read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Failure } from '../../src/base/failure.ts';
import { readYaml } from '../../src/manifest/yaml-text.ts';

function failures(text: string): Failure[] {
  const read = readYaml({ label: 'a.yaml', text });
  if (!('failures' in read)) throw new Error(`read as ${JSON.stringify(read.yaml.data)}`);
  return read.failures;
}

function read(text: string) {
  const result = readYaml({ label: 'a.yaml', text });
  if ('failures' in result) throw new Error(JSON.stringify(result.failures));
  return result.yaml;
}

describe('a refused text', () => {
  const cases: readonly [title: string, text: string, failure: Partial<Failure>][] = [
    [
      'with a key twice',
      'name: a\nkind: product\nname: b\n',
      {
        code: 'manifest/duplicate-key',
        message: 'The key `name` is there twice in one mapping.',
        place: 'a.yaml:3:1',
        frame: '  1 | name: a\n  2 | kind: product\n> 3 | name: b\n    | ^^^^',
      },
    ],
    [
      'with a tab as indentation',
      'domains:\n\tadmin: x\n',
      {
        code: 'manifest/tab-indentation',
        message: 'A tab is used as indentation, which YAML forbids.',
        place: 'a.yaml:2:1',
        frame: '  1 | domains:\n> 2 |  admin: x\n    | ^',
        next: 'Indent with spaces.',
      },
    ],
    [
      'with a bracket that is never closed',
      'layers: [a,\nname: b\n',
      {
        code: 'manifest/syntax',
        place: 'a.yaml:2:1',
        frame: '  1 | layers: [a,\n> 2 | name: b\n    | ^',
      },
    ],
    [
      'with a quote that is never closed',
      'name: "desk\n',
      { code: 'manifest/syntax', place: 'a.yaml:2:1', frame: '  1 | name: "desk\n> 2 |\n    | ^' },
    ],
    [
      'with a mapping where a text is',
      'title: Desk: the best\n',
      { code: 'manifest/syntax', place: 'a.yaml:1:8', frame: '> 1 | title: Desk: the best\n    |        ^' },
    ],
    [
      'with a tag',
      'size: !huge 20\n',
      {
        code: 'manifest/unknown-tag',
        message: "The tag `!huge` is not part of YAML's core schema.",
        place: 'a.yaml:1:7',
        frame: '> 1 | size: !huge 20\n    |       ^^^^^',
      },
    ],
    [
      'with two documents',
      'a: 1\n---\nb: 2\n',
      { code: 'manifest/syntax', place: 'a.yaml:2:1', frame: '  1 | a: 1\n> 2 | ---\n    | ^^^\n  3 | b: 2' },
    ],
    [
      'of YAML 1.1',
      '%YAML 1.1\n---\na: yes\n',
      {
        code: 'manifest/syntax',
        message: 'This is not valid YAML: YAML 1.1 is not read, only YAML 1.2.',
        place: 'a.yaml:1:1',
        frame: '> 1 | %YAML 1.1\n    | ^\n  2 | ---',
      },
    ],
    [
      'with a control character',
      'a: x\u0007y\n',
      {
        code: 'manifest/syntax',
        message: 'This is not valid YAML: U+0007 is not allowed in YAML.',
        place: 'a.yaml:1:5',
        frame: '> 1 | a: x\ufffdy\n    |     ^',
      },
    ],
    [
      'with an alias to nothing',
      'a: *b\n',
      {
        code: 'manifest/unknown-alias',
        message: 'No anchor `&b` stands before this alias.',
        place: 'a.yaml:1:4',
        frame: '> 1 | a: *b\n    |    ^^',
      },
    ],
    [
      'with an anchor that contains itself',
      'a: &a [*a]\n',
      {
        code: 'manifest/alias-bomb',
        message: 'The anchor `&a` contains itself.',
        place: 'a.yaml:1:8',
        frame: '> 1 | a: &a [*a]\n    |        ^^',
      },
    ],
    [
      'with an anchor that is there twice',
      'a: &x 1\nb: &x 2\n',
      {
        code: 'manifest/duplicate-anchor',
        message: 'The anchor `&x` is there twice.',
        place: 'a.yaml:2:7',
        frame: '  1 | a: &x 1\n> 2 | b: &x 2\n    |       ^',
      },
    ],
    [
      'with a number as key',
      '1: x\n',
      {
        code: 'manifest/key-not-text',
        message: 'A key must be plain text.',
        place: 'a.yaml:1:1',
        frame: '> 1 | 1: x\n    | ^',
      },
    ],
    [
      'with a list as key',
      '? [a]\n: 1\n',
      { code: 'manifest/key-not-text', place: 'a.yaml:1:3', frame: '> 1 | ? [a]\n    |   ^^^\n  2 | : 1' },
    ],
    [
      "with the key that would change an object's nature",
      'a:\n  __proto__: { polluted: true }\n',
      {
        code: 'manifest/key-not-text',
        place: 'a.yaml:2:3',
        frame: '  1 | a:\n> 2 |   __proto__: { polluted: true }\n    |   ^^^^^^^^^',
      },
    ],
    [
      'with a number that is none',
      'a: .inf\n',
      {
        code: 'manifest/wrong-type',
        message: 'This number cannot be represented.',
        place: 'a.yaml:1:4',
        frame: '> 1 | a: .inf\n    |    ^^^^',
      },
    ],
  ];

  it.each(cases)('%s fails at its place', (_, text, expected) => {
    const [first] = failures(text);
    expect(first).toMatchObject(expected);
  });

  it('with several mistakes fails with one for each line', () => {
    const found = failures('a: 1\n\tb: 2\nc: !x 1\nd: @ @ @\n');
    expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'manifest/tab-indentation a.yaml:2:1',
      'manifest/unknown-tag a.yaml:3:4',
      'manifest/syntax a.yaml:4:4',
    ]);
  });

  it('with several keys twice fails with each of them', () => {
    const found = failures('a: { b: 1 }\na: { b: 2, b: 3 }\n1: x\n');
    expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'manifest/duplicate-key a.yaml:2:1',
      'manifest/duplicate-key a.yaml:2:12',
      'manifest/key-not-text a.yaml:3:1',
    ]);
  });

  it('broken on every line fails with the first hundred', () => {
    expect(failures('a: @\n'.repeat(40_000))).toHaveLength(100);
    expect(failures('? [a]\n: 1\n'.repeat(4_000)).length).toBeLessThanOrEqual(100);
  });

  it('that expands without end stops at the alias that went too far', () => {
    const names = 'abcdefgh';
    const bomb = [...names].map((name, index) => {
      const content = index === 0 ? 'x' : `*${names[index - 1]}`;
      return `${name}: &${name} [${Array(9).fill(content).join(', ')}]`;
    });
    const [failure] = failures(`${bomb.join('\n')}\n`);
    expect(failure).toMatchObject({ code: 'manifest/alias-bomb', place: 'a.yaml:5:12' });
    expect(failure?.message).toBe('Aliases and values expand to more than 20000 values.');
  });

  it('with very many aliases to one value fails as fast as any', () => {
    const text = `a: &a x\nb: [${Array(30_000).fill('*a').join(', ')}]\n`;
    expect(failures(text)[0]?.code).toBe('manifest/alias-bomb');
  });

  it.each([40, 5_000, 100_000])('nested %i deep is refused', (depth) => {
    const [failure] = failures(`${'['.repeat(depth)}${']'.repeat(depth)}\n`);
    expect(failure?.code).toBe('manifest/too-deep');
  });
});

describe('a text that is read', () => {
  it('follows the core schema of YAML 1.2', () => {
    expect(read('a: yes\nb: 0o10\nc: ~\nd: 1.0.0\ne: "1"\n<<: 2\n').data).toEqual({
      a: 'yes',
      b: 8,
      c: null,
      d: '1.0.0',
      e: '1',
      '<<': 2,
    });
  });

  it('is null when empty', () => {
    expect(read('').data).toBeNull();
    expect(read('# only words\n').data).toBeNull();
  });

  it('has the positions of keys and values', () => {
    const text = 'a:\n  - b: x\n    "c/d": [1]\n';
    const { values, keys } = read(text);
    const slice = (span: readonly number[] | undefined) => span && text.slice(span[0], span[1]);
    expect(slice(values['/a/0/b'])).toBe('x');
    expect(slice(keys['/a/0/c~1d'])).toBe('"c/d"');
    expect(slice(values['/a/0/c~1d/0'])).toBe('1');
  });

  it('has the position of what an alias stands for where it is written', () => {
    const text = 'a: &shared { deep: [x, y] }\nb: *shared\n';
    const { data, values } = read(text);
    expect(data).toEqual({ a: { deep: ['x', 'y'] }, b: { deep: ['x', 'y'] } });
    expect(values['/b/deep/1']).toEqual(values['/a/deep/1']);
    expect(values['/b/deep/1']).toEqual([text.indexOf('y'), text.indexOf('y') + 1]);
  });

  it('gives back any data that was written as YAML, with a span for each value', () => {
    const key = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 })
      .filter((k) => k !== '__proto__');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme-ascii' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { noNullPrototype: true }), (data) => {
        const { data: back, values } = read(stringify(data));
        expect(back).toEqual(data);
        for (const name of Object.keys(data)) {
          expect(values[`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`]).toBeDefined();
        }
      }),
    );
  });
});
