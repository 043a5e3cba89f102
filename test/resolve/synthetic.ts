// Workspaces that were never files: for properties over many graphs, and for scale.
import type {
  DataOf,
  Kind,
  Layer,
  Manifest,
  RecipeManifest,
  Workspace,
} from '../../src/manifest/workspace.ts';

const LAYER: Layer = { index: 0, dir: '/synthetic', keys: [] };

export interface SyntheticComponent {
  readonly name: string;
  readonly dependsOn?: string[];
  readonly buildsOn?: string[];
  readonly provides?: string[];
}

/** A manifest without text: every place is its first line. */
export function manifestOf<K extends Kind>(kind: K, data: DataOf[K], path: string): Manifest<K> {
  return { kind, data, source: { path, label: path, text: '', values: {}, keys: {} }, layer: LAYER };
}

/** A workspace with these components, and a product `synthetic` that lists some of them. */
export function workspaceOf(components: readonly SyntheticComponent[], listed: string[]): Workspace {
  return {
    dir: '/synthetic',
    settings: manifestOf(
      'workspace',
      { kind: 'workspace', name: 'synthetic', layers: ['.'], tools: 'debian-12', epoch: 0 },
      'qbuild.yaml',
    ),
    layers: [LAYER],
    products: new Map([['synthetic', [product(listed)]]]),
    recipes: new Map(components.map((each) => [each.name, [recipeOf(each, each.name === listed[0])]])),
    vmms: new Map([['hyperv', [vmm()]]]),
    distributions: new Map([['debian-12', [distribution()]]]),
    templates: new Map(),
    fragments: new Map(),
  };
}

function recipeOf(component: SyntheticComponent, definesInstaller: boolean): RecipeManifest {
  const { name, dependsOn, buildsOn, provides } = component;
  const data: DataOf['recipe'] = {
    kind: 'recipe',
    name,
    summary: name,
    license: 'GPL-2.0-or-later',
    source: { git: 'https://example.org/source', tag: 'v1' },
    provides,
    packages: [{ target: 'windows/amd64', build: { kind: 'windows' }, dependsOn, buildsOn }],
  };
  const manifest = manifestOf('recipe', data, `recipes/${name}/recipe.yaml`);
  const recipe = { ...manifest, dir: `/synthetic/recipes/${name}` };
  return definesInstaller ? { ...recipe, installerDefinition: installer(name) } : recipe;
}

function installer(component: string): Manifest<'installer'> {
  const data: DataOf['installer'] = {
    kind: 'installer',
    upgradeCode: '0b8a1ef2-5c0d-4a67-9d4e-0c3d5e8f1a2b',
    directory: 'Synthetic',
    data: { directory: 'Synthetic', key: 'Software\\Synthetic', closed: [] },
    helper: 'bin/helper.exe',
    licence: 'share/licence.txt',
    scopes: ['machine'],
    features: [{ id: 'core', title: 'All', description: '', required: false, selected: true }],
    prerequisites: { windowsBuild: 17763, recommended: [] },
    payloads: [],
    migrations: [],
    links: {},
  };
  return manifestOf('installer', data, `recipes/${component}/installer.yaml`);
}

function product(listed: string[]): Manifest<'product'> {
  const data: DataOf['product'] = {
    kind: 'product',
    name: 'synthetic',
    title: 'Synthetic',
    publisher: 'Tests',
    version: '1.0.0',
    vmm: 'hyperv',
    licensing: 'gpl',
    domains: { admin: { os: 'windows' } },
    components: listed,
    deliverables: [{ kind: 'installer', formats: ['exe'] }],
  };
  return manifestOf('product', data, 'products/synthetic.yaml');
}

function vmm(): Manifest<'vmm'> {
  const data: DataOf['vmm'] = {
    kind: 'vmm',
    name: 'hyperv',
    title: 'Hyper-V',
    hosting: 'hosted',
    libvirtDriver: 'hyperv',
    guestDisk: 'vhdx',
    interfaces: [],
    trustedComputingBase: ['nothing'],
  };
  return manifestOf('vmm', data, 'products/vmm/hyperv.yaml');
}

function distribution(): Manifest<'distribution'> {
  const archive = { url: 'http://example.org', suites: ['s'], components: ['c'], keyring: '/k.gpg' };
  const data: DataOf['distribution'] = {
    kind: 'distribution',
    name: 'debian-12',
    architecture: 'amd64',
    archives: [archive],
    roots: { base: ['dpkg'] },
  };
  return manifestOf('distribution', data, 'distributions/debian-12.yaml');
}
