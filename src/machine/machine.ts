// A running virtual machine: QEMU's process with a serial console and a monitor. It never outlives whoever started it.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { fail, ok, type Result } from '../base/failure.ts';
import {
  type MachineDescription,
  MONITOR_DESCRIPTOR,
  machineArguments,
  SERIAL_DESCRIPTOR,
} from './arguments.ts';
import { SerialConsole } from './console.ts';
import { Monitor } from './monitor.ts';

export const EMULATOR = 'qemu-system-x86_64';

export interface Machine {
  readonly console: SerialConsole;
  readonly monitor: Monitor;
  /** Ends it at once, if it has not ended by itself, and waits until it is gone. */
  readonly stop: () => Promise<void>;
  /** What QEMU itself complained of. */
  readonly complaints: () => string;
  /** Whether it was ended since its disks or its log had no space to grow. */
  readonly outOfSpace: () => boolean;
}

/**
 * Switches a machine on; `log` is the file that gets what its console says. Fails with `host/missing-tool`.
 *
 * The consoles are socket pairs, so nothing on disk outlives the machine. It has a process group of its own, so that
 * Ctrl-C reaches this process alone; and the kernel kills it when this process dies in whatever way.
 */
export async function startMachine(
  description: MachineDescription,
  log: string,
  signal: AbortSignal,
): Promise<Result<Machine>> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', EMULATOR, ...machineArguments(description)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const began = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  if (began !== undefined) {
    return fail({
      code: 'host/missing-tool',
      message: `QEMU cannot be started: ${began.message}.`,
      next: 'Install the packages util-linux and qemu-system-x86.',
    });
  }
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = () => killGroup(child);
  signal.addEventListener('abort', kill, { once: true });
  void ended.then(() => signal.removeEventListener('abort', kill));
  if (signal.aborted) kill();
  let outOfSpace = false;
  const endWithoutSpace = () => {
    outOfSpace = true;
    kill();
  };
  return ok({
    console: new SerialConsole(child.stdio[SERIAL_DESCRIPTOR] as Duplex, {
      log: (line) => {
        if (!append(log, line)) endWithoutSpace();
      },
    }),
    monitor: new Monitor(child.stdio[MONITOR_DESCRIPTOR] as Duplex, endWithoutSpace),
    complaints: () => complaints,
    outOfSpace: () => outOfSpace,
    async stop() {
      kill();
      await ended;
    },
  });
}

/** False when there is no space. */
function append(file: string, text: string): boolean {
  try {
    appendFileSync(file, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    return false;
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
