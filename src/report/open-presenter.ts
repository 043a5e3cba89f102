// Chooses how a run is presented: JSON lines on stdout for programs, progress on stderr for people.
import { jsonLines } from './json-lines.ts';
import type { Presenter } from './presenter.ts';
import { withProgress } from './progress.ts';
import { terminalPresenter } from './terminal.ts';

/** Milliseconds between two looks at what actions say: on a screen that is redrawn, and where each is a line more. */
const LOOK_MS = { live: 1000, lines: 10_000 } as const;

export interface Presentation {
  readonly json?: boolean;
  /** Lines may be redrawn, if stderr is a terminal that can. */
  readonly live?: boolean;
  /** Also says what long actions are at where that is a line more each time. */
  readonly progress?: boolean;
}

export function openPresenter({ json = false, live = true, progress = false }: Presentation): Presenter {
  const redrawn = !json && live && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const presenter = json
    ? jsonLines((text) => process.stdout.write(text))
    : terminalPresenter({
        write: (text) => process.stderr.write(text),
        live: redrawn,
        get columns() {
          return process.stderr.columns ?? 80;
        },
      });
  if (!redrawn && !progress) return presenter;
  return withProgress(presenter, { everyMs: redrawn ? LOOK_MS.live : LOOK_MS.lines });
}
