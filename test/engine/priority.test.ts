// Priorities: how long the path from an action to the end is, by what was timed, expected or assumed.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { networkOf } from '../../src/engine/network.ts';
import { prioritiesOf } from '../../src/engine/priority.ts';
import { action, graphOf, made } from './world.ts';

function priorities(
  actions: readonly Action[],
  timed: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const found = prioritiesOf(networkOf(graphOf(...actions)), (id) => {
    const durationMs = timed[id];
    return durationMs === undefined ? undefined : { key: 'k', durationMs };
  });
  return Object.fromEntries([...found].map(([node, priority]) => [node.action.id, priority]));
}

const chain = [
  action('low', { expectedMs: 10 }),
  action('short', { inputs: { low: made('low') }, expectedMs: 1 }),
  action('long', { inputs: { low: made('low') }, expectedMs: 500 }),
  action('end', { inputs: { short: made('short'), long: made('long') } }),
];

describe('the priority of an action', () => {
  it('is what it and the longest path after it are expected to take', () => {
    expect(priorities(chain)).toEqual({ low: 1510, short: 1001, long: 1500, end: 1000 });
  });

  it('takes what was timed before what is expected', () => {
    const known = priorities(chain, { short: 900, low: 0 });
    expect(known).toEqual({ low: 1810, short: 1800, long: 1400, end: 900 });
  });

  it('takes the mean of the kind for what nobody expects anything of', () => {
    const actions = ['a', 'b', 'c'].map((id) => action(id));
    expect(priorities(actions, { a: 100, b: 300 })).toEqual({ a: 100, b: 300, c: 200 });
    expect(priorities(actions)).toEqual({ a: 1000, b: 1000, c: 1000 });
  });
});
