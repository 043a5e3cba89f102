// Turns what an execution left in its staging directory into a committed result.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Action, OutputKind } from '../action/action.ts';
import { type ActionKey, keyOf, type Preimage } from '../action/preimage.ts';
import type { Digest } from '../base/digest.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import type { ActionResult, Staging } from '../engine/ports.ts';
import type { Blobs } from './blobs.ts';
import type { Results } from './results.ts';
import type { Trees } from './trees.ts';

export interface CommitTo {
  readonly blobs: Blobs;
  readonly trees: Trees;
  readonly results: Results;
}

/** Takes every declared output, then writes the result; only that makes the outputs a result. Throws system errors. */
export async function commit(
  to: CommitTo,
  action: Action,
  key: ActionKey,
  preimage: Preimage,
  staging: Staging,
  durationMs: number,
): Promise<Result<ActionResult>> {
  if (keyOf(preimage) !== key) throw new Error(`the key of ${action.id} is not that of its preimage`);
  const [first, ...rest] = outputFailures(action, staging.dir);
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  const outputs: Record<string, { kind: OutputKind; digest: Digest }> = {};
  for (const [name, kind] of Object.entries(action.outputs)) {
    const digest = await takeOutput(to, join(staging.dir, 'out', name), kind, epochOf(action));
    if (!digest.ok) return fail({ ...digest.error, place: relative(digest.error, staging, action) });
    outputs[name] = { kind, digest: digest.value };
  }
  const result = { key, preimage, outputs, durationMs };
  to.results.write(result);
  return ok(result);
}

async function takeOutput(
  { blobs, trees }: CommitTo,
  path: string,
  kind: OutputKind,
  epoch: number,
): Promise<Result<Digest>> {
  if (kind !== 'file') return trees.take(path, kind, epoch);
  return ok(await blobs.file(path));
}

/** Seconds since 1970 that the action's command was told to use as its date. */
function epochOf(action: Action): number {
  const epoch = Number(action.env.SOURCE_DATE_EPOCH ?? 0);
  return Number.isSafeInteger(epoch) && epoch >= 0 ? epoch : 0;
}

/** What is missing, of the wrong kind, or there without being declared. */
function outputFailures(action: Action, stagingDir: string): Failure[] {
  const out = join(stagingDir, 'out');
  const there = new Set(lstatSync(out, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(out) : []);
  const failures: Failure[] = [];
  for (const [name, kind] of Object.entries(action.outputs)) {
    const stats = lstatSync(join(out, name), { throwIfNoEntry: false });
    there.delete(name);
    if (stats === undefined) failures.push(missing(action, name));
    else if (kind === 'file' ? !stats.isFile() : !stats.isDirectory())
      failures.push(wrongKind(action, name, kind));
  }
  return [...failures, ...[...there].sort().map((name) => undeclared(action, name))];
}

/** Places of failures say what the command saw: `/out/…`, not where the store kept it for a while. */
function relative(failure: Failure, staging: Staging, action: Action): string {
  return `${action.id}: ${(failure.place ?? '').replace(staging.dir, '')}`;
}

function missing(action: Action, name: string): Failure {
  return {
    code: 'action/missing-output',
    message: `The command succeeded without creating \`/out/${name}\`.`,
    place: action.id,
    next: `Look at \`qbuild log ${action.id}\` for what it did instead.`,
  };
}

function wrongKind(action: Action, name: string, kind: OutputKind): Failure {
  const wanted = kind === 'file' ? 'a regular file' : 'a directory';
  return {
    code: 'action/output-kind',
    message: `\`/out/${name}\` is not ${wanted}.`,
    place: action.id,
    next: `Create ${wanted} there; symbolic links are not followed.`,
  };
}

function undeclared(action: Action, name: string): Failure {
  return {
    code: 'action/undeclared-output',
    message: `The command created \`/out/${name}\`, which is not one of its outputs.`,
    place: action.id,
    next: 'Write scratch files below `/tmp`, or declare the output.',
  };
}
