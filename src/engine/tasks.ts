// What is known of every action during a run, and what follows when one gets, changes or loses its result.
import type { ActionId } from '../action/action.ts';
import { canonicalJson } from '../base/canonical.ts';
import type { Keyed } from './keys.ts';
import type { Node } from './network.ts';
import type { ActionResult } from './ports.ts';

/**
 * waiting: for dependencies; queued: they are done, the key is to be computed; ready: has to run; running;
 * shared: another process executes the same key; built, cached: has a result; failed; skipped.
 */
export type State =
  | 'waiting'
  | 'queued'
  | 'ready'
  | 'running'
  | 'shared'
  | 'built'
  | 'cached'
  | 'failed'
  | 'skipped';

export interface Task {
  readonly node: Node;
  /** Milliseconds from its start to the end of everything that waits for it. */
  readonly priority: number;
  state: State;
  /** Dependencies that are not done. Kept only while waiting. */
  missing: number;
  keyed?: Keyed;
  /** The last result; while not done, that of before. */
  result?: ActionResult;
  /** An input was dropped or changed while it was running: however it ends, it is looked at again. */
  stale: boolean;
  /** How often its outputs turned out to be damaged. */
  damaged: number;
}

/** States from which a task may still be sent back to waiting or be skipped. */
const NOT_STARTED: readonly State[] = ['waiting', 'queued', 'ready'];

export class Tasks {
  readonly #tasks = new Map<ActionId, Task>();
  readonly #queue = new Set<Task>();

  constructor(order: readonly Node[], priorities: ReadonlyMap<Node, number>) {
    for (const node of order) {
      const missing = node.dependencies.length;
      const priority = priorities.get(node) ?? 0;
      const task: Task = { node, priority, state: 'waiting', missing, stale: false, damaged: 0 };
      this.#tasks.set(node.action.id, task);
      if (missing === 0) this.queue(task);
    }
  }

  get(id: ActionId): Task {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new Error(`the run has no action ${id}`);
    return task;
  }

  all(): Task[] {
    return [...this.#tasks.values()];
  }

  get hasQueued(): boolean {
    return this.#queue.size > 0;
  }

  /** Removes and yields those whose key is to be computed now. */
  takeQueued(): Task[] {
    const taken = [...this.#queue].filter((task) => task.state === 'queued');
    this.#queue.clear();
    return taken;
  }

  queue(task: Task): void {
    task.state = 'queued';
    this.#queue.add(task);
  }

  /** The task has a result; those that waited for nothing else are queued. */
  done(task: Task, state: 'built' | 'cached', result: ActionResult): void {
    if (this.lookAgain(task)) return;
    const before = task.result;
    task.result = result;
    task.state = state;
    const changed = before !== undefined && canonicalJson(before.outputs) !== canonicalJson(result.outputs);
    for (const dependent of this.#dependents(task)) {
      if (dependent.state === 'waiting') {
        dependent.missing -= 1;
        if (dependent.missing === 0) this.queue(dependent);
      } else if (changed) this.#rekey(dependent);
    }
  }

  /** A result is not one any more: the task and what waits for it begin again. */
  reopen(task: Task): void {
    this.wait(task);
    for (const dependent of this.#dependents(task)) {
      if (NOT_STARTED.includes(dependent.state)) this.wait(dependent);
      if (dependent.state === 'running') dependent.stale = true;
    }
  }

  /** Sends a stale task back to waiting; whether it was one. */
  lookAgain(task: Task): boolean {
    const { stale } = task;
    task.stale = false;
    if (stale) this.wait(task);
    return stale;
  }

  /** Waits for the dependencies that are not done, if any. */
  wait(task: Task): void {
    task.state = 'waiting';
    const dependencies = task.node.dependencies.map(({ action }) => this.get(action.id));
    task.missing = dependencies.filter((dependency) => !isDone(dependency)).length;
    if (task.missing === 0) this.queue(task);
  }

  /** Skips everything that needs the task and has not started; yields it. */
  skipDependents(task: Task): Task[] {
    const skipped: Task[] = [];
    const pending = [task];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      for (const dependent of this.#dependents(next)) {
        if (!NOT_STARTED.includes(dependent.state)) continue;
        dependent.state = 'skipped';
        skipped.push(dependent);
        pending.push(dependent);
      }
    }
    return skipped;
  }

  /** An input of this task was made again and came out different. */
  #rekey(task: Task): void {
    if (task.state === 'running') task.stale = true;
    else if (task.state === 'ready') this.queue(task);
    else if (isDone(task)) this.reopen(task);
  }

  #dependents(task: Task): Task[] {
    return task.node.dependents.map(({ action }) => this.get(action.id));
  }
}

export function isDone(task: Task): boolean {
  return task.state === 'built' || task.state === 'cached';
}
