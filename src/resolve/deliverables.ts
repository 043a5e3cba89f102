// Deliverables of a resolved product: whether the product can have them, and what they are made from.
import type { Json } from '../base/canonical.ts';
import type { Origin } from '../manifest/place.ts';
import type { Workspace } from '../manifest/workspace.ts';
import type { Composed, Deliverable } from './compose-product.ts';
import type { Recipe } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';
import { iso } from './iso.ts';
import { aptRepository, checkSuites, rpmRepository } from './repositories.ts';
import type { ResolvedDeliverable, ResolvedVmm, Target } from './resolved.ts';

export interface DeliverableContext {
  readonly workspace: Workspace;
  readonly composed: Composed;
  readonly vmm: ResolvedVmm;
  /** Recipes of the components that the product lists. */
  readonly listed: readonly Recipe[];
  /** The names of these components and of those that they need when they run, for a target; sorted. */
  readonly shippedWith: (components: readonly string[], target: Target) => readonly string[];
  readonly diagnosis: Diagnosis;
}

/** Resolves all deliverables, in the product's order. */
export function resolveDeliverables(context: DeliverableContext): readonly ResolvedDeliverable[] {
  checkVersion(context);
  const resolved = [...context.composed.deliverables.values()].map(({ value, origin }) => {
    if (value.kind === 'apt-repository') return aptRepository(context, value, origin);
    if (value.kind === 'rpm-repository') return rpmRepository(context, value, origin);
    if (value.kind === 'iso') return iso(context, value, origin);
    return installer(context, value, origin);
  });
  checkSuites(context, resolved);
  return resolved;
}

/**
 * An installer's settings: `formats`; `component`, the one listed component that has an installer.yaml;
 * `definition`, the content of that file.
 */
function installer(
  context: DeliverableContext,
  value: Extract<Deliverable, { kind: 'installer' }>,
  origin: Origin,
): ResolvedDeliverable {
  const { composed, vmm, listed, diagnosis } = context;
  const os = composed.domains.get('admin')?.value.os;
  if (vmm.facts.hosting !== 'hosted' || os !== 'windows') {
    const message = 'An installer is for products with a hosted VMM and Windows as admin domain.';
    diagnosis.report(origin, { code: 'resolve/impossible-deliverable', message });
  }
  const defining = listed.filter(({ installerDefinition }) => installerDefinition !== undefined);
  const [only, second] = defining;
  if (only === undefined) {
    const message = 'No component of this product has an `installer.yaml` that defines its installer.';
    diagnosis.report(origin, { code: 'resolve/missing-installer-definition', message });
  } else if (second !== undefined) {
    const names = defining.map(({ name }) => `\`${name}\``).join(', ');
    const message = `Several components define the installer of this product: ${names}.`;
    diagnosis.report(origin, { code: 'resolve/two-installer-definitions', message });
  }
  const definition = (only?.installerDefinition?.data ?? null) as Json;
  return { kind: value.kind, settings: { formats: value.formats, component: only?.name ?? '', definition } };
}

/** Windows Installer's ProductVersion: major and minor have 8 bits, the third number 16; compared by these alone. */
const VERSION_LIMITS = [255, 255, 65_535] as const;

/** Reports a version that the product's deliverables cannot carry. */
function checkVersion({ composed, diagnosis }: DeliverableContext): void {
  const version = composed.texts.get('version');
  if (version === undefined || !composed.deliverables.has('installer')) return;
  const parts = version.value.split('.').map(Number);
  if (VERSION_LIMITS.every((limit, index) => (parts[index] ?? 0) <= limit)) return;
  const limits = VERSION_LIMITS.join('.');
  const message = `An installer cannot have version \`${version.value}\`: Windows allows at most ${limits}.`;
  diagnosis.report(version.origin, { code: 'resolve/version-limit', message });
}
