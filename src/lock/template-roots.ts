// Which roots of its distribution a guest template stands on: the guest set, its kernel, its own packages.
import type { ResolvedTemplate } from '../resolve/resolved.ts';
import type { RootNeed } from './needs.ts';

/** The package set that all guests of a distribution have in common. */
export const GUEST_SET = 'guest';

type Packages = Pick<ResolvedTemplate, 'name' | 'kernel' | 'packages' | 'packagesOf'>;

/** The root that the initramfs is made in: what the template's own packages change does not touch it. */
export function kernelRootName({ kernel }: Packages): string {
  return kernel === undefined ? GUEST_SET : `${GUEST_SET}:${kernel}`;
}

/** The root with all distribution packages of the template. */
export function templateRootName(template: Packages): string {
  if (template.packages.length === 0) return kernelRootName(template);
  return ['template', template.name, template.kernel, template.packagesOf]
    .filter((part) => part !== undefined)
    .join(':');
}

/** What the lock must have for the template, besides the sets of its distribution. */
export function templateRootNeeds(template: Packages): Record<string, RootNeed> {
  const { kernel, packages } = template;
  const needs: Record<string, RootNeed> = {};
  if (kernel !== undefined) needs[kernelRootName(template)] = { on: GUEST_SET, requests: [kernel] };
  if (packages.length > 0) {
    const requests = [...new Set(packages)].sort();
    needs[templateRootName(template)] = { on: kernelRootName(template), requests };
  }
  return needs;
}
