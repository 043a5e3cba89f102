// The scripts that write an ISO and read it back, run by hand: what is not as it was written is found, and so is want of room.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const STEP = resolve(import.meta.dirname, '../../../src/steps/iso');

/** A directory with inputs that begin a medium of some MiB; it has no sums. */
function inputs(mebibytes: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-iso-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const path of ['in/medium/EFI', 'in/medium/boot/grub', 'in/medium/qubes', 'out', 'work']) {
    mkdirSync(join(dir, path), { recursive: true });
  }
  writeFileSync(join(dir, 'in/mbr'), Buffer.alloc(512));
  writeFileSync(join(dir, 'in/medium/EFI/bios.img'), Buffer.alloc(8192, 1));
  writeFileSync(join(dir, 'in/partition'), Buffer.alloc(65_536, 2));
  writeFileSync(join(dir, 'in/medium/qubes/large'), Buffer.alloc(mebibytes * 2 ** 20, 3));
  return dir;
}

function assemble(dir: string, before = '', env: Record<string, string> = {}) {
  return run('assemble.sh', dir, { env, before });
}

/** Writes it, and reads that back; `altering`: what happens to `$iso` in between. */
function readBack(dir: string, altering = ':') {
  expect(assemble(dir).status).toBe(0);
  const [written, read] = ['out', 'read'].map((name) => join(dir, name)) as [string, string];
  mkdirSync(read, { recursive: true });
  renameSync(join(written, 'iso'), join(dir, 'in/iso'));
  execFileSync('bash', ['--norc', '-euc', altering], {
    env: { PATH: process.env.PATH, iso: join(dir, 'in/iso') },
  });
  return run('check-volume.sh', dir, { env: { QBUILD_OUT: read } });
}

interface Circumstances {
  readonly before?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function run(script: string, dir: string, { before = '', env = {} }: Circumstances) {
  const command = `${before} cd "$0/work" && exec bash "$1"`;
  const { status, stderr } = spawnSync(
    'unshare',
    ['--map-root-user', '--mount', 'bash', '-c', command, dir, join(STEP, script)],
    {
      env: {
        PATH: process.env.PATH,
        QBUILD_IN: join(dir, 'in'),
        QBUILD_OUT: join(dir, 'out'),
        SOURCE_DATE_EPOCH: '1700000000',
        VOLUME_LABEL: 'DISC_1',
        VOLUME_DATE: '2023111422132000',
        ...env,
      },
    },
  );
  return { status, said: stderr.toString() };
}

describe('writing an ISO', () => {
  test('needs room, and says how much', () => {
    const { status, said } = assemble(inputs(8), 'mount -t tmpfs -o size=4m tmpfs "$0/out" &&');
    expect(status).toBe(1);
    expect(said).toMatch(
      /^qbuild: failure iso\/no-space: The ISO takes \d+ MiB, and where the store is there are \d MiB left/m,
    );
  });

  test('ends when the medium has less room', () => {
    const { said } = assemble(inputs(8), '', { VOLUME_CAPACITY: '4' });
    expect(said).toMatch(
      /^qbuild: failure iso\/over-limits: The ISO has \d+ MiB, and the medium has room for 4 MiB/m,
    );
  });

  test('ends when a file is larger than a volume can have, and writes nothing', () => {
    const dir = inputs(1);
    // Sparse: xorriso refuses it before it reads a byte.
    writeFileSync(join(dir, 'in/medium/qubes/huge'), '');
    truncateSync(join(dir, 'in/medium/qubes/huge'), 500 * 2 ** 30);
    const { status, said } = assemble(dir);
    expect(status).toBe(1);
    expect(said.trimEnd().split('\n').at(-1)).toMatch(
      /^qbuild: failure iso\/not-written: xorriso could not write the volume: .*File exceeds size limit/,
    );
    expect(readdirSync(join(dir, 'out'))).toEqual([]);
  });

  test('names its files for Windows, too, when it is told to, and always the same', () => {
    const file = 'qubes/windows-tools/qubes-rpc/qubes.GetAppmenus';
    const written = (names: string) => {
      const dir = inputs(1);
      mkdirSync(join(dir, 'in/medium', dirname(file)), { recursive: true });
      writeFileSync(join(dir, 'in/medium', file), 'the program');
      expect(assemble(dir, '', { VOLUME_NAMES: names }).status).toBe(0);
      return join(dir, 'out/iso');
    };
    /** As a system sees them that does not know Rock Ridge. */
    const seen = (iso: string) =>
      execFileSync('xorriso', ['-read_fs', 'norock', '-indev', iso, '-find', '/', '-type', 'f'], {
        stdio: 'pipe',
      }).toString();
    const one = written('joliet');
    expect(seen(one)).toContain(`'/${file}'`);
    expect(seen(written(''))).not.toContain('GetAppmenus');
    expect(readFileSync(written('joliet')).equals(readFileSync(one))).toBe(true);
  });
});

describe('reading an ISO back', () => {
  test('ends when what is read is not what the list says', () => {
    const dir = inputs(1);
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS'), `${'0'.repeat(64)}  qubes/large\n`);
    const { status, said } = readBack(dir);
    expect(status).toBe(1);
    expect(said).toContain(
      'qbuild: failure iso/broken-medium: What is read from the ISO is not what was written: qubes/large.',
    );
  });

  test('finds every file of the list in the volume, whatever its name and size', () => {
    const dir = inputs(3);
    writeFileSync(join(dir, "in/medium/qubes/it's 'one'"), 'of them');
    writeFileSync(join(dir, 'in/medium/qubes/empty'), '');
    const listed = execFileSync('find', ['qubes', '-type', 'f', '-exec', 'sha256sum', '{}', '+'], {
      cwd: join(dir, 'in/medium'),
    });
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS'), listed);
    // It ends because nothing is signed, which is looked at last.
    expect(readBack(dir).said).toContain('iso/broken-medium: The volume has no qubes/SHA256SUMS.asc.');
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS'), `${listed}${'0'.repeat(64)}  qubes/lost\n`);
    expect(readBack(dir).said).toContain('is not what was written: qubes/lost.');
  });

  test('ends when one byte of it was altered after it was written', () => {
    const dir = inputs(1);
    const listed = createHash('sha256')
      .update(Buffer.alloc(2 ** 20, 3))
      .digest('hex');
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS'), `${listed}  qubes/large\n`);
    // In the middle of the largest file.
    const { status, said } = readBack(
      dir,
      `printf '\\4' | dd of="$iso" bs=1 seek=$(($(stat --format=%s "$iso") / 2)) conv=notrunc status=none`,
    );
    expect(status).toBe(1);
    expect(said).toContain(
      'qbuild: failure iso/broken-medium: What is read from the ISO is not what was written: qubes/large.',
    );
  });

  test('ends when it cannot be read at all', () => {
    const { status, said } = readBack(inputs(1), ': >"$iso"');
    expect(status).toBe(1);
    expect(said).toMatch(/^qbuild: failure iso\/broken-medium: /m);
  });

  test('ends when the list of checksums is not signed with the key', () => {
    const dir = inputs(1);
    const listed = createHash('sha256')
      .update(Buffer.alloc(2 ** 20, 3))
      .digest('hex');
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS'), `${listed}  qubes/large\n`);
    writeFileSync(join(dir, 'in/medium/qubes/SHA256SUMS.asc'), 'no signature\n');
    writeFileSync(join(dir, 'in/key'), '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=AAAA\n');
    const { status, said } = readBack(dir);
    expect(status).toBe(1);
    expect(said.trimEnd().split('\n').at(-1)).toBe(
      'qbuild: failure iso/broken-medium: The list of checksums on the ISO is not signed with the key of the product.',
    );
  });
});
