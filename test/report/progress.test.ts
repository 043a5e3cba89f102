// What long actions are at: told now and then, from the ends of their logs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import { lastLineOf, withProgress } from '../../src/report/progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const started = (action: string): Event => ({
  type: 'started',
  action,
  title: `build ${action}`,
  key: 'k',
  log: `/log/${action}`,
  atMs: 100,
});
const finished = (action: string): Event => ({
  type: 'finished',
  action,
  title: `build ${action}`,
  key: 'k',
  durationMs: 1,
  atMs: 0,
});

function watched() {
  const says = new Map<string, string>();
  const events: Event[] = [];
  const end = vi.fn();
  const presenter = withProgress(
    { event: (event) => void events.push(event), end },
    { everyMs: 1000, lastLine: (log) => says.get(log) },
  );
  const told = () => events.splice(0).filter(({ type }) => type === 'progress');
  return { says, presenter, told, end };
}

describe('progress', () => {
  test('is what a running action says, each time that it changes', () => {
    const { says, presenter, told } = watched();
    presenter.event(started('a'));
    vi.advanceTimersByTime(3000);
    expect(told()).toEqual([]);
    says.set('/log/a', 'compiling');
    vi.advanceTimersByTime(3000);
    expect(told()).toEqual([
      {
        type: 'progress',
        action: 'a',
        title: 'build a',
        says: 'compiling',
        elapsedMs: 4000,
        atMs: 4100,
      },
    ]);
    says.set('/log/a', 'linking');
    vi.advanceTimersByTime(1000);
    expect(told()).toMatchObject([{ says: 'linking' }]);
  });

  test('is not told of actions that are short, have ended, or of runs that have', () => {
    const { says, presenter, told, end } = watched();
    says.set('/log/a', 'one');
    vi.advanceTimersByTime(500);
    presenter.event(started('a'));
    vi.advanceTimersByTime(900);
    presenter.event(finished('a'));
    vi.advanceTimersByTime(3000);
    presenter.event(started('a'));
    presenter.end({} as never);
    vi.advanceTimersByTime(3000);
    expect(told()).toEqual([]);
    expect(end).toHaveBeenCalledOnce();
  });
});

describe('the last line of a log', () => {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-progress-'));
  afterEach(() => rmSync(join(dir, 'log'), { force: true }));

  test.each([
    ['one\ntwo\n', 'two'],
    ['one\ntwo', 'two'],
    ['10 %\r20 %\r', '20 %'],
    ['one\n\n  \n', 'one'],
    [`${'x'.repeat(5000)}\nend\n`, 'end'],
    ['', undefined],
  ])('of %j is %j', (text, line) => {
    writeFileSync(join(dir, 'log'), text);
    expect(lastLineOf(join(dir, 'log'))).toBe(line);
  });

  test('of a log that is not there is none', () => {
    expect(lastLineOf(join(dir, 'absent'))).toBeUndefined();
  });
});
