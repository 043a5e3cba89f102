// Paragraphs of debian/control: what is read, and what is refused at which line.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDeb822 } from '../../../src/resolve/debian/deb822.ts';

function fields(text: string): Record<string, string>[] {
  const parsed = parseDeb822(text);
  if ('problem' in parsed) throw new Error(`line ${parsed.line}: ${parsed.problem}`);
  return parsed.map((paragraph) =>
    Object.fromEntries([...paragraph].map(([key, { value }]) => [key, value])),
  );
}

describe('paragraphs', () => {
  test('are fields with folded values, without comments, whatever the case of names', () => {
    const text = [
      '# leading',
      '',
      'Source: a',
      'Build-Depends:',
      ' one,',
      '# two is gone',
      '\tthree',
      '   ',
      'PACKAGE: b',
      'Description: short',
      ' long',
      ' .',
      ' end',
    ].join('\n');
    expect(fields(text)).toEqual([
      { source: 'a', 'build-depends': '\none,\nthree' },
      { package: 'b', description: 'short\nlong\n.\nend' },
    ]);
  });

  test('know the line of each field', () => {
    const parsed = parseDeb822('\n\nSource: a\nX: b\n more\nY: c\n');
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect([...(parsed[0]?.values() ?? [])].map(({ line }) => line)).toEqual([3, 4, 6]);
  });

  test.each([
    ['Source a', 1, 'this is no `Field: value`'],
    ['Source: a\nno field\n', 2, 'this is no `Field: value`'],
    [' continued\n', 1, 'a continuation line continues no field'],
    ['Source: a\n\n continued\n', 3, 'a continuation line continues no field'],
    ['Source: a\nsource: b\n', 2, 'the field source is there twice'],
    ['-Source: a\n', 1, 'this is no `Field: value`'],
  ])('refuse %j', (text, line, problem) => {
    expect(parseDeb822(text)).toEqual({ line, problem });
  });

  test('come back as they were written', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/);
    const word = fc.stringMatching(/^[a-z0-9.,|()]{1,8}$/);
    const value = fc.array(word, { minLength: 1, maxLength: 4 });
    const paragraph = fc.uniqueArray(fc.tuple(name, value), {
      minLength: 1,
      maxLength: 5,
      selector: ([key]) => key.toLowerCase(),
    });
    fc.assert(
      fc.property(fc.array(paragraph, { minLength: 1, maxLength: 4 }), (paragraphs) => {
        const text = paragraphs
          .map((each) => each.map(([key, lines]) => `${key}: ${lines.join('\n ')}\n`).join(''))
          .join('\n');
        const expected = paragraphs.map((each) =>
          Object.fromEntries(each.map(([key, lines]) => [key.toLowerCase(), lines.join('\n')])),
        );
        expect(fields(text)).toEqual(expected);
      }),
    );
  });
});
