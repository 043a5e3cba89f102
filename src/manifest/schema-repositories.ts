// Lists of foreign repositories that describe their own packages: a recipe is derived from each entry.
import { z } from 'zod';
import { builderSet, gitName, packageSchema, signedBy } from './schema-recipe.ts';
import { line, NAME, name, url } from './schema-words.ts';

const version = z.string().regex(/^[0-9][A-Za-z0-9.+~_-]{0,63}$/, {
  error: 'A version begins with a digit and has letters, digits and `.+~_-` only, at most 64',
});

const entry = z.strictObject({
  version: version.describe('Version that is built; `tag` of the list makes the name of a tag of it.'),
  summary: line.optional().describe('What the component is, in a few words.'),
  license: line.optional().describe('SPDX license expression; default: that of the list.'),
  submodules: z
    .literal(true, { error: '`submodules` is `true` or not there' })
    .optional()
    .describe('Fetches submodules, too, at the commits that the repository names.'),
  signedBy: signedBy.describe('Instead of `signedBy` of the list.'),
});

export const repositoriesSchema = z
  .strictObject({
    kind: z.literal('repositories'),
    name: name.describe('Name of the list; also the name of its file.'),
    base: url.describe('What every URL begins with; the name of a repository follows as it is.'),
    prefix: z
      .string()
      .regex(/^(?:[a-z0-9]+[-.])*$/, {
        error: 'A prefix has lower-case letters and digits and ends in `-` or `.`',
      })
      .optional()
      .describe('What every component’s name begins with; the name of its repository follows.'),
    tag: z
      .string()
      .regex(/^[^*]*\*[^*]*$/, { error: 'A pattern of tags has exactly one `*`, where the version is' })
      .refine((pattern) => gitName.safeParse(pattern.replace('*', '1')).success, {
        error: 'With a version in the place of `*` this is no name of a tag',
      })
      .describe('Name of a release’s tag, with `*` for the version, such as `v*`.'),
    signedBy: signedBy.describe(
      'Files with the OpenPGP public keys of which one must have signed the tag of each repository; relative to this file.',
    ),
    builder: builderSet
      .optional()
      .describe('Which packages of each `.qubesbuilder` file are built; default: `vm`.'),
    packages: z
      .array(packageSchema)
      .min(1, { error: 'At least one package' })
      .describe('What is built of every repository, as recipes have it.'),
    license: line.describe('SPDX license expression of all repositories that do not state another.'),
    list: z
      .record(
        z
          .string()
          .regex(NAME, { error: 'The name of a repository has lower-case letters, digits, `-` and `.`' }),
        z.union([version, entry], { error: 'An entry is a version, or a mapping with `version`' }),
      )
      .refine((list) => Object.keys(list).length > 0, { error: 'At least one repository' })
      .describe('Repositories by name: a version, or a mapping.'),
  })
  .describe(
    'Repositories that say themselves how their packages are built. Each becomes a component; a recipe of its name in the same layer replaces it, or changes it with `extends`.',
  );
