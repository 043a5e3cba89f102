// Actions that could start now, and the limits within which they may.
import type { Action } from '../action/action.ts';

export interface Limits {
  /** Processor cores that may be reserved at once. */
  readonly jobs: number;
  readonly memoryMB: number;
}

/** What is reserved by the actions that are running. */
export interface Reserved {
  count: number;
  cores: number;
  memoryMB: number;
}

/** Whether the action may start beside those that run. One that exceeds a limit by itself runs alone. */
export function fits(action: Action, reserved: Reserved, limits: Limits): boolean {
  if (reserved.count === 0) return true;
  const { cores, memoryMB } = action.reserve;
  return reserved.cores + cores <= limits.jobs && reserved.memoryMB + memoryMB <= limits.memoryMB;
}

export function reserve(action: Action, reserved: Reserved, sign: 1 | -1): void {
  reserved.count += sign;
  reserved.cores += sign * action.reserve.cores;
  reserved.memoryMB += sign * action.reserve.memoryMB;
}

export interface Ready<T> {
  push(item: T, priority: number): void;
  /** Removes the item of highest priority that `accepts` allows; looks at a bounded number of them. */
  take(accepts: (item: T) => boolean): T | undefined;
}

/** Ready items looked at for a start: beyond them a gap in the limits may stay unused until the next completion. */
const LOOK = 32;

interface Ranked<T> {
  readonly item: T;
  readonly priority: number;
  /** Counts arrivals. */
  readonly turn: number;
}

/** A binary heap; items of equal priority leave in the order in which they came. */
export function readyQueue<T>(): Ready<T> {
  const heap: Ranked<T>[] = [];
  let turns = 0;
  const at = (index: number) => heap[index] as Ranked<T>;
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [at(b), at(a)];
  };
  function insert(ranked: Ranked<T>): void {
    heap.push(ranked);
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!precedes(at(index), at(parent))) return;
      swap(index, parent);
      index = parent;
    }
  }
  function pop(): Ranked<T> | undefined {
    if (heap.length === 0) return undefined;
    swap(0, heap.length - 1);
    const top = heap.pop();
    for (let index = 0; ; ) {
      const children = [2 * index + 1, 2 * index + 2].filter((child) => child < heap.length);
      const first = children.reduce((best, child) => (precedes(at(child), at(best)) ? child : best), index);
      if (first === index) return top;
      swap(index, first);
      index = first;
    }
  }
  return {
    push: (item, priority) => insert({ item, priority, turn: turns++ }),
    take(accepts) {
      const aside: Ranked<T>[] = [];
      let found: Ranked<T> | undefined;
      while (found === undefined && aside.length < LOOK) {
        const top = pop();
        if (top === undefined) break;
        if (accepts(top.item)) found = top;
        else aside.push(top);
      }
      for (const ranked of aside) insert(ranked);
      return found?.item;
    },
  };
}

function precedes<T>(a: Ranked<T>, b: Ranked<T>): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.turn < b.turn);
}
