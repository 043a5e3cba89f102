// The checks of a finished image, on disks that were damaged after they were made: each is found, and says what it is.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Layout, layoutOf, partitionTable } from '../../../src/steps/template/layout.ts';

const STEP = resolve(import.meta.dirname, '../../../src/steps/template');
const MIB = 2 ** 20;
const LOADER = 'EFI/BOOT/BOOTX64.EFI';

const layout: Layout = layoutOf('oak', 128 * MIB);
const { root, efiSystem } = layout;

let dir: string;
const at = (path: string) => join(dir, path);

function write(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

/** Runs commands of the step's scripts in the directory of the disk. */
function bash(command: string, env: Record<string, string> = {}) {
  const scripts = ['inspect', 'check-disk', 'formats'].map((name) => `. "${STEP}/${name}.sh"; `);
  const { status, stderr } = spawnSync('bash', ['--norc', '-c', `${scripts.join('')}${command}`], {
    cwd: dir,
    env: {
      PATH: `/usr/sbin:/sbin:${process.env.PATH}`,
      LC_ALL: 'C.UTF-8',
      ROOT_START: String(root.start),
      ESP_START: String(efiSystem.start),
      ...env,
    },
  });
  return { status, said: stderr.toString() };
}

/** A disk as image.sh lays it out, made by the tools of the host. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-disk-'));
  for (const path of ['etc/fstab', 'usr/lib/systemd/systemd', 'boot/grub/grub.cfg', 'boot/vmlinuz-1']) {
    write(`tree/${path}`, `${path}\n`.repeat(2000));
  }
  write('tree/boot/initrd.img-1', 'initrd');
  symlinkSync('boot/vmlinuz-1', at('tree/vmlinuz'));
  symlinkSync('/boot/initrd.img-1', at('tree/initrd.img'));
  write(`esp/${LOADER}`, 'the loader\n'.repeat(1000));
  write('table', partitionTable(layout));
  writeFileSync(at('sound.raw'), '');
  truncateSync(at('sound.raw'), layout.size);
  const made = bash(
    [
      'sfdisk --quiet --no-reread --no-tell-kernel sound.raw <table',
      `mke2fs -q -t ext4 -b 4096 -E offset=${root.start} -d tree sound.raw ${root.size / 1024}k`,
      `mformat -i sound.raw@@${efiSystem.start} -F -c 1 -T ${efiSystem.size / 512} ::`,
      `mcopy -i sound.raw@@${efiSystem.start} -s esp/EFI ::`,
    ].join(' && '),
  );
  expect(made).toEqual({ status: 0, said: '' });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What is said about the disk after a change by commands. */
function checked(damage: string, env: Record<string, string> = {}) {
  const copied = bash(`cp --sparse=always sound.raw disk.raw; ${damage}`);
  expect(copied).toMatchObject({ status: 0 });
  const { status, said } = bash('check_disk disk.raw tree esp', env);
  return { status, last: said.trimEnd().split('\n').at(-1) };
}

const zeroes = (start: number, length: number) =>
  `dd if=/dev/zero of=disk.raw bs=512 seek=${start / 512} count=${length / 512} conv=notrunc status=none`;
const onRoot = (command: string) => `debugfs -w -R "${command}" "disk.raw?offset=${root.start}" 2>/dev/null`;
const onEsp = `disk.raw@@${efiSystem.start}`;

describe('a disk', () => {
  test('that is what it should be passes', () => {
    expect(checked('true')).toEqual({ status: 0, last: '' });
  });

  test.each([
    ['whose partition table was overwritten', zeroes(512, 512), 'The partition table is not sound: '],
    ['whose list of partitions was altered', zeroes(1024, 512), 'The partition table is not sound: '],
    [
      'whose root file system lost its inodes',
      zeroes(root.start + 2 * MIB, 2 * MIB),
      'The root file system is not sound.',
    ],
    ['whose root file system is none', zeroes(root.start, MIB), 'The root file system is not sound.'],
    [
      'whose root lacks what starts it',
      `${onRoot('rm /usr/lib/systemd/systemd')}`,
      'The root file system has no /usr/lib/systemd/systemd.',
    ],
    ['whose kernel is gone', `${onRoot('rm /boot/vmlinuz-1')}`, 'The root file system has no /vmlinuz.'],
    [
      'whose loader was altered',
      `echo other >other; mcopy -o -i ${onEsp} other ::${LOADER}`,
      `The EFI system partition has no sound ${LOADER}.`,
    ],
    [
      'whose loader is gone',
      `mdel -i ${onEsp} ::${LOADER}`,
      `The EFI system partition has no sound ${LOADER}.`,
    ],
    [
      'whose EFI system partition no firmware reads',
      `mformat -i ${onEsp} -c 64 -T ${efiSystem.size / 512} :: && mcopy -i ${onEsp} -s esp/EFI ::`,
      'The EFI system partition is not FAT32.',
    ],
  ])('%s is refused', (_, damage, says) => {
    const { status, last } = checked(damage);
    expect(status).toBe(1);
    expect(last?.slice(0, `qbuild: failure template/broken-image: ${says}`.length)).toBe(
      `qbuild: failure template/broken-image: ${says}`,
    );
  });

  test('from whose root GRUB reads nothing needs no configuration of it there', () => {
    const without = onRoot('rm /boot/grub/grub.cfg');
    expect(checked(without).last).toContain('has no /boot/grub/grub.cfg.');
    expect(checked(without, { VERITY_START: '1' })).toEqual({ status: 0, last: '' });
  });
});

describe('an image of a VMM', () => {
  const ends = (said: string) => said.trimEnd().split('\n').at(-1);

  test.each(['qcow2', 'vdi', 'vhdx', 'vmdk'])('as %s is compared with its disk', (format) => {
    const env = { IMAGE_FORMAT: format, IMAGE_NAME: 'oak' };
    const options = format === 'vmdk' ? ' subformat=streamOptimized' : '';
    expect(bash(`convert_disk sound.raw image${options} && check_image sound.raw image`, env)).toEqual({
      status: 0,
      said: '',
    });
    copyFileSync(at('sound.raw'), at('other.raw'));
    flip(at('other.raw'), efiSystem.start + 512);
    const { status, said } = bash('check_image other.raw image', env);
    expect([status, ends(said)]).toEqual([
      1,
      'qbuild: failure template/broken-image: The image does not hold the disk that it was made of.',
    ]);
  });

  test.each(['qcow2', 'vhdx'])('as %s that is cut off is refused', (format) => {
    const env = { IMAGE_FORMAT: format, IMAGE_NAME: 'oak' };
    expect(bash('convert_disk sound.raw image && truncate --size=-70K image', env)).toMatchObject({
      status: 0,
    });
    const { status, said } = bash('check_image sound.raw image', env);
    expect(status).toBe(1);
    expect(ends(said)).toMatch(/^qbuild: failure template\/broken-image: /);
  });
});

function flip(file: string, offset: number): void {
  const opened = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(opened, byte, 0, 1, offset);
  writeSync(opened, Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, offset);
  closeSync(opened);
}
