// Longest path first: an action's priority is the time from its start to the end of everything that waits for it.
import type { ActionId } from '../action/action.ts';
import type { Node } from './network.ts';
import type { Remembered } from './ports.ts';

/** Milliseconds assumed for an action of a kind of which none was ever timed. */
const UNKNOWN_MS = 1000;

/** Priorities in milliseconds. Actions never timed count as what their step expects, or as the mean of their kind. */
export function prioritiesOf(
  order: readonly Node[],
  history: (action: ActionId) => Remembered | undefined,
): Map<Node, number> {
  const durations = new Map(order.map((node) => [node, history(node.action.id)?.durationMs || undefined]));
  const means = meansByKind(durations);
  const priorities = new Map<Node, number>();
  for (const node of order.toReversed()) {
    const { expectedMs, kind } = node.action;
    const own = durations.get(node) ?? expectedMs ?? means.get(kind) ?? UNKNOWN_MS;
    const after = node.dependents.reduce((longest, next) => Math.max(longest, priorities.get(next) ?? 0), 0);
    priorities.set(node, own + after);
  }
  return priorities;
}

function meansByKind(durations: ReadonlyMap<Node, number | undefined>): Map<string, number> {
  const sums = new Map<string, { total: number; count: number }>();
  for (const [node, duration] of durations) {
    if (duration === undefined) continue;
    const sum = sums.get(node.action.kind) ?? { total: 0, count: 0 };
    sums.set(node.action.kind, { total: sum.total + duration, count: sum.count + 1 });
  }
  return new Map([...sums].map(([kind, { total, count }]) => [kind, total / count]));
}
