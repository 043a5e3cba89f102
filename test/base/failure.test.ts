// Failures and exit codes: every area has a documented exit code of its own.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  EXIT_CODE,
  exitCodeOf,
  type Failure,
  type FailureArea,
  joinFailures,
} from '../../src/base/failure.ts';

const document = readFileSync(new URL('../../docs/exit-codes.md', import.meta.url), 'utf8');

describe('exit codes', () => {
  test('are the ones that docs/exit-codes.md has, no more and no fewer', () => {
    const rows = [...document.matchAll(/^\| ([0-9]+) \| `([a-z]+)` \| \S.* \|$/gm)];
    const documented = Object.fromEntries(rows.map(([, code, area]) => [area, Number(code)]));
    expect(documented).toEqual(EXIT_CODE);
    expect(document).toMatch(/^\| 0 \| \| \S/m);
  });

  test('differ from one another and from success', () => {
    const codes = Object.values(EXIT_CODE);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toContain(0);
  });

  test('follow from the area of the code', () => {
    for (const area of Object.keys(EXIT_CODE) as FailureArea[]) {
      expect(exitCodeOf({ code: `${area}/what-happened`, message: 'x' })).toBe(EXIT_CODE[area]);
    }
  });
});

describe('joined failures', () => {
  const failure = (name: string, others?: Failure[]): Failure => ({
    code: `usage/${name}`,
    message: name,
    ...(others && { others }),
  });

  test('of one is that one', () => {
    const only = failure('only');
    expect(joinFailures([only])).toBe(only);
  });

  test('begin with the first, which decides the exit code', () => {
    const joined = joinFailures([failure('a', [failure('b')]), { code: 'store/c', message: 'c' }]);
    expect(joined).toEqual(failure('a', [failure('b'), { code: 'store/c', message: 'c' }]));
    expect(exitCodeOf(joined)).toBe(EXIT_CODE.usage);
  });
});
