// A guest whose root file system is checked block by block: it starts, stays as it is, and refuses an altered one.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { firmwareFiles } from '../../src/machine/firmware.ts';
import { startMachine } from '../../src/machine/machine.ts';
import { parseRun, Workbench } from './workbench.ts';

const NAME = 'sealed';
/** ext4's, and dm-verity's. */
const BLOCK = 4096;

const bench = new Workbench().copyProject();
afterAll(() => bench.remove());
const raw = join(bench.dir, 'sealed.img');

/** Says on the console what can be written to: programs cannot, the rest can. */
const SERVICE = `[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/try-writing
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
`;
const TRY_WRITING = `#!/bin/sh
for dir in /usr /boot /etc /home /root /var /tmp; do
  if touch "$dir/new" 2>/dev/null; then said="$said $dir"; fi
done
echo "writable:$said."
`;

beforeAll(async () => {
  bench.write(`templates/${NAME}/try.service`, SERVICE);
  bench.write(`templates/${NAME}/try-writing`, TRY_WRITING);
  bench.write(`templates/${NAME}/executable`, 'chmod 755 /usr/local/sbin/try-writing\n');
  bench.write(
    `templates/${NAME}/template.yaml`,
    `kind: template
name: ${NAME}
title: Sealed
distribution: debian-12
size: 1GiB
verity: true
packages: []
files:
  /etc/systemd/system/try.service: try.service
  /usr/local/sbin/try-writing: try-writing
hooks: [executable]
services: [try.service]
`,
  );
  const { stdout, stderr } = await bench.run(['template', NAME, '--vmm', 'xen', '--json']);
  expect(parseRun(stdout, stderr).result.failure).toBeUndefined();
  execFileSync('cp', [
    '--sparse=always',
    join(bench.workspace, `out/templates/${NAME}/xen/${NAME}.img`),
    raw,
  ]);
});

/** Where a partition of the raw disk begins, in bytes. */
function startOf(partition: string): number {
  const table = execFileSync('sfdisk', ['--dump', raw], { encoding: 'utf8' });
  const [, sectors] = new RegExp(`start= *(\\d+),.*name="${partition}"`).exec(table) ?? [];
  return Number(sectors) * 512;
}

/** Emulation on a busy machine: a tenth of a minute would do on real hardware. */
const PATIENCE_MS = 900_000;

/** What the console of a machine with that disk says, up to and with the pattern. */
async function saidBy(disk: string, firmware: 'uefi' | 'bios', until: RegExp): Promise<string> {
  const { signal } = new AbortController();
  const files = firmwareFiles(firmware, bench.dir);
  const drive = {
    bus: 'virtio',
    source: { kind: 'image', path: disk, format: 'raw', discards: true },
  } as const;
  const description = { accelerator: 'tcg', memoryMiB: 512, drives: [drive] } as const;
  if (!files.ok) throw new Error(files.error.message);
  const log = join(bench.dir, 'console.log');
  const machine = await startMachine({ ...description, firmware: files.value }, log, signal);
  if (!machine.ok) throw new Error(machine.error.message);
  try {
    const heard = await machine.value.console.until(until, { limitMs: PATIENCE_MS, signal });
    expect(heard, machine.value.console.text).toMatchObject({ kind: 'said' });
    return machine.value.console.text;
  } finally {
    await machine.value.stop();
  }
}

test.each(['uefi', 'bios'] as const)('a checked root starts from %s, and is read-only', async (firmware) => {
  const said = await saidBy(raw, firmware, /writable:.*\./);
  expect(said).toContain('writable: /etc /home /root /var /tmp.');
});

test('the hashes are those of the root, with the root hash that the guest starts with', () => {
  const config = execFileSync('mtype', ['-i', `${raw}@@${startOf('esp')}`, '::EFI/debian/grub.cfg'], {
    encoding: 'utf8',
  });
  const [, hash] = /roothash=([0-9a-f]{64}) /.exec(config) ?? [];
  const files = ['root', 'root-verity'].map((partition) => {
    const file = join(bench.dir, partition);
    const skip = `skip=${startOf(partition) / 2 ** 20}`;
    execFileSync('dd', [`if=${raw}`, `of=${file}`, 'bs=1M', skip, 'conv=sparse', 'status=none']);
    return file;
  });
  // What follows the partitions is of no interest to it.
  execFileSync('veritysetup', ['verify', ...files, String(hash)]);
});

test('one altered byte of a program stops the guest before it runs', async () => {
  const at = `${raw}?offset=${startOf('root')}`;
  const block = execFileSync('debugfs', ['-R', 'bmap /usr/lib/systemd/systemd 3', at], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const altered = join(bench.dir, 'altered.img');
  execFileSync('cp', ['--sparse=always', raw, altered]);
  flip(altered, startOf('root') + Number(block) * BLOCK + 100);
  const said = await saidBy(altered, 'bios', /Kernel panic.*\n/);
  expect(said).toContain(`data block ${block.trim()} is corrupted`);
  expect(said).toContain('Kernel panic - not syncing: dm-verity device corrupted');
  expect(said).not.toContain('Welcome to');
});

function flip(file: string, offset: number): void {
  const descriptor = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(descriptor, byte, 0, 1, offset);
  closeSync(descriptor);
}
