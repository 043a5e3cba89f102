// Guest templates: declarative guest images.
import { z } from 'zod';
import { debianPackage, innerPath, line, name, names } from './schema-words.ts';

const guestPath = z.string().regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^\s\p{Cc}\\]+$/u, {
  error: 'A path in the guest is absolute, without `..`',
});

const account = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: 'An account has lower-case letters, digits, `_` and `-`' });

export const templateSchema = z
  .strictObject({
    kind: z.literal('template'),
    name: name.describe('Name; also the name of its directory.'),
    title: line.describe('Name for people.'),
    distribution: name.describe('Distribution that the image is made of.'),
    vmm: names.optional().describe('VMMs that it is for; absent: all.'),
    size: z
      .string()
      .regex(/^[1-9][0-9]*GiB$/, { error: 'A size is a whole number of GiB, such as `20GiB`' })
      .describe('Size of the image.'),
    verity: z
      .boolean()
      .optional()
      .describe(
        'The root file system is read-only and each block of it checked when it is read (dm-verity); what is written to `/etc`, `/home`, `/opt`, `/root`, `/srv`, `/tmp` and `/var` is gone at the end.',
      ),
    packages: z.array(debianPackage).describe('Distribution packages; dependencies are added.'),
    vmmPackages: z
      .record(name, z.array(debianPackage).min(1, { error: 'At least one package' }))
      .optional()
      .describe('Further distribution packages on a VMM, such as the libraries that its vchan needs.'),
    kernel: debianPackage
      .optional()
      .describe('Kernel package, in place of the one that the distribution has for the VMM.'),
    components: names.optional().describe('Components whose packages are installed.'),
    without: z
      .array(debianPackage)
      .optional()
      .describe('Packages of these components that are not installed, such as those for the other end.'),
    files: z
      .record(guestPath, innerPath)
      .optional()
      .describe('Files: path in the guest, and the file relative to this one that is copied there.'),
    users: z.array(account).optional().describe('Accounts that are created, without a password.'),
    services: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@-]*$/, { error: 'A service is a unit name' }))
      .optional()
      .describe('Services that start with the guest.'),
    hooks: z
      .array(innerPath)
      .optional()
      .describe('Scripts, relative to this file, that run in the image without a network, in this order.'),
  })
  .describe('A guest image, as data.');
