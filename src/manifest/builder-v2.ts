// Turns a configuration of qubes-builderv2 into the manifests of a workspace, and says what it could not carry over.
// The format is that of its README and example configurations (2026); pure, no file is touched here.
import type { Json } from '../base/canonical.ts';
import { NAME } from './schema-words.ts';

export interface ImportedWorkspace {
  /** Texts of manifests by path below the new workspace. */
  readonly files: Readonly<Record<string, string>>;
  /** Names of distributions whose manifests must come along. */
  readonly distributions: readonly string[];
  /** Name of the VMM whose profile must come along. */
  readonly vmm: string;
  readonly products: readonly string[];
  /** One sentence for each thing that is not carried over, with its place in the configuration. */
  readonly leftOut: readonly string[];
}

type Mapping = { readonly [key: string]: Json };

/** Debian releases by codename, as qubes-builderv2 names distributions. */
const DEBIAN: Readonly<Record<string, string>> = { bookworm: 'debian-12', trixie: 'debian-13' };

const LISTS = ['distributions', 'templates', 'components', 'stages', 'plugins'] as const;

/** Why keys that qubes-builderv2 knows have no place in a workspace. */
const NO_PLACE: Readonly<Record<string, string>> = {
  templates: 'guest images are described by template manifests',
  stages: 'there are no stages: whatever is out of date runs',
  plugins: 'build kinds are part of qbuild',
  'plugins-dirs': 'build kinds are part of qbuild',
  executor: 'every action runs in a sandbox of its own',
  cache: 'roots are cached by content',
  'artifacts-dir': 'choose the output directory with --out',
  'sign-key': 'import signing keys with `qbuild keys import`',
  'gpg-client': 'signing keys are in qbuild’s own key directory',
  'repository-publish': 'repositories are deliverables of products',
  'repository-upload-remote-host': 'publishing to a server is left to the server',
  'use-qubes-repo': 'name the repository as an archive of the distribution',
  iso: 'an ISO is a deliverable of a product',
  'template-root-size': 'the size is part of a template',
  'template-root-with-partitions': 'partitions are part of a template',
  'min-distinct-maintainers': 'one of the keys that a recipe names with `signedBy` is enough',
  'insecure-skip-checking': 'a source is verified when its recipe names keys with `signedBy`',
  'less-secure-signed-commits-sufficient':
    'with `signedBy` in a recipe the tag must be signed, or the commit where no tag is named',
  'min-age-days': 'nothing is uploaded',
  'automatic-upload-on-publish': 'nothing is uploaded',
  'increment-devel-versions': 'versions come from the changelog',
  'fetch-versions-only': 'name tags in the recipes',
  'skip-git-fetch': 'sources are pinned by qbuild.lock',
  'force-fetch': 'sources are pinned by qbuild.lock',
  session: 'actions do not share a state',
};

/** Keys that only say how a run looks. */
const MEANINGLESS = new Set(['debug', 'verbose', 'timeout']);

/** Joins a configuration and those that it includes, in their order; `+key` adds to the list `key`. */
export function mergeConfigurations(all: readonly Mapping[]): Mapping {
  const merged: Record<string, Json> = {};
  const added: Record<string, Json[]> = {};
  for (const [key, value] of all.flatMap((each) => Object.entries(each))) {
    const before = merged[key];
    const list = key.startsWith('+') ? LISTS.find((name) => name === key.slice(1)) : undefined;
    if (list !== undefined) added[list] = [...(added[list] ?? []), ...listOf(value)];
    else if (isMapping(before) && isMapping(value)) merged[key] = { ...before, ...value };
    else if (key !== 'include') merged[key] = value;
  }
  for (const [key, values] of Object.entries(added)) merged[key] = [...listOf(merged[key]), ...values];
  return merged;
}

/** Translates a merged configuration. `epoch`: seconds since 1970, the date of what has none. */
export function workspaceFromBuilder(config: Mapping, epoch: number): ImportedWorkspace {
  const leftOut: string[] = [];
  const files: Record<string, string> = {};
  const git = mappingOf(config.git);
  const targets = distributionsOf(config, leftOut);
  const components: string[] = [];
  for (const [name, settings] of entriesOf(config.components)) {
    const recipe = recipeOf(name, settings, git, targets, leftOut);
    if (recipe === undefined || targets.length === 0) continue;
    if (files[`recipes/${recipe.name}/recipe.yaml`] !== undefined) continue;
    components.push(recipe.name);
    files[`recipes/${recipe.name}/recipe.yaml`] = recipe.text;
  }
  const vmm = textOf(config['backend-vmm']) ?? 'xen';
  const release = textOf(config['qubes-release']) ?? 'r4.3';
  const products =
    components.length === 0 ? [] : targets.map(({ codename }) => `qubes-vm-packages-${codename}`);
  for (const [index, { distribution, codename }] of targets.entries()) {
    const name = products[index];
    if (name !== undefined)
      files[`products/${name}.yaml`] = productText({
        name,
        release,
        vmm,
        distribution,
        codename,
        components,
      });
  }
  files['qbuild.yaml'] = workspaceText(targets[0]?.distribution ?? 'debian-12', epoch);
  sayWhatElse(config, git, leftOut);
  const distributions = [...new Set(['debian-12', ...targets.map(({ distribution }) => distribution)])];
  return { files, distributions, vmm, products, leftOut };
}

interface DebianTarget {
  readonly codename: string;
  readonly distribution: string;
}

function distributionsOf(config: Mapping, leftOut: string[]): DebianTarget[] {
  const targets: DebianTarget[] = [];
  for (const [name] of entriesOf(config.distributions)) {
    const [, set, codename = '', architecture = 'x86_64'] = /^(host|vm)-([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    const distribution = DEBIAN[codename];
    if (set !== 'vm' || distribution === undefined || !['x86_64', 'amd64'].includes(architecture))
      leftOut.push(`distributions: ${name}: only Debian 12 and 13 for virtual machines on amd64 are built`);
    else if (!targets.some((target) => target.distribution === distribution))
      targets.push({ codename, distribution });
  }
  return targets;
}

function recipeOf(
  component: string,
  settings: Mapping,
  git: Mapping,
  targets: readonly DebianTarget[],
  leftOut: string[],
): { readonly name: string; readonly text: string } | undefined {
  const place = `components: ${component}`;
  if (settings.packages === false) {
    leftOut.push(`${place}: it has no packages, only rules of qubes-builderv2`);
    return undefined;
  }
  const prefix = textOf(git.prefix) ?? 'QubesOS/qubes-';
  const name = `${prefix.slice(prefix.lastIndexOf('/') + 1)}${component}`.toLowerCase();
  if (!NAME.test(name)) {
    leftOut.push(`${place}: ${JSON.stringify(name)} cannot be the name of a component`);
    return undefined;
  }
  const base = textOf(git.baseurl) ?? 'https://github.com';
  const url = textOf(settings.url) ?? `${base}/${prefix}${component}${textOf(git.suffix) ?? '.git'}`;
  const branch = textOf(settings.branch) ?? textOf(git.branch) ?? 'main';
  for (const key of Object.keys(settings)) {
    if (['packages', 'url', 'branch'].includes(key) || MEANINGLESS.has(key)) continue;
    leftOut.push(`${place}: ${key}: ${reasonFor(key)}`);
  }
  const lines = [
    '# Imported from a configuration of qubes-builderv2. The license has to be filled in.',
    'kind: recipe',
    `name: ${name}`,
    'license: LicenseRef-Unknown',
    `source: { git: ${quoted(url)}, branch: ${quoted(branch)} }`,
    'packages:',
    ...targets.flatMap(({ distribution }) => [
      `  - target: ${distribution}/amd64`,
      '    build: { kind: deb }',
    ]),
  ];
  return { name, text: `${lines.join('\n')}\n` };
}

function productText(of: {
  readonly name: string;
  readonly release: string;
  readonly vmm: string;
  readonly distribution: string;
  readonly codename: string;
  readonly components: readonly string[];
}): string {
  const [, major = '0', minor = '0'] = /^r?(\d+)\.(\d+)/.exec(of.release) ?? [];
  return `${[
    '# Imported from a configuration of qubes-builderv2.',
    'kind: product',
    `name: ${of.name}`,
    `title: ${quoted(`Qubes ${of.release} packages for ${of.distribution}`)}`,
    'publisher: Qubes OS',
    `version: ${major}.${minor}.0`,
    `vmm: ${quoted(of.vmm)}`,
    'licensing: gpl',
    'components:',
    ...of.components.map((component) => `  - ${component}`),
    'deliverables:',
    `  - { kind: apt-repository, distribution: ${of.distribution}, suite: ${of.codename} }`,
  ].join('\n')}\n`;
}

function workspaceText(tools: string, epoch: number): string {
  return `${[
    '# Imported from a configuration of qubes-builderv2.',
    'kind: workspace',
    'name: imported',
    'layers: [.]',
    `tools: ${tools}`,
    `epoch: ${epoch}`,
  ].join('\n')}\n`;
}

const CARRIED = new Set(['git', 'distributions', 'components', 'backend-vmm', 'qubes-release', 'include']);

function sayWhatElse(config: Mapping, git: Mapping, leftOut: string[]): void {
  for (const key of Object.keys(git)) {
    if (!['baseurl', 'prefix', 'suffix', 'branch'].includes(key))
      leftOut.push(`git: ${key}: ${reasonFor(key)}`);
  }
  for (const key of Object.keys(config)) {
    if (CARRIED.has(key) || MEANINGLESS.has(key)) continue;
    leftOut.push(`${key}: ${reasonFor(key)}`);
  }
}

function reasonFor(key: string): string {
  if (key === 'maintainers') return 'put their keys into files that recipes name with `signedBy`';
  return Object.hasOwn(NO_PLACE, key) ? (NO_PLACE[key] ?? '') : 'qbuild knows nothing like it';
}

/** Lists hold names, and names with settings as a mapping of one key. */
function entriesOf(list: Json | undefined): [string, Mapping][] {
  return listOf(list).flatMap((entry): [string, Mapping][] => {
    if (typeof entry === 'string') return [[entry, {}]];
    return isMapping(entry)
      ? Object.entries(entry).map(([name, settings]) => [name, mappingOf(settings)])
      : [];
  });
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function mappingOf(value: Json | undefined): Mapping {
  return isMapping(value) ? value : {};
}

function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A YAML scalar: JSON strings are YAML. */
function quoted(text: string): string {
  return /^[A-Za-z][A-Za-z0-9 ./_+-]*$/.test(text) ? text : JSON.stringify(text);
}
