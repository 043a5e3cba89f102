// Progress for people: finished lines scroll up, a few live lines below say what happens now.
import type { Event } from '../action/events.ts';
import { failureText, plain, plainLine } from './failure-text.ts';
import type { Presenter, RunReport } from './presenter.ts';
import { testText } from './test-text.ts';
import { bytes, duration } from './units.ts';

export interface Terminal {
  write(text: string): void;
  /** Whether live lines can be redrawn. */
  readonly live: boolean;
  readonly columns: number;
}

/** Ten redraws a second are smooth enough for people and cost nothing. */
const REDRAW_MS = 100;
/** More live lines than this scroll a small terminal. */
const MOST_LIVE_LINES = 8;

/** Presents a run on a terminal, or as plain lines where nothing can be redrawn. */
export function terminalPresenter(terminal: Terminal, now: () => number = Date.now): Presenter {
  const began = now();
  const screen = liveScreen(terminal);
  const running = new Map<
    string,
    { readonly title: string; readonly since: number; readonly expectedMs?: number; says?: string }
  >();
  let fetching: string | undefined;
  let trying: { readonly title: string; readonly since: number } | undefined;
  let total = 0;
  let done = 0;
  const timer = terminal.live ? setInterval(() => screen.draw(liveLines()), REDRAW_MS) : undefined;
  timer?.unref();

  function liveLines(): string[] {
    const actions = [...running.values()].map(
      (each) =>
        `  ${each.title}  ${duration(now() - each.since)}${expectation(each.expectedMs)}${saying(each.says)}`,
    );
    const shown = actions.slice(0, MOST_LIVE_LINES);
    if (actions.length > shown.length) shown.push(`  and ${actions.length - shown.length} more`);
    if (fetching !== undefined) shown.unshift(`  ${fetching}`);
    if (trying !== undefined) return [`  waiting until ${trying.title}  ${duration(now() - trying.since)}`];
    if (total > 0) shown.unshift(`${done}/${total} actions, ${duration(now() - began)}`);
    return shown;
  }

  function finished(event: Event): string | undefined {
    switch (event.type) {
      case 'phase':
        return event.state === 'end' && event.detail !== undefined
          ? `${event.name}: ${event.detail}`
          : undefined;
      case 'progress':
        return terminal.live
          ? undefined
          : `running ${event.title}  ${duration(event.elapsedMs)}${saying(event.says)}`;
      case 'finished':
        return `done    ${event.title}  ${duration(event.durationMs)}`;
      case 'failed':
        return `FAILED  ${event.title}`;
      case 'skipped':
        return `skipped ${event.action}, because ${event.because} failed`;
      case 'trial':
        return event.state === 'begin' ? `${event.trial}: ${event.title}` : trialEnd(event);
      case 'verified':
        return `  ok    ${event.title}  ${duration(event.durationMs)}`;
      case 'notice':
        return `${event.level}: ${event.message}`;
      default:
        return undefined;
    }
  }

  function track(event: Event): void {
    if (event.type === 'planned') total = event.actions;
    if (event.type === 'started') {
      const { title, expectedMs } = event;
      running.set(event.action, { title, since: now(), ...(expectedMs === undefined ? {} : { expectedMs }) });
    }
    if (event.type === 'progress') {
      const saying = running.get(event.action);
      if (saying !== undefined) saying.says = event.says;
    }
    if (event.type === 'fetch') {
      const partial = event.doneBytes < event.totalBytes;
      fetching = partial
        ? `fetch ${event.what}  ${bytes(event.doneBytes)} of ${bytes(event.totalBytes)}`
        : undefined;
    }
    if (event.type === 'trying') trying = { title: event.title, since: now() };
    if (event.type === 'verified' || event.type === 'trial') trying = undefined;
    if (event.type === 'finished' || event.type === 'failed') running.delete(event.action);
    if (['finished', 'failed', 'cached', 'skipped'].includes(event.type)) done += 1;
  }

  return {
    event(event) {
      track(event);
      const line = finished(event);
      if (line !== undefined) screen.print(plainLine(line));
    },
    end(report) {
      clearInterval(timer);
      screen.draw([]);
      terminal.write(`${plain('trials' in report ? testText(report) : reportText(report))}\n`);
    },
  };
}

function trialEnd({ trial, durationMs = 0, failure }: Event & { type: 'trial' }): string {
  const time = duration(durationMs);
  return failure === undefined ? `${trial}: done, ${time}` : `${trial}: FAILED after ${time}`;
}

function saying(says: string | undefined): string {
  return says === undefined ? '' : `: ${says}`;
}

function expectation(expectedMs: number | undefined): string {
  return expectedMs === undefined ? '' : ` of about ${duration(expectedMs)}`;
}

/** Several lines without a trailing newline: what was made and where, or what went wrong. */
export function reportText(report: RunReport): string {
  const { run, cached, failed } = report.actions;
  const counts = `${run} run, ${cached} cached${failed > 0 ? `, ${failed} failed` : ''}, ${duration(report.wallMs)}`;
  if (report.failure !== undefined) {
    const text = failureText(report.failure);
    return run + cached + failed === 0 ? text : `${text}\n\n${report.product}: ${counts}`;
  }
  const files = report.deliverables
    .filter(({ kind }) => !kind.startsWith('unsigned') && kind !== 'repository-part')
    .map((file) => `  ${file.path}  ${bytes(file.size)}`);
  const marked = report.developmentKeys === true ? ['signed with development keys: not for release'] : [];
  return [`${report.product} ${report.version}: ${counts}`, ...files, ...marked].join('\n');
}

/** Lines at the bottom that are overwritten in place. */
function liveScreen(terminal: Terminal) {
  let drawn = 0;
  const erase = () => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  return {
    draw(lines: readonly string[]): void {
      if (!terminal.live) return;
      const cut = lines.map((line) => cutTo(plainLine(line), terminal.columns - 1));
      terminal.write(`${erase()}${cut.map((line) => `${line}\n`).join('')}`);
      drawn = cut.length;
    },
    print(line: string): void {
      terminal.write(`${erase()}${line}\n`);
      drawn = 0;
    },
  };
}

/** The beginning of a line that takes at most so many columns. What may be two columns wide counts as two. */
function cutTo(line: string, columns: number): string {
  let width = 0;
  let cut = '';
  for (const character of line) {
    // Below U+1100 nothing is wide (Unicode Standard Annex 11).
    width += (character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2;
    if (width > columns) break;
    cut += character;
  }
  return cut;
}
