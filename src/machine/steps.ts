// The steps of a trial, performed on a running machine.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../base/failure.ts';
import type { Step } from '../steps/trial.ts';
import type { Heard, Limits } from './console.ts';
import type { Machine } from './machine.ts';
import { findFrame, readPixmap } from './picture.ts';

/** A step that the person is told of. */
export type Assertion = Extract<Step, { readonly title: string }>;
export type SilentStep = Exclude<Step, Assertion>;

/** What went wrong in a step. */
export interface Mishap {
  readonly code: Failure['code'];
  /** A clause that completes the failure's message. */
  readonly what: string;
}

/** Where pictures go: files below `dir`, and their paths to `pictures`. */
export interface Album {
  readonly dir: string;
  readonly pictures: string[];
}

/** Between two looks at the screen. */
const LOOK_EVERY_MS = 1000;
/** What no text has. */
const NOTHING = /(?!)/;

/** Does what asserts nothing. */
export async function doSilently(
  step: SilentStep,
  machine: Machine,
  album: Album,
): Promise<Mishap | undefined> {
  const { console } = machine;
  switch (step.do) {
    case 'keys':
      await console.type(step.keys);
      return undefined;
    case 'type':
      await console.type(`${step.line}\r`);
      return undefined;
    case 'picture':
      return keepPicture(step.name, machine, album);
  }
}

async function keepPicture(
  name: string,
  { monitor }: Machine,
  { dir, pictures }: Album,
): Promise<Mishap | undefined> {
  const file = join(dir, `${name}.png`);
  const complaint = await monitor.screenshot(file);
  if (complaint !== undefined) return noPicture(complaint);
  pictures.push(file);
  return undefined;
}

function noPicture(complaint: string): Mishap {
  return { code: 'trial/no-picture', what: `QEMU took no picture of the screen: ${complaint}` };
}

/** What became of an assertion: undefined when it held. */
export async function assertStep(
  step: Assertion,
  machine: Machine,
  limits: Limits,
  album: Album,
): Promise<Mishap | undefined> {
  const { console, monitor } = machine;
  switch (step.do) {
    case 'await': {
      const heard = await console.until(step.says, limits);
      return heard.kind === 'said' ? undefined : mishapOf(heard, `say ${step.says}`);
    }
    case 'command':
      return runCommand(step, machine, limits);
    case 'frame':
      return awaitFrame(step, machine, limits, album);
    case 'power-off': {
      const complaint = await monitor.powerButton();
      return complaint === undefined
        ? untilOff(machine, limits)
        : { code: 'trial/not-ended', what: complaint };
    }
    case 'end':
      return untilOff(machine, limits);
  }
}

async function runCommand(
  step: Assertion & { readonly do: 'command' },
  { console }: Machine,
  limits: Limits,
): Promise<Mishap | undefined> {
  // Where the output begins and ends: what the terminal echoes has both marks inside of one line.
  // The last line of the output may lack its end.
  await console.type(`echo 'begin'; ${step.command}; printf '\\nend:%s\\n' "$?"\r`);
  const heard = await console.until(/^begin\n([\s\S]*?)^end:(\d+)$/m, limits);
  if (heard.kind !== 'said') return mishapOf(heard, `finish \`${step.command}\``);
  const [, output = '', exit = ''] = heard.match;
  const wanted = step.exit ?? 0;
  if (wanted === 'failure' ? Number(exit) === 0 : Number(exit) !== wanted)
    return { code: 'trial/wrong-exit', what: `\`${step.command}\` ended with ${exit}` };
  if (step.says !== undefined && !step.says.test(output))
    return { code: 'trial/wrong-answer', what: `\`${step.command}\` did not say ${step.says}` };
  return undefined;
}

/** The picture that is kept is taken after the one that has the frame. */
async function awaitFrame(
  { name, colour, thickness }: Assertion & { readonly do: 'frame' },
  machine: Machine,
  limits: Limits,
  album: Album,
): Promise<Mishap | undefined> {
  const file = join(album.dir, `${name}.ppm`);
  const deadline = performance.now() + limits.limitMs;
  while (true) {
    const complaint = await machine.monitor.screenshot(file, 'ppm');
    if (complaint !== undefined) return noPicture(complaint);
    const picture = readPixmap(readFileSync(file));
    rmSync(file);
    if (picture === undefined) return noPicture('it wrote a file of another kind');
    if (findFrame(picture, colour, thickness) !== undefined) return keepPicture(name, machine, album);
    const left = deadline - performance.now();
    if (left <= 0)
      return { code: 'trial/not-shown', what: `the screen did not show a border of ${colour} in time` };
    // Meanwhile the console may say that all is lost.
    const heard = await machine.console.until(NOTHING, { ...limits, limitMs: Math.min(left, LOOK_EVERY_MS) });
    if (heard.kind !== 'late' && heard.kind !== 'said') return mishapOf(heard, `show a border of ${colour}`);
  }
}

async function untilOff({ console }: Machine, limits: Limits): Promise<Mishap | undefined> {
  const heard = await console.untilOff(limits);
  if (heard.kind === 'off') return undefined;
  return heard.kind === 'late'
    ? { code: 'trial/not-ended', what: 'the machine is still on' }
    : mishapOf(heard, 'end');
}

function mishapOf(heard: Exclude<Heard, { readonly kind: 'said' }>, failedTo: string): Mishap {
  switch (heard.kind) {
    case 'lost':
      return { code: 'trial/lost', what: `the console said \`${heard.match[0]?.trim()}\`` };
    case 'off':
      return { code: 'trial/ended-early', what: `the machine ended and did not ${failedTo}` };
    case 'late':
      return { code: 'trial/not-said', what: `the console did not ${failedTo} in time` };
    case 'cancelled':
      return { code: 'interrupted/cancelled', what: 'it was interrupted' };
  }
}
