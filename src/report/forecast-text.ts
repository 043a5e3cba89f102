// What would run and why, as people read it: for `--plan` and `why`.
import type { Difference } from '../action/preimage.ts';
import type { Explanation, Forecast, Reason } from '../engine/forecast.ts';

/** One line an action, with the reason for those that would run; a summary last. */
export function forecastText(forecasts: readonly Forecast[]): string {
  const lines = forecasts.map(({ action, reason }) =>
    reason === undefined ? `cached  ${action}` : `run     ${action}  (${reasonText(reason)})`,
  );
  const running = forecasts.filter((each) => each.reason !== undefined).length;
  return [...lines, `${running} would run, ${forecasts.length - running} are in the store`].join('\n');
}

export function explanationText({ action, reason, key, against, differences }: Explanation): string {
  const state = reason === undefined ? 'its result is in the store' : `would run: ${reasonText(reason)}`;
  const lines = [`${action}: ${state}`];
  if (key !== undefined) lines.push(`key     ${key}`);
  if (against !== undefined) {
    const compared = reason?.kind === 'changed' ? 'the last one' : 'the one before';
    lines.push(`against ${against} (${compared})`);
    if (differences.length === 0) lines.push('no field differs');
    for (const { field, before, after } of differences) {
      lines.push(`${field}`, `  before ${before ?? '(absent)'}`, `  after  ${after ?? '(absent)'}`);
    }
  }
  return lines.join('\n');
}

function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'never-built':
      return 'never built here';
    case 'changed':
      return `changed: ${fieldNames(reason.differences)}`;
    case 'result-missing':
      return 'its result is no longer in the store';
    case 'waits':
      return `depends on what ${reason.for.join(', ')} will make`;
  }
}

function fieldNames(differences: readonly Difference[]): string {
  const [first, ...rest] = differences.map((each) => each.field);
  return rest.length === 0 ? String(first) : `${first} and ${rest.length} more`;
}
