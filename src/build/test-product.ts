// Builds a product and tries its deliverables in virtual machines. What `qbuild test` starts.
import { join, resolve } from 'node:path';
import type { Emit } from '../action/events.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { examineHost, hostFailure, installHostTools } from '../host/doctor.ts';
import { type Accelerator, chooseAccelerator } from '../machine/accelerator.ts';
import { performTrial, type TrialOutcome } from '../machine/try.ts';
import type { Published } from '../machine/volumes.ts';
import { suggestName } from '../manifest/names.ts';
import { type TrialPlan, trialPlan, type Untried } from '../plan/deliverable-trials.ts';
import type { RunReport, TestReport } from '../report/presenter.ts';
import { vmmNames } from '../resolve/template.ts';
import type { Trial } from '../steps/trial.ts';
import { directoriesOf } from './directories.ts';
import type { BuildOptions } from './product.ts';
import { runProduct } from './run-product.ts';
import { openWorkspace, resolveChoice } from './workspace.ts';

export interface TestOptions extends Omit<BuildOptions, 'keepGoing' | 'only'> {
  /** The shortest path that still tries a deliverable as a whole. */
  readonly quick: boolean;
  /** Names of trials; empty for all of them. */
  readonly trials: readonly string[];
  /** Directory of the logs and pictures. */
  readonly logs?: string;
  /** Multiplies how long machines may take. */
  readonly patience: number;
}

/** A product, or a template for one VMM, with the trials that were asked for. */
interface Subject {
  /** Also where it was asked for by the path of its manifest. */
  readonly name: string;
  readonly vmm?: string;
  /** Of the product, whatever was asked for. */
  readonly vmmOfProduct: string;
  readonly trials: readonly Trial[];
  readonly untried: readonly Untried[];
}

type PlannedSubject = TrialPlan & Pick<Subject, 'name' | 'vmm' | 'vmmOfProduct'>;

/** Kinds of published disk images are this and their format. */
const DISK = 'disk-';

interface Run {
  readonly options: TestOptions;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly elapsed: () => number;
}

/** Never rejects for what a user can cause: the report says how it ended. */
export async function testProduct(
  options: TestOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<TestReport> {
  const began = performance.now();
  const run: Run = { options, emit, signal, elapsed: () => Math.round(performance.now() - began) };
  const report: TestReport = { ok: false, product: options.product, trials: [], untried: [], wallMs: 0 };
  const ended = (rest: Partial<TestReport>): TestReport => ({ ...report, ...rest, wallMs: run.elapsed() });
  const prepared = await prepareTest(run);
  if (!prepared.ok) return ended({ failure: prepared.error });
  const subjects = prepared.value;
  const untried = subjects.flatMap((each) => each.untried);
  const accelerator = await chooseAccelerator(signal);
  if (!accelerator.ok) return ended({ untried, failure: accelerator.error });
  tellAccelerator(accelerator.value, run);
  const patient = { ...accelerator.value, patience: accelerator.value.patience * options.patience };
  const [{ name: product } = { name: options.product }] = subjects;
  const directory = resolve(options.logs ?? join(options.directory, 'out', 'test', product));
  const trials: TrialOutcome[] = [];
  for (const subject of subjects) {
    if (subject.trials.length === 0) continue;
    const built = await runProduct(buildOptions(options, subject), emit, signal);
    if (built.failure !== undefined) return ended({ untried, trials, directory, failure: built.failure });
    const images = await templateImages(subject, run);
    if (!images.ok) return ended({ untried, trials, directory, failure: images.error });
    const own = subject.vmm === undefined ? directory : join(directory, subject.vmm);
    trials.push(...(await performAll(subject.trials, publishedOf(built, images.value), own, patient, run)));
    if (signal.aborted) break;
  }
  const [first, ...others] = trials.flatMap(({ failure }) => failure ?? []) as [Failure?, ...Failure[]];
  return ended({
    ok: first === undefined,
    accelerator: patient.name,
    directory,
    trials,
    untried,
    ...(first !== undefined && { failure: joinFailures([first, ...others]) }),
  });
}

/** Everything that can be known to be wrong before anything is built. */
async function prepareTest({ options, emit, elapsed }: Run): Promise<Result<readonly Subject[]>> {
  if (options.installHostTools) {
    const tell = (message: string) =>
      emit({ type: 'notice', level: 'info', code: 'host/preparing', message, atMs: elapsed() });
    const installed = await installHostTools(tell, 'test');
    if (!installed.ok) return installed;
  }
  const subjects = await subjectsOf(options);
  if (!subjects.ok) return subjects;
  const lacking = hostFailure(examineHost('test'));
  return lacking === undefined ? subjects : fail(lacking);
}

/** What is tried: the product; or the template for the VMM that was named, or for each. */
async function subjectsOf(options: TestOptions): Promise<Result<readonly Subject[]>> {
  const { directory, product, vmm } = options;
  const opened = await openWorkspace(directory, directoriesOf(process.env).cache);
  if (!opened.ok) return opened;
  const { workspace } = opened.value;
  const isTemplate = workspace.templates.has(product) && !workspace.products.has(product);
  const choices = vmm !== undefined ? [vmm] : isTemplate ? vmmNames(workspace) : [undefined];
  const plans: PlannedSubject[] = [];
  for (const each of choices) {
    const choice = each === undefined ? {} : { vmm: each };
    const resolved = await resolveChoice(opened.value, { directory, product, ...choice });
    if (!resolved.ok) return resolved;
    const { product: found } = resolved.value;
    plans.push({ ...trialPlan(found), name: found.name, vmmOfProduct: found.vmm.name, ...choice });
  }
  const wanted = chosen(plans, options);
  if (wanted.ok) opened.value.saveCache();
  return wanted;
}

/** The trials that were asked for. Fails with `trial/none-here` or `usage/unknown-trial`. */
function chosen(
  plans: readonly PlannedSubject[],
  { product, quick, trials }: TestOptions,
): Result<readonly Subject[]> {
  const known = [...new Set(plans.flatMap((plan) => plan.trials.map(({ name }) => name)))];
  const [first] = plans.flatMap(({ untried }) => untried);
  if (known.length === 0) {
    return fail({
      code: 'trial/none-here',
      message: `Nothing that ${product} delivers can be tried in a virtual machine.`,
      ...(first !== undefined && { cause: `${first.deliverable}: ${first.why}`, next: first.next }),
    });
  }
  const unknown = trials.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    return fail({
      code: 'usage/unknown-trial',
      message: `${product} has no trial \`${unknown}\`.`,
      next: suggestName(unknown, known) ?? `Trials: ${known.join(', ')}.`,
    });
  }
  const isWanted = ({ name, quick: short }: Trial) =>
    trials.length > 0 ? trials.includes(name) : short || !quick;
  return ok(plans.map((plan) => ({ ...plan, trials: plan.trials.filter(isWanted) })));
}

/** All of them, whatever becomes of one: they do not depend on each other. */
async function performAll(
  trials: readonly Trial[],
  published: Published,
  directory: string,
  accelerator: Accelerator,
  { emit, signal, elapsed }: Run,
): Promise<readonly TrialOutcome[]> {
  const outcomes: TrialOutcome[] = [];
  for (const trial of trials) {
    if (signal.aborted) break;
    const dir = join(directory, trial.name);
    outcomes.push(await performTrial(trial, { accelerator, published, dir, emit, elapsed, signal }));
  }
  return outcomes;
}

function publishedOf(built: RunReport, templates: Published['templates']): Published {
  const files = new Map(built.deliverables.map(({ kind, path }) => [kind, resolve(path)]));
  return { directory: built.directory ?? '', files, templates };
}

/** Images of guests that trials start beside what the product delivers. */
async function templateImages(
  { trials, vmmOfProduct }: Subject,
  { options, emit, signal }: Run,
): Promise<Result<Published['templates']>> {
  const volumes = trials.flatMap((trial) => Object.values(trial.volumes));
  const names = new Set(volumes.flatMap((each) => (each.kind === 'template' ? [each.template] : [])));
  const images = new Map<string, { readonly path: string; readonly format: string }>();
  for (const name of names) {
    const { out: _, ...common } = buildOptions(options, { vmm: vmmOfProduct });
    const report = await runProduct({ ...common, product: name }, emit, signal);
    if (report.failure !== undefined) return fail(report.failure);
    const disk = report.deliverables.find(({ kind }) => kind.startsWith(DISK));
    if (disk === undefined) throw new Error(`the template ${name} has no disk image for ${vmmOfProduct}`);
    images.set(name, { path: resolve(disk.path), format: disk.kind.slice(DISK.length) });
  }
  return ok(images);
}

function buildOptions(options: TestOptions, { vmm }: Pick<Subject, 'vmm'>): BuildOptions {
  const { quick, trials, logs, patience, vmm: _, ...build } = options;
  return { ...build, installHostTools: false, keepGoing: false, ...(vmm !== undefined && { vmm }) };
}

function tellAccelerator({ name, because }: Accelerator, { emit, elapsed }: Run): void {
  const how = name === 'kvm' ? 'hardware virtualisation' : 'emulation';
  const message = `Machines run with ${how}: ${because}.`;
  emit({ type: 'notice', level: 'info', code: `trial/${name}`, message, atMs: elapsed() });
}
