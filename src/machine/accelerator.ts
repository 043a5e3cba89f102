// Which accelerator runs guests on this machine: found out by starting one, since /dev/kvm may be there and not work.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { startMachine } from './machine.ts';
import { PROBE_SAYS, probeDisk } from './probe.ts';

export interface Accelerator {
  /** As QEMU calls it: hardware virtualisation by Linux, or translation of code. */
  readonly name: 'kvm' | 'tcg';
  /** How many times longer than a real machine a guest may take. */
  readonly patience: number;
  /** Why it is this one; a sentence without a full stop. */
  readonly because: string;
}

/** With hardware support the probe takes half a second; a busy machine gets ten times that. */
const HARDWARE_WITHIN_MS = 5_000;
const EMULATION_WITHIN_MS = 60_000;
/** Emulated kernels boot ten times slower than real ones; twice that on a machine with other work. */
const EMULATION_PATIENCE = 20;

/** Tries hardware virtualisation first, then emulation. Fails with `host/no-virtual-machines`. */
export async function chooseAccelerator(signal: AbortSignal): Promise<Result<Accelerator>> {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-probe-'));
  try {
    const disk = join(dir, 'probe.img');
    writeFileSync(disk, probeDisk());
    const kvm = await probe('kvm', disk, HARDWARE_WITHIN_MS, signal);
    if (!kvm.ok) return kvm;
    if (kvm.value === undefined)
      return ok({ name: 'kvm', patience: 1, because: 'a guest started with hardware virtualisation' });
    const tcg = await probe('tcg', disk, EMULATION_WITHIN_MS, signal);
    if (!tcg.ok) return tcg;
    if (tcg.value === undefined) {
      const because = `no guest starts with hardware virtualisation here (${kvm.value})`;
      return ok({ name: 'tcg', patience: EMULATION_PATIENCE, because });
    }
    return fail({
      code: 'host/no-virtual-machines',
      message: 'No virtual machine starts here, not even an emulated one.',
      cause: `with hardware virtualisation: ${kvm.value}\nemulated: ${tcg.value}`,
      next: 'Start `qemu-system-x86_64 -display none` by hand and see what it says.',
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Undefined when the probe ran, or what happened instead. */
async function probe(
  accelerator: Accelerator['name'],
  disk: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<Result<string | undefined>> {
  const source = { kind: 'image', path: disk, format: 'raw', discards: true } as const;
  const started = await startMachine(
    { accelerator, firmware: undefined, memoryMiB: 64, drives: [{ bus: 'sata', source }] },
    `${disk}.log`,
    signal,
  );
  if (!started.ok) return started;
  const { console, stop, complaints } = started.value;
  const heard = await console.until(PROBE_SAYS, { limitMs, signal });
  await stop();
  if (heard.kind === 'said') return ok(undefined);
  if (heard.kind === 'cancelled')
    return fail({
      code: 'interrupted/cancelled',
      message: 'Stopped before a virtual machine was found to start.',
    });
  const own = complaints().trim().split('\n').at(-1) ?? '';
  if (heard.kind === 'off') return ok(own === '' ? 'QEMU ended at once' : own);
  return ok(`it said nothing within ${limitMs / 1000} s`);
}
