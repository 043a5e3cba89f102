// Builds a product: prepares, runs its graph, publishes. What `qbuild product` and `qbuild component` start.
import { join, resolve } from 'node:path';
import type { ActionId } from '../action/action.ts';
import type { Emit, Event } from '../action/events.ts';
import { type ComponentContents, contentsText } from '../attest/contents.ts';
import { sha256Of, sizeOf } from '../base/digest.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import { type RunSummary, runGraph } from '../engine/run.ts';
import { installHostTools } from '../host/doctor.ts';
import { subgraph } from '../plan/product-plan.ts';
import type { PublishedFile, RunReport } from '../report/presenter.ts';
import { engineLimits, enginePorts } from './engine.ts';
import { rememberChoice } from './last-product.ts';
import { inPhase, type Prepared, prepare, type Reporting } from './prepare.ts';
import { keptDirectories, outputOf, publicationsOf } from './publications.ts';
import { publish } from './publish.ts';
import type { KeyChoice } from './signing.ts';
import { rememberRun } from './unchanged.ts';
import { isPath } from './workspace.ts';

export interface BuildOptions extends KeyChoice {
  readonly directory: string;
  readonly product: string;
  /** Builds the template called `product` for this VMM. */
  readonly vmm?: string;
  readonly locked: boolean;
  readonly offline: boolean;
  readonly keepGoing: boolean;
  readonly installHostTools: boolean;
  readonly jobs?: number;
  /** Build this component alone; nothing is published. */
  readonly only?: string;
  readonly out?: string;
}

/** Never rejects for what a user can cause: the report says how it ended. */
export async function buildProduct(
  options: BuildOptions,
  present: Emit,
  signal: AbortSignal,
): Promise<RunReport> {
  const [began, begin] = [performance.now(), Date.now()];
  const events: Event[] = [];
  const emit: Emit = (event) => {
    events.push(event);
    present(event);
  };
  const elapsed = () => Math.round(performance.now() - began);
  const reporting = { emit, elapsed };
  const nothing = { run: 0, cached: 0, failed: 0 };
  const unprepared = { product: options.product, version: '', deliverables: [], actions: nothing };
  if (options.installHostTools) {
    const tell = (message: string) =>
      emit({ type: 'notice', level: 'info', code: 'host/preparing', message, atMs: elapsed() });
    const installed = await installHostTools(tell);
    if (!installed.ok) return { ok: false, ...unprepared, wallMs: elapsed(), failure: installed.error };
  }
  const lock = { locked: options.locked, offline: options.offline, update: false };
  const prepared = await prepare({ ...options, lock }, reporting, signal);
  if (!prepared.ok) return { ok: false, ...unprepared, wallMs: elapsed(), failure: prepared.error };
  rememberChoice(prepared.value.workspaceDir, options);
  try {
    const report = await run(prepared.value, options, reporting, signal);
    if (report.ok && report.actions.run === 0 && options.only === undefined && !isPath(options.product))
      await rememberRun(options, watchedBy(prepared.value), events, report, begin, signal);
    return report;
  } finally {
    await prepared.value.store.close();
  }
}

function watchedBy({ watched, plan }: Prepared) {
  return { ...watched, ...(plan.expires !== undefined && { expires: plan.expires }) };
}

async function run(
  prepared: Prepared,
  options: BuildOptions,
  reporting: Reporting,
  signal: AbortSignal,
): Promise<RunReport> {
  const { product } = prepared;
  const head = { product: product.name, version: product.version };
  const wanted = wantedActions(prepared, options.only);
  if (!wanted.ok) return ended(head, undefined, reporting, { failure: wanted.error });
  const summary = await inPhase(reporting, 'build', () =>
    runGraph(
      subgraph(prepared.plan.graph, wanted.value),
      enginePorts(prepared, options, reporting),
      engineLimits(options, signal),
    ),
  );
  if (!summary.ok) {
    const { summary: counts, ...failure } = summary.error;
    return ended(head, counts, reporting, { failure });
  }
  if (options.only !== undefined) return ended(head, summary.value, reporting, {});
  const own = options.vmm === undefined ? [product.name] : ['templates', product.name, options.vmm];
  const directory =
    options.out === undefined ? join(prepared.workspaceDir, 'out', ...own) : resolve(options.out);
  const published = await inPhase(reporting, 'publish', () =>
    publishProduct(prepared, summary.value, directory, signal),
  );
  if (!published.ok) return ended(head, summary.value, reporting, { failure: published.error });
  warnOfExpiry(prepared, reporting);
  return ended(head, summary.value, reporting, {
    deliverables: published.value,
    directory,
    developmentKeys: prepared.signing.development,
  });
}

function ended(
  head: Pick<RunReport, 'product' | 'version'>,
  summary: RunSummary | undefined,
  { elapsed }: Reporting,
  rest: Partial<RunReport>,
): RunReport {
  const { run = 0, cached = 0, failed = 0 } = summary ?? {};
  const actions = { run, cached, failed };
  return { ok: rest.failure === undefined, ...head, deliverables: [], actions, wallMs: elapsed(), ...rest };
}

/** Everything for publishing, or one component's packages and checks. */
function wantedActions({ plan, product }: Prepared, only: string | undefined): Result<readonly ActionId[]> {
  if (only === undefined) return ok([...plan.graph.actions.keys()]);
  const built = plan.packages.filter((each) => each.component === only);
  if (built.length > 0) return ok(built.flatMap((each) => each.actions.map((action) => action.id)));
  const known = product.components.some((each) => each.name === only);
  return fail({
    code: known ? 'resolve/nothing-to-build' : 'resolve/unknown-component',
    message: known
      ? `${product.name} builds no package of ${only} with this version of qbuild.`
      : `${product.name} has no component ${only}.`,
    next: `See \`qbuild product show ${product.name}\`.`,
  });
}

async function publishProduct(
  prepared: Prepared,
  { outputs }: RunSummary,
  directory: string,
  signal: AbortSignal,
): Promise<Result<readonly PublishedFile[]>> {
  const { plan, product, store, lock, sources, signing } = prepared;
  // Nothing that was altered in the store is published.
  const sound = await store.verifyForUse(plan.files.map(({ from }) => outputOf(outputs, from).digest));
  if (!sound.ok) return sound;
  const publications = [...publicationsOf(plan.files, outputs, store)];
  const contents = plan.shipped.map(({ component, target, from }): ComponentContents => {
    const files = store.files(outputOf(outputs, from).digest);
    return {
      component,
      target,
      files: files.map(({ path, digest }) => ({ path, sha256: sha256Of(digest), size: sizeOf(digest) })),
    };
  });
  publications.push({
    kind: 'contents',
    path: 'contents.json',
    content: { bytes: Buffer.from(contentsText(product, lock, sources, contents)) },
  });
  for (const { path, base64 } of signing.publicKeys) {
    publications.push({ kind: 'key', path, content: { bytes: Buffer.from(base64, 'base64') } });
  }
  return publish(directory, publications, {
    epoch: product.epoch,
    keepBelow: keptDirectories(plan.files),
    sign: signing.signers.openpgp && ((input, output) => signChecksums(prepared, input, output, signal)),
  });
}

async function signChecksums(
  { signing, product }: Prepared,
  input: string,
  output: string,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const signer = await signing.open.openpgp();
  return signer.ok ? signer.value.sign('detached', { input, output, epoch: product.epoch }, signal) : signer;
}

/** Dates come from the epoch, so a workspace whose epoch is old publishes what clients refuse already. */
function warnOfExpiry({ plan }: Prepared, { emit, elapsed }: Reporting): void {
  if (plan.expires === undefined || Date.now() < plan.expires * 1000) return;
  const date = new Date(plan.expires * 1000).toISOString().slice(0, 10);
  emit({
    type: 'notice',
    level: 'warning',
    code: 'deliverable/expired',
    message: `Clients refuse a repository of this product since ${date}: raise \`epoch\` in qbuild.yaml.`,
    atMs: elapsed(),
  });
}
