// The scripts that make the parts of a medium, run by hand where a tool makes less than it should: the reading finds it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const STEPS = resolve(import.meta.dirname, '../../../src/steps');

/** A directory with files and programs; `run` starts a script of the step, with these programs before others. */
function place(files: Readonly<Record<string, string>>, programs: Readonly<Record<string, string>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-parts-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of ['out', 'work', 'programs']) mkdirSync(join(dir, name));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(dir, 'programs', name), `#!/bin/bash\nset -eu\n${lines}\n`, { mode: 0o755 });
  }
  const run = (script: string, env: Record<string, string>, before = '') => {
    const command = `set -e; ${before} cd "$0/work"; exec bash "$1"`;
    const enter = ['--map-root-user', '--mount', 'bash', '--norc', '-c', command, dir, join(STEPS, script)];
    const { status, stderr } = spawnSync('unshare', enter, {
      env: {
        PATH: `${join(dir, 'programs')}:${process.env.PATH}`,
        QBUILD_IN: join(dir, 'in'),
        QBUILD_OUT: join(dir, 'out'),
        SOURCE_DATE_EPOCH: '1700000000',
        ...env,
      },
    });
    return { status, last: stderr.toString().trimEnd().split('\n').at(-1) };
  };
  return { dir, run };
}

describe('a squashfs', () => {
  const SYSTEM = {
    'in/tree/boot/vmlinuz-1': 'kernel',
    'in/tree/usr/lib/systemd/systemd': 'systemd',
    'in/tree/etc/machine-id': '',
  };
  const SOURCED = {
    'in/archive-tree': `. '${STEPS}/template/archive-tree.sh'\n`,
    'in/inspect': `. '${STEPS}/template/inspect.sh'\n`,
    'in/block-hashes': `. '${STEPS}/iso/block-hashes.sh'\n`,
  };
  // The host's mksquashfs may be older than that of the step's tools, and know no -default-mode.
  const WRITING = `args=("$@"); args=("\${args[@]/#-default-/-root-}"); /usr/bin/mksquashfs "\${args[@]}"`;
  /** Writes a squashfs, and then other bytes over its first block. */
  const DAMAGING = `${WRITING}\nhead -c 4000 /dev/zero | dd of="$2" bs=1 seek=96 conv=notrunc status=none`;
  const VERITY = { VERITY_UUID: '3b0b7c55-9f8f-4a0e-9c4b-2f6a3d6a7c11', VERITY_SALT: 'aa'.repeat(32) };
  const ENVIRONMENT = { ...VERITY, SQUASHFS_OPTIONS: '-comp zstd' };
  const squash = (files: Record<string, string>, mksquashfs = WRITING, HYPERVISOR = '') =>
    place({ ...SOURCED, ...files }, { mksquashfs }).run('iso/squashfs.sh', { ...ENVIRONMENT, HYPERVISOR });
  test('of a sound system passes', () => {
    const { status, last } = squash(SYSTEM);
    expect(status).toBe(0);
    expect(last).not.toContain('failure');
  });

  test('that lacks what starts the system is refused', () => {
    const { 'in/tree/usr/lib/systemd/systemd': _, ...without } = SYSTEM;
    expect(squash(without)).toEqual({
      status: 1,
      last: 'qbuild: failure iso/broken-squashfs: The squashfs has no /usr/lib/systemd/systemd.',
    });
  });

  test('of a system without the kernel or the hypervisor is not made', () => {
    const { 'in/tree/boot/vmlinuz-1': _, ...without } = SYSTEM;
    const failed = (text: string) => ({ status: 1, last: `qbuild: failure iso/missing-${text}` });
    expect(squash(without)).toEqual(failed('kernel: The system of the admin domain has no /boot/vmlinuz-*.'));
    expect(squash(SYSTEM, WRITING, '/boot/hyp-*.gz')).toEqual(
      failed('hypervisor: The system of the admin domain has no /boot/hyp-*.gz.'),
    );
  });

  test.each([
    ['private-key', 'etc/ssh/ssh_host_rsa_key', 'a private key: /etc/ssh/ssh_host_rsa_key'],
    ['machine-id', 'etc/machine-id', 'a machine id: /etc/machine-id'],
    ['random-seed', 'var/lib/systemd/random-seed', 'a random seed: /var/lib/systemd/random-seed'],
  ])('of a system with what no two may share is refused with iso/%s', (code, path, what) => {
    expect(squash({ ...SYSTEM, [`in/tree/${path}`]: 'something' })).toEqual({
      status: 1,
      last: `qbuild: failure iso/${code}: The image has ${what}.`,
    });
  });

  test('that was damaged after it was written is refused', () => {
    expect(squash(SYSTEM, DAMAGING)).toEqual({
      status: 1,
      last: 'qbuild: failure iso/broken-squashfs: unsquashfs cannot read the squashfs.',
    });
  });

  test('has a tree of hashes behind it, which stands for each byte of it', () => {
    const at = place({ ...SOURCED, 'in/layer/etc/hostname': 'live' }, { mksquashfs: WRITING });
    expect(at.run('iso/layer.sh', ENVIRONMENT).status).toBe(0);
    const file = join(at.dir, 'out/squashfs');
    const [name, root, offset] = readFileSync(join(at.dir, 'out/root'), 'utf8').trimEnd().split(' ');
    const verify = () =>
      spawnSync('veritysetup', ['verify', `--hash-offset=${offset}`, file, file, root ?? '']).status;
    expect(name).toBe('live');
    expect(verify()).toBe(0);
    // The date in the superblock.
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(8) ^ 1, 8);
    writeFileSync(file, bytes);
    expect(verify()).not.toBe(0);
  });

  test('of which the hashes are not its own is refused', () => {
    const veritysetup = `/usr/sbin/veritysetup "$@"
[ "$1" != format ] || printf x | dd of="\${@: -1}" bs=1 seek=8 conv=notrunc status=none`;
    const at = place({ ...SOURCED, 'in/layer/etc/hostname': 'live' }, { mksquashfs: WRITING, veritysetup });
    expect(at.run('iso/layer.sh', ENVIRONMENT)).toEqual({
      status: 1,
      last: 'qbuild: failure iso/broken-squashfs: The hashes of the blocks of live.squashfs are not theirs.',
    });
  });

  test('of the live system that was damaged is refused', () => {
    const at = place({ ...SOURCED, 'in/layer/etc/hostname': 'live' }, { mksquashfs: DAMAGING });
    expect(at.run('iso/layer.sh', ENVIRONMENT)).toEqual({
      status: 1,
      last: 'qbuild: failure iso/broken-squashfs: unsquashfs cannot read the squashfs of the live system.',
    });
  });
});

describe('an initramfs', () => {
  const MEMBERS = [
    'scripts/qubes-live',
    ...['mount', 'blkid', 'losetup', 'veritysetup', 'sha256sum', 'gpgv', 'key.gpg'].map(
      (name) => `usr/lib/qubes-live/${name}`,
    ),
    'usr/lib/modules/6.1-1/kernel/fs/squashfs/squashfs.ko',
  ];
  /** Where the script looks for a kernel and a configuration. */
  const SYSTEM =
    'mount -t tmpfs system /etc; mount -t tmpfs system /boot; mkdir /etc/initramfs-tools; ' +
    'touch /boot/vmlinuz-6.1-1 /etc/initramfs-tools/initramfs.conf; ';

  /** An initramfs for which mkinitramfs copied these members and no more; its list is all that there is of it. */
  const made = (members: readonly string[]) =>
    place(
      { 'in/boot-script': '', 'in/hook': '', 'in/key': '', 'in/modules': '', members: members.join('\n') },
      {
        mkinitramfs: 'while [ "$1" != -o ]; do shift; done; cp "$QBUILD_IN/../members" "$2"',
        lsinitramfs: 'cat "$1"',
      },
    ).run('iso/initramfs.sh', { INITRAMFS_LEVEL: '3' }, SYSTEM);

  test('with all that finds and verifies a medium passes', () => {
    expect(made(MEMBERS)).toEqual({ status: 0, last: '' });
  });

  test.each(MEMBERS)('without %s is refused', (member) => {
    expect(made(MEMBERS.filter((each) => each !== member))).toEqual({
      status: 1,
      last: `qbuild: failure iso/broken-initramfs: The initramfs has no ${member}.`,
    });
  });

  test('needs a kernel', () => {
    const { run } = place({});
    expect(run('iso/initramfs.sh', { INITRAMFS_LEVEL: '3' }, 'mount -t tmpfs system /boot; ').last).toBe(
      'qbuild: failure iso/missing-kernel: The system of the admin domain has no /boot/vmlinuz-*.',
    );
  });
});
