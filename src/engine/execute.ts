// One execution: claim, inputs, staging, runner, commit. It never half-commits and always cleans up.
import type { Action, ActionId, Input, Runner } from '../action/action.ts';
import type { Emit } from '../action/events.ts';
import type { Digest } from '../base/digest.ts';
import { err, type Failure, ok, type Result } from '../base/failure.ts';
import { digestOfInput, type Keyed, type Known } from './keys.ts';
import type { ActionResult, ActionRunner, Clock, Log, Staging, Store, Supply } from './ports.ts';

export interface Ports {
  readonly store: Store;
  readonly supply: Supply;
  readonly runners: Readonly<Record<Runner, ActionRunner>>;
  readonly emit: Emit;
  readonly clock: Clock;
}

export type Outcome =
  | { readonly type: 'built'; readonly result: ActionResult }
  /** Another process built it meanwhile. */
  | { readonly type: 'cached'; readonly result: ActionResult }
  /** Another process is building it now. */
  | { readonly type: 'busy' }
  /** Outputs of these dependencies were damaged and have been dropped. */
  | { readonly type: 'damaged'; readonly producers: readonly ActionId[] }
  | { readonly type: 'failed'; readonly failure: Failure; readonly log?: string };

/** Lines of a failed action's log that its failure shows. */
const TAIL_LINES = 40;

/** Executes one action whose key is known and has no result. Rejects only for bugs. */
export async function execute(
  action: Action,
  keyed: Keyed,
  known: Known,
  ports: Ports,
  signal: AbortSignal,
): Promise<Outcome> {
  const claim = ports.store.claim(keyed.key);
  if (claim === undefined) return { type: 'busy' };
  try {
    const found = await ports.store.result(keyed.key);
    if (found !== undefined) return { type: 'cached', result: found };
    const provided = await provide(action, known, ports, signal);
    if (!provided.ok) return { type: 'failed', failure: provided.error };
    if (provided.value.length > 0) return { type: 'damaged', producers: provided.value };
    const staging = await ports.store.staging(action.id);
    if (!staging.ok) return { type: 'failed', failure: staging.error };
    try {
      return await inStaging(action, keyed, known, ports, signal, staging.value);
    } finally {
      await staging.value.discard();
    }
  } finally {
    claim.release();
  }
}

/** Brings all inputs into the store. Yields the dependencies whose outputs turned out to be damaged. */
async function provide(
  action: Action,
  known: Known,
  { store, supply }: Ports,
  signal: AbortSignal,
): Promise<Result<ActionId[]>> {
  const inputs = [...action.root, ...Object.values(action.inputs)];
  for (const input of inputs) {
    if (input.from !== 'text') continue;
    const put = await store.putText(input.text);
    if (!put.ok) return put;
  }
  const verified = await store.verifyForUse(inputs.map((input) => digestOfInput(input, known) as Digest));
  if (!verified.ok && verified.error.code !== 'store/damaged') return verified;
  const producers = new Set<ActionId>();
  const wanted = new Set<Digest>();
  for (const input of inputs) {
    const digest = digestOfInput(input, known) as Digest;
    if (await store.has(digest)) continue;
    if (input.from === 'output') producers.add(input.action);
    else wanted.add(digest);
  }
  if (producers.size > 0 || wanted.size === 0) return ok([...producers]);
  const supplied = await supply.ensure([...wanted], signal);
  return supplied.ok ? ok([]) : supplied;
}

async function inStaging(
  action: Action,
  { key, preimage }: Keyed,
  known: Known,
  { store, runners, emit, clock }: Ports,
  signal: AbortSignal,
  staging: Staging,
): Promise<Outcome> {
  const log = store.log(action.id, key);
  if (!log.ok) return { type: 'failed', failure: log.error };
  const pathOf = (input: Input) => store.path(digestOfInput(input, known) as Digest);
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, pathOf(input)]),
  );
  const begin = clock.now();
  const expectedMs = store.history(action.id)?.durationMs;
  const started = {
    type: 'started',
    action: action.id,
    title: action.title,
    key,
    log: log.value.path,
  } as const;
  emit({ ...started, ...(expectedMs && { expectedMs }), atMs: begin });
  const ran = await runners[action.runner].run({
    action,
    key,
    layers: action.root.map(pathOf),
    inputs,
    staging,
    log: log.value.path,
    signal,
  });
  if (signal.aborted) return { type: 'failed', failure: cancelled(action.id), log: log.value.path };
  const durationMs = Math.max(1, Math.round(clock.now() - begin));
  const committed = ran.ok ? await store.commit(action, key, preimage, staging, durationMs) : err(ran.error);
  if (committed.ok) return { type: 'built', result: committed.value };
  return {
    type: 'failed',
    failure: await explained(committed.error, action, log.value),
    log: log.value.path,
  };
}

/** Adds the end of the log, where the whole of it is, and how to look around in the sandbox. */
async function explained(failure: Failure, action: Action, log: Log): Promise<Failure> {
  if (!failure.code.startsWith('action/')) return { ...failure, place: failure.place ?? action.id };
  const cause = [failure.cause, await log.tail(TAIL_LINES)].filter((text) => text).join('\n');
  const next = failure.next ?? `Run \`qbuild shell ${action.id}\` to look around in its sandbox.`;
  return {
    ...failure,
    place: failure.place ?? action.id,
    ...(cause !== '' && { cause }),
    next: `${next} The whole log is ${log.path}.`,
  };
}

/** The failure of what was stopped because the run was. */
export function cancelled(place?: ActionId): Failure {
  return {
    code: 'interrupted/cancelled',
    message: 'The run was interrupted.',
    ...(place !== undefined && { place }),
    next: 'Start the same command again: finished actions are kept.',
  };
}
