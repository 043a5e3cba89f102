// Properties of runs over random graphs: order, once only, limits, early cut-off, failures, damage.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Graph } from '../../src/action/action.ts';
import { digestOf } from '../../src/base/digest.ts';
import { ok, type Result } from '../../src/base/failure.ts';
import { dependencyIds } from '../../src/engine/network.ts';
import type { ActionRunner, Execution } from '../../src/engine/ports.ts';
import { MemoryStore } from './memory-store.ts';
import { action, graphOf, made, plainRecipe, type Recipe, runOnce, start } from './world.ts';

/** Edges go from earlier to later actions, as input, as root layer or as gate. */
interface Drawn {
  readonly edges: readonly {
    readonly to: number;
    readonly from: number;
    readonly as: 'input' | 'root' | 'after';
  }[];
  readonly sizes: readonly { readonly memoryMB: number; readonly cores: number }[];
}

const drawn: fc.Arbitrary<Drawn> = fc.integer({ min: 1, max: 25 }).chain((count) =>
  fc.record({
    edges: fc.array(
      fc.record({
        to: fc.integer({ min: 0, max: count - 1 }),
        from: fc.integer({ min: 0, max: count - 1 }),
        as: fc.constantFrom('input', 'root', 'after'),
      }),
      { maxLength: 50 },
    ),
    sizes: fc.array(
      fc.record({ memoryMB: fc.integer({ min: 1, max: 900 }), cores: fc.integer({ min: 1, max: 3 }) }),
      {
        minLength: count,
        maxLength: count,
      },
    ),
  }),
);

/** The graph; `edited` actions get another script. */
function graphFrom({ edges, sizes }: Drawn, edited: ReadonlySet<number> = new Set()): Graph {
  const actions = sizes.map((reserve, index): Action => {
    const mine = edges.filter(({ to, from }) => to === index && from < to);
    const inputs = mine
      .filter(({ as }) => as === 'input')
      .map(({ from }) => [`from${from}`, made(`n${from}`)] as const);
    return action(`n${index}`, {
      reserve,
      root: mine.filter(({ as }) => as === 'root').map(({ from }) => made(`n${from}`)),
      after: mine.filter(({ as }) => as === 'after').map(({ from }) => `n${from}`),
      inputs: {
        script: { from: 'text', text: `script ${index}${edited.has(index) ? ' edited' : ''}` },
        ...Object.fromEntries(inputs),
      },
    });
  });
  return graphOf(...actions);
}

/** Outputs that depend on the script too, so that every edit changes them. */
const scriptRecipe: Recipe = (each, inputs) => digestOf(`${inputs.script} ${plainRecipe(each, inputs)}`);

/** Outputs that no edit of a script changes. */
const bluntRecipe: Recipe = (each, inputs) => digestOf(String(plainRecipe(each, inputs)));

/** Everything that reads an output of these actions, directly or not; gates pass nothing on. */
function readersOf(graph: Graph, ids: ReadonlySet<string>): Set<string> {
  const readers = new Set(ids);
  for (const each of graph.actions.values()) {
    const read = [...each.root, ...Object.values(each.inputs)];
    if (read.some((input) => input.from === 'output' && readers.has(input.action))) readers.add(each.id);
  }
  return readers;
}

/** Ends executions in an order that the property draws, and watches the limits. */
class DrawnRunner implements ActionRunner {
  readonly finished: string[] = [];
  readonly #store: MemoryStore;
  readonly #scheduler: fc.Scheduler;
  readonly #running = new Set<Action>();
  readonly #watch: (running: ReadonlySet<Action>) => void;

  constructor(store: MemoryStore, scheduler: fc.Scheduler, watch: (running: ReadonlySet<Action>) => void) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#watch = watch;
  }

  async run(execution: Execution): Promise<Result<void>> {
    const { action: mine } = execution;
    for (const id of dependencyIds(mine)) expect(this.finished).toContain(id);
    this.#running.add(mine);
    this.#watch(this.#running);
    await this.#scheduler.schedule(Promise.resolve(), mine.id);
    this.#running.delete(mine);
    this.finished.push(mine.id);
    const inputs = Object.entries(execution.inputs).map(([name, path]) => [name, this.#store.read(path)]);
    const layers = execution.layers.map((path, index) => [`root${index}`, this.#store.read(path)]);
    const content = scriptRecipe(mine, Object.fromEntries([...inputs, ...layers]));
    this.#store.write(execution.staging, 'made', content as string);
    return ok();
  }
}

describe('a run', () => {
  it('executes every action once, after its dependencies, within the limits, whatever ends first', async () => {
    const limits = { jobs: 4, memoryMB: 1000 };
    await fc.assert(
      fc.asyncProperty(drawn, fc.scheduler(), async (given, scheduler) => {
        const store = new MemoryStore();
        const runner = new DrawnRunner(store, scheduler, (running) => {
          if (running.size === 1) return;
          const sum = (of: (each: Action) => number) =>
            [...running].reduce((total, each) => total + of(each), 0);
          expect(sum((each) => each.reserve.cores)).toBeLessThanOrEqual(limits.jobs);
          expect(sum((each) => each.reserve.memoryMB)).toBeLessThanOrEqual(limits.memoryMB);
        });
        const graph = graphFrom(given);
        const { ended } = start(graph, store, runner, limits);
        const result = await scheduler.waitFor(ended);
        expect(result.ok).toBe(true);
        expect(runner.finished.toSorted()).toEqual([...graph.actions.keys()].toSorted());
        expect(store.openStagings).toBe(0);
        expect(store.shared.claims.size).toBe(0);
        const again = await runOnce(graph, store, scriptRecipe);
        expect(again.executed).toEqual([]);
        expect(again.result.ok && again.result.value.outputs).toEqual(result.ok && result.value.outputs);
      }),
    );
  });

  it('executes after an edit only the edited actions and the readers of what changed', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), async (given, pick) => {
        const edited = pick % given.sizes.length;
        const ids = new Set([`n${edited}`]);
        const store = new MemoryStore();
        await runOnce(graphFrom(given), store, scriptRecipe);
        const graph = graphFrom(given, new Set([edited]));
        const { executed } = await runOnce(graph, store, scriptRecipe);
        expect(new Set(executed)).toEqual(readersOf(graph, ids));
        expect((await runOnce(graphFrom(given), store, scriptRecipe)).executed).toEqual([]);
      }),
    );
  });

  it('stops at an edited action whose output stays the same', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), async (given, pick) => {
        const edited = pick % given.sizes.length;
        const store = new MemoryStore();
        await runOnce(graphFrom(given), store, bluntRecipe);
        const { executed } = await runOnce(graphFrom(given, new Set([edited])), store, bluntRecipe);
        expect(executed).toEqual([`n${edited}`]);
      }),
    );
  });

  it('with keep-going executes exactly what needs no failed action, and the next run only the rest', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.nat(), async (given, pick) => {
        const bad = `n${pick % given.sizes.length}`;
        const store = new MemoryStore();
        const graph = graphFrom(given);
        const broken: Recipe = (each, inputs) =>
          each.id === bad ? { code: 'action/command-failed', message: 'No.' } : scriptRecipe(each, inputs);
        const first = await runOnce(graph, store, broken, { keepGoing: true });
        const needing = new Set([bad]);
        for (const each of graph.actions.values()) {
          if ([...dependencyIds(each)].some((id) => needing.has(id))) needing.add(each.id);
        }
        const fine = [...graph.actions.keys()].filter((id) => !needing.has(id));
        expect(new Set(first.executed)).toEqual(new Set([...fine, bad]));
        expect(first.result).toMatchObject({ error: { summary: { failed: 1, skipped: needing.size - 1 } } });
        expect(new Set((await runOnce(graph, store, scriptRecipe)).executed)).toEqual(needing);
      }),
    );
  });

  it('repairs whatever was damaged, and ends with the same outputs', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.array(fc.nat(), { maxLength: 8 }), fc.nat(), async (given, picks, pick) => {
        const store = new MemoryStore();
        await runOnce(graphFrom(given), store, scriptRecipe);
        const all = [...store.shared.contents.keys()].filter(
          (digest) => !store.read(`memory:/${digest}`).startsWith('script'),
        );
        for (const each of picks) store.damaged.add(all[each % all.length] as (typeof all)[number]);
        const edited = graphFrom(given, new Set([pick % given.sizes.length]));
        const repaired = await runOnce(edited, store, scriptRecipe);
        const fresh = await runOnce(edited, new MemoryStore(), scriptRecipe);
        expect(repaired.result.ok && repaired.result.value.outputs).toEqual(
          fresh.result.ok && fresh.result.value.outputs,
        );
      }),
    );
  });
});
