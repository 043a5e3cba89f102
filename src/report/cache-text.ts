// What is in the store, what was collected and what an audit found, as people read them.
import type { Audit } from '../store/audit.ts';
import type { Collected } from '../store/collect.ts';
import type { Usage } from '../store/usage.ts';
import { bytes } from './units.ts';

interface Amount {
  readonly count: number;
  readonly bytes: number;
}

function amount(what: string, of: Amount): string {
  return `${what.padEnd(8)} ${String(of.count).padStart(7)}  ${bytes(of.bytes)}`;
}

export function usageText(usage: Usage): string {
  return [
    amount('blobs', usage.blobs),
    amount('trees', usage.trees),
    amount('results', usage.results),
    amount('logs', usage.logs),
    ...usage.actions.map(({ action, workspace }) => `${action}  ${workspace}`),
  ].join('\n');
}

export function collectedText({ removed, kept }: Collected): string {
  return [amount('removed', removed), amount('kept', kept)].join('\n');
}

export function auditText({ checked, damaged }: Audit): string {
  return [amount('checked', checked), `damaged  ${String(damaged.length).padStart(7)}`, ...damaged].join(
    '\n',
  );
}
