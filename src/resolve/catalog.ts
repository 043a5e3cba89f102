// All components of a workspace, and which of them provides an interface for one product.
import type { Origin } from '../manifest/place.ts';
import type { Workspace } from '../manifest/workspace.ts';
import type { Composed } from './compose-product.ts';
import { composeRecipe, type Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Components by name, and by what they provide: their own name and the interfaces that they list. */
export interface Catalog {
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly providers: ReadonlyMap<string, readonly Recipe[]>;
}

export function catalogOf(workspace: Workspace, diagnosis: Diagnosis): Catalog {
  const recipes = new Map<string, Recipe>();
  const providers = new Map<string, Recipe[]>();
  for (const [name, manifests] of workspace.recipes) {
    const recipe = composeRecipe(manifests, diagnosis);
    recipes.set(name, recipe);
    for (const provided of new Set([name, ...recipe.provides.map(({ value }) => value)])) {
      const others = providers.get(provided);
      if (others === undefined) providers.set(provided, [recipe]);
      else others.push(recipe);
    }
  }
  return { recipes, providers };
}

/** True when a component may be part of products on this VMM. */
export function fitsVmm(recipe: Recipe, vmm: string): boolean {
  return recipe.vmm === undefined || recipe.vmm.value.includes(vmm);
}

export function hasPackage(recipe: Recipe, target: string): boolean {
  return recipe.packages.some((each) => each.target === target);
}

/**
 * Chooses providers for one product. Of the components that fit the VMM and have a package for the target it takes:
 * the one that the product's `providers` names; else the only one that the product lists; else the one that has
 * the name itself; else the only one there is.
 */
export class Chooser {
  readonly #catalog: Catalog;
  readonly #product: Composed;
  readonly #vmm: string;
  readonly #diagnosis: Diagnosis;
  readonly #chosen = new Map<string, Recipe | undefined>();

  constructor(catalog: Catalog, product: Composed, vmm: string, diagnosis: Diagnosis) {
    this.#catalog = catalog;
    this.#product = product;
    this.#vmm = vmm;
    this.#diagnosis = diagnosis;
  }

  /** The provider of a component's or an interface's name; undefined after reporting why there is none. */
  choose(name: string, target: string, origin: Origin): Recipe | undefined {
    const key = `${name} ${target}`;
    if (!this.#chosen.has(key)) this.#chosen.set(key, this.#decide(name, target, origin));
    return this.#chosen.get(key);
  }

  #decide(name: string, target: string, origin: Origin): Recipe | undefined {
    const all = this.#catalog.providers.get(name);
    if (all === undefined) {
      const names = this.#catalog.providers.keys();
      this.#diagnosis.unknown(origin, 'resolve/unknown-component', 'component or interface', name, names);
      return undefined;
    }
    const fitting = all.filter((recipe) => fitsVmm(recipe, this.#vmm));
    const candidates = fitting.filter((recipe) => hasPackage(recipe, target));
    const choice = this.#product.providers.get(name);
    if (choice !== undefined) {
      const chosen = candidates.find((recipe) => recipe.name === choice.value);
      // A choice that does not fit the VMM was reported where the product makes it.
      if (chosen === undefined && fitting.some((recipe) => recipe.name === choice.value)) {
        const message = `\`${choice.value}\`, chosen for \`${name}\`, has no package for \`${target}\`.`;
        this.#diagnosis.report(choice.origin, { code: 'resolve/missing-package', message });
      }
      return chosen;
    }
    const listed = candidates.filter((recipe) => this.#product.components.has(recipe.name));
    const eligible = listed.length > 0 ? listed : ownNameFirst(candidates, name);
    const [only, second] = eligible;
    if (second === undefined && only !== undefined) return only;
    if (only === undefined) this.#none(name, target, origin, all, fitting);
    else this.#several(name, origin, eligible);
    return undefined;
  }

  #none(
    name: string,
    target: string,
    origin: Origin,
    all: readonly Recipe[],
    fitting: readonly Recipe[],
  ): void {
    const near = list((fitting.length > 0 ? fitting : all).map((recipe) => recipe.name));
    if (fitting.length === 0) {
      const message = `No component provides \`${name}\` on VMM \`${this.#vmm}\`.`;
      const cause = `It is provided by ${near}, for other VMMs only.`;
      this.#diagnosis.report(origin, { code: 'resolve/missing-provider', message, cause });
      return;
    }
    const message = `No component provides \`${name}\` for target \`${target}\`.`;
    const cause = `It is provided by ${near}, for other targets only.`;
    this.#diagnosis.report(origin, { code: 'resolve/missing-package', message, cause });
  }

  #several(name: string, origin: Origin, candidates: readonly Recipe[]): void {
    const names = candidates.map((recipe) => recipe.name).sort();
    const message = `Several components provide \`${name}\`: ${list(names)}.`;
    const next = `Let the product list one of them, or choose with \`providers: { ${name}: ${names[0]} }\`.`;
    this.#diagnosis.report(origin, { code: 'resolve/two-providers', message, next });
  }
}

function ownNameFirst(candidates: readonly Recipe[], name: string): readonly Recipe[] {
  const own = candidates.find((recipe) => recipe.name === name);
  return own === undefined ? candidates : [own];
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
