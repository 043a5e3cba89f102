// What an action is: one sealed unit of work as plain data. Steps describe actions, the engine runs them.
import type { Json } from '../base/canonical.ts';
import type { Digest } from '../base/digest.ts';

/** Unique in a plan and stable between runs, e.g. `build:core-admin:windows/amd64`. Typed by people: no spaces. */
export type ActionId = string;

/** Where an action's input comes from. Digests of `output` inputs are known once that action is done. */
export type Input =
  | { readonly from: 'blob'; readonly digest: Digest }
  | { readonly from: 'tree'; readonly digest: Digest }
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'output'; readonly action: ActionId; readonly output: string };

/** What another action will have made. */
export type OutputInput = Extract<Input, { from: 'output' }>;

/** An output of an action as an input of another one. */
export function fromOutput(action: ActionId, output: string): OutputInput {
  return { from: 'output', action, output };
}

/**
 * `file`: one blob. `tree`: a directory whose files belong to whoever reads it. `layer`: a directory that
 * is stacked as part of a root and keeps owners, modes and overlay whiteouts.
 */
export type OutputKind = 'file' | 'tree' | 'layer';

/**
 * Who executes an action. `sandbox` runs `inputs.script` in a sandbox; `sign` signs outside of any sandbox.
 * Each runner documents the `params` that it reads.
 */
export type Runner = 'sandbox' | 'sign';

/**
 * What a command may do inside of its sandbox. `build`: no capabilities. `configure`: root of its own user namespace, for
 * maintainer scripts and hooks, but without the right to mount or to trace, with which it could reach the store behind
 * its inputs. `first-root`: all of that namespace; for the one script of ours that has to mount /proc into what it makes.
 */
export type Privilege = 'build' | 'configure' | 'first-root';

const STACKED = 'tree/';

/** Layers as inputs that the sandbox stacks into one tree at `/in/tree`; lowest first. */
export function stackedTree(layers: readonly Input[]): Record<string, Input> {
  return Object.fromEntries(
    layers.map((layer, index) => [`${STACKED}${String(index).padStart(3, '0')}`, layer] as const),
  );
}

/** Whether an input is one of `stackedTree`, by its name. */
export function isStacked(name: string): boolean {
  return name.startsWith(STACKED);
}

export interface Action {
  readonly id: ActionId;
  /** The step that described it: `root`, `windows`, `sign`, `installer` … */
  readonly kind: string;
  /** What happens now, in a few words for progress lines: `compile core-admin for windows/amd64`. */
  readonly title: string;
  readonly runner: Runner;
  /** Layers of the root that the command sees as `/`, lowest first; none: the host's own tools, read-only. */
  readonly root: readonly Input[];
  /** Mounted read-only at `/in/<name>`, but for those of `stackedTree`. `script` is what bash runs. */
  readonly inputs: Readonly<Record<string, Input>>;
  readonly env: Readonly<Record<string, string>>;
  /** Runner-specific data; all of it is part of the key. */
  readonly params: Readonly<Record<string, Json>>;
  /** Created by the command at `/out/<name>`; each must exist afterwards and nothing else may. */
  readonly outputs: Readonly<Record<string, OutputKind>>;
  readonly privilege: Privilege;
  /** Actions that must have succeeded before, without giving input: tests that gate a deliverable. */
  readonly after: readonly ActionId[];
  /** What to reserve while it runs; scheduling only, never in the key. */
  readonly reserve: { readonly memoryMB: number; readonly cores: number };
  /** Milliseconds that it takes by what its step knows, until it was timed; scheduling only, never in the key. */
  readonly expectedMs?: number;
}

/** A closed set of actions: every id that an input or `after` names is in it, and there is no cycle. */
export interface Graph {
  readonly actions: ReadonlyMap<ActionId, Action>;
}
