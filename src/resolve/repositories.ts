// Repositories of a product: their distributions, and the names under which clients find them.
import type { Json } from '../base/canonical.ts';
import { child, type Origin } from '../manifest/place.ts';
import { type Manifest, topmost } from '../manifest/workspace.ts';
import type { Deliverable } from './compose-product.ts';
import type { DeliverableContext } from './deliverables.ts';
import type { ResolvedDeliverable } from './resolved.ts';

/** How long a repository is valid when the manifest does not say: releases are made more often than once a year. */
const VALIDITY_DAYS = 365;

/** An apt repository's settings, with every default filled in. */
export function aptRepository(
  context: DeliverableContext,
  value: Extract<Deliverable, { kind: 'apt-repository' }>,
  origin: Origin,
): ResolvedDeliverable {
  const { kind, distribution } = value;
  const manifest = distributionOf(context, distribution, origin);
  const first = manifest?.data.archives[0]?.suites[0] ?? '';
  if (value.trial !== undefined) checkTrial(context, value.trial.template, distribution, origin);
  return {
    kind,
    settings: {
      distribution,
      architecture: manifest?.data.architecture ?? '',
      suite: value.suite ?? (first.includes('/') ? distribution : first),
      component: value.component ?? 'main',
      validityDays: value.validityDays ?? VALIDITY_DAYS,
      url: value.url ?? `file:///srv/${context.composed.name}/apt`,
      ...(value.trial !== undefined && { trial: { commands: [], ...value.trial } as Json }),
    },
  };
}

function checkTrial(
  { workspace, diagnosis }: DeliverableContext,
  name: string,
  distribution: string,
  origin: Origin,
): void {
  const place = { ...origin, pointer: child(child(origin.pointer, 'trial'), 'template') };
  const template = topmost(workspace.templates, name);
  if (template === undefined) {
    diagnosis.unknown(place, 'resolve/unknown-template', 'template', name, workspace.templates.keys());
  } else if (template.data.distribution !== distribution) {
    const message = `The template \`${name}\` is made of \`${template.data.distribution}\`, and the packages are for \`${distribution}\`.`;
    diagnosis.report(place, { code: 'resolve/trial-template', message });
  }
}

/** An RPM repository's settings, with every default filled in. */
export function rpmRepository(
  context: DeliverableContext,
  value: Extract<Deliverable, { kind: 'rpm-repository' }>,
  origin: Origin,
): ResolvedDeliverable {
  const { kind, distribution } = value;
  return {
    kind,
    settings: {
      distribution,
      architecture: distributionOf(context, distribution, origin)?.data.architecture ?? '',
      url: value.url ?? `file:///srv/${context.composed.name}/rpm/${distribution}`,
    },
  };
}

function distributionOf(
  { workspace, diagnosis }: DeliverableContext,
  name: string,
  origin: Origin,
): Manifest<'distribution'> | undefined {
  const manifest = topmost(workspace.distributions, name);
  if (manifest === undefined) {
    const place = { ...origin, pointer: child(origin.pointer, 'distribution') };
    const all = workspace.distributions.keys();
    diagnosis.unknown(place, 'resolve/unknown-distribution', 'distribution', name, all);
  }
  return manifest;
}

/** Reports repositories of one product that would lie in the same place. */
export function checkSuites(
  { composed, diagnosis }: DeliverableContext,
  resolved: readonly ResolvedDeliverable[],
): void {
  const origins = [...composed.deliverables.values()].map(({ origin }) => origin);
  const taken = new Set<string>();
  for (const [index, { kind, settings }] of resolved.entries()) {
    if (settings.suite === undefined) continue;
    const name = `${kind} ${settings.suite}`;
    const origin = origins[index];
    if (taken.has(name) && origin !== undefined) {
      const message = `Two repositories of this product have the suite \`${settings.suite}\`.`;
      diagnosis.report(origin, {
        code: 'resolve/same-suite',
        message,
        next: 'Give one of them another `suite`.',
      });
    }
    taken.add(name);
  }
}
