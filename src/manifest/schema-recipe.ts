// Recipes: how a component is fetched and built into packages, per target.
import { z } from 'zod';
import { installerContribution } from './installer-schema.ts';
import { debianPackage, innerPath, line, name, names, relativePath, url } from './schema-words.ts';

export const gitName = z
  .string()
  .max(200, { error: 'A tag or branch has at most 200 characters' })
  .regex(/^(?!.*(?:\.\.|\/\/|@\{))[A-Za-z0-9][A-Za-z0-9._/+@-]*(?<![./])$/, {
    error: 'A tag or branch begins with a letter or digit and has letters, digits and `._/+@-` only',
  });

/** What `.qubesbuilder` files call the domains that packages are for. */
export const builderSet = z.enum(['vm', 'host']);

const keyFiles = z.array(innerPath).min(1, { error: 'At least one key' });

/** Of git sources, and of lists of them. */
export const signedBy = keyFiles
  .optional()
  .describe(
    'Files with the OpenPGP public keys of which one must have signed the tag, or the commit where no tag is named; relative to this file.',
  );

const gitFields = {
  git: url,
  tag: gitName.optional().describe('Tag to build.'),
  branch: gitName.optional().describe('Branch to build; the lock holds the commit.'),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/, { error: 'A commit is 40 lower-case hexadecimal digits' })
    .optional()
    .describe('Commit to build.'),
  subdirectory: innerPath.optional().describe('Directory of the component inside the repository.'),
  submodules: z
    .literal(true, { error: '`submodules` is `true` or not there' })
    .optional()
    .describe('Fetches submodules, too, at the commits that the repository names.'),
  signedBy,
};

const REFS = ['tag', 'branch', 'commit'] as const;

function hasOneRef(source: Partial<Record<(typeof REFS)[number], string | undefined>>): boolean {
  return REFS.filter((ref) => source[ref] !== undefined).length === 1;
}

const ONE_REF = { error: 'A git source names exactly one of `tag`, `branch` and `commit`' };

export const gitSourceSchema = z
  .strictObject({ ...gitFields, git: url.describe('URL of the repository.') })
  .refine(hasOneRef, ONE_REF);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'A sha-256 is 64 lower-case hexadecimal digits' });

const FETCHED = { error: 'A file is downloaded from `https://`, `http://` or `file://`' };
const fetched = url.regex(/^(?:https?|file):/, FETCHED);

const archiveFields = {
  archive: fetched.optional().describe('URL of a tar archive, plain or compressed with gzip, xz or zstd.'),
  sha256: sha256.optional().describe('What the archive must be.'),
  size: z.int().nonnegative().optional().describe('Its bytes.'),
  signature: z
    .strictObject({
      url: fetched.describe('URL of the detached OpenPGP signature.'),
      keys: keyFiles.describe(
        'Files with the public keys of which one must have made it, relative to this file.',
      ),
    })
    .optional()
    .describe('What its upstream signed it with; verified before the archive is read.'),
};

/** What means something to one kind of source alone. */
const OF_ORIGIN = {
  local: ['packaging'],
  git: [...REFS, 'subdirectory', 'submodules', 'signedBy', 'builder'],
  archive: ['sha256', 'size', 'signature'],
} as const;

const ORIGINS = ['local', 'git', 'archive'] as const;

export const sourceSchema = z
  .strictObject({
    local: relativePath.optional().describe('Directory of the source, relative to this file.'),
    ...gitFields,
    git: url.optional().describe('URL of the repository.'),
    ...archiveFields,
    builder: builderSet
      .optional()
      .describe(
        'Reads the repository’s `.qubesbuilder`, `version` and `rel`, and builds what they say for this set of packages.',
      ),
    packaging: innerPath
      .optional()
      .describe('Directory inside a local source that has its `debian/`, when that is not at the top.'),
  })
  .superRefine((source, context) => {
    const [origin, ...others] = ORIGINS.filter((key) => source[key] !== undefined);
    if (origin === undefined || others.length > 0) {
      const message = 'A source has exactly one of `local`, `git` and `archive`';
      context.addIssue({ code: 'custom', message });
      return;
    }
    for (const [kind, keys] of Object.entries(OF_ORIGIN)) {
      for (const key of kind === origin ? [] : keys) {
        if (source[key] === undefined) continue;
        const message = `\`${key}\` belongs to ${kind === 'archive' ? 'an' : 'a'} ${kind} source`;
        context.addIssue({ code: 'custom', path: [key], message });
      }
    }
    if (origin === 'git' && !hasOneRef(source)) {
      context.addIssue({ code: 'custom', message: ONE_REF.error });
    } else if (origin === 'archive' && (source.sha256 === undefined || source.size === undefined)) {
      context.addIssue({ code: 'custom', message: 'An archive source has `sha256` and `size`' });
    }
  });

const windowsBuild = z.strictObject({
  kind: z.literal('windows'),
  check: z
    .boolean()
    .optional()
    .describe('Runs `make check` with the native compiler before anything is published; default: true.'),
  make: z
    .record(
      z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/, { error: 'A make variable has upper-case letters, digits and `_`' }),
      z.string().regex(/^[^$\p{Cc}]*$/u, { error: 'A make variable has neither `$` nor control characters' }),
    )
    .optional()
    .describe('Variables for make.'),
});

/** A file that only a build needs. */
const download = z.strictObject({
  url: fetched.describe('Where it is offered.'),
  sha256: sha256.describe('What the file must be.'),
  size: z.int().nonnegative().describe('Its bytes.'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, {
      error: 'A file name here has letters, digits and `._+-` only, and begins with a letter or digit',
    })
    .describe('Its name in `debian/downloads/`.'),
});

const debBuild = z.strictObject({
  kind: z.literal('deb'),
  check: z
    .boolean()
    .optional()
    .describe(
      "Runs the package's own tests; `false` is the build profile and option `nocheck`. Default: true.",
    ),
  profiles: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, {
        error: 'A build profile has lower-case letters, digits, `.` and `-`',
      }),
    )
    .optional()
    .describe('Build profiles, such as `nodoc`.'),
  stamp: z
    .boolean()
    .optional()
    .describe(
      'Adds `~git` and a part of the hash of the source to the version, for packages of a tree between releases; default: false.',
    ),
  allowDistribution: z
    .array(debianPackage)
    .optional()
    .describe(
      'Names of packages of this product whose namesakes from the distribution may be installed for this build.',
    ),
  downloads: z
    .array(download)
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, {
      error: 'Two downloads have the same name',
    })
    .optional()
    .describe(
      'Files that are put into `debian/downloads/`, because a build has no network; part of the source package.',
    ),
});

const rpmBuild = z.strictObject({
  kind: z.literal('rpm'),
  spec: innerPath
    .optional()
    .describe('The spec file, relative to the source and without `.in`; needed when there are several.'),
  placeholders: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]*$/, {
        error: 'A placeholder has upper-case letters, digits and `_`',
      }),
      z
        .string()
        .regex(/^[^\p{Cc}\\]*$/u, { error: 'A placeholder’s text has neither `\\` nor control characters' }),
    )
    .optional()
    .describe(
      'Texts for `@NAME@` in a spec file that ends in `.spec.in`, besides `@VERSION@`, `@REL@` and `@CHANGELOG@`.',
    ),
});

const dependsOn = names.optional();

export const packageSchema = z.strictObject({
  target: z
    .string()
    .regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*\/[a-z0-9]+$/, {
      error: 'A target is `windows/<architecture>` or `<distribution>/<architecture>`',
    })
    .describe('What the package is built for: `windows/amd64`, or `<distribution>/<architecture>`.'),
  build: z
    .discriminatedUnion('kind', [windowsBuild, debBuild, rpmBuild])
    .describe(
      "`windows`: the source's Makefile with mingw-w64. `deb`: the source's `debian/` directory. `rpm`: its spec file.",
    ),
  dependsOn: dependsOn.describe('Components or interfaces that it needs when it is built and when it runs.'),
  buildsOn: dependsOn.describe('Components or interfaces that only its build needs.'),
  buildDepends: z
    .array(debianPackage)
    .optional()
    .describe("Distribution packages that its build needs besides the build kind's own."),
});

export const recipeSchema = z
  .strictObject({
    kind: z.literal('recipe'),
    name: name.describe('Name of the component; also the name of its directory.'),
    extends: name
      .optional()
      .describe('Its own name: keeps what the lower layer states, except for the keys stated here.'),
    summary: line.optional().describe('What the component is, in a few words.'),
    license: line.optional().describe('SPDX license expression.'),
    provides: names.optional().describe('Interfaces that other components can depend on.'),
    vmm: z
      .array(name)
      .min(1, { error: 'At least one VMM; leave the key out when there is no restriction' })
      .optional()
      .describe('VMMs that the component is for; without it, all.'),
    source: sourceSchema.optional().describe('Where the source comes from.'),
    dependsOn: dependsOn.describe('`dependsOn` of all its packages.'),
    buildsOn: dependsOn.describe('`buildsOn` of all its packages.'),
    packages: z
      .array(packageSchema)
      .optional()
      .describe('One package a target. When extending, packages of the same target are replaced.'),
    installer: installerContribution
      .optional()
      .describe('What the component contributes to a hosted installer.'),
  })
  .describe('How a component is fetched and built into packages, per target.');
