// The domains of a product by role, and the templates that they are made of. Pure.
import { child } from '../manifest/place.ts';
import { topmost, type Workspace } from '../manifest/workspace.ts';
import type { Composed, Domain } from './compose-product.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { ResolvedDomain, ResolvedProduct } from './resolved.ts';

/** The domains as the product states them; `checkDomains` says what is wrong with them. */
export function domainsOf(composed: Composed): ResolvedProduct['domains'] {
  return Object.fromEntries([...composed.domains].map(([role, { value }]) => [role, domainOf(value)]));
}

function domainOf({ os, sameAs, template, name, label }: Domain): ResolvedDomain {
  return {
    os,
    ...(sameAs !== undefined && { sameAs }),
    ...(template !== undefined && { template }),
    ...(name !== undefined && { name }),
    ...(label !== undefined && { label }),
  };
}

/**
 * Reports templates of domains that do not exist, are of another system or not in the product, and domains that
 * could not be created.
 */
export function checkDomains(workspace: Workspace, composed: Composed, diagnosis: Diagnosis): void {
  const names = new Set<string>();
  for (const [role, { value, origin }] of composed.domains) {
    const at = (key: string) => ({ ...origin, pointer: child(origin.pointer, key) });
    const { template: name } = value;
    if (value.name !== undefined && names.has(value.name)) {
      const message = `Two domains of this product are called \`${value.name}\`.`;
      diagnosis.report(at('name'), { code: 'resolve/domain-name', message });
    }
    if (value.name !== undefined) names.add(value.name);
    if ((value.name === undefined) !== (value.label === undefined)) {
      const message = `The domain of the role \`${role}\` has a name and a label, or neither.`;
      diagnosis.report(origin, { code: 'resolve/domain-name', message });
    }
    if (name === undefined) {
      if (value.name === undefined || role === 'admin') continue;
      const message = `The domain \`${value.name}\` is made of no template.`;
      diagnosis.report(origin, { code: 'resolve/domain-template', message });
      continue;
    }
    const template = topmost(workspace.templates, name);
    if (template === undefined) {
      diagnosis.unknown(
        at('template'),
        'resolve/unknown-template',
        'template',
        name,
        workspace.templates.keys(),
      );
    } else if (template.data.distribution !== value.os) {
      const message = `The template \`${name}\` is made of \`${template.data.distribution}\`, and the domain runs \`${value.os}\`.`;
      diagnosis.report(at('template'), { code: 'resolve/domain-template', message });
    } else if (role !== 'admin' && !composed.templates.has(name)) {
      const message = `The template \`${name}\` is not one of this product’s \`templates\`.`;
      diagnosis.misnamed(
        at('template'),
        { code: 'resolve/domain-template', message },
        name,
        composed.templates.keys(),
      );
    }
  }
}
