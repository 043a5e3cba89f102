// Runs an action's script in a sandbox: inputs at /in, outputs at /out, scratch space at /build.
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { type Action, isStacked } from '../action/action.ts';
import { compareCodeUnits } from '../base/canonical.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { ActionRunner, Execution } from '../engine/ports.ts';
import { noSpaceLine, sandboxHints, statedFailure } from './hints.ts';
import type { Mount, Sandbox, SandboxRequest } from './request.ts';

/** A disk with less is full for whoever unpacks or links; the last write failed, smaller ones may still succeed. */
const LITTLE_BYTES = 64e6;

/** The runner of `sandbox` actions. Exit code 0 and exactly the declared outputs mean success. */
export function sandboxRunner(sandbox: Sandbox): ActionRunner {
  return {
    async run(execution) {
      const request = await prepare(execution, ['/bin/bash', '/in/script'], {
        kind: 'log',
        file: execution.log,
      });
      const exit = await sandbox.run(request);
      if (!exit.ok) return exit;
      if (exit.value !== 0) return commandFailed(execution, exit.value);
      await rm(join(execution.staging.dir, 'build'), { recursive: true, force: true });
      return checkOutputs(execution.action, join(execution.staging.dir, 'out'));
    },
  };
}

/**
 * Opens a shell in the sandbox of an action, with its inputs and environment. On a terminal, `script` (of
 * bsdutils, in every root) gives it one of its own: a process that holds the person's terminal could type into it.
 */
export async function openShell(sandbox: Sandbox, execution: Execution): Promise<Result<number>> {
  const output = { kind: 'terminal' } as const;
  if (!isatty(0) || !isatty(1)) return sandbox.run(await prepare(execution, ['/bin/bash'], output));
  const command = [
    '/usr/bin/script',
    '--quiet',
    '--return',
    '--command',
    '/bin/bash -i',
    '/dev/null',
  ] as const;
  const request = await prepare(execution, command, output);
  return sandbox.run({ ...request, env: { ...request.env, TERM: process.env.TERM ?? 'dumb' } });
}

async function prepare(
  execution: Execution,
  command: SandboxRequest['command'],
  output: SandboxRequest['output'],
): Promise<SandboxRequest> {
  const { action, staging } = execution;
  const directory = (name: string) => join(staging.dir, name);
  for (const name of ['out', 'build', 'mount', 'tree', 'work'])
    await mkdir(directory(name), { recursive: true });
  const layer = Object.keys(action.outputs).find((name) => action.outputs[name] === 'layer');
  const keepsRoot = layer !== undefined && action.root.length > 0;
  if (keepsRoot) await mkdir(join(directory('out'), layer), { recursive: true });
  const inputs = Object.entries(execution.inputs).sort(([a], [b]) => compareCodeUnits(a, b));
  const stacked = inputs.flatMap(([name, path]) => (isStacked(name) ? [path] : []));
  const mounts = inputs
    .filter(([name]) => !isStacked(name))
    .map(([name, source]): Mount => ({ source, target: `/in/${name}`, writable: false }));
  return {
    layers: execution.layers,
    changes: keepsRoot
      ? { kind: 'kept', upper: join(directory('out'), layer), scratch: directory('work') }
      : { kind: action.privilege === 'build' ? 'refused' : 'lost' },
    mountPoint: directory('mount'),
    mounts: [
      ...mounts,
      ...(keepsRoot ? [] : [{ source: directory('out'), target: '/out', writable: true }]),
      { source: directory('build'), target: '/build', writable: true },
    ],
    ...(stacked.length > 0 && {
      stack: { layers: stacked, mountPoint: directory('tree'), target: '/in/tree' },
    }),
    command,
    env: action.env,
    cwd: '/build',
    privilege: action.privilege,
    output,
    signal: execution.signal,
  };
}

async function commandFailed({ action, log, staging }: Execution, exitCode: number): Promise<Result<never>> {
  const message = `The command of ${action.id} ended with exit code ${exitCode}`;
  const { bavail, bsize } = await statfs(staging.dir);
  const cause = bavail * bsize < LITTLE_BYTES ? await noSpaceLine(log) : undefined;
  if (cause !== undefined) {
    return fail({
      code: 'store/no-space',
      message: `${message}: there is no space left for the store.`,
      place: action.id,
      cause,
      next: 'Free some space, or run `qbuild cache gc`, then start the same command again.',
    });
  }
  const look = `Run \`qbuild shell ${action.id}\` to look around in its sandbox.`;
  const stated = await statedFailure(log, action.kind);
  return fail({
    code: (stated?.code ?? 'action/command-failed') as Failure['code'],
    message: `${message}.`,
    place: action.id,
    ...(stated !== undefined && { cause: stated.text }),
    next: [...(await sandboxHints(log)), look].join(' '),
  });
}

async function checkOutputs(action: Action, directory: string): Promise<Result<void>> {
  const present = new Set(await readdir(directory));
  const declared = Object.keys(action.outputs);
  const missing = declared.filter((name) => !present.has(name));
  if (missing.length > 0) {
    return fail({
      code: 'action/missing-output',
      message: `${action.id} succeeded without making ${missing.join(', ')}.`,
      place: action.id,
      next: 'Make the command create every declared output below /out, or declare fewer.',
    });
  }
  const undeclared = [...present].filter((name) => !declared.includes(name)).sort();
  if (undeclared.length > 0) {
    return fail({
      code: 'action/undeclared-output',
      message: `${action.id} wrote ${undeclared.join(', ')} below /out, which it does not declare.`,
      place: action.id,
      next: 'Declare the output, or write temporary files below /build.',
    });
  }
  return ok();
}
