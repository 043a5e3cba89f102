// Guest images: what a template manifest, a VMM profile and a distribution make of each other. Pure.
import { child } from '../manifest/place.ts';
import { type Manifest, originOf, topmost, type Workspace } from '../manifest/workspace.ts';
import type { Catalog } from './catalog.ts';
import type { Node } from './closure.ts';
import type { Composed, Member } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';
import { listedRecipes } from './listed.ts';
import type { ResolvedTemplate, Target } from './resolved.ts';

const BYTES_PER_GIB = 2 ** 30;

/** The package set of `imageTools`. */
const IMAGE_SET = 'image';
const GUEST_SET = 'guest';

/** A template, and the profile of the VMM that its image is made for. */
export interface TemplateContext {
  readonly workspace: Workspace;
  readonly manifest: Manifest<'template'>;
  readonly profile: Manifest<'vmm'>;
  readonly diagnosis: Diagnosis;
}

/** A package that a guest installs. */
export interface Installed {
  readonly recipe: Recipe;
  readonly target: Target;
}

/**
 * The image of a template; reports distributions that are not there, or lack what images need. `components`: whose
 * packages are installed, see `shippedComponents`. `size`: in place of the template's own.
 */
export function resolveImage(
  context: TemplateContext,
  components: readonly string[],
  size = context.manifest.data.size,
): ResolvedTemplate {
  const { workspace, manifest, profile } = context;
  const { data, source } = manifest;
  const { tools, imageTools = tools } = workspace.settings.data;
  checkDistributions(context, imageTools);
  checkVmm(context);
  const { guestKernel, guestDisk } = profile.data;
  const offered =
    guestKernel && topmost(workspace.distributions, data.distribution)?.data.kernels?.[guestKernel];
  const kernel = guestKernel && (data.kernel ?? offered);
  const further = data.vmmPackages?.[profile.data.name] ?? [];
  // A guest without a kernel of its own has no root file system of its own, either.
  const verity = data.verity === true && kernel !== undefined;
  return {
    name: data.name,
    title: data.title,
    distribution: data.distribution,
    imageTools,
    ...(kernel !== undefined && { kernel }),
    format: guestDisk,
    size: Number.parseInt(size, 10) * BYTES_PER_GIB,
    verity,
    packages: [...data.packages, ...further, ...(verity ? verityPackages(workspace, data.distribution) : [])],
    ...(further.length > 0 && { packagesOf: profile.data.name }),
    components,
    without: data.without ?? [],
    dir: source.path.slice(0, source.path.lastIndexOf('/')),
    files: Object.entries(data.files ?? {}).map(([path, from]) => ({ path, source: from })),
    users: data.users ?? [],
    services: data.services ?? [],
    hooks: data.hooks ?? [],
  };
}

/** What is installed so that an initramfs can open a checked root. */
function verityPackages({ distributions }: Workspace, distribution: string): readonly string[] {
  return topmost(distributions, distribution)?.data.verity ?? [];
}

/** The distributions that an image is made of and by. */
export function distributionsOf({ distribution, imageTools }: ResolvedTemplate): readonly string[] {
  return [distribution, imageTools];
}

function checkVmm({ manifest, profile, diagnosis }: TemplateContext): void {
  const { name, vmm } = manifest.data;
  if (vmm?.includes(profile.data.name) !== false) return;
  const all = vmm.map((each) => `\`${each}\``).join(', ');
  const message = `The template \`${name}\` is for VMM ${all}, not for \`${profile.data.name}\`.`;
  diagnosis.report(originOf(manifest, '/vmm'), { code: 'resolve/wrong-vmm', message });
}

/** Reports distributions that are not there, or lack what images need. */
function checkDistributions(
  { workspace, manifest, profile, diagnosis }: TemplateContext,
  imageTools: string,
): void {
  const { settings, distributions } = workspace;
  const stated = originOf(manifest, '/distribution');
  const toolsKey = settings.data.imageTools === undefined ? '/tools' : '/imageTools';
  const needed = [
    { name: manifest.data.distribution, set: GUEST_SET, origin: stated },
    { name: imageTools, set: IMAGE_SET, origin: { source: settings.source, pointer: toolsKey } },
  ];
  for (const { name, set, origin } of needed) {
    const distribution = topmost(distributions, name);
    if (distribution === undefined) {
      diagnosis.unknown(origin, 'resolve/unknown-distribution', 'distribution', name, distributions.keys());
    } else if (!Object.hasOwn(distribution.data.roots, set)) {
      const message = `The distribution \`${name}\` has no root set \`${set}\`, which guest images need.`;
      diagnosis.report(originOf(distribution, '/roots'), { code: 'resolve/missing-root-set', message });
    }
  }
  if (manifest.data.verity && verityPackages(workspace, manifest.data.distribution).length === 0) {
    const message = `The distribution \`${manifest.data.distribution}\` names no packages for \`verity\`.`;
    diagnosis.report(originOf(manifest, '/verity'), { code: 'resolve/missing-verity', message });
  }
  const kernels = topmost(distributions, manifest.data.distribution)?.data.kernels;
  if (profile.data.guestKernel !== undefined && manifest.data.kernel === undefined && kernels === undefined) {
    const message = `The distribution \`${manifest.data.distribution}\` names no \`kernels\`, and the template no \`kernel\`.`;
    diagnosis.report(stated, { code: 'resolve/missing-kernel', message });
  }
}

/** The packages of the components that a template names, for its distribution; reports those that do not fit. */
export function installedRecipes(
  { workspace, manifest, profile, diagnosis }: TemplateContext,
  catalog: Catalog,
): readonly Installed[] {
  const distribution = topmost(workspace.distributions, manifest.data.distribution);
  if (distribution === undefined) return [];
  const target = `${manifest.data.distribution}/${distribution.data.architecture}`;
  const composed = asProduct(manifest, profile.data.name);
  return listedRecipes(catalog, composed, [target], diagnosis).flatMap(({ recipe, targets }) =>
    targets.map((each) => ({ recipe, target: each })),
  );
}

/** The names of all components that a guest with these packages gets, sorted. */
export function shippedComponents(
  nodes: readonly Node[],
  installed: readonly Installed[],
  isBuilt: (node: Node) => boolean,
): readonly string[] {
  const reached = below(nodes, installed, ({ runtime }) => runtime);
  return [...reached]
    .filter(isBuilt)
    .map(({ recipe }) => recipe.name)
    .sort();
}

/** The installed packages, and all that they are built from or need when they run. */
export function neededFor(nodes: readonly Node[], installed: readonly Installed[]): ReadonlySet<Node> {
  return below(nodes, installed, () => true);
}

function below(
  nodes: readonly Node[],
  installed: readonly Installed[],
  follows: (edge: Node['edges'][number]) => boolean,
): ReadonlySet<Node> {
  const isInstalled = (node: Node) =>
    installed.some(({ recipe, target }) => node.recipe === recipe && node.package.target === target);
  const reached = new Set(nodes.filter(isInstalled));
  for (const node of reached) {
    for (const edge of node.edges) if (follows(edge)) reached.add(edge.to);
  }
  return reached;
}

/** The template's list of components as a product states one. */
export function asProduct(manifest: Manifest<'template'>, vmm: string): Composed {
  const origin = originOf(manifest, '/name');
  const members = (manifest.data.components ?? []).map((name, index): [string, Member<never>] => [
    name,
    { origin: originOf(manifest, child('/components', index)) },
  ]);
  return {
    name: manifest.data.name,
    origin,
    texts: new Map([['vmm', { value: vmm, origin }]]),
    domains: new Map(),
    components: new Map(members),
    templates: new Map(),
    deliverables: new Map(),
    providers: new Map(),
  };
}
