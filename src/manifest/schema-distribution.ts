// Distributions: where distribution packages come from and which make up roots.
import { z } from 'zod';
import { architecture, debianPackage, name, url } from './schema-words.ts';

const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, {
  error: 'Letters, digits and `._/-`, beginning with a letter or digit',
});

const archive = z.strictObject({
  url: url.describe('Base URL of the archive, before the `mirrors` of the workspace.'),
  suites: z.array(word).min(1, { error: 'At least one suite' }).describe('Suites or codenames.'),
  components: z.array(word).min(1, { error: 'At least one component' }).describe('Archive components.'),
  keyring: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9._/-]+|[A-Za-z0-9][A-Za-z0-9._-]*)$/, {
      error: 'A keyring is a file name in `keys/` of a layer, or an absolute path',
    })
    .regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))/, { error: 'A keyring path has no `..`' })
    .describe('Keyring that verifies the archive: a file in `keys/` of a layer, or an absolute path.'),
});

export const distributionSchema = z
  .strictObject({
    kind: z.literal('distribution'),
    name: name.describe('Name, with the release; also the name of its file.'),
    architecture: architecture.describe('Architecture of its packages.'),
    archives: z.array(archive).min(1, { error: 'At least one archive' }).describe('Signed package archives.'),
    roots: z
      .record(name, z.array(debianPackage).min(1, { error: 'A root set has at least one package' }))
      .refine((roots) => roots.base !== undefined, { error: 'The root set `base` is missing' })
      .describe('Packages of `base`, and of further sets that are layers on it; dependencies are added.'),
    shared: z
      .record(
        name,
        z.strictObject({
          on: name.describe('Root set that the roots stand on.'),
          packages: z
            .array(debianPackage)
            .min(1, { error: 'A shared set has at least one package' })
            .describe('Packages, with all that they depend on and the root set does not have.'),
        }),
      )
      .optional()
      .describe('Packages that many builds add to a root set: those that add all of them share one layer.'),
    kernels: z
      .strictObject({
        cloud: debianPackage.describe('Small kernel for paravirtual devices only.'),
        generic: debianPackage.describe('Kernel with drivers for all devices.'),
      })
      .optional()
      .describe('Kernels of guest images; needed by templates of this distribution.'),
    verity: z
      .array(debianPackage)
      .optional()
      .describe('Packages that templates with `verity` have besides their own: what has `veritysetup`.'),
  })
  .superRefine(({ roots, shared = {} }, context) => {
    for (const [set, { on }] of Object.entries(shared)) {
      if (Object.hasOwn(roots, on)) continue;
      const message = `There is no root set \`${on}\``;
      context.addIssue({ code: 'custom', path: ['shared', set, 'on'], message });
    }
  })
  .describe('A distribution: archives, and the sets of packages that roots are made of.');
