// What a product lists: its components with their targets, and its choice of providers.
import { type Catalog, fitsVmm } from './catalog.ts';
import type { Composed } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Target } from './resolved.ts';
import { WINDOWS_TARGET, windowsToolsOf } from './targets.ts';

export interface Listed {
  readonly recipe: Recipe;
  /** Those of the product's targets that it has packages for; of the tools for Windows guests that one, too. */
  readonly targets: readonly Target[];
}

/** The recipes of the components that a product lists; reports those that do not exist or do not fit. */
export function listedRecipes(
  catalog: Catalog,
  composed: Composed,
  targets: readonly Target[],
  diagnosis: Diagnosis,
): readonly Listed[] {
  const vmm = composed.texts.get('vmm')?.value;
  const tools = windowsToolsOf(composed);
  const listed: Listed[] = [];
  for (const [name, { origin }] of composed.components) {
    const recipe = catalog.recipes.get(name);
    if (recipe === undefined) {
      diagnosis.unknown(origin, 'resolve/unknown-component', 'component', name, catalog.recipes.keys());
      continue;
    }
    if (vmm !== undefined && !fitsVmm(recipe, vmm)) {
      const message = `\`${name}\` is for VMM ${quoted(recipe.vmm?.value ?? [])}, not for \`${vmm}\`.`;
      diagnosis.report(origin, { code: 'resolve/wrong-vmm', message });
    }
    const has = recipe.packages.map(({ target }) => target);
    const wanted = tools.has(name) ? new Set([...targets, WINDOWS_TARGET]) : new Set(targets);
    const matching = [...wanted].filter((target) => has.includes(target));
    if (matching.length === 0 && has.length > 0 && targets.length > 0) {
      const message = `\`${name}\` has packages for ${quoted(has)} only; this product needs ${quoted(targets)}.`;
      diagnosis.report(origin, { code: 'resolve/impossible-target', message });
    }
    listed.push({ recipe, targets: matching });
  }
  return listed;
}

/** Reports entries of the product's `providers` that name no interface, or no component that provides it. */
export function checkProviders(catalog: Catalog, composed: Composed, diagnosis: Diagnosis): void {
  const vmm = composed.texts.get('vmm')?.value;
  for (const [name, { value, origin }] of composed.providers) {
    const all = catalog.providers.get(name);
    if (all === undefined) {
      diagnosis.unknown(origin, 'resolve/unknown-interface', 'interface', name, catalog.providers.keys());
      continue;
    }
    const fitting = all
      .filter((recipe) => vmm === undefined || fitsVmm(recipe, vmm))
      .map((recipe) => recipe.name);
    if (fitting.includes(value)) continue;
    const message = `\`${value}\` does not provide \`${name}\` on this VMM.`;
    diagnosis.misnamed(origin, { code: 'resolve/unknown-provider', message }, value, fitting);
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
