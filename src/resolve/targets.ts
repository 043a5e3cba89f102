// Targets of a product: what its domains and templates run, and which targets exist at all.
import { child } from '../manifest/place.ts';
import { originOf, topmost, type Workspace } from '../manifest/workspace.ts';
import type { Composed } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { Target } from './resolved.ts';

export const WINDOWS_TARGET = 'windows/amd64';

/** Build kinds and the targets that they can make packages for. */
const KIND_FITS: Readonly<Record<string, (target: Target) => boolean>> = {
  windows: (target) => target.startsWith('windows/'),
  deb: (target) => !target.startsWith('windows/'),
  rpm: (target) => !target.startsWith('windows/'),
};

/** The targets that a product's domains, templates and repositories need packages for, sorted. */
export function targetsOf(workspace: Workspace, product: Composed, diagnosis: Diagnosis): readonly Target[] {
  const targets = new Set<Target>();
  for (const { value, origin } of product.domains.values()) {
    const target = targetOfOs(workspace, value.os);
    if (target !== undefined) targets.add(target);
    else {
      const systems = ['windows', ...workspace.distributions.keys()];
      diagnosis.unknown(origin, 'resolve/unknown-os', 'operating system', value.os, systems);
    }
    if (value.sameAs === undefined) continue;
    const other = product.domains.get(value.sameAs);
    if (other === undefined) {
      const what = 'domain in this product for the role';
      diagnosis.unknown(origin, 'resolve/unknown-role', what, value.sameAs, product.domains.keys());
    } else if (other.value.os !== value.os || other.value.sameAs !== undefined) {
      const message = `A domain that is the same as \`${value.sameAs}\` has its operating system, and that one is its own.`;
      diagnosis.report(origin, { code: 'resolve/different-domains', message });
    }
  }
  for (const [name, { origin }] of product.templates) {
    const template = topmost(workspace.templates, name);
    if (template === undefined) {
      diagnosis.unknown(origin, 'resolve/unknown-template', 'template', name, workspace.templates.keys());
      continue;
    }
    const { distribution, components } = template.data;
    const target = targetOfOs(workspace, distribution);
    if (target !== undefined && target !== WINDOWS_TARGET) targets.add(target);
    else {
      const place = originOf(template, '/distribution');
      const all = workspace.distributions.keys();
      diagnosis.unknown(place, 'resolve/unknown-distribution', 'distribution', distribution, all);
    }
    for (const [index, component] of (components ?? []).entries()) {
      if (workspace.recipes.has(component)) continue;
      const place = originOf(template, child('/components', index));
      const all = workspace.recipes.keys();
      diagnosis.unknown(place, 'resolve/unknown-component', 'component', component, all);
    }
  }
  for (const { value } of product.deliverables.values()) {
    const target = 'distribution' in value ? targetOfOs(workspace, value.distribution) : undefined;
    if (target !== undefined) targets.add(target);
  }
  return [...targets].sort();
}

/** The components of which an ISO has the programs for Windows guests, with or without a domain that runs Windows. */
export function windowsToolsOf(product: Composed): ReadonlySet<string> {
  const lists = [...product.deliverables.values()].map(({ value }) =>
    value.kind === 'iso' ? (value.windowsTools ?? []) : [],
  );
  return new Set(lists.flat());
}

function targetOfOs(workspace: Workspace, os: string): Target | undefined {
  if (os === 'windows') return WINDOWS_TARGET;
  const distribution = topmost(workspace.distributions, os);
  return distribution && `${os}/${distribution.data.architecture}`;
}

/** Reports packages of a component whose target does not exist, or is not what their build kind makes. */
export function checkTargets(workspace: Workspace, recipe: Recipe, diagnosis: Diagnosis): void {
  for (const { target, build, origin } of recipe.packages) {
    const place = { ...origin, pointer: child(origin.pointer, 'target') };
    const [os = ''] = target.split('/');
    const possible = targetOfOs(workspace, os);
    if (possible !== target) {
      const all = [
        WINDOWS_TARGET,
        ...[...workspace.distributions.keys()].map((name) => targetOfOs(workspace, name)),
      ];
      const known = all.filter((each) => each !== undefined);
      diagnosis.unknown(place, 'resolve/impossible-target', 'target', target, known);
    } else if (KIND_FITS[build.kind]?.(target) !== true) {
      const message = `The build kind \`${build.kind}\` makes no packages for \`${target}\`.`;
      diagnosis.report(place, { code: 'resolve/impossible-target', message });
    }
  }
}
