// Trials of an ISO: it starts from both firmwares, knows whether it is sound, and installs itself.
import type { IsoSettings } from '../../resolve/iso.ts';
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import { type Attached, type DeliverableTrials, LOST, type Start, type Step, type Trial } from '../trial.ts';
import { encrypted } from './encrypted-trial.ts';
import { install } from './install-trial.ts';
import {
  AS_CD,
  BOOT,
  COMMAND,
  choose,
  command,
  DISK_MIB,
  escaped,
  FIRMWARE,
  INSTALLER_FAILED,
  LIVE_MIB,
  MEDIUM,
  says,
} from './trial-words.ts';
import { upgrade } from './upgrade-trial.ts';
import { window } from './window-trial.ts';

/** Seconds of a real machine. */
const READING_ALL = 120;

/** What OVMF says when it may start nothing of what is there. */
const NOTHING_STARTS = /No bootable option or device was found/;

const AS_STICK: Attached = { volume: 'medium', bus: 'usb' };

export const isoTrials: DeliverableTrials = {
  kind: 'iso',
  trials(product, { settings }) {
    const { system, secureBoot } = settings as unknown as IsoSettings;
    return [
      bootFromBios(product),
      checkOf('verify', product),
      bootFromUefi('uefi'),
      ...(secureBoot ? [bootFromUefi('own-secure-boot'), refusedBySecureBoot()] : []),
      checkOf('damaged', product),
      alteredSystem(product),
      rescue(product),
      install(product, system),
      encrypted(product),
      ...upgrade(product, system),
      ...window(product),
    ];
  },
};

/** Where a squashfs says when it was made (squashfs 4.0, superblock): what nobody but the block's hash looks at. */
const SQUASHFS_DATE = 8;

function alteredSystem(product: ResolvedProduct): Trial {
  return {
    name: 'altered-system',
    title: 'a live system of which one byte was changed is not started',
    quick: false,
    volumes: {
      medium: {
        kind: 'altered-file',
        file: 'iso',
        path: 'qubes/system.squashfs',
        offset: SQUASHFS_DATE,
      },
    },
    never: [/live system ready/, /\(initramfs\) *$/m],
    starts: [
      {
        firmware: 'bios',
        memoryMiB: LIVE_MIB,
        attached: [AS_CD],
        steps: [
          ...choose(product, 'rescue'),
          says('the kernel starts', /Linux version /, FIRMWARE),
          says('it finds the block that was changed', /verity: .* is corrupted/, BOOT),
          says('it stops', /Kernel panic - not syncing/, FIRMWARE),
        ],
      },
    ],
  };
}

/** From the disc to the live admin domain, by the entry that starts no installer. */
function toLiveSystem(product: ResolvedProduct): Step[] {
  const { title, version, vmm } = product;
  const spoken = escaped(`${title} ${version}`);
  const hypervisor =
    vmm.hypervisor === undefined
      ? []
      : [
          says(
            `it runs under ${vmm.title}`,
            new RegExp(`Hypervisor detected: ${escaped(vmm.title)}`),
            FIRMWARE,
          ),
        ];
  return [
    ...choose(product, 'rescue'),
    says('the kernel starts', /Linux version /, FIRMWARE),
    ...hypervisor,
    says('the live admin domain is up', new RegExp(`live system ready: ${spoken}`), BOOT),
    { do: 'picture', name: 'live' },
  ];
}

function fromDisc(given: Pick<Trial, 'name' | 'title' | 'quick'>, steps: readonly Step[]): Trial {
  const start: Start = { firmware: 'bios', memoryMiB: LIVE_MIB, attached: [AS_CD], steps };
  return { ...given, volumes: MEDIUM, never: LOST, starts: [start] };
}

function bootFromBios(product: ResolvedProduct): Trial {
  const title = 'the medium starts from the BIOS as a disc';
  return fromDisc({ name: 'boot-bios', title, quick: true }, toLiveSystem(product));
}

function rescue(product: ResolvedProduct): Trial {
  return fromDisc({ name: 'rescue', title: 'the medium has a shell for emergencies', quick: false }, [
    ...toLiveSystem(product),
    says('there is a shell', /root@\S*# /, COMMAND),
    { do: 'type', line: 'dmesg --console-off' },
    command('it found its medium', 'cat /run/qubes/medium/qubes/product.conf', {
      says: new RegExp(`^NAME=${escaped(product.name)}$`, 'm'),
    }),
    { do: 'type', line: 'systemctl poweroff' },
    { do: 'end', title: 'it switches itself off', seconds: FIRMWARE },
  ]);
}

/** Under UEFI the firmware's own console is on the serial line as well, so the menu is left alone. */
function bootFromUefi(firmware: 'uefi' | 'own-secure-boot'): Trial {
  const secure = firmware === 'own-secure-boot';
  const enabled = says(
    'the kernel knows that Secure Boot is on',
    /Secure Boot is enabled|Secure boot enabled/,
    BOOT,
  );
  return {
    name: secure ? 'secure-boot' : 'boot-uefi',
    title: secure
      ? 'UEFI that knows the product’s key alone starts the medium with Secure Boot, into the installer'
      : 'the medium starts from UEFI as a stick, into the installer',
    quick: false,
    volumes: { ...MEDIUM, disk: { kind: 'empty', mebibytes: DISK_MIB } },
    never: [...LOST, INSTALLER_FAILED, NOTHING_STARTS],
    starts: [
      {
        firmware,
        memoryMiB: LIVE_MIB,
        attached: [AS_STICK, { volume: 'disk', bus: 'sata' }],
        steps: [
          says('the kernel starts', /Linux version /, FIRMWARE),
          ...(secure ? [enabled] : []),
          says('the installer offers itself', /Press Enter to install/, BOOT),
          { do: 'type', line: '' },
          says('it writes nothing before a summary', /Nothing is written before you have confirmed/, COMMAND),
          says('it asks', /\]: $/, COMMAND),
          { do: 'picture', name: 'installer' },
        ],
      },
    ],
  };
}

/** Nearly all of the partition are the images, one after the other, and the first is what GRUB starts by itself. */
function refusedBySecureBoot(): Trial {
  return {
    name: 'secure-boot-altered',
    title: 'Secure Boot starts no kernel image of which one byte was changed',
    quick: false,
    volumes: { medium: { kind: 'altered-efi-partition', file: 'iso' } },
    never: [/Linux version /],
    starts: [
      {
        firmware: 'own-secure-boot',
        memoryMiB: LIVE_MIB,
        attached: [AS_STICK],
        steps: [
          says('GRUB is started', /GNU GRUB/, FIRMWARE),
          says(
            'it may not start the image',
            /bad shim signature|Security Violation|Access Denied/i,
            FIRMWARE,
          ),
          { do: 'picture', name: 'refused' },
        ],
      },
    ],
  };
}

function checkOf(name: 'verify' | 'damaged', product: ResolvedProduct): Trial {
  const sound = name === 'verify';
  const result = sound
    ? says('it calls itself sound', /medium: sound/, READING_ALL)
    : says('it names the damaged file', /medium: damaged: qubes\/packages\/\S+/, READING_ALL);
  return {
    name,
    title: sound ? 'the medium finds itself sound' : 'the medium finds that one byte of it was changed',
    quick: sound,
    volumes: sound ? MEDIUM : { medium: { kind: 'altered', file: 'iso', below: 'qubes/packages' } },
    never: [...LOST, sound ? /medium: damaged: .*/ : /medium: sound/],
    starts: [
      {
        firmware: 'bios',
        memoryMiB: LIVE_MIB,
        attached: [AS_CD],
        steps: [
          ...choose(product, 'verify'),
          says('it checks itself', /medium: verifying/, BOOT),
          result,
          { do: 'picture', name: 'checked' },
        ],
      },
    ],
  };
}
