// Performs a trial: starts its machines one after the other and does its steps, telling each as it begins and ends.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Emit } from '../action/events.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { Start, Step, Trial } from '../steps/trial.ts';
import type { Accelerator } from './accelerator.ts';
import { firmwareFiles } from './firmware.ts';
import { type Machine, startMachine } from './machine.ts';
import { assertStep, doSilently, type Mishap } from './steps.ts';
import { makeVolumes, type Published, publishedCertificate, type Volumes } from './volumes.ts';

/** What was seen to hold, in words, and how long it took. */
export interface Verified {
  readonly title: string;
  readonly ms: number;
}

export interface TrialOutcome {
  readonly name: string;
  readonly title: string;
  readonly ok: boolean;
  readonly verified: readonly Verified[];
  /** Files with what the machine's console said and what its screen showed; of each machine of the trial. */
  readonly consoles: readonly string[];
  readonly pictures: readonly string[];
  readonly ms: number;
  readonly failure?: Failure;
}

export interface TrialContext {
  readonly accelerator: Accelerator;
  readonly published: Published;
  /** Gets the logs and pictures of the trial. */
  readonly dir: string;
  readonly emit: Emit;
  /** Milliseconds since the run began. */
  readonly elapsed: () => number;
  readonly signal: AbortSignal;
}

/** What a trial has come to so far. */
interface Progress {
  readonly verified: Verified[];
  readonly consoles: string[];
  readonly pictures: string[];
}

/** Lines of a console that tell what it was at when it failed. */
const CAUSE_LINES = 20;

/** Never rejects for what a machine can do: the outcome says what was verified before the failure, if any. */
export async function performTrial(trial: Trial, context: TrialContext): Promise<TrialOutcome> {
  const { emit, elapsed, dir } = context;
  const began = elapsed();
  rmSync(dir, { recursive: true, force: true });
  const scratch = join(dir, 'volumes');
  mkdirSync(scratch, { recursive: true });
  emit({ type: 'trial', state: 'begin', trial: trial.name, title: trial.title, directory: dir, atMs: began });
  const record: Progress = { verified: [], consoles: [], pictures: [] };
  try {
    const result = await perform(trial, context, scratch, record);
    const ms = elapsed() - began;
    const failure = result.ok ? undefined : result.error;
    emit({
      type: 'trial',
      state: 'end',
      trial: trial.name,
      title: trial.title,
      directory: dir,
      durationMs: ms,
      ...(failure !== undefined && { failure }),
      atMs: elapsed(),
    });
    return {
      name: trial.name,
      title: trial.title,
      ok: result.ok,
      ...record,
      ms,
      ...(failure !== undefined && { failure }),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Fills `record` as far as it comes. */
async function perform(
  trial: Trial,
  context: TrialContext,
  scratch: string,
  record: Progress,
): Promise<Result<void>> {
  const volumes = makeVolumes(trial.volumes, context.published, scratch);
  if (!volumes.ok) return volumes;
  for (const [index, start] of trial.starts.entries()) {
    const suffix = trial.starts.length === 1 ? '' : `-${index + 1}`;
    const log = join(context.dir, `console${suffix}.log`);
    const started = await switchOn(trial, start, volumes.value, context, scratch, log);
    if (!started.ok) return started;
    const machine = started.value;
    record.consoles.push(log);
    try {
      for (const step of start.steps) {
        const done = await performStep(step, trial, machine, context, record, log);
        if (done.ok) continue;
        await lastPicture(machine, context, record, log);
        return done;
      }
    } finally {
      await machine.stop();
    }
  }
  return ok();
}

async function switchOn(
  trial: Trial,
  { firmware, memoryMiB, attached }: Start,
  volumes: Volumes,
  { accelerator, published, signal }: TrialContext,
  scratch: string,
  log: string,
): Promise<Result<Machine>> {
  const certificate = firmware === 'own-secure-boot' ? publishedCertificate(published) : undefined;
  const files = firmwareFiles(firmware, scratch, certificate);
  if (!files.ok) return files;
  const drives = attached.map(({ volume, bus }) => {
    const source = volumes.get(volume);
    if (source === undefined) throw new Error(`the trial ${trial.name} lacks the volume ${volume}`);
    return { bus, source };
  });
  const description = { accelerator: accelerator.name, firmware: files.value, memoryMiB, drives };
  return startMachine(description, log, signal);
}

async function performStep(
  step: Step,
  trial: Trial,
  machine: Machine,
  { emit, elapsed, dir, accelerator, signal }: TrialContext,
  { verified, pictures }: Progress,
  log: string,
): Promise<Result<void>> {
  if (!('title' in step)) {
    const mishap = await doSilently(step, machine, { dir, pictures });
    return mishap === undefined ? ok() : fail(explained(mishap, trial, log, machine));
  }
  const begin = elapsed();
  const { title } = step;
  emit({ type: 'trying', trial: trial.name, title, atMs: begin });
  const limitMs = step.seconds * 1000 * accelerator.patience;
  const limits = { never: trial.never, limitMs, signal };
  const mishap = await assertStep(step, machine, limits, { dir, pictures });
  if (mishap !== undefined) return fail(explained(mishap, trial, log, machine, title));
  const ms = elapsed() - begin;
  verified.push({ title, ms });
  emit({ type: 'verified', trial: trial.name, title, durationMs: ms, atMs: elapsed() });
  return ok();
}

/** What the screen showed when a step failed; there is none when the machine has ended. */
async function lastPicture(
  { monitor }: Machine,
  { signal }: TrialContext,
  { pictures }: Progress,
  log: string,
): Promise<void> {
  if (signal.aborted) return;
  const file = log.replace(/\.log$/, '-failed.png');
  if ((await monitor.screenshot(file)) === undefined) pictures.push(file);
}

function explained(
  { code, what }: Mishap,
  trial: Trial,
  log: string,
  machine: Machine,
  title?: string,
): Failure {
  const goal = title === undefined ? '' : ` while it waited until ${title}`;
  if (machine.outOfSpace()) {
    return {
      code: 'trial/no-volumes',
      message: `The trial ${trial.name} failed${goal}: there is no space for what the machine writes.`,
      place: log,
      next: 'Make room there, or name another directory with `--logs`.',
    };
  }
  return {
    code,
    message: `The trial ${trial.name} failed${goal}: ${what}.`,
    place: log,
    cause: [lastLines(machine.console.text), machine.complaints().trim()]
      .filter((text) => text !== '')
      .join('\n'),
    next: `Read the log, and the pictures beside it.${code === 'trial/not-said' || code === 'trial/not-shown' ? ' A slow machine may need `--patience 2`.' : ''}`,
  };
}

/** Also the line that has not ended: a prompt, for instance. */
function lastLines(text: string): string {
  return text === ''
    ? 'The console said nothing.'
    : text.trimEnd().split('\n').slice(-CAUSE_LINES).join('\n');
}
