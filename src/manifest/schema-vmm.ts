// VMM profiles: data about one hypervisor, or about native isolation.
import { z } from 'zod';
import { line, name, names } from './schema-words.ts';

/** Words of a command line that a boot loader passes on. */
const arguments_ = z.array(
  z.string().regex(/^[A-Za-z0-9_.,:=+/-]+$/, { error: 'An argument has letters, digits and `_.,:=+/-`' }),
);

const bootFile = z.string().regex(/^\/boot\/[A-Za-z0-9._*+-]+$/, {
  error: 'A hypervisor is a file in `/boot`; `*` stands for its version',
});

export const vmmSchema = z
  .strictObject({
    kind: z.literal('vmm'),
    name: name.describe('Name; also the name of its file.'),
    title: line.describe('Name for people.'),
    hosting: z
      .enum(['hosted', 'bare-metal'])
      .describe(
        '`hosted`: on an operating system that is there already. `bare-metal`: the product is the system.',
      ),
    libvirtDriver: name.describe('Driver of libvirt that starts and stops its domains.'),
    guestDisk: z
      .enum(['raw', 'qcow2', 'vhdx', 'vdi', 'vmdk', 'directory'])
      .describe('Format of guest disks; `directory`: a file tree without a disk image.'),
    guestKernel: z
      .enum(['cloud', 'generic'])
      .optional()
      .describe('Which of a distribution’s kernels drives the devices of its guests; absent: no kernel.'),
    hypervisor: z
      .strictObject({
        image: bootFile.describe(
          'Its file in the system of the admin domain; `*` stands for what differs by version.',
        ),
        efiImage: bootFile
          .optional()
          .describe(
            'The same as a program for UEFI, to which the kernel and a configuration can be added; needed for Secure Boot.',
          ),
        options: arguments_.describe('Its command line.'),
        kernelOptions: arguments_.describe('What the kernel of the admin domain gets besides.'),
      })
      .optional()
      .describe('Hypervisor that is started before the kernel of the admin domain (Multiboot 2).'),
    interfaces: names.describe('Interfaces of which every product on this VMM has exactly one provider.'),
    trustedComputingBase: z
      .array(line)
      .min(1, { error: 'A trusted computing base is never empty' })
      .describe('What isolation rests on, besides the product itself.'),
  })
  .describe('What differs between VMMs, as data. Components are reached through interfaces only.');
