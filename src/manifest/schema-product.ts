// Products and their fragments: components × VMM × roles × templates → deliverables.
import { z } from 'zod';
import { gitSourceSchema } from './schema-recipe.ts';
import { line, name, names, relativePath, url, version } from './schema-words.ts';

const roles = ['admin', 'gui', 'net', 'usb', 'app'] as const;

const role = z.enum(roles);

/** Colours that the GUI knows for the borders of a domain's windows. */
const labels = ['red', 'orange', 'yellow', 'green', 'gray', 'blue', 'purple', 'black'] as const;

const domain = z.strictObject({
  os: name.describe('`windows`, or the name of a distribution.'),
  sameAs: role.optional().describe('Role whose domain this one shares.'),
  template: name
    .optional()
    .describe(
      'Template that the domain is made of: one of the product’s, or for `admin` that of the system which an ISO puts on the disk.',
    ),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,30}$/, {
      error: 'A domain has lower-case letters, digits, `-` and `_`, begins with a letter and has at most 31',
    })
    .optional()
    .describe('Name of the domain that an installer creates for the role.'),
  label: z.enum(labels).optional().describe('Colour of the windows of that domain.'),
});

/** Long enough to outlast a release, since the dates in a repository come from the epoch and not from a clock. */
const validityDays = z
  .int()
  .min(1, { error: 'A repository is valid for at least one day' })
  .max(36_500, { error: 'A repository is valid for at most 36500 days' })
  .optional()
  .describe('Days from the epoch of the workspace until clients refuse it as outdated; default: 365.');

const installer = z.strictObject({
  kind: z.literal('installer'),
  formats: z
    .array(z.enum(['exe', 'msi']))
    .min(1, { error: 'An installer has at least one format' })
    .refine((formats) => new Set(formats).size === formats.length, { error: 'A format is listed twice' })
    .describe('`exe`: interactive setup program. `msi`: Windows Installer package for managed machines.'),
});

const aptRepository = z.strictObject({
  kind: z.literal('apt-repository'),
  distribution: name.describe('Distribution whose packages it has.'),
  suite: name
    .optional()
    .describe("Name that clients ask for; default: the first suite of the distribution's first archive."),
  component: name.optional().describe('Component of the repository; default: `main`.'),
  validityDays,
  url: url
    .optional()
    .describe('Where it will be served, for the `.sources` file; default: `file:///srv/<product>/apt`.'),
  trial: z
    .strictObject({
      template: name.describe(
        'Guest of the distribution with a shell of root on its serial console, and with what the packages need of the distribution.',
      ),
      install: names
        .min(1, { error: 'A trial installs at least one package' })
        .describe('Packages that apt is asked for.'),
      commands: z.array(line).optional().describe('Commands of root that must succeed with them.'),
    })
    .optional()
    .describe(
      'How `qbuild test` installs packages from it: in a virtual machine of this template, without a network.',
    ),
});

const rpmRepository = z.strictObject({
  kind: z.literal('rpm-repository'),
  distribution: name.describe('Distribution whose packages it has.'),
  url: url
    .optional()
    .describe(
      'Where it will be served, for the `.repo` file; default: `file:///srv/<product>/rpm/<distribution>`.',
    ),
});

const iso = z.strictObject({
  kind: z.literal('iso'),
  label: line.describe(
    'Volume label, by which the live system finds its medium: up to 32 of `A-Z`, `0-9`, `_` (ECMA-119).',
  ),
  bootLabel: line
    .optional()
    .describe('Label of the EFI system partition: up to 11 of `A-Z`, `0-9`, `_`; default: `BOOT`.'),
  live: names
    .optional()
    .describe('Components that the live system of the medium has besides, such as the installer.'),
  windowsTools: names
    .optional()
    .describe(
      'Components for Windows guests: the medium has their programs, and those they need there, in `/qubes/windows-tools`.',
    ),
  capacity: z
    .string()
    .regex(/^[1-9][0-9]*MiB$/, { error: 'A capacity is a whole number of MiB, such as `4482MiB` for a DVD' })
    .optional()
    .describe('What the medium has room for; a larger ISO is refused.'),
  secureBoot: z
    .boolean()
    .optional()
    .describe(
      'Firmware with the certificate of the key for Windows programs starts it with Secure Boot, and nothing that was altered; default: false.',
    ),
  compression: z
    .enum(['development', 'release'])
    .optional()
    .describe('`development` (the default) is fast, `release` is small.'),
});

const deliverable = z.discriminatedUnion('kind', [installer, aptRepository, rpmRepository, iso]);

const size = z
  .string()
  .regex(/^[1-9][0-9]*GiB$/, { error: 'A size is a whole number of GiB, such as `20GiB`' });

const added = z.strictObject({
  components: names.optional().describe('Components that join the list.'),
  templates: names.optional().describe('Templates that join the list.'),
  deliverables: z.array(deliverable).optional().describe('Deliverables that join the list.'),
});

const removed = z.strictObject({
  components: names.optional().describe('Components that leave the list.'),
  templates: names.optional().describe('Templates that leave the list.'),
  deliverables: names.optional().describe('Kinds of deliverables that leave the list.'),
});

const overridden = z.strictObject({
  components: z
    .record(name, z.strictObject({ source: gitSourceSchema.describe('Replaces the source of its recipe.') }))
    .optional()
    .describe('Changes to components, for this product only.'),
  templates: z
    .record(name, z.strictObject({ size: size.describe('Size of the image.') }))
    .optional()
    .describe('Changes to templates, for this product only.'),
  deliverables: z
    .array(deliverable)
    .optional()
    .describe('Replaces the deliverables of these kinds; of repositories, those of the same distribution.'),
});

/** What a product, a fragment and a variant can all state. */
const statements = {
  title: line.optional().describe('Name for people.'),
  publisher: line.optional().describe('Who publishes the product; shown by installers.'),
  version: version.optional().describe('Version of the deliverables.'),
  vmm: name.optional().describe('VMM profile the product runs on.'),
  licensing: z
    .enum(['commercial', 'gpl'])
    .optional()
    .describe('Side that the product takes where a component is licensed under either.'),
  domains: z
    .partialRecord(role, domain)
    .optional()
    .describe('The domain of each role: `admin`, `gui`, `net`, `usb`, `app`.'),
  components: names.optional().describe('Components in the product. Replaces the list of what is extended.'),
  templates: names.optional().describe('Guest images in the product. Replaces the list of what is extended.'),
  deliverables: z
    .array(deliverable)
    .optional()
    .describe('What a person installs. Replaces the list of what is extended.'),
  providers: z
    .record(name, name)
    .optional()
    .describe('Component that provides an interface, where several could.'),
  add: added.optional().describe('Additions to the lists; applied after `remove`.'),
  remove: removed.optional().describe('Removals from the lists; each name must be there.'),
  override: overridden.optional().describe('Changes to members of the lists; each must be there.'),
};

const include = z
  .array(relativePath)
  .optional()
  .describe('Fragments applied, in order, before the statements beside it; relative to this file.');

export const productSchema = z
  .strictObject({
    kind: z.literal('product'),
    name: name.describe('Name; also the name of its file.'),
    extends: name
      .optional()
      .describe('Product that this one starts from. Its own name means that product in a lower layer.'),
    include,
    ...statements,
    variants: z
      .record(name, z.strictObject({ include, ...statements }))
      .optional()
      .describe('Further products `<name>-<variant>`: this one with the statements of the variant.'),
  })
  .describe('What is built: components × VMM × roles × templates → deliverables.');

export const fragmentSchema = z
  .strictObject({ kind: z.literal('fragment'), ...statements })
  .describe('Statements that several products `include`.');

export const ROLES: readonly (typeof roles)[number][] = roles;
