// What manifests say about hosted installers: `installer.yaml` of a product's installer component, and the
// `installer:` section of a component's recipe.
import { z } from 'zod';

// Device names that Windows keeps for itself in every directory.
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;
const PART = /^[\p{L}\p{N}_+@()~.-](?:[\p{L}\p{N}_+@()~. -]*[\p{L}\p{N}_+@()~-])?$/u;

function isSoundPart(part: string): boolean {
  return PART.test(part) && !part.startsWith('..') && part !== '.' && !DEVICE.test(part);
}

const fileName = z.string().max(100).refine(isSoundPart, { error: 'must be a plain file name' });

const relativePath = z
  .string()
  .max(180)
  .refine((path) => path.split('/').every(isSoundPart), {
    error: 'must be a path below the installation directory, parts separated by "/"',
  });

// Payloads are files of one version: "{version}" in their names stands for it.
const versionedName = z
  .string()
  .max(100)
  .refine((name) => isSoundPart(name.replaceAll('{version}', '1')), { error: 'must be a plain file name' });
const versionedPath = z
  .string()
  .max(180)
  .refine((path) => path.replaceAll('{version}', '1').split('/').every(isSoundPart), {
    error: 'must be a path below the installation directory, parts separated by "/"',
  });

// One line that people read. It begins visibly, because installers give some first characters a meaning.
const title = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\p{L}\p{N}][^\p{Cc}]*$/u, { error: 'must begin with a letter or digit and be one line' });

// Text that may be empty, but never more than one line.
const line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, { error: 'must be one line' });

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, { error: 'must be like "core" or "gui-tools"' });

const version = z
  .string()
  .regex(/^(0|[1-9]\d{0,4})(\.(0|[1-9]\d{0,4})){0,2}$/, { error: 'must be like 3.1.0' });

const registryKey = z
  .string()
  .max(200)
  .regex(/^Software(\\[^\\"\p{Cc}]+)+$/u, { error: 'must be a key below "Software\\", without its root' });

const url = z.url({ protocol: /^https$/ }).max(200);

/** GUID in the registry's form without braces. */
export const guid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: 'must be a GUID without braces' })
  .refine((text) => /[1-9a-f]/i.test(text), { error: 'must not be the empty GUID' });

const feature = z.strictObject({
  id: identifier.describe('name on the command line'),
  title: title(60).describe('shown in the list of features'),
  description: line(200).default('').describe('shown below the list'),
  required: z.boolean().default(false).describe('cannot be left out'),
  selected: z.boolean().default(true).describe('installed unless the person says otherwise'),
});

const recommendation = z.strictObject({
  key: z
    .string()
    .max(200)
    .regex(/^[^\\\p{Cc}]+(\\[^\\\p{Cc}]+)*$/u)
    .describe('registry key below HKEY_LOCAL_MACHINE that exists when the prerequisite is met'),
  value: title(60).describe('a value in that key'),
  message: title(300).describe('what is missing and how to get it'),
});

const payload = z.strictObject({
  id: identifier.describe('name of the input that holds it'),
  file: versionedName.describe('file name beside the installer; may hold {version}'),
  into: versionedPath.describe('where it is installed; may hold {version}'),
  feature: identifier,
  optional: z.boolean().default(false).describe('the installer works when the file is absent'),
});

// Templates are of one version, and each has a name: "{template}" and "{version}" stand for them.
const templatePath = z
  .string()
  .max(180)
  .refine(
    (path) =>
      path
        .replaceAll(/\{(template|version)\}/g, '1')
        .split('/')
        .every(isSoundPart),
    { error: 'must be a path below the data directory, parts separated by "/"' },
  );

const templates = z.strictObject({
  feature: identifier.describe('what the images belong to'),
  into: templatePath.describe(
    'where they are unpacked, below the data directory and without ending; may hold {template} and {version}',
  ),
  program: relativePath.describe('registers an image; gets its path and its SHA-256 as further arguments'),
  arguments: z.array(line(200)).max(8).default([]).describe('{template} stands for the name'),
  brings: z
    .array(templatePath)
    .max(8)
    .default([])
    .describe(
      'files below the data directory that the program makes: taken back when the installation fails',
    ),
});

const migration = z.strictObject({
  before: version.describe('runs when a version older than this is upgraded'),
  program: relativePath,
  arguments: z.array(line(200)).max(8).default([]).describe('{install} and {data} stand for the directories'),
});

/** A product's `installer.yaml`: everything about its installer that is not a component's own. */
export const installerDefinition = z.strictObject({
  kind: z.literal('installer'),
  upgradeCode: guid.describe('identity of the product for all its versions; never changes'),
  directory: fileName.describe('installation directory below Program Files'),
  data: z.strictObject({
    directory: fileName.describe('data directory below ProgramData'),
    key: registryKey.describe('where programs find it, as the value DataDir'),
    closed: z
      .array(relativePath)
      .default([])
      .describe('directories of the data directory that only administrators may write to'),
  }),
  helper: relativePath.describe("the setup helper in the component's staged tree"),
  licence: relativePath.describe("the licence text in the component's staged tree; UTF-8"),
  icon: relativePath.optional().describe("an .ico file in the component's staged tree"),
  scopes: z
    .array(z.enum(['machine', 'user']))
    .min(1)
    .default(['machine', 'user'])
    .describe('for all users, for one user; the first is the default'),
  features: z.array(feature).min(1),
  prerequisites: z
    .strictObject({
      windowsBuild: z.int().min(10240).max(99999).default(17763).describe('oldest build of Windows'),
      recommended: z.array(recommendation).default([]).describe('what is only warned about'),
    })
    .prefault({}),
  payloads: z.array(payload).default([]).describe('files beside the installer'),
  templates: templates
    .optional()
    .describe('what becomes of the guest images of a product; they lie beside the installer'),
  migrations: z.array(migration).default([]),
  links: z
    .strictObject({ about: url.optional(), help: url.optional(), updates: url.optional() })
    .default({})
    .describe('shown in the list of installed programs'),
});

const service = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,79}$/, { error: 'must be letters, digits, ".", "_" and "-"' }),
  title: title(100).describe('name that people see'),
  description: line(300).default(''),
  program: relativePath,
  arguments: line(200).default(''),
  start: z.enum(['auto', 'delayed', 'demand', 'disabled']).default('auto'),
  account: z.enum(['LocalSystem', 'LocalService', 'NetworkService']).default('LocalSystem'),
  dependsOn: z.array(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,79}$/)).default([]),
  restartAfterMs: z
    .array(z.int().min(0).max(86_400_000))
    .max(3)
    .default([])
    .describe('waits before the first, second and any further restart after a failure'),
  perUser: line(200)
    .optional()
    .describe(
      'arguments with which the program runs at logon when installed for one user; default: not at all',
    ),
});

const registryValue = z.strictObject({
  key: registryKey.describe('below HKLM for all users, HKCU for one user'),
  name: title(100).optional().describe("default: the key's own value"),
  value: z
    .union([line(500), z.int().min(0).max(0xffffffff)])
    .describe('text or number; {install}, {data} and {version} in text are replaced'),
  keep: z.boolean().default(false).describe('survives an uninstall'),
});

const shortcut = z.strictObject({
  name: fileName,
  program: relativePath,
  arguments: line(200).default(''),
  description: line(200).default(''),
  where: z.enum(['start-menu', 'desktop', 'startup']).default('start-menu'),
});

const handler = z.strictObject({
  id: z.string().regex(/^[A-Za-z][A-Za-z0-9.]{2,38}$/, { error: 'must be a ProgID like "Qubes.Document"' }),
  title: title(60).describe('name in the list of programs that can open something'),
  description: line(200).default(''),
  program: relativePath,
  arguments: line(100).default('"%1"').describe('%1 is the document or link'),
  extensions: z.array(z.string().regex(/^\.[a-z0-9]{1,20}$/)).default([]),
  schemes: z.array(z.string().regex(/^[a-z][a-z0-9+-]{1,30}$/)).default([]),
  own: z.boolean().default(false).describe('the extensions are of this product: become their default'),
});

const command = z.strictObject({
  program: relativePath,
  scope: z.enum(['machine', 'user']).optional().describe('only when installed for all users, or for one'),
  register: z
    .array(line(200))
    .max(8)
    .optional()
    .describe('arguments with which it runs once files are in place, before services start; must succeed'),
  unregister: z
    .array(line(200))
    .max(8)
    .optional()
    .describe('arguments with which it runs before files are replaced or removed; may fail'),
  remove: z.array(line(200)).max(8).optional().describe('like unregister, at removal only and after it'),
});

/** The `installer:` section of a recipe: what the component contributes to hosted installers. */
export const installerContribution = z.strictObject({
  feature: identifier.optional().describe('default: the first feature'),
  files: z
    .array(relativePath)
    .default(['bin', 'share', 'defaults'])
    .describe('sub-trees of the staged package that are installed, where they exist'),
  services: z.array(service).default([]),
  registry: z.array(registryValue).default([]),
  shortcuts: z.array(shortcut).default([]),
  handlers: z.array(handler).default([]),
  commands: z
    .array(command)
    .default([])
    .describe('programs that tell Windows what registry values and services cannot'),
  path: z.array(relativePath).default([]).describe('directories that are added to PATH'),
});

export type InstallerDefinition = z.output<typeof installerDefinition>;
export type InstallerContribution = z.output<typeof installerContribution>;
