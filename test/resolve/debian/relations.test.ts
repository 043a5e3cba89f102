// Relations between packages: syntax, restrictions, and what is left of them for one build.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isArchitecture,
  isMalformed,
  parseRelations,
  printRelation,
  type Relation,
  reduceRelations,
} from '../../../src/resolve/debian/relations.ts';

function parse(text: string): readonly Relation[] {
  const parsed = parseRelations(text);
  if (isMalformed(parsed)) throw new Error(parsed.malformed);
  return parsed;
}

const printed = (text: string) => parse(text).map(printRelation);
const AMD64 = { architecture: 'amd64', profiles: [] };
const reduced = (text: string, profiles: readonly string[] = []) =>
  reduceRelations(parse(text), { ...AMD64, profiles }).map(printRelation);

describe('relations', () => {
  test('are alternatives with versions, architectures and profiles', () => {
    expect(printed('aa(>=1:2.0-1~),bb:any | cc [amd64 !i386]<!nocheck> <x !y>,\n dd')).toEqual([
      'aa (>= 1:2.0-1~)',
      'bb:any | cc [amd64 !i386] <!nocheck> <x !y>',
      'dd',
    ]);
    expect(printed('aa (< 1), bb (> 2)')).toEqual(['aa (<= 1)', 'bb (>= 2)']);
    expect(printed('aa, , bb,')).toEqual(['aa', 'bb']);
  });

  test('lose what only the build will substitute', () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: substitution variables
    expect(printed('${shlibs:Depends}, aa (= ${binary:Version}), ${misc:Depends}')).toEqual(['aa']);
    expect(printed('aa (>= ${source:Upstream-Version}-1~) | bb')).toEqual(['aa | bb']);
    expect(printed('x11vnc\n ${shlibs:Depends},\n bb')).toEqual(['x11vnc', 'bb']);
    expect(printed('linux-image-${kernel}, bb')).toEqual(['bb']);
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: substitution variables
  });

  test.each([
    'aa bb',
    'A',
    '-a',
    'aa (1)',
    'aa (>= )',
    'aa (>= 1',
    'aa (=> 1)',
    '$(touch x)',
    'aa;bb',
    'aa [amd64',
    'aa |',
  ])('refuse %j', (text) => {
    expect(parseRelations(text)).toHaveProperty('malformed');
  });

  test('are reduced to an architecture and profiles', () => {
    expect(reduced('aa [amd64], bb [!amd64], cc [linux-any], dd [arm64 any-amd64], ee [hurd-any]')).toEqual([
      'aa',
      'cc',
      'dd',
    ]);
    expect(reduced('aa <!nocheck>, bb <nocheck>, cc <!nodoc !nocheck> <cross>')).toEqual(['aa', 'cc']);
    expect(reduced('aa <!nocheck>, bb <nocheck>, cc <!nodoc !nocheck> <cross>', ['nocheck'])).toEqual(['bb']);
    expect(reduced('aa <!x !y>', ['y'])).toEqual([]);
    expect(reduced('aa [arm64] | bb (>= 1)')).toEqual(['bb (>= 1)']);
    expect(reduced('python3:native, perl:any')).toEqual(['python3', 'perl:any']);
  });

  test('know Debian’s wildcards', () => {
    expect(['any', 'linux-any', 'any-amd64', 'amd64'].every((each) => isArchitecture(each, 'amd64'))).toBe(
      true,
    );
    expect(['all', 'any-arm64', 'kfreebsd-any'].some((each) => isArchitecture(each, 'amd64'))).toBe(false);
  });

  test('are printed as they are read', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/);
    const version = fc.option(
      fc.record({
        operator: fc.constantFrom('<<', '<=', '=', '>=', '>>'),
        version: fc.stringMatching(/^[0-9][0-9a-z.+~]{0,5}$/),
      }),
      { nil: undefined },
    );
    const alternative = fc
      .record({
        name,
        version,
        profiles: fc.array(fc.array(fc.constantFrom('!nocheck', 'nodoc'), { minLength: 1, maxLength: 2 }), {
          maxLength: 2,
        }),
        architectures: fc.array(fc.constantFrom('amd64', '!i386'), { maxLength: 2 }),
      })
      .map(({ version: v, ...rest }) => ({ ...rest, ...(v && { version: v }) }));
    fc.assert(
      fc.property(
        fc.array(fc.array(alternative, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        (relations) => {
          const text = relations.map((each) => printRelation(each as Relation)).join(', ');
          expect(parse(text)).toEqual(relations);
        },
      ),
    );
  });
});
