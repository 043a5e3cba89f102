// What `qbuild test` came to, as a person reads it: each trial, what it verified, and where its logs are.
import { failureText } from './failure-text.ts';
import type { TestReport } from './presenter.ts';
import { duration } from './units.ts';

/** Several lines without a trailing newline. */
export function testText(report: TestReport): string {
  const { product, trials, untried, wallMs, directory, failure } = report;
  const failures = failure === undefined ? [] : [failureText(failure), ''];
  if (trials.length === 0) return failures.slice(0, 1).join('\n');
  const held = trials.filter((each) => each.ok).length;
  const rows = trials.map(
    ({ ok, title, verified, ms }) =>
      `  ${ok ? 'ok    ' : 'FAILED'}  ${title}: ${verified.length} verified, ${duration(ms)}`,
  );
  const rest = untried.map(({ deliverable, why, next }) => `  not tried: ${deliverable}. ${why} ${next}`);
  const where = directory === undefined ? [] : [`consoles and pictures: ${directory}`];
  const head = `${product}: ${held} of ${trials.length} trials held, ${duration(wallMs)}`;
  return [...failures, head, ...rows, ...rest, ...where].join('\n');
}
