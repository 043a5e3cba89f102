// What long actions are at: the last line of their logs, looked at now and then.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ActionId } from '../action/action.ts';
import type { Event } from '../action/events.ts';
import type { Presenter } from './presenter.ts';

export interface ProgressOptions {
  /** Milliseconds between two looks; an action that takes less is not told of. */
  readonly everyMs: number;
  /** The last line of a log; undefined when it has none. */
  readonly lastLine?: (log: string) => string | undefined;
  readonly now?: () => number;
}

/** Adds `progress` events to those of a run: what each running action says, whenever that has changed. */
export function withProgress(presenter: Presenter, options: ProgressOptions): Presenter {
  const { everyMs, lastLine = lastLineOf, now = Date.now } = options;
  const running = new Map<ActionId, Running>();
  const timer = setInterval(look, everyMs);
  timer.unref();

  function look(): void {
    for (const [action, each] of running) {
      const says = now() - each.since < everyMs ? undefined : lastLine(each.log);
      if (says === undefined || says === each.says) continue;
      each.says = says;
      const elapsedMs = Math.round(now() - each.since);
      const { title } = each;
      presenter.event({ type: 'progress', action, title, says, elapsedMs, atMs: each.atMs + elapsedMs });
    }
  }

  function track(event: Event): void {
    if (event.type === 'started') {
      const { title, log, atMs } = event;
      running.set(event.action, { title, log, atMs, since: now() });
    }
    if (event.type === 'finished' || event.type === 'failed') running.delete(event.action);
  }

  return {
    event(event) {
      track(event);
      presenter.event(event);
    },
    end(report) {
      clearInterval(timer);
      presenter.end(report);
    },
  };
}

interface Running {
  readonly title: string;
  readonly log: string;
  readonly atMs: number;
  readonly since: number;
  says?: string;
}

/** A line that is longer than this is data. */
const LONGEST_LINE = 1024;

/** The last line that is not empty, of at most a KiB; undefined for a log that cannot be read. */
export function lastLineOf(log: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(log, 'r');
    const end = Buffer.alloc(LONGEST_LINE);
    const length = readSync(file, end, 0, end.length, Math.max(0, fstatSync(file).size - end.length));
    const lines = end.toString('utf8', 0, length).split(/[\r\n]+/);
    return lines.map((line) => line.trim()).findLast((line) => line !== '');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
