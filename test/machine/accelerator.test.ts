// The accelerator is found by starting a guest: with the real QEMU, and with ones that refuse.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseAccelerator } from '../../src/machine/accelerator.ts';
import { probeDisk } from '../../src/machine/probe.ts';
import { bootSector } from './assembled.ts';

const pathBefore = process.env.PATH;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-accelerator-'));
});
afterEach(() => {
  process.env.PATH = pathBefore;
  rmSync(dir, { recursive: true });
});

/** A QEMU before the real one on PATH. */
function emulator(script: string): void {
  const file = join(dir, 'qemu-system-x86_64');
  writeFileSync(file, `#!/bin/bash\n${script}\n`);
  chmodSync(file, 0o755);
  process.env.PATH = `${dir}:${pathBefore}`;
}

const NEVER = new AbortController().signal;

describe('the accelerator', () => {
  test('is one with which a guest has reached 64 bits', async () => {
    const chosen = await chooseAccelerator(NEVER);
    expect(chosen).toMatchObject({ ok: true, value: { name: expect.stringMatching(/^(?:kvm|tcg)$/) } });
  });

  test('is emulation where hardware virtualisation is there but starts nothing', async () => {
    emulator(
      '[[ "$*" != *accel=kvm* ]] || { echo "kvm: it is broken" >&2; exit 1; }\nexec /usr/bin/qemu-system-x86_64 "$@"',
    );
    expect(await chooseAccelerator(NEVER)).toEqual({
      ok: true,
      value: {
        name: 'tcg',
        patience: 20,
        because: 'no guest starts with hardware virtualisation here (kvm: it is broken)',
      },
    });
  });

  test('is none where nothing starts, and both reasons are told', async () => {
    emulator('echo "no luck with $(grep --only-matching "accel=..." <<<"$*")" >&2; exit 1');
    expect(await chooseAccelerator(NEVER)).toEqual({
      ok: false,
      error: {
        code: 'host/no-virtual-machines',
        message: 'No virtual machine starts here, not even an emulated one.',
        cause: 'with hardware virtualisation: no luck with accel=kvm\nemulated: no luck with accel=tcg',
        next: 'Start `qemu-system-x86_64 -display none` by hand and see what it says.',
      },
    });
  });

  test('is no longer looked for when the run is interrupted', async () => {
    emulator('exec sleep 60');
    const controller = new AbortController();
    const chosen = chooseAccelerator(controller.signal);
    controller.abort();
    expect(await chosen).toMatchObject({ ok: false, error: { code: 'interrupted/cancelled' } });
  });
});

test('the probe is what its source assembles to', () => {
  expect(probeDisk().subarray(0, 512).toString('hex')).toBe(
    bootSector('../../src/machine/probe.S').toString('hex'),
  );
});
