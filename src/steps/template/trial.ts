// Trials of a guest image: it starts from every firmware that its VMM's machines have.
import type { DiskFormat } from '../../resolve/resolved.ts';
import { type Bus, type DeliverableTrials, type Elsewhere, LOST, type Trial } from '../trial.ts';
import { imageFiles } from './formats.ts';

/** As near as QEMU comes to what guests see of the VMM that the format belongs to. */
interface Guests {
  readonly firmwares: readonly (keyof typeof NAMES)[];
  readonly bus: Bus;
}

const NAMES = { bios: 'the BIOS', uefi: 'UEFI', 'secure-boot': 'UEFI with Secure Boot' } as const;

const GUESTS: Readonly<Record<Exclude<DiskFormat, 'directory'>, Guests>> = {
  qcow2: { firmwares: ['bios', 'uefi'], bus: 'virtio' },
  raw: { firmwares: ['bios', 'uefi'], bus: 'virtio' },
  // Generation 2 machines have no BIOS.
  vhdx: { firmwares: ['uefi', 'secure-boot'], bus: 'virtio' },
  vdi: { firmwares: ['bios', 'uefi'], bus: 'sata' },
  vmdk: { firmwares: ['bios', 'uefi'], bus: 'sata' },
};

const FILES_ONLY: Elsewhere = {
  why: 'The image is an archive of files that shares the kernel of its host; there is nothing that starts.',
  next: 'Import the archive where the product runs.',
};

const MEMORY_MIB = 512;

export const guestImageTrials: DeliverableTrials = {
  kind: 'guest-image',
  trials(product, { settings }) {
    const template = product.templates.find(({ name }) => name === settings.template);
    if (template === undefined)
      throw new Error(`the product lacks the template ${String(settings.template)}`);
    const { name, format } = template;
    if (format === 'directory') return FILES_ONLY;
    const { firmwares, bus } = GUESTS[format];
    const file = imageFiles(template)[0]?.kind ?? '';
    return firmwares.map((firmware): Trial => {
      const secure = {
        do: 'await',
        title: 'the kernel knows that Secure Boot is on',
        says: /[Ss]ecure boot enabled/,
        seconds: 60,
      } as const;
      return {
        name: firmware,
        title: `${name} starts from ${NAMES[firmware]}`,
        quick: firmware === firmwares[0],
        volumes: { disk: { kind: 'published', file, format } },
        never: LOST,
        starts: [
          {
            firmware,
            memoryMiB: MEMORY_MIB,
            attached: [{ volume: 'disk', bus }],
            steps: [
              { do: 'await', title: 'Linux starts', says: /Linux version /, seconds: 60 },
              ...(firmware === 'secure-boot' ? [secure] : []),
              // Shipped templates say that they are ready; any that has a console asks for a login on it.
              { do: 'await', title: 'the guest is up', says: /guest ready: |^\S+ login: /m, seconds: 60 },
              { do: 'picture', name: 'up' },
            ],
          },
        ],
      };
    });
  },
};
