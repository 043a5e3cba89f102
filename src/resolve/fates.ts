// Which packages of a product's closure are built, and why the others are not.
import type { Node } from './closure.ts';
import type { Composed } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Abilities } from './product.ts';

/**
 * `unsupported`: no step for its build kind. `unwanted`: nothing that the product makes takes it, so that a
 * product of one system does not build for another. `unpackaged`: its local source has no `debian/` yet.
 */
export type Fate = 'built' | 'unsupported' | 'unwanted' | 'unpackaged';

/** Whether a deliverable of this kind takes Debian packages. */
export function takesDebs(deliverable: string): boolean {
  return deliverable === 'apt-repository' || deliverable === 'iso';
}

/** `inImages`: packages that guest images are made with, whatever the product's deliverables take besides. */
export function fatesOf(
  nodes: readonly Node[],
  product: Composed,
  { buildKinds, only, anyAlone = false }: Abilities,
  inImages: ReadonlySet<Node>,
): ReadonlyMap<Node, Fate> {
  const delivered = [...product.deliverables.values()].some(({ value }) => takesDebs(value.kind));
  const takesRpms = [...product.deliverables.values()].some(({ value }) => value.kind === 'rpm-repository');
  const asked = targetsOf(nodes.filter(({ recipe }) => recipe.name === only));
  const fateOf = (node: Node): Fate => {
    const { kind } = node.package.build;
    if (!buildKinds.has(kind)) return 'unsupported';
    if (kind !== 'deb' && kind !== 'rpm') return 'built';
    const isTaken = kind === 'deb' ? delivered || inImages.has(node) : takesRpms;
    if (!isTaken && !anyAlone && !asked.has(node.package.target)) return 'unwanted';
    if (kind === 'rpm') return 'built';
    return lacksPackaging(node.recipe, product) ? 'unpackaged' : 'built';
  };
  return new Map(nodes.map((node) => [node, fateOf(node)]));
}

/** Which of the packages for these targets a build will need, their sources say: see `linkDebian`. */
function targetsOf(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(nodes.map((node) => node.package.target));
}

/** What a git source has is known when it is locked. */
function lacksPackaging(recipe: Recipe, product: Composed): boolean {
  if (product.components.get(recipe.name)?.override !== undefined) return false;
  return recipe.source?.local?.debian === false;
}
