// One component of a resolved product: its source, licence and packages.
import { child } from '../manifest/place.ts';
import type { Workspace } from '../manifest/workspace.ts';
import type { Node } from './closure.ts';
import type { Composed, GitSource } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';
import { chooseLicense, type Licensing } from './license.ts';
import type { BuilderSet, GitRef, ResolvedComponent, ResolvedPackage, ResolvedSource } from './resolved.ts';
import { checkTargets } from './targets.ts';

export interface ComponentContext {
  readonly workspace: Workspace;
  readonly composed: Composed;
  readonly licensing: Licensing;
  /** Whether a package of the closure is built. */
  readonly isBuilt: (node: Node) => boolean;
  readonly diagnosis: Diagnosis;
}

/** The listed components and all others in the closure, sorted by name. */
export function resolveComponents(
  context: ComponentContext,
  listed: readonly Recipe[],
  nodes: readonly Node[],
): readonly ResolvedComponent[] {
  const byRecipe = new Map<Recipe, Node[]>(listed.map((recipe) => [recipe, []]));
  for (const node of nodes) {
    const others = byRecipe.get(node.recipe);
    if (others === undefined) byRecipe.set(node.recipe, [node]);
    else others.push(node);
  }
  const sorted = [...byRecipe].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  return sorted.map(([recipe, packages]) => {
    checkTargets(context.workspace, recipe, context.diagnosis);
    return resolveComponent(context, recipe, packages);
  });
}

/** Resolves a component with those of its packages that are in the product's closure. */
function resolveComponent(
  context: ComponentContext,
  recipe: Recipe,
  nodes: readonly Node[],
): ResolvedComponent {
  const built = nodes.filter(context.isBuilt);
  return {
    name: recipe.name,
    summary: stated(context, recipe, 'summary'),
    license: license(context, recipe),
    listed: context.composed.components.has(recipe.name),
    source: source(context, recipe, built.length > 0),
    recipeDir: recipe.dir,
    packages: built.map(resolvePackage).sort(byTarget),
    ...(recipe.installer && { installer: recipe.installer.value }),
  };
}

function byTarget(a: ResolvedPackage, b: ResolvedPackage): number {
  return a.target < b.target ? -1 : 1;
}

function stated(context: ComponentContext, recipe: Recipe, key: 'summary' | 'license'): string {
  const value = recipe[key]?.value;
  if (value !== undefined) return value;
  incomplete(context, recipe, key);
  return '';
}

function incomplete(context: ComponentContext, recipe: Recipe, key: string): void {
  const message = `The recipe of \`${recipe.name}\` has no \`${key}\`.`;
  context.diagnosis.report(recipe.origin, { code: 'resolve/incomplete-recipe', message });
}

function license(context: ComponentContext, recipe: Recipe): string {
  const expression = stated(context, recipe, 'license');
  const origin = recipe.license?.origin;
  if (origin === undefined) return '';
  const choice = chooseLicense(expression, context.licensing);
  if ('license' in choice) return choice.license;
  if (choice.problem === 'malformed') {
    const message = `\`${expression}\` is not an SPDX license expression.`;
    context.diagnosis.report(origin, { code: 'resolve/malformed-license', message, cause: choice.cause });
  } else {
    const message = `A product with \`licensing: gpl\` cannot contain \`${recipe.name}\`, licensed \`${expression}\`.`;
    context.diagnosis.report(origin, { code: 'resolve/forbidden-license', message });
  }
  return '';
}

/** A source that nothing is built from, as yet, need not be there. */
function source(context: ComponentContext, recipe: Recipe, needed: boolean): ResolvedSource {
  const override = context.composed.components.get(recipe.name)?.override;
  if (override !== undefined) {
    const { path } = override.origin.source;
    const dir = path.slice(0, path.lastIndexOf('/'));
    return git({ ...override.value, builder: recipe.source?.value.builder }, dir);
  }
  const stated = recipe.source;
  if (stated === undefined) {
    incomplete(context, recipe, 'source');
    return { kind: 'local', path: '' };
  }
  if (stated.value.git !== undefined) return git({ ...stated.value, git: stated.value.git }, stated.dir);
  const { archive: url, sha256, size, signature } = stated.value;
  if (url !== undefined && sha256 !== undefined && size !== undefined) {
    return { kind: 'archive', url, sha256, size, ...(signature && { signature }), keysDirectory: stated.dir };
  }
  const local = stated.local ?? { path: '', state: 'absent' };
  const origin = { ...stated.origin, pointer: child(stated.origin.pointer, 'local') };
  if (local.state === 'absent' && needed) {
    const message = `The source of \`${recipe.name}\` is not there.`;
    context.diagnosis.report(origin, {
      code: 'resolve/missing-source',
      message,
      cause: `No such directory: ${local.path}.`,
    });
  } else if (local.state === 'outside-layer') {
    const message = `The source of \`${recipe.name}\` leads out of its layer.`;
    context.diagnosis.report(origin, { code: 'resolve/outside-layer', message });
  }
  const { packaging } = stated.value;
  return { kind: 'local', path: local.path, ...(packaging !== undefined && { packaging }) };
}

/** `dir`: of the manifest that states it. */
function git(stated: GitSource & { readonly builder?: BuilderSet | undefined }, dir: string): ResolvedSource {
  const { git: url, subdirectory, submodules, signedBy, builder } = stated;
  return {
    kind: 'git',
    url,
    ref: refOf(stated),
    ...(subdirectory !== undefined && { subdirectory }),
    ...(submodules && { submodules }),
    ...(signedBy && { signedBy, keysDirectory: dir }),
    ...(builder !== undefined && { builder }),
  };
}

function refOf({ commit, tag, branch }: GitSource): GitRef {
  if (commit !== undefined) return { kind: 'commit', name: commit };
  if (tag !== undefined) return { kind: 'tag', name: tag };
  if (branch !== undefined) return { kind: 'branch', name: branch };
  throw new Error('a git source without commit, tag or branch passed validation');
}

function resolvePackage(node: Node): ResolvedPackage {
  const { target, build, buildDepends } = node.package;
  const dependsOn = [...new Set(node.edges.map(({ to }) => to.recipe.name))].sort();
  return { target, build: withoutUndefined(build), dependsOn, buildDepends, shipped: node.shipped };
}

/** Optional settings that were not stated are absent, as in JSON. */
function withoutUndefined(build: Node['package']['build']): ResolvedPackage['build'] {
  const stated = Object.entries(build).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(stated), kind: build.kind };
}
