// Runs a graph: takes what the store has, executes the rest within the limits, longest path first.
import type { Action, ActionId, Graph } from '../action/action.ts';
import type { Event } from '../action/events.ts';
import type { Digest } from '../base/digest.ts';
import type { Failure, Result } from '../base/failure.ts';
import { err, joinFailures, ok } from '../base/failure.ts';
import { cancelled, execute, type Outcome, type Ports } from './execute.ts';
import { type Keyed, type Known, keyedOf } from './keys.ts';
import { type Node, networkOf } from './network.ts';
import type { ActionResult } from './ports.ts';
import { prioritiesOf } from './priority.ts';
import { fits, type Limits, type Ready, type Reserved, readyQueue, reserve } from './ready.ts';
import { isDone, type State, type Task, Tasks } from './tasks.ts';

export interface RunOptions extends Limits {
  /** Go on with what does not depend on a failed action. */
  readonly keepGoing: boolean;
  /** Only these actions and what they need. */
  readonly only?: readonly ActionId[];
  /** Ends running actions; nothing further starts. */
  readonly signal: AbortSignal;
}

export interface RunSummary {
  readonly run: number;
  readonly cached: number;
  readonly failed: number;
  /** Not executed because of a failure or an interruption. */
  readonly skipped: number;
  /** Of all actions that succeeded. */
  readonly outputs: ReadonlyMap<ActionId, ActionResult['outputs']>;
  readonly wallMs: number;
}

/** The first failure of a run, the others in `others`, and how far it came. */
export type RunFailure = Failure & { readonly summary: RunSummary };

/** Times that an output is made again in one run before the disk is given up. */
const DAMAGED_LIMIT = 3;

/** Runs every action whose key has no result yet. Throws for bugs: a cycle, an unknown action, a runner that throws. */
export async function runGraph(
  graph: Graph,
  ports: Ports,
  options: RunOptions,
): Promise<Result<RunSummary, RunFailure>> {
  const begin = ports.clock.now();
  const order = networkOf(graph, options.only);
  ports.emit({ type: 'planned', actions: order.length, atMs: begin });
  const run = new GraphRun(order, ports, options);
  await run.toEnd();
  const summary = run.summary(begin);
  const [first, ...rest] = options.signal.aborted ? [cancelled()] : run.failures;
  return first === undefined ? ok(summary) : err({ ...joinFailures([first, ...rest]), summary });
}

class GraphRun {
  readonly failures: Failure[] = [];
  readonly #ports: Ports;
  readonly #options: RunOptions;
  readonly #tasks: Tasks;
  readonly #ready: Ready<Task> = readyQueue();
  readonly #reserved: Reserved = { count: 0, cores: 0, memoryMB: 0 };
  /** Ends what runs when a bug ends the run. */
  readonly #abort = new AbortController();
  readonly #signal: AbortSignal;
  readonly #known: Known = (id) => this.#tasks.get(id).result;
  /** What executions have to tell, in the order in which they ended. */
  readonly #arrivals: (() => void)[] = [];
  /** Tasks that another process executes. */
  #shared = 0;
  /** What is fetched for tasks that wait. */
  readonly #ahead: Promise<unknown>[] = [];
  #stopped = false;
  #wake: () => void = () => {};

  constructor(order: readonly Node[], ports: Ports, options: RunOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#abort.signal]);
    this.#tasks = new Tasks(
      order,
      prioritiesOf(order, (action) => ports.store.history(action)),
    );
  }

  /** One loop makes every decision; executions only report to it. */
  async toEnd(): Promise<void> {
    try {
      for (;;) {
        while (this.#tasks.hasQueued && !this.#halted) await this.#settleQueued();
        while (this.#startOne()) {}
        if (!this.#pending) return;
        await this.#nextArrival();
      }
    } finally {
      this.#abort.abort();
      // Only after a bug: what was running still has to end and to clean up.
      while (this.#pending) await this.#nextArrival().catch(() => {});
      await Promise.all(this.#ahead);
    }
  }

  summary(begin: number): RunSummary {
    const tasks = this.#tasks.all();
    const count = (state: State) => tasks.filter((task) => task.state === state).length;
    const [run, cached, failed] = [count('built'), count('cached'), count('failed')];
    const outputs = new Map<ActionId, ActionResult['outputs']>();
    for (const task of tasks)
      if (isDone(task) && task.result) outputs.set(task.node.action.id, task.result.outputs);
    const skipped = tasks.length - run - cached - failed;
    return { run, cached, failed, skipped, outputs, wallMs: this.#ports.clock.now() - begin };
  }

  get #halted(): boolean {
    return this.#stopped || this.#signal.aborted;
  }

  get #pending(): boolean {
    return this.#reserved.count > 0 || this.#shared > 0 || this.#arrivals.length > 0;
  }

  /** Takes what the store has; the rest is ready to run. */
  async #settleQueued(): Promise<void> {
    for (const task of this.#tasks.takeQueued()) {
      task.keyed = keyedOf(task.node.action, this.#known);
      const result = await this.#ports.store.result(task.keyed.key);
      if (result !== undefined) {
        this.#take(task, result);
      } else {
        task.state = 'ready';
        this.#ready.push(task, task.priority);
      }
    }
  }

  #startOne(): boolean {
    if (this.#halted) return false;
    const accepts = (task: Task) =>
      task.state !== 'ready' || fits(task.node.action, this.#reserved, this.#options);
    let task = this.#ready.take(accepts);
    // One that was sent back to waiting after it came here comes again.
    while (task !== undefined && task.state !== 'ready') task = this.#ready.take(accepts);
    if (task !== undefined) this.#start(task);
    return task !== undefined;
  }

  #start(task: Task): void {
    const { action } = task.node;
    task.state = 'running';
    reserve(action, this.#reserved, 1);
    // What fails is said when it is needed.
    this.#ahead.push(this.#fetchAhead(task).catch(() => {}));
    const ended = (then: () => void) => {
      reserve(action, this.#reserved, -1);
      this.#arrive(then);
    };
    execute(action, task.keyed as Keyed, this.#known, this.#ports, this.#signal).then(
      (outcome) => ended(() => this.#ended(task, outcome)),
      (bug) =>
        ended(() => {
          throw bug;
        }),
    );
  }

  /** Fetches what those that wait for this task need from outside, after what it needs itself. */
  async #fetchAhead({ node }: Task): Promise<void> {
    const wanted = await this.#absent(node.dependents.map(({ action }) => action));
    if (wanted.length === 0) return;
    const own = await this.#absent([node.action]);
    if (own.length > 0) await this.#ports.supply.ensure(own, this.#signal);
    await this.#ports.supply.ensure(wanted, this.#signal);
  }

  /** What the store does not have of what actions take from outside. */
  async #absent(actions: readonly Action[]): Promise<Digest[]> {
    const absent = new Set<Digest>();
    for (const input of actions.flatMap(({ inputs }) => Object.values(inputs))) {
      if (input.from === 'blob' && !(await this.#ports.store.has(input.digest))) absent.add(input.digest);
    }
    return [...absent];
  }

  #ended(task: Task, outcome: Outcome): void {
    if (outcome.type === 'built') this.#built(task, outcome.result);
    else if (outcome.type === 'cached') this.#take(task, outcome.result);
    else if (outcome.type === 'busy') this.#share(task);
    else if (outcome.type === 'damaged') this.#remake(task, outcome.producers);
    else this.#fail(task, outcome.failure, outcome.log);
  }

  #built(task: Task, result: ActionResult): void {
    const { id, title } = task.node.action;
    const { key, durationMs } = result;
    this.#ports.store.remember(id, key, durationMs);
    this.#ports.emit({ type: 'finished', action: id, title, key, durationMs, atMs: this.#ports.clock.now() });
    this.#tasks.done(task, 'built', result);
  }

  #take(task: Task, result: ActionResult): void {
    const { id, title } = task.node.action;
    this.#ports.store.remember(id, result.key, 0);
    this.#ports.emit({ type: 'cached', action: id, title, key: result.key, atMs: this.#ports.clock.now() });
    this.#tasks.done(task, 'cached', result);
  }

  /** Waits until another process has ended its execution of the same key, then looks again. */
  #share(task: Task): void {
    task.state = 'shared';
    this.#shared += 1;
    const again = () => {
      this.#shared -= 1;
      this.#arrive(() => this.#tasks.queue(task));
    };
    this.#ports.store.unclaimed((task.keyed as Keyed).key, this.#signal).then(again, again);
  }

  /** Makes damaged outputs again before the task that needs them. */
  #remake(task: Task, producers: readonly ActionId[]): void {
    this.#tasks.wait(task);
    for (const id of producers) {
      const producer = this.#tasks.get(id);
      if (!isDone(producer)) continue;
      producer.damaged += 1;
      if (producer.damaged > DAMAGED_LIMIT) {
        this.#fail(task, damagedAgain(id));
        return;
      }
      this.#ports.emit(remade(id, this.#ports.clock.now()));
      this.#tasks.reopen(producer);
    }
  }

  #fail(task: Task, failure: Failure, log?: string): void {
    // It may have failed only because an input vanished under it.
    if (!this.#signal.aborted && this.#tasks.lookAgain(task)) return;
    const { id, title } = task.node.action;
    const atMs = this.#ports.clock.now();
    task.state = this.#signal.aborted ? 'skipped' : 'failed';
    this.#ports.emit({ type: 'failed', action: id, title, failure, ...(log !== undefined && { log }), atMs });
    if (this.#signal.aborted) return;
    this.failures.push(failure);
    if (!this.#options.keepGoing) this.#stopped = true;
    for (const skipped of this.#tasks.skipDependents(task)) {
      this.#ports.emit({ type: 'skipped', action: skipped.node.action.id, because: id, atMs });
    }
  }

  #arrive(then: () => void): void {
    this.#arrivals.push(then);
    this.#wake();
  }

  async #nextArrival(): Promise<void> {
    if (this.#arrivals.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#arrivals.shift()?.();
  }
}

function remade(producer: ActionId, atMs: number): Event {
  const message = `An output of ${producer} was altered in the store; it is made again.`;
  return { type: 'notice', level: 'warning', code: 'store/damaged', message, atMs };
}

function damagedAgain(producer: ActionId): Failure {
  return {
    code: 'store/damaged',
    message: `An output of ${producer} was damaged again and again after it had been made.`,
    place: producer,
    next: 'Check the disk that holds the store, or choose another directory for it.',
  };
}
