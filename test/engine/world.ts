// Actions, runners and runs for engine tests. Runners either finish at once or wait until they are told to.
import type { Action, Graph, Input } from '../../src/action/action.ts';
import type { Event } from '../../src/action/events.ts';
import { type Failure, fail, ok, type Result } from '../../src/base/failure.ts';
import type { Ports } from '../../src/engine/execute.ts';
import type { ActionRunner, Execution, Store, Supply } from '../../src/engine/ports.ts';
import { type RunFailure, type RunOptions, type RunSummary, runGraph } from '../../src/engine/run.ts';
import type { MemoryStore } from './memory-store.ts';

/** An action with one output `made`, a script that names it, and whatever is given. */
export function action(id: string, given: Partial<Action> = {}): Action {
  return {
    id,
    kind: 'test',
    title: `make ${id}`,
    runner: 'sandbox',
    root: [],
    env: {},
    params: {},
    outputs: { made: 'file' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 100, cores: 1 },
    ...given,
    inputs: { script: { from: 'text', text: `script of ${id}` }, ...given.inputs },
  };
}

/** The output `made` of another action. */
export function made(id: string): Input {
  return { from: 'output', action: id, output: 'made' };
}

export function graphOf(...actions: Action[]): Graph {
  return { actions: new Map(actions.map((each) => [each.id, each])) };
}

/** What an execution makes: text for its output, from the contents of its inputs. */
export type Recipe = (action: Action, inputs: Readonly<Record<string, string>>) => string | Failure;

/** By default outputs depend on the id and on every input but the script. */
export const plainRecipe: Recipe = ({ id }, inputs) =>
  `${id}(${Object.entries(inputs)
    .filter(([name]) => name !== 'script')
    .map(([, content]) => content)
    .join(',')})`;

/** Finishes at once and notes what it executed, in order. */
export class InstantRunner implements ActionRunner {
  readonly executed: string[] = [];
  readonly #store: MemoryStore;
  readonly #recipe: Recipe;

  constructor(store: MemoryStore, recipe = plainRecipe) {
    this.#store = store;
    this.#recipe = recipe;
  }

  async run(execution: Execution): Promise<Result<void>> {
    this.executed.push(execution.action.id);
    return produce(this.#store, execution, contentOf(this.#store, this.#recipe, execution));
  }
}

interface Running {
  readonly execution: Execution;
  /** Read when it started. */
  readonly content: string | Failure;
  readonly end: (result: Result<void> | Error) => void;
}

/** Starts and then waits until the test finishes, fails or breaks it by id. */
export class WaitingRunner implements ActionRunner {
  readonly started: string[] = [];
  readonly running = new Map<string, Running>();
  readonly #store: MemoryStore;
  readonly #recipe: Recipe;
  #starts: (() => void)[] = [];

  constructor(store: MemoryStore, recipe = plainRecipe) {
    this.#store = store;
    this.#recipe = recipe;
  }

  run(execution: Execution): Promise<Result<void>> {
    const { id } = execution.action;
    this.started.push(id);
    const content = contentOf(this.#store, this.#recipe, execution);
    return new Promise((resolve, reject) => {
      const end = (result: Result<void> | Error) => {
        this.running.delete(id);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      this.running.set(id, { execution, content, end });
      execution.signal.addEventListener('abort', () => end(fail(STOPPED)), { once: true });
      for (const wake of this.#starts.splice(0)) wake();
    });
  }

  /** Resolves when this many actions are running. */
  async untilRunning(count: number): Promise<void> {
    while (this.running.size < count) await new Promise<void>((resolve) => this.#starts.push(resolve));
  }

  finish(id: string): void {
    const { execution, content, end } = this.#running(id);
    end(produce(this.#store, execution, content));
  }

  fail(id: string, failure: Failure, log = ''): void {
    const { execution, end } = this.#running(id);
    this.#store.logs.set(execution.log, log);
    end(fail(failure));
  }

  break(id: string, error: Error): void {
    this.#running(id).end(error);
  }

  #running(id: string) {
    const found = this.running.get(id);
    if (found === undefined) throw new Error(`${id} is not running`);
    return found;
  }
}

export const STOPPED: Failure = { code: 'interrupted/cancelled', message: 'Stopped.' };

/** A supply that has nothing. */
export const nothingSupplied: Supply = {
  ensure: async (digests) => fail({ code: 'network/unreachable', message: `No ${digests.join(', ')}.` }),
};

export interface Started {
  readonly events: Event[];
  readonly ended: Promise<Result<RunSummary, RunFailure>>;
  /** Resolves when an event of this type was emitted. */
  readonly seen: (type: Event['type']) => Promise<void>;
  readonly abort: () => void;
}

/** Starts a run; its clock advances by one at each look. */
export function start(
  graph: Graph,
  store: Store,
  runner: ActionRunner,
  options: Partial<RunOptions> = {},
  ports: Partial<Ports> = {},
): Started {
  const events: Event[] = [];
  const abort = new AbortController();
  let now = 0;
  let wake = () => {};
  const ended = runGraph(
    graph,
    {
      store,
      supply: nothingSupplied,
      runners: { sandbox: runner, sign: runner },
      emit(event) {
        events.push(event);
        wake();
      },
      clock: { now: () => now++ },
      ...ports,
    },
    { jobs: 4, memoryMB: 4000, keepGoing: false, signal: abort.signal, ...options },
  );
  const seen = async (type: Event['type']) => {
    while (!events.some((event) => event.type === type)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { events, ended, seen, abort: () => abort.abort() };
}

/** Runs to the end with an `InstantRunner`. */
export async function runOnce(
  graph: Graph,
  store: MemoryStore,
  recipe: Recipe = plainRecipe,
  options: Partial<RunOptions> = {},
): Promise<{ executed: string[]; events: Event[]; result: Result<RunSummary, RunFailure> }> {
  const runner = new InstantRunner(store, recipe);
  const { events, ended } = start(graph, store, runner, options);
  return { executed: runner.executed, events, result: await ended };
}

function contentOf(store: MemoryStore, recipe: Recipe, execution: Execution): string | Failure {
  const inputs = Object.entries(execution.inputs).map(([name, path]) => [name, store.read(path)]);
  const layers = execution.layers.map((path, index) => [`root${index}`, store.read(path)]);
  return recipe(execution.action, Object.fromEntries([...inputs, ...layers]));
}

function produce(store: MemoryStore, execution: Execution, content: string | Failure): Result<void> {
  if (typeof content !== 'string') return fail(content);
  for (const name of Object.keys(execution.action.outputs)) store.write(execution.staging, name, content);
  return ok();
}
