// The terminal presenter on a screen of its own and with a clock of its own.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import type { RunReport } from '../../src/report/presenter.ts';
import { reportText, terminalPresenter } from '../../src/report/terminal.ts';
import { Screen } from './screen.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const started = (action: string, title = `build ${action}`, expectedMs?: number): Event => ({
  type: 'started',
  action,
  title,
  key: 'k',
  log: '/log',
  ...(expectedMs !== undefined && { expectedMs }),
  atMs: 0,
});
const finished = (action: string, title = `build ${action}`): Event => ({
  type: 'finished',
  action,
  title,
  key: 'k',
  durationMs: 1234,
  atMs: 0,
});
const REPORT: RunReport = {
  ok: true,
  product: 'desk',
  version: '1.2.3',
  deliverables: [
    { kind: 'installer-exe', path: '/out/desk-setup.exe', sha256: 'aa', size: 1_234_567 },
    { kind: 'unsigned-installer', path: '/out/unsigned/desk-setup.exe', sha256: 'bb', size: 1 },
  ],
  actions: { run: 2, cached: 3, failed: 0 },
  wallMs: 61_000,
  developmentKeys: true,
};

const progress = (action: string, says: string): Event => ({
  type: 'progress',
  action,
  title: `build ${action}`,
  says,
  elapsedMs: 12_000,
  atMs: 0,
});

describe('on a terminal', () => {
  test('what an action says stands beside it, without what would move the cursor', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    presenter.event(started('a'));
    presenter.event(progress('a', 'linking\u001b[2J all'));
    vi.advanceTimersByTime(2000);
    expect(screen.lines).toEqual([expect.stringMatching(/^ {2}build a {2}2\.0 s: linking.* all$/)]);
    presenter.event(finished('a'));
    presenter.event(progress('a', 'late'));
    vi.advanceTimersByTime(2000);
    expect(screen.lines).toEqual(['done    build a  1.2 s']);
  });

  test('where nothing can be redrawn, what actions say is a line each', () => {
    const screen = new Screen(false);
    const presenter = terminalPresenter(screen);
    presenter.event(started('a'));
    presenter.event(progress('a', 'linking'));
    expect(screen.lines).toEqual(['running build a  12.0 s: linking']);
  });

  test('finished lines scroll up and live lines say what happens now', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    presenter.event({ type: 'planned', actions: 3, atMs: 0 });
    presenter.event(started('a'));
    presenter.event(started('b', 'build b', 90_000));
    vi.advanceTimersByTime(2000);
    expect(screen.lines).toEqual([
      '0/3 actions, 2.0 s',
      '  build a  2.0 s',
      '  build b  2.0 s of about 1 min 30 s',
    ]);
    presenter.event(finished('a'));
    vi.advanceTimersByTime(100);
    expect(screen.lines).toEqual([
      'done    build a  1.2 s',
      '1/3 actions, 2.1 s',
      '  build b  2.1 s of about 1 min 30 s',
    ]);
    presenter.event({ type: 'cached', action: 'c', title: 'build c', key: 'k', atMs: 0 });
    presenter.event({
      type: 'failed',
      action: 'b',
      title: 'build b',
      failure: { code: 'action/x', message: 'x' },
      atMs: 0,
    });
    presenter.event({ type: 'skipped', action: 'd', because: 'b', atMs: 0 });
    presenter.end(REPORT);
    expect(screen.lines).toEqual([
      'done    build a  1.2 s',
      'FAILED  build b',
      'skipped d, because b failed',
      'desk 1.2.3: 2 run, 3 cached, 1 min 01 s',
      '  /out/desk-setup.exe  1.2 MB',
      'signed with development keys: not for release',
    ]);
  });

  test('phases and downloads show', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    const phase = { type: 'phase', name: 'resolve', atMs: 0 } as const;
    presenter.event({ ...phase, state: 'begin' });
    presenter.event({ ...phase, state: 'end', detail: 'Desk 1.2.3, 4 components' });
    presenter.event({ ...phase, name: 'lock', state: 'end' });
    presenter.event({ type: 'fetch', what: 'bash', doneBytes: 500, totalBytes: 2000, atMs: 0 });
    presenter.event({ type: 'notice', level: 'warning', code: 'x/y', message: 'Take care.', atMs: 0 });
    vi.advanceTimersByTime(100);
    expect(screen.lines).toEqual([
      'resolve: Desk 1.2.3, 4 components',
      'warning: Take care.',
      '  fetch bash  500 B of 2.0 kB',
    ]);
    presenter.event({ type: 'fetch', what: 'bash', doneBytes: 2000, totalBytes: 2000, atMs: 0 });
    vi.advanceTimersByTime(100);
    expect(screen.lines).toHaveLength(2);
    presenter.end(REPORT);
  });

  test('is redrawn at most ten times a second, however much happens', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    for (let step = 0; step < 1000; step++) {
      presenter.event(started(`a${step % 7}`));
      presenter.event({ type: 'fetch', what: 'x', doneBytes: step, totalBytes: 5000, atMs: 0 });
      vi.advanceTimersByTime(1);
    }
    expect(screen.writes.length).toBeLessThanOrEqual(10);
    presenter.end(REPORT);
  });

  test('has at most ten live lines', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    presenter.event({ type: 'planned', actions: 300, atMs: 0 });
    for (let index = 0; index < 300; index++) presenter.event(started(`a${index}`));
    vi.advanceTimersByTime(100);
    expect(screen.lines).toHaveLength(10);
    expect(screen.lines.at(-1)).toBe('  and 292 more');
    presenter.end(REPORT);
  });

  test('stops drawing at the end', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    presenter.end(REPORT);
    const writes = screen.writes.length;
    vi.advanceTimersByTime(1000);
    expect(screen.writes).toHaveLength(writes);
  });

  test('cuts live lines to the width that it has at the time, also of wide characters', () => {
    const screen = new Screen(true, 40);
    const presenter = terminalPresenter(screen);
    presenter.event(started('a', '構築'.repeat(40)));
    presenter.event(started('b', '\u{1f600}'.repeat(40)));
    vi.advanceTimersByTime(100);
    expect(screen.lines.map((line) => [...line].length)).toEqual([20, 20]);
    screen.columns = 10;
    vi.advanceTimersByTime(100);
    expect(screen.lines.map((line) => [...line].length)).toEqual([5, 5]);
    presenter.end(REPORT);
  });

  test('obeys no control character of any text', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        'a',
        '\n',
        '\r',
        '\t',
        '\b',
        '\u001b',
        '[',
        '2',
        'J',
        '\u009b',
        '\u202e',
        '\u{1f600}',
      ),
    });
    fc.assert(
      fc.property(hostile, hostile, (title, detail) => {
        const screen = new Screen(true);
        const presenter = terminalPresenter(screen);
        presenter.event(started('a', title));
        presenter.event({ type: 'fetch', what: detail, doneBytes: 1, totalBytes: 2, atMs: 0 });
        vi.advanceTimersByTime(100);
        expect(screen.lines).toHaveLength(2);
        presenter.event(finished('a', title));
        presenter.event({ type: 'notice', level: 'info', code: 'x', message: detail, atMs: 0 });
        expect(screen.lines).toHaveLength(2);
        presenter.end({
          ...REPORT,
          failure: { code: 'action/x', message: title, cause: detail, place: title },
        });
        expect(screen.lines.join('')).not.toContain('\u202e');
      }),
    );
  });
});

describe('where nothing can be redrawn', () => {
  test('each line appears once and nothing moves the cursor', () => {
    const screen = new Screen(false);
    const presenter = terminalPresenter(screen);
    presenter.event({ type: 'planned', actions: 1, atMs: 0 });
    presenter.event(started('a'));
    vi.advanceTimersByTime(10_000);
    presenter.event(finished('a'));
    presenter.end({ ...REPORT, developmentKeys: false, deliverables: [] });
    expect(screen.writes.join('')).toBe('done    build a  1.2 s\ndesk 1.2.3: 2 run, 3 cached, 1 min 01 s\n');
  });
});

test('a failed run says what went wrong and how far it came', () => {
  const failure = { code: 'action/command-failed', message: 'It failed.' } as const;
  const actions = { run: 1, cached: 2, failed: 3 };
  expect(reportText({ ...REPORT, ok: false, failure, actions })).toBe(
    'error: It failed.\n  code: action/command-failed\n\ndesk: 1 run, 2 cached, 3 failed, 1 min 01 s',
  );
});

describe('trials', () => {
  const trial = 'boot';
  const title = 'it boots';
  const directory = '/logs/boot';
  const failure = { code: 'trial/not-said', message: 'It is silent.' } as const;

  test('say what is waited for and what was seen', () => {
    const screen = new Screen(true);
    const presenter = terminalPresenter(screen);
    presenter.event({ type: 'trial', state: 'begin', trial, title, directory, atMs: 0 });
    presenter.event({ type: 'trying', trial, title: 'Linux starts', atMs: 0 });
    vi.advanceTimersByTime(3000);
    expect(screen.lines).toEqual(['boot: it boots', '  waiting until Linux starts  3.0 s']);
    presenter.event({ type: 'verified', trial, title: 'Linux starts', durationMs: 3060, atMs: 0 });
    presenter.event({
      type: 'trial',
      state: 'end',
      trial,
      title,
      directory,
      durationMs: 4000,
      failure,
      atMs: 0,
    });
    const outcome = { name: trial, title, verified: [], consoles: [], pictures: [], ms: 4000 };
    presenter.end({
      ok: false,
      product: 'desk',
      wallMs: 9000,
      directory: '/logs',
      trials: [
        { ...outcome, ok: false, failure },
        { ...outcome, title: 'it installs', ok: true, verified: [{ title: 'Linux starts', ms: 1 }] },
      ],
      untried: [{ deliverable: 'repository', why: 'It is read.', next: 'Read it.' }],
      failure,
    });
    expect(screen.lines).toEqual([
      'boot: it boots',
      '  ok    Linux starts  3.1 s',
      'boot: FAILED after 4.0 s',
      'error: It is silent.',
      '  code: trial/not-said',
      '',
      'desk: 1 of 2 trials held, 9.0 s',
      '  FAILED  it boots: 0 verified, 4.0 s',
      '  ok      it installs: 1 verified, 4.0 s',
      '  not tried: repository. It is read. Read it.',
      'consoles and pictures: /logs',
    ]);
  });

  test('that never began say why', () => {
    const screen = new Screen(false);
    terminalPresenter(screen).end({
      ok: false,
      product: 'desk',
      trials: [],
      untried: [],
      wallMs: 1,
      failure,
    });
    expect(screen.lines).toEqual(['error: It is silent.', '  code: trial/not-said']);
  });
});
