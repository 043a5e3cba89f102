// The engine's ports and limits for a prepared product on this machine.
import { availableParallelism, totalmem } from 'node:os';
import type { Runner } from '../action/action.ts';
import type { Ports } from '../engine/execute.ts';
import type { ActionRunner } from '../engine/ports.ts';
import type { RunOptions } from '../engine/run.ts';
import { bubblewrap } from '../sandbox/bubblewrap.ts';
import { sandboxRunner } from '../sandbox/sandbox-runner.ts';
import { supplyFromLock } from '../source/supply.ts';
import { downloadsOf } from '../steps/deb/index.ts';
import type { Prepared, Reporting } from './prepare.ts';

export interface EngineSettings {
  /** Reach no network. */
  readonly offline: boolean;
  readonly keepGoing: boolean;
  /** Most cores that actions reserve at once; all when absent. */
  readonly jobs?: number;
}

const BYTES_PER_MB = 2 ** 20;

export function enginePorts(
  prepared: Prepared,
  settings: EngineSettings,
  { emit, elapsed }: Reporting,
): Ports {
  const { store, signing, lock, directories, mirrors, product } = prepared;
  const clock = { now: elapsed };
  const runners: Record<Runner, ActionRunner> = {
    sandbox: sandboxRunner(bubblewrap),
    // Loaded when something has to be signed.
    sign: {
      run: async (execution) =>
        (await import('../sign/sign-runner.ts')).signRunner(signing.open).run(execution),
    },
  };
  const supplied = {
    cacheDir: directories.cache,
    poolDir: directories.packages,
    mirrors,
    offline: settings.offline,
    emit,
    clock,
  };
  const downloads = product.components.flatMap(({ packages }) => packages.flatMap(downloadsOf));
  const supply = supplyFromLock(lock, store, supplied, downloads);
  return { store, supply, runners, emit, clock };
}

export function engineLimits({ jobs, keepGoing }: EngineSettings, signal: AbortSignal): RunOptions {
  return {
    jobs: jobs ?? availableParallelism(),
    memoryMB: Math.floor(totalmem() / BYTES_PER_MB),
    keepGoing,
    signal,
  };
}
