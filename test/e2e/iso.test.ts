// An ISO as users build it: what is on it, that all of it verifies, that it starts, and what is refused.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODE, type FailureArea } from '../../src/base/failure.ts';
import { efiSystemPartition } from '../../src/machine/gpt.ts';
import type { TestReport } from '../../src/report/presenter.ts';
import { actionsOf, type ProductRun, parseRun, Workbench } from './workbench.ts';

const PRODUCT = `kind: product
name: disc
title: Disc
publisher: Carpenter
version: 1.0.0
vmm: bench
licensing: gpl
domains:
  admin: { os: debian-12, template: bench-admin }
  net: { os: debian-12, template: debian-12-minimal, name: sys-net, label: red }
  app: { os: debian-12, template: debian-12-minimal, name: work, label: blue }
components: [linux-utils, linux-yum]
templates: [debian-12-minimal]
deliverables:
  - { kind: iso, label: DISC_1, bootLabel: DISC_BOOT, live: [linux-yum], secureBoot: true }
`;

const VMM = `kind: vmm
name: bench
title: Xen
hosting: bare-metal
libvirtDriver: bench
guestDisk: raw
guestKernel: generic
hypervisor:
  image: /boot/xen-*-amd64.gz
  efiImage: /boot/xen-*-amd64.efi
  options: [dom0_mem=max:2048M, com1=115200, console=com1, loglvl=warning, noreboot=1, spec-ctrl=eager-fpu]
  kernelOptions: [console=hvc0]
interfaces: []
trustedComputingBase: [everything]
`;

const ADMIN = `kind: template
name: bench-admin
title: Admin domain of the bench
distribution: debian-12
size: 4GiB
packages: [apt, cryptsetup-bin, gpg, gpgv, xen-hypervisor-4.17-amd64]
components: [linux-utils]
`;

function discWorkspace(keys?: string): Workbench {
  const bench = new Workbench({ ...(keys !== undefined && { keys }) }).copyProject();
  bench.write('products/disc.yaml', PRODUCT);
  bench.write('products/vmm/bench.yaml', VMM);
  bench.write('templates/bench-admin/template.yaml', ADMIN);
  return bench;
}

async function build(bench: Workbench, ...args: string[]): Promise<ProductRun> {
  const { exitCode, stdout, stderr } = await bench.run(['product', 'disc', '--json', ...args]);
  return { ...parseRun(stdout, stderr), exitCode };
}

const bench = discWorkspace();
const scratch = mkdtempSync(join(bench.dir, 'read-'));
const medium = join(scratch, 'medium');
const out = (file: string) => join(bench.workspace, 'out', 'disc', file);
const iso = out('disc-1.0.0.iso');
/** The EFI system partition, as a file of its own. */
function partition(): string {
  const { offset, size } = efiSystemPartition(iso) ?? expect.fail('the ISO has no EFI system partition');
  const file = join(scratch, 'partition');
  execFileSync('dd', [`if=${iso}`, `of=${file}`, 'bs=512', `skip=${offset / 512}`, `count=${size / 512}`], {
    stdio: 'pipe',
  });
  return file;
}
const on = (path: string) => readFileSync(join(medium, path), 'utf8');

afterAll(() => {
  execFileSync('chmod', ['-R', 'u+w', scratch]);
  rmSync(scratch, { recursive: true, force: true });
  bench.remove();
});

beforeAll(async () => {
  const { result } = await build(bench);
  expect(result.failure).toBeUndefined();
  mkdirSync(medium);
  execFileSync('xorriso', ['-osirrox', 'on', '-indev', iso, '-extract', '/', medium], { stdio: 'pipe' });
});

function gpgv(signature: string, content: string): void {
  execFileSync('gpgv', ['--keyring', out('keys/disc.gpg'), signature, content], { stdio: 'pipe' });
}

describe('an ISO', () => {
  test('is a disc and a disk that BIOS and UEFI start, with the labels of the manifest', () => {
    const args = ['-indev', iso, '-report_el_torito', 'plain', '-report_system_area', 'plain'];
    const { stdout, stderr } = spawnSync('xorriso', args);
    const report = stdout.toString();
    expect(stderr.toString()).toMatch(/^Volume id {4}: 'DISC_1'$/m);
    expect(report).toMatch(/^El Torito boot img : +1 +BIOS +y /m);
    expect(report).toMatch(/^El Torito boot img : +2 +UEFI +y /m);
    expect(report).toMatch(/^System area summary: .*grub2-mbr.*GPT/m);
    const label = execFileSync('mlabel', ['-s', '-i', partition()]).toString();
    expect(label).toContain('Volume label is DISC_BOOT');
  });

  test('is signed, and so is the list of all its files', () => {
    gpgv(`${iso}.asc`, iso);
    gpgv(join(medium, 'qubes/SHA256SUMS.asc'), join(medium, 'qubes/SHA256SUMS'));
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'qubes/SHA256SUMS'], { cwd: medium });
    const listed = on('qubes/SHA256SUMS').trimEnd().split('\n');
    const there = execFileSync('find', ['boot', 'qubes', '-type', 'f'], { cwd: medium }).toString();
    expect(there.trimEnd().split('\n')).toHaveLength(listed.length + 2);
    expect(on('qubes/keys/openpgp.asc')).toBe(readFileSync(out('keys/disc.asc'), 'utf8'));
  });

  test('says what its installer has to know', () => {
    expect(on('qubes/product.conf')).toMatch(
      /^NAME=disc\nTITLE=Disc\nVERSION=1\.0\.0\nVMM=bench\nLABEL=DISC_1\nEPOCH=\d+\nPACKAGES=qubes-utils\n$/,
    );
    expect(on('qubes/domains.conf')).toBe(
      'sys-net\tnet\tAppVM\tred\tdebian-12-minimal\t-\nwork\tapp\tAppVM\tblue\tdebian-12-minimal\tsys-net\n',
    );
  });

  test('starts a hypervisor, a kernel and an initramfs that are what they should be', () => {
    execFileSync('grub-script-check', [join(medium, 'boot/grub/grub.cfg')]);
    // An ELF file, no longer compressed.
    expect(on('boot/bench').slice(1, 4)).toBe('ELF');
    expect(execFileSync('file', ['--brief', join(medium, 'boot/vmlinuz')]).toString()).toMatch(
      /^Linux kernel x86 boot/,
    );
    expect(readFileSync(join(medium, 'boot/initrd')).subarray(0, 6).toString()).toMatch(/^07070[12]|^\x28/);
  });

  test('has an initramfs that knows what each layer of the live system is checked against', () => {
    const head = readFileSync(join(medium, 'boot/initrd')).subarray(0, 1024).toString('latin1');
    const lines = /qubes-live\.roots\0+([^\0]*)\0/.exec(head)?.[1]?.trimEnd().split('\n') ?? [];
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['live', 'system']);
    for (const line of lines) {
      const [name, root, offset] = line.split(' ');
      const file = join(medium, `qubes/${name}.squashfs`);
      execFileSync('veritysetup', ['verify', `--hash-offset=${offset}`, file, file, root ?? '']);
    }
  });

  test('has programs for UEFI that are signed as a whole', () => {
    const names = ['BOOTX64.EFI', 'grubx64.efi', 'install.efi', 'verify.efi', 'rescue.efi'];
    execFileSync('mcopy', ['-n', '-s', '-i', partition(), '::EFI/BOOT', scratch]);
    const programs = names.map((name) => join(scratch, 'BOOT', name));
    expect(readdirSync(join(scratch, 'BOOT')).sort()).toEqual([...names].sort());
    const key = JSON.parse(readFileSync(out('keys/keys.json'), 'utf8')).keys[0];
    for (const file of programs) {
      const args = ['verify', '-in', file, '-CAfile', out(`keys/${key.ca.pem}`)];
      expect(execFileSync('osslsigncode', args).toString()).toContain('Signature verification: ok');
    }
    const section = (name: string) => {
      const file = join(scratch, name);
      execFileSync('objcopy', [
        '--dump-section',
        `.${name}=${file}`,
        programs.at(-1) ?? '',
        join(scratch, 'copy'),
      ]);
      return readFileSync(file);
    };
    expect(section('config').toString()).toMatch(
      /^options=dom0_mem=max:2048M com1=115200 .*\nkernel=vmlinuz boot=qubes-live qubes\.label=DISC_1 qubes\.rescue console=tty0 console=hvc0\n/m,
    );
    for (const [name, file] of [
      ['kernel', 'boot/vmlinuz'],
      ['ramdisk', 'boot/initrd'],
    ] as const) {
      const content = readFileSync(join(medium, file));
      expect(section(name).subarray(0, content.length).equals(content)).toBe(true);
    }
  });

  test('has the installed system without packages of the product, and the live one with its own', () => {
    const list = (file: string) =>
      execFileSync('unsquashfs', ['-lc', join(medium, 'qubes', file)], { maxBuffer: 2 ** 26 }).toString();
    const system = list('system.squashfs');
    expect(system).toMatch(/^squashfs-root\/boot\/vmlinuz-/m);
    expect(system).not.toContain('qubes-private-volume.service');
    const live = list('live.squashfs');
    expect(live).toContain('squashfs-root/etc/systemd/system/live-ready.service\n');
    expect(live).toContain('squashfs-root/var/lib/dpkg/info/qubes-repositories.list\n');
  });

  test('has the product’s packages as a repository, and templates that unpack to disks', () => {
    const dists = join(medium, 'qubes/packages/dists/bookworm');
    gpgv(join(dists, 'Release.gpg'), join(dists, 'Release'));
    expect(readFileSync(join(dists, 'Release'), 'utf8')).not.toContain('Valid-Until');
    expect(readFileSync(join(dists, 'main/binary-amd64/Packages'), 'utf8')).toMatch(
      /^Package: qubes-utils$/m,
    );
    expect(readdirSync(join(medium, 'qubes/templates'))).toEqual(['debian-12-minimal.img.zst']);
    execFileSync('zstd', ['--quiet', '--test', join(medium, 'qubes/templates/debian-12-minimal.img.zst')]);
  });

  // Emulated beside another test on two cores this takes minutes; no step of it is timed here.
  const boots = { timeout: 3_000_000 };

  test('starts from the BIOS, under its hypervisor, to the live admin domain', boots, async () => {
    const { stdout, stderr } = await bench.run(['test', 'disc', '--trial', 'boot-bios', '--json']);
    const { failure, trials } = parseRun(stdout, stderr).result as unknown as TestReport;
    expect(failure).toBeUndefined();
    const [{ verified, consoles } = expect.fail()] = trials;
    expect(verified.map(({ title }) => title)).toEqual([
      'the boot menu is there',
      'the kernel starts',
      'it runs under Xen',
      'the live admin domain is up',
    ]);
    expect(readFileSync(consoles[0] ?? '', 'utf8')).toContain('live system ready: Disc 1.0.0');
  });

  test('built from an empty store elsewhere has the same bytes', async () => {
    const elsewhere = discWorkspace(bench.environment.QBUILD_KEYS);
    try {
      const { result } = await build(elsewhere);
      expect(result.failure).toBeUndefined();
      expect(result.actions.cached).toBe(0);
      const published = join(elsewhere.workspace, 'out/disc');
      for (const file of ['disc-1.0.0.iso', 'disc-1.0.0.iso.asc', 'SHA256SUMS'])
        execFileSync('cmp', [out(file), join(published, file)], { stdio: 'pipe' });
    } finally {
      elsewhere.remove();
    }
  });

  test('is made anew for a changed package, and nothing is compressed again', async () => {
    bench.edit('recipes/linux-utils/source/README.md', (text) => `${text}\nMore.\n`);
    bench.edit('recipes/linux-utils/source/debian/control', (text) =>
      text.replace('boot scripts of', 'scripts of'),
    );
    const { result, events } = await build(bench);
    expect(result.failure).toBeUndefined();
    const ran = actionsOf(events, 'finished').map((id) => id.split(':')[0]);
    expect([...new Set(ran)].sort()).toEqual([
      'build',
      'check',
      'facts',
      'iso',
      'repository',
      'sign',
      'sums',
    ]);
  });
});

describe('an ISO is not made', () => {
  async function refused(file: string, from: string, to: string) {
    const before = bench.read(file);
    const published = readFileSync(out('SHA256SUMS'), 'utf8');
    bench.edit(file, (text) => text.replace(from, to));
    const { result, exitCode } = await build(bench);
    bench.write(file, before);
    expect(exitCode).toBe(EXIT_CODE[(result.failure?.code.split('/')[0] ?? '') as FailureArea]);
    // The last one stays.
    expect(readFileSync(out('SHA256SUMS'), 'utf8')).toBe(published);
    return result.failure;
  }

  const admin = 'templates/bench-admin/template.yaml';

  test('of a system without the hypervisor', async () => {
    expect(await refused(admin, ', xen-hypervisor-4.17-amd64', '')).toMatchObject({
      code: 'iso/missing-hypervisor',
      cause: expect.stringContaining('The system of the admin domain has no /boot/xen-*-amd64.gz.'),
    });
  });

  test('of a system that lacks what the packages need', async () => {
    expect(
      await refused(
        'recipes/linux-utils/source/debian/control',
        'Depends: e2fsprogs, ${misc',
        'Depends: nano, e2fsprogs, ${misc',
      ),
    ).toMatchObject({
      code: 'iso/unmet-dependencies',
      cause: expect.stringContaining('qubes-utils : Depends: nano'),
    });
  });

  test('that is larger than its medium', async () => {
    expect(await refused('products/disc.yaml', 'DISC_BOOT,', 'DISC_BOOT, capacity: 20MiB,')).toMatchObject({
      code: 'iso/over-limits',
      cause: expect.stringMatching(/has \d+ MiB, and the medium has room for 20 MiB/),
    });
  });

  test('with labels that a volume has no room for', async () => {
    expect(
      await refused('products/disc.yaml', 'DISC_1', 'A_LABEL_THAT_IS_LONGER_THAN_32_CHARACTERS'),
    ).toMatchObject({
      code: 'resolve/medium-label',
    });
  });
});
