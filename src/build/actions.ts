// Looks at single actions of a product: what would run, why, the last log, a shell in the sandbox.
import type { Action, ActionId, Graph } from '../action/action.ts';
import type { Emit } from '../action/events.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import { type Explanation, explain, type Forecast, planGraph } from '../engine/forecast.ts';
import type { ActionRunner } from '../engine/ports.ts';
import { runGraph } from '../engine/run.ts';
import { nearestName } from '../manifest/names.ts';
import { subgraph } from '../plan/product-plan.ts';
import { bubblewrap } from '../sandbox/bubblewrap.ts';
import { openShell } from '../sandbox/sandbox-runner.ts';
import { type EngineSettings, engineLimits, enginePorts } from './engine.ts';
import { type Choice, lastChoice } from './last-product.ts';
import { type Prepared, type PrepareOptions, prepare, type Reporting } from './prepare.ts';

/** Which product to look at; without a name the one that was built last in this workspace. */
export interface Selection {
  readonly directory: string;
  readonly product?: string;
  /** A component that is looked at for its own sake, with what no deliverable takes. */
  readonly only?: string;
  /** With it, `product` is the name of a template. */
  readonly vmm?: string;
}

/** Looking changes nothing: a lock that is incomplete is a failure. */
const LOOK_ONLY: PrepareOptions['lock'] = { locked: true, offline: false, update: false };

/** What a run would do with every action, dependencies first. */
export function forecastProduct(
  selection: Selection,
  signal: AbortSignal,
): Promise<Result<readonly Forecast[]>> {
  return looking(selection, signal, async ({ plan, store }) => ok(await planGraph(plan.graph, store)));
}

/** Why an action would run, or had to run last. */
export function explainAction(
  selection: Selection,
  id: ActionId,
  signal: AbortSignal,
): Promise<Result<Explanation>> {
  return lookingAt(selection, id, signal, async (action, { plan, store }) =>
    ok(await explain(plan.graph, action.id, store)),
  );
}

/** Path of the log of the action's last execution in this workspace. */
export function logOfAction(
  selection: Selection,
  id: ActionId,
  signal: AbortSignal,
): Promise<Result<string>> {
  return lookingAt(selection, id, signal, async (action, { store }) => {
    const log = store.lastLog(action.id);
    if (log !== undefined) return ok(log);
    return fail({
      code: 'action/no-log',
      message: `${id} has not been executed in this workspace: its result came from the store, or it never ran.`,
      place: id,
      next: 'Build the product first.',
    });
  });
}

/** Builds what the action needs, then opens a shell in its sandbox. The value is the shell's exit code. */
export function shellInAction(
  selection: Selection,
  id: ActionId,
  emit: Emit,
  signal: AbortSignal,
): Promise<Result<number>> {
  return lookingAt(selection, id, signal, async (action, prepared, reporting) => {
    if (action.runner !== 'sandbox') {
      return fail({
        code: 'usage/no-sandbox',
        message: `${id} signs, and signing happens in no sandbox.`,
        place: id,
        next: 'Open a shell in an action that builds; see `qbuild product NAME --plan`.',
      });
    }
    return runShell(prepared, action, { ...reporting, emit }, signal);
  });
}

/**
 * The shell is an execution of an action of its own: same root, inputs and environment, another id and key,
 * and a runner that never succeeds, so that nothing is remembered and nothing enters the store.
 */
async function runShell(
  prepared: Prepared,
  action: Action,
  reporting: Reporting,
  signal: AbortSignal,
): Promise<Result<number>> {
  const shell: Action = {
    ...action,
    id: `shell:${action.id}`,
    params: { ...action.params, shell: process.pid },
  };
  const actions = new Map(subgraph(prepared.plan.graph, [action.id]).actions);
  actions.delete(action.id);
  actions.set(shell.id, shell);
  let ended: Result<number> | undefined;
  const settings: EngineSettings = { offline: false, keepGoing: false };
  // The shell itself is no news to the person who sits in it.
  const emit: Emit = (event) => {
    if (!('action' in event && event.action === shell.id)) reporting.emit(event);
  };
  const ports = enginePorts(prepared, settings, { ...reporting, emit });
  const sandbox: ActionRunner = {
    async run(execution) {
      if (execution.action.id !== shell.id) return ports.runners.sandbox.run(execution);
      ended = await openShell(bubblewrap, execution);
      return fail({ code: 'action/shell-closed', message: 'The shell was closed.' });
    },
  };
  const run = await runGraph(
    { actions },
    { ...ports, runners: { ...ports.runners, sandbox } },
    engineLimits(settings, signal),
  );
  if (ended !== undefined) return ended;
  if (run.ok) throw new Error('the shell ended without having begun');
  return run;
}

/**
 * Looks for an action in the product; and when it is not there, in what `qbuild component` builds of the component
 * that its id names.
 */
async function lookingAt<T>(
  selection: Selection,
  id: ActionId,
  signal: AbortSignal,
  look: (action: Action, prepared: Prepared, reporting: Reporting) => Promise<Result<T>>,
): Promise<Result<T>> {
  const inside = (selected: Selection) =>
    looking(selected, signal, async (prepared, reporting) => {
      const action = findAction(prepared.plan.graph, id);
      return action.ok ? look(action.value, prepared, reporting) : action;
    });
  const found = await inside(selection);
  const only = id.split(':')[1];
  if (found.ok || found.error.code !== 'usage/unknown-action' || only === undefined) return found;
  const alone = await inside({ ...selection, only });
  return !alone.ok && alone.error.code === 'usage/unknown-action' ? found : alone;
}

async function looking<T>(
  selection: Selection,
  signal: AbortSignal,
  look: (prepared: Prepared, reporting: Reporting) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { directory } = selection;
  const named: Choice | undefined =
    selection.product === undefined
      ? undefined
      : { product: selection.product, ...(selection.vmm !== undefined && { vmm: selection.vmm }) };
  const choice = named === undefined ? lastChoice(directory) : ok(named);
  if (!choice.ok) return choice;
  const began = performance.now();
  const reporting: Reporting = { emit: () => {}, elapsed: () => performance.now() - began };
  const { only } = selection;
  const options = { directory, ...choice.value, lock: LOOK_ONLY, ...(only !== undefined && { only }) };
  const prepared = await prepare(options, reporting, signal);
  if (!prepared.ok) return prepared;
  try {
    return await look(prepared.value, reporting);
  } finally {
    await prepared.value.store.close();
  }
}

function findAction(graph: Graph, id: ActionId): Result<Action> {
  const action = graph.actions.get(id);
  if (action !== undefined) return ok(action);
  const nearest = nearestName(id, graph.actions.keys());
  return fail({
    code: 'usage/unknown-action',
    message: `The product has no action ${id}.`,
    next: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}See \`qbuild product NAME --plan\` for all of them.`,
  });
}
