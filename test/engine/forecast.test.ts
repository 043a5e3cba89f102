// What `--plan` and `why` say before and after edits.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Graph } from '../../src/action/action.ts';
import { digestOf } from '../../src/base/digest.ts';
import { explain, planGraph } from '../../src/engine/forecast.ts';
import { MemoryStore } from './memory-store.ts';
import { action, graphOf, made, plainRecipe, type Recipe, runOnce } from './world.ts';

/** a → b → c; the environment and source of `a` as given. */
function chain(flag: string, source: string): Graph {
  return graphOf(
    action('a', { env: { FLAG: flag }, inputs: { source: { from: 'text', text: source } } }),
    action('b', { inputs: { a: made('a') } }),
    action('c', { inputs: { b: made('b') }, root: [made('a')] }),
  );
}

describe('planning', () => {
  it('says of everything that it was never built, or waits', async () => {
    expect(await planGraph(chain('1', 'x'), new MemoryStore())).toEqual([
      { action: 'a', title: 'make a', reason: { kind: 'never-built' } },
      { action: 'b', title: 'make b', reason: { kind: 'waits', for: ['a'] } },
      { action: 'c', title: 'make c', reason: { kind: 'waits', for: ['a', 'b'] } },
    ]);
  });

  it('gives no reason for what the store has', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    const plan = await planGraph(chain('1', 'x'), store);
    expect(plan.map(({ reason }) => reason)).toEqual([undefined, undefined, undefined]);
  });

  it('names the field that an edit changed, and what waits for the outcome', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    const [a, b] = await planGraph(chain('1', 'y'), store);
    expect(a?.reason).toEqual({
      kind: 'changed',
      differences: [
        {
          field: 'inputs.source',
          before: JSON.stringify(digestOf('x')),
          after: JSON.stringify(digestOf('y')),
        },
      ],
    });
    expect(b?.reason).toEqual({ kind: 'waits', for: ['a'] });
  });

  it('tells a result that is gone from one that never was', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    store.shared.contents.delete(digestOf('b(a(x))'));
    const plan = await planGraph(chain('1', 'x'), store);
    expect(plan[1]?.reason).toEqual({ kind: 'result-missing' });
  });

  it('is limited to what is asked for', async () => {
    const plan = await planGraph(chain('1', 'x'), new MemoryStore(), ['b']);
    expect(plan.map((each) => each.action)).toEqual(['a', 'b']);
  });

  it('changes nothing, and foretells exactly what runs when nothing waits', async () => {
    const graphs = fc.array(fc.record({ script: fc.nat({ max: 3 }), of: fc.nat() }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(graphs, graphs, async (before, after) => {
        const graphFrom = (drawn: typeof before) =>
          graphOf(
            ...drawn.map(({ script, of }, index): Action => {
              const from = index === 0 ? {} : { from: made(`n${of % index}`) };
              return action(`n${index}`, { env: { script: `${script}` }, inputs: from });
            }),
          );
        const recipe: Recipe = (each, inputs) => `${each.env.script} ${plainRecipe(each, inputs)}`;
        const store = new MemoryStore();
        await runOnce(graphFrom(before), store, recipe);
        const plan = await planGraph(graphFrom(after), store);
        const { executed } = await runOnce(graphFrom(after), store, recipe);
        const certain = plan.filter(({ reason }) => reason !== undefined && reason.kind !== 'waits');
        const possible = plan.filter(({ reason }) => reason !== undefined);
        expect(executed).toEqual(expect.arrayContaining(certain.map((each) => each.action)));
        expect(possible.map((each) => each.action)).toEqual(expect.arrayContaining(executed));
      }),
    );
  });
});

describe('explaining', () => {
  it('names the changed field before the run', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    const explained = await explain(chain('2', 'x'), 'a', store);
    expect(explained.reason?.kind).toBe('changed');
    expect(explained.differences).toEqual([{ field: 'env.FLAG', before: '"1"', after: '"2"' }]);
  });

  it('still names it after the run, and after further runs that change nothing', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    await runOnce(chain('2', 'x'), store);
    await runOnce(chain('2', 'x'), store);
    const explained = await explain(chain('2', 'x'), 'a', store);
    expect(explained.reason).toBeUndefined();
    expect(explained.differences).toEqual([{ field: 'env.FLAG', before: '"1"', after: '"2"' }]);
  });

  it('shows what is known to differ while it waits for others', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    const edited = graphOf(
      ...[...chain('2', 'x').actions.values()].slice(0, 2),
      action('c', { inputs: { b: made('b') }, root: [made('a')], params: { level: 2 } }),
    );
    const explained = await explain(edited, 'c', store);
    expect(explained.reason).toEqual({ kind: 'waits', for: ['a', 'b'] });
    expect(explained.key).toBeUndefined();
    expect(explained.differences).toEqual([{ field: 'params.level', before: undefined, after: '2' }]);
  });

  it('has nothing to compare with the first time', async () => {
    const store = new MemoryStore();
    expect(await explain(chain('1', 'x'), 'a', store)).toMatchObject({
      reason: { kind: 'never-built' },
      differences: [],
    });
    await runOnce(chain('1', 'x'), store);
    const explained = await explain(chain('1', 'x'), 'a', store);
    expect(explained).toEqual({ action: 'a', key: store.history('a')?.key, differences: [] });
  });

  it('does without a preimage that is gone', async () => {
    const store = new MemoryStore();
    await runOnce(chain('1', 'x'), store);
    store.shared.preimages.clear();
    const explained = await explain(chain('2', 'x'), 'a', store);
    expect(explained).toMatchObject({ reason: { kind: 'never-built' }, differences: [] });
    expect(explained.against).toBeUndefined();
  });

  it('is a bug for an action that the graph does not have', async () => {
    await expect(explain(chain('1', 'x'), 'z', new MemoryStore())).rejects.toThrow('no action z');
  });
});
