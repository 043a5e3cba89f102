// Failures, forecasts, explanations, usage and JSON lines, word for word.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import { auditText, collectedText, usageText } from '../../src/report/cache-text.ts';
import { failureText, plain } from '../../src/report/failure-text.ts';
import { explanationText, forecastText } from '../../src/report/forecast-text.ts';
import { jsonLines } from '../../src/report/json-lines.ts';
import { bytes, duration } from '../../src/report/units.ts';

describe('a failure', () => {
  test('says what, where, why and what to do next', () => {
    const text = failureText({
      code: 'manifest/unknown-key',
      message: 'The key is not known.',
      place: 'a.yaml:1:2',
      frame: '> 1 | x\n    | ^',
      cause: 'first\nsecond',
      next: 'Did you mean y?',
      others: [{ code: 'manifest/empty', message: 'Nothing there.' }],
    });
    expect(text).toBe(
      [
        'error: The key is not known.',
        '  at:   a.yaml:1:2',
        '    > 1 | x',
        '        | ^',
        '  why:',
        '    first',
        '    second',
        '  next: Did you mean y?',
        '  code: manifest/unknown-key',
        '',
        'error: Nothing there.',
        '  code: manifest/empty',
      ].join('\n'),
    );
  });

  test('shows control characters instead of obeying them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0x2100)).map((all) => String.fromCharCode(...all)),
        (text) => {
          const shown = plain(text);
          expect(shown).not.toMatch(/[^\P{Cc}\n\t]/u);
          expect(shown).toHaveLength(text.length);
        },
      ),
    );
    expect(plain('a\u001b[2Jb\u202ec\rd')).toBe('a\ufffd[2Jb\ufffdc\ufffdd');
    expect(plain('ä€\u{1f600}\n\t')).toBe('ä€\u{1f600}\n\t');
  });
});

describe('a forecast', () => {
  const change = { field: 'inputs.source', before: '"a"', after: '"b"' };

  test('has a line for each action, and a summary', () => {
    const title = 'x';
    const text = forecastText([
      { action: 'root', title },
      { action: 'new', title, reason: { kind: 'never-built' } },
      { action: 'one', title, reason: { kind: 'changed', differences: [change] } },
      { action: 'two', title, reason: { kind: 'changed', differences: [change, change, change] } },
      { action: 'gone', title, reason: { kind: 'result-missing' } },
      { action: 'later', title, reason: { kind: 'waits', for: ['one', 'two'] } },
    ]);
    expect(text.split('\n')).toEqual([
      'cached  root',
      'run     new  (never built here)',
      'run     one  (changed: inputs.source)',
      'run     two  (changed: inputs.source and 2 more)',
      'run     gone  (its result is no longer in the store)',
      'run     later  (depends on what one, two will make)',
      '5 would run, 1 are in the store',
    ]);
  });

  test('of one action shows each field with both values', () => {
    const text = explanationText({
      action: 'build:x',
      reason: { kind: 'changed', differences: [change] },
      key: 'k2',
      against: 'k1',
      differences: [change, { field: 'env.NEW', before: undefined, after: '""' }],
    });
    expect(text.split('\n')).toEqual([
      'build:x: would run: changed: inputs.source',
      'key     k2',
      'against k1 (the last one)',
      'inputs.source',
      '  before "a"',
      '  after  "b"',
      'env.NEW',
      '  before (absent)',
      '  after  ""',
    ]);
  });

  test('of one action that is built compares with the time before', () => {
    const explained = { action: 'x', key: 'k2', against: 'k1', differences: [] };
    expect(explanationText(explained).split('\n')).toEqual([
      'x: its result is in the store',
      'key     k2',
      'against k1 (the one before)',
      'no field differs',
    ]);
    expect(explanationText({ action: 'x', reason: { kind: 'never-built' }, differences: [] })).toBe(
      'x: would run: never built here',
    );
  });
});

describe('texts about the store', () => {
  test('have a row for each kind of thing', () => {
    const amount = { count: 12, bytes: 3456 };
    expect(collectedText({ removed: amount, kept: { count: 0, bytes: 0 } })).toBe(
      'removed       12  3.5 kB\nkept           0  0 B',
    );
    expect(auditText({ checked: amount, damaged: ['abc/1'] })).toBe(
      'checked       12  3.5 kB\ndamaged        1\nabc/1',
    );
    const actions = [{ action: 'build:x', workspace: '/w', key: 'k', usedMs: 1 }];
    const usage = { blobs: amount, trees: amount, results: amount, logs: amount, actions };
    expect(usageText(usage as unknown as Parameters<typeof usageText>[0]).split('\n')).toEqual([
      'blobs         12  3.5 kB',
      'trees         12  3.5 kB',
      'results       12  3.5 kB',
      'logs          12  3.5 kB',
      'build:x  /w',
    ]);
  });
});

describe('units', () => {
  test.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [59_949, '59.9 s'],
    [59_951, '1 min 00 s'],
    [119_999, '2 min 00 s'],
    [3_725_000, '62 min 05 s'],
  ])('%d milliseconds are %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_951, '1.0 MB'],
    [12_345_678, '12.3 MB'],
    [5e15, '5000.0 TB'],
  ])('%d bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});

test('JSON lines are one object a line, whatever texts hold, and the last is the result', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.string(), (messages, product) => {
      let written = '';
      const presenter = jsonLines((text) => {
        written += text;
      });
      const events = messages.map(
        (message): Event => ({
          type: 'notice',
          level: 'info',
          code: 'x/y',
          message: `${message}\n`,
          atMs: 1,
        }),
      );
      for (const event of events) presenter.event(event);
      const actions = { run: 1, cached: 2, failed: 3 };
      const report = { ok: true, product, version: '1', deliverables: [], actions, wallMs: 4 };
      presenter.end(report);
      const lines = written.split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.map((line) => JSON.parse(line))).toEqual([...events, { type: 'result', ...report }]);
    }),
  );
});
