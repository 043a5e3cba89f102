// Events as JSON, one object a line, for pipelines. The last line is the result.
import type { Presenter } from './presenter.ts';

/** Writes to `write`; each text ends with a newline. */
export function jsonLines(write: (text: string) => void): Presenter {
  return {
    event: (event) => write(`${JSON.stringify(event)}\n`),
    end: (report) => write(`${JSON.stringify({ type: 'result', ...report })}\n`),
  };
}
