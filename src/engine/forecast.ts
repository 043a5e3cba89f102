// What a run would do and why, without doing it: for `--plan` and `why`.
import type { Action, ActionId, Graph, Input } from '../action/action.ts';
import {
  type ActionKey,
  type Difference,
  differences,
  keyOf,
  type Preimage,
  preimageOf,
} from '../action/preimage.ts';
import type { Digest } from '../base/digest.ts';
import { digestOfInput, type Known } from './keys.ts';
import { type Node, networkOf } from './network.ts';
import type { ActionResult, Store } from './ports.ts';

/** Why an action would run. */
export type Reason =
  | { readonly kind: 'never-built' }
  /** Its key differs from the last one; the fields that differ, at least one. */
  | { readonly kind: 'changed'; readonly differences: readonly Difference[] }
  /** Its key is the last one, but the store has no sound result any more. */
  | { readonly kind: 'result-missing' }
  /** Its key is not known before these have run; they may yield what they yielded before. */
  | { readonly kind: 'waits'; readonly for: readonly ActionId[] };

export interface Forecast {
  readonly action: ActionId;
  readonly title: string;
  /** Absent: the result is taken from the store. */
  readonly reason?: Reason;
}

export interface Explanation {
  readonly action: ActionId;
  /** What a run would do with it now. Absent: take the result from the store. */
  readonly reason?: Reason;
  /** Unknown while it waits. */
  readonly key?: ActionKey;
  /**
   * The key that the present inputs are compared with: the last one of this workspace, or the one before when
   * nothing has changed since the last. Absent when there is none, or its preimage is gone.
   */
  readonly against?: ActionKey;
  /** The fields that differ. While it waits, those among the inputs that are known. */
  readonly differences: readonly Difference[];
}

/** What is known of an action before anything runs. */
interface Surveyed {
  /** Without the fields whose input is not known. */
  readonly preimage: Preimage;
  /** Dependencies whose outputs are not known. */
  readonly waitsFor: readonly ActionId[];
  readonly result?: ActionResult;
}

/** What `runGraph` would do with each action, in an order in which dependencies come first. */
export async function planGraph(graph: Graph, store: Store, only?: readonly ActionId[]): Promise<Forecast[]> {
  const forecasts: Forecast[] = [];
  for (const [{ action }, surveyed] of await survey(networkOf(graph, only), store)) {
    const reason = await reasonOf(action, surveyed, store);
    forecasts.push({ action: action.id, title: action.title, ...(reason && { reason }) });
  }
  return forecasts;
}

/** Why an action would run, or last had to. Throws when the graph does not have it: look before. */
export async function explain(graph: Graph, id: ActionId, store: Store): Promise<Explanation> {
  const [last] = [...(await survey(networkOf(graph, [id]), store))].filter(([node]) => node.action.id === id);
  if (last === undefined) throw new Error(`the graph has no action ${id}`);
  const [{ action }, surveyed] = last;
  const reason = await reasonOf(action, surveyed, store);
  const key = surveyed.waitsFor.length === 0 ? keyOf(surveyed.preimage) : undefined;
  const history = store.history(id);
  const against = history?.key === key ? history?.previous : history?.key;
  const before = against === undefined ? undefined : await store.preimage(against);
  return {
    action: id,
    ...(reason && { reason }),
    ...(key !== undefined && { key }),
    ...(against !== undefined && before !== undefined && { against }),
    differences: before === undefined ? [] : knownDifferences(before, action, surveyed),
  };
}

async function survey(order: readonly Node[], store: Store): Promise<Map<Node, Surveyed>> {
  const surveyed = new Map<Node, Surveyed>();
  const results = new Map<ActionId, ActionResult>();
  const known: Known = (id) => results.get(id);
  for (const node of order) {
    const found = await surveyOne(node.action, known, store);
    surveyed.set(node, found);
    if (found.result !== undefined) results.set(node.action.id, found.result);
  }
  return surveyed;
}

async function surveyOne(action: Action, known: Known, store: Store): Promise<Surveyed> {
  const waitsFor = new Set<ActionId>();
  const digest = (input: Input): Digest | undefined => {
    const found = digestOfInput(input, known);
    if (found === undefined && input.from === 'output') waitsFor.add(input.action);
    return found;
  };
  const root = action.root.map(digest).filter((found) => found !== undefined);
  const inputs: Record<string, Digest> = {};
  for (const [name, input] of Object.entries(action.inputs)) {
    const found = digest(input);
    if (found !== undefined) inputs[name] = found;
  }
  const preimage = preimageOf(action, root, inputs);
  const result = waitsFor.size === 0 ? await store.result(keyOf(preimage)) : undefined;
  return { preimage, waitsFor: [...waitsFor], ...(result && { result }) };
}

async function reasonOf(action: Action, surveyed: Surveyed, store: Store): Promise<Reason | undefined> {
  if (surveyed.result !== undefined) return undefined;
  if (surveyed.waitsFor.length > 0) return { kind: 'waits', for: surveyed.waitsFor };
  const last = store.history(action.id);
  if (last === undefined) return { kind: 'never-built' };
  if (last.key === keyOf(surveyed.preimage)) return { kind: 'result-missing' };
  const before = await store.preimage(last.key);
  if (before === undefined) return { kind: 'never-built' };
  return { kind: 'changed', differences: differences(before, surveyed.preimage) };
}

/** Differences without those of inputs that are not known: their absence is no change. */
function knownDifferences(before: Preimage, action: Action, { preimage, waitsFor }: Surveyed): Difference[] {
  const unknown = (input: Input | undefined) => input?.from === 'output' && waitsFor.includes(input.action);
  const names = Object.keys(action.inputs).filter((name) => unknown(action.inputs[name]));
  const hidden = new Set(names.map((name) => `inputs.${name}`));
  const hideRoot = action.root.some(unknown);
  return differences(before, preimage).filter(
    ({ field }) => !hidden.has(field) && !(hideRoot && field.startsWith('root')),
  );
}
