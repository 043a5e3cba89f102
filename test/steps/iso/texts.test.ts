// The texts on an ISO: the boot menu, read by the real GRUB, and what the installer reads.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  bootMenu,
  domainLines,
  earlyConfiguration,
  menuEntries,
  productLines,
  unifiedTexts,
  volumeDate,
} from '../../../src/steps/iso/texts.ts';
import { liveUnits } from '../../../src/steps/iso/units.ts';
import { product } from '../../plan/resolved.ts';

const SETTINGS = { label: 'DISC_1', secureBoot: false };
const HYPERVISOR = { image: '/boot/hyp-*.gz', options: ['dom0_mem=1G'], kernelOptions: ['console=hvc0'] };
const plain = product();
const hypervised = product({ vmm: { ...plain.vmm, name: 'bench', hypervisor: HYPERVISOR } });

const linesOf = (text: string, first: string) =>
  text.split('\n').filter((line) => line.trim().startsWith(first));

describe('the boot menu', () => {
  test('starts the kernel, by default with the installer', () => {
    const menu = bootMenu(plain, SETTINGS);
    expect(menu).toContain('set default=install\n');
    expect(linesOf(menu, 'linux')).toEqual(
      ['install', 'verify', 'rescue'].map(
        (word) =>
          `  linux /boot/vmlinuz boot=qubes-live qubes.label=DISC_1 qubes.${word} console=tty0 console=ttyS0,115200`,
      ),
    );
  });

  test('starts the hypervisor before it, where the VMM has one', () => {
    const menu = bootMenu(hypervised, SETTINGS);
    expect(linesOf(menu, 'multiboot2')[0]).toBe('  multiboot2 /boot/bench placeholder dom0_mem=1G');
    expect(linesOf(menu, 'module2').slice(0, 2)).toEqual([
      '  module2 /boot/vmlinuz placeholder boot=qubes-live qubes.label=DISC_1 qubes.install console=tty0 console=hvc0',
      '  module2 --nounzip /boot/initrd',
    ]);
  });

  test('starts what is signed as a whole where UEFI starts it with Secure Boot', () => {
    const menu = bootMenu(hypervised, { ...SETTINGS, secureBoot: true });
    expect(linesOf(menu, 'chainloader')).toEqual(
      ['install', 'verify', 'rescue'].map((id) => `    chainloader /EFI/BOOT/${id}.efi`),
    );
    expect(linesOf(menu, 'multiboot2')).toHaveLength(3);
    execFileSync('grub-script-check', { input: menu });
  });

  test('is a script of GRUB, whatever the title', () => {
    const title = `It's "$(reboot)" \\ \`halt\` ; }`;
    const menus = [bootMenu({ ...hypervised, title }, SETTINGS), earlyConfiguration(SETTINGS)];
    for (const menu of menus) execFileSync('grub-script-check', { input: menu });
    expect(menus[0]).toContain(
      `menuentry 'Install It'\\''s "$(reboot)" \\ \`halt\` ; } 1.2.3' --id install {`,
    );
  });
});

describe('a unified kernel image', () => {
  const [entry] = menuEntries(plain);

  test('of a hypervisor has its configuration', () => {
    expect(unifiedTexts(hypervised, SETTINGS, entry)).toEqual({
      config: `[global]
default=medium
[medium]
options=dom0_mem=1G
kernel=vmlinuz boot=qubes-live qubes.label=DISC_1 qubes.install console=tty0 console=hvc0
`,
    });
  });

  test('of a kernel alone has its arguments, and says what it is', () => {
    expect(unifiedTexts({ ...plain, title: 'A "desk"' }, SETTINGS, entry)).toEqual({
      osrel: 'ID=desk\nNAME="A desk"\nVERSION_ID=1.2.3\n',
      cmdline: 'boot=qubes-live qubes.label=DISC_1 qubes.install console=tty0 console=ttyS0,115200',
    });
  });
});

describe('what the installer reads', () => {
  test('says which product it is', () => {
    expect(productLines(plain, SETTINGS)).toBe(
      'NAME=desk\nTITLE=Desk\nVERSION=1.2.3\nVMM=bench\nLABEL=DISC_1\nEPOCH=1700000000\n',
    );
  });

  test('lists the domains to create, that with the network first', () => {
    const domains = {
      admin: { os: 'debian-12', template: 'admin', name: 'dom0', label: 'black' },
      gui: { os: 'debian-12', sameAs: 'admin' },
      app: { os: 'debian-12', template: 'oak', name: 'work', label: 'blue' },
      net: { os: 'debian-12', template: 'oak', name: 'sys-net', label: 'red' },
    };
    expect(domainLines({ ...plain, domains })).toBe(
      'sys-net\tnet\tAppVM\tred\toak\t-\nwork\tapp\tAppVM\tblue\toak\tsys-net\n',
    );
  });
});

describe('other texts', () => {
  test('date a volume from the epoch', () => {
    expect(volumeDate(1_767_225_600)).toBe('2026010100000000');
  });

  test('keep what systemd would expand out of its units', () => {
    const units = liveUnits({ title: '100% "$HOME"', version: '1.0.0' });
    expect(units['live-ready.service']).toContain(
      'ExecStart=/bin/echo "live system ready: 100%% HOME 1.0.0"',
    );
  });

  // systemd puts a target after what it wants, unless that is after the target by its own words (systemd.target(5)).
  // A unit that is after the target only by way of another one makes a cycle, and systemd drops it.
  test('put units of the live system after the target that wants them, without a cycle', () => {
    for (const unit of Object.values(liveUnits({ title: 'Any', version: '1.0.0' }))) {
      expect(unit).toMatch(/^After=(\S+ )*multi-user\.target( |$)/m);
      expect(unit).toMatch(/^WantedBy=multi-user\.target$/m);
    }
  });
});
