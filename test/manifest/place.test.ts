// Places and code frames.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeFrame, lineAndColumn, printable } from '../../src/manifest/place.ts';

describe('line and column', () => {
  it('count from one, in characters', () => {
    expect(lineAndColumn('abc', 0)).toEqual({ line: 1, column: 1 });
    expect(lineAndColumn('a\nbc', 3)).toEqual({ line: 2, column: 2 });
    expect(lineAndColumn('"\u{1f3e0}": x', 5)).toEqual({ line: 1, column: 5 });
  });

  it('lead back to the offset', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '\n', ' ') });
    fc.assert(
      fc.property(text, fc.nat(), (whole, at) => {
        const offset = at % (whole.length + 1);
        const { line, column } = lineAndColumn(whole, offset);
        const before = whole.split('\n').slice(0, line - 1);
        return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1 === offset;
      }),
    );
  });
});

describe('a code frame', () => {
  const text = 'kind: product\nname: desk\ncomponents:\n  - top\n  - lge\n  - x\n';

  it('shows two lines before, the line with carets, one line after', () => {
    const start = text.indexOf('lge');
    expect(codeFrame(text, [start, start + 3])).toBe(
      ['  3 | components:', '  4 |   - top', '> 5 |   - lge', '    |     ^^^', '  6 |   - x'].join('\n'),
    );
  });

  it('marks the first line of a span over several', () => {
    expect(codeFrame(text, [0, text.length])).toBe(
      ['> 1 | kind: product', '    | ^^^^^^^^^^^^^', '  2 | name: desk'].join('\n'),
    );
  });

  it('keeps the caret under its character in a line with tabs and far to the right', () => {
    const long = `${'a'.repeat(300)}\tHERE${'b'.repeat(300)}`;
    const [line = '', caret = ''] = codeFrame(long, [301, 305]).split('\n');
    expect(line.length).toBeLessThanOrEqual(100);
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('lets nothing through that a terminal would obey', () => {
    expect(codeFrame('a: \u001b[31mred\u202e', [0, 1])).toBe('> 1 | a: \ufffd[31mred\ufffd\n    | ^');
    expect(printable('\u0007\u2028x')).toBe('\ufffd\ufffdx');
  });

  it('aligns line numbers of different width', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `l${index + 1}`).join('\n');
    const start = lines.indexOf('l9');
    expect(codeFrame(lines, [start, start + 2])).toBe(
      ['   7 | l7', '   8 | l8', '>  9 | l9', '     | ^^', '  10 | l10'].join('\n'),
    );
  });
});
