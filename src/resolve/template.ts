// Resolves a guest template for one VMM as a product of its own: its image, and everything that is built for it. Pure.
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { suggestName } from '../manifest/names.ts';
import type { Workspace } from '../manifest/workspace.ts';
import { topmost } from '../manifest/workspace.ts';
import { Chooser, catalogOf } from './catalog.ts';
import { closureOf, type Node, reportCycles } from './closure.ts';
import { resolveComponents } from './component.ts';
import { Diagnosis } from './diagnosis.ts';
import { resolveDistributions } from './distributions.ts';
import { fatesOf } from './fates.ts';
import {
  asProduct,
  distributionsOf,
  installedRecipes,
  resolveImage,
  shippedComponents,
  type TemplateContext,
} from './guest-images.ts';
import { noticesOf } from './notices.ts';
import type { Abilities } from './product.ts';
import type { ResolvedProduct } from './resolved.ts';

/** Names of all templates, sorted. */
export function templateNames(workspace: Workspace): string[] {
  return [...workspace.templates.keys()].sort();
}

/** Names of all VMM profiles, sorted. */
export function vmmNames(workspace: Workspace): string[] {
  return [...workspace.vmms.keys()].sort();
}

/** Names of the VMM profiles that a template is for, sorted. */
export function vmmsOfTemplate(workspace: Workspace, template: string): string[] {
  const stated = topmost(workspace.templates, template)?.data.vmm;
  return vmmNames(workspace).filter((name) => stated?.includes(name) !== false);
}

/**
 * A product whose only deliverable is the image of the template for a VMM, and whose components are those that the
 * template installs. Fails with `usage/unknown-template`, `usage/unknown-vmm`, `resolve/…`.
 */
export function resolveTemplateProduct(
  workspace: Workspace,
  name: string,
  vmm: string,
  abilities: Abilities,
): Result<ResolvedProduct> {
  const manifest = topmost(workspace.templates, name);
  if (manifest === undefined) return fail(unknown('template', name, templateNames(workspace)));
  const profile = topmost(workspace.vmms, vmm);
  if (profile === undefined) return fail(unknown('VMM profile', vmm, vmmNames(workspace)));
  const diagnosis = new Diagnosis();
  const product = resolve({ workspace, manifest, profile, abilities, diagnosis });
  const [first, ...rest] = diagnosis.failures as [Failure?, ...Failure[]];
  return first === undefined ? ok(product) : fail(joinFailures([first, ...rest]));
}

interface Context extends TemplateContext {
  readonly abilities: Abilities;
}

function resolve(context: Context): ResolvedProduct {
  const { workspace, manifest, profile, diagnosis } = context;
  const { name, title } = manifest.data;
  const { epoch, tools } = workspace.settings.data;
  const { hosting, libvirtDriver, guestDisk, trustedComputingBase } = profile.data;
  const packages = resolvePackages(context);
  const template = resolveImage(context, packages.shipped);
  return {
    name,
    title,
    version: '',
    publisher: '',
    vmm: {
      name: profile.data.name,
      title: profile.data.title,
      facts: { hosting, libvirtDriver, guestDisk, trustedComputingBase },
    },
    domains: {},
    components: packages.components,
    distributions: resolveDistributions(workspace, [tools, ...distributionsOf(template)], diagnosis),
    tools,
    deliverables: [{ kind: 'guest-image', settings: { template: name } }],
    templates: [template],
    epoch,
    notices: packages.notices,
  };
}

type Packages = Pick<ResolvedProduct, 'components' | 'notices'> & { readonly shipped: readonly string[] };

/** The components that the template installs, closed over what they need, for its distribution. */
function resolvePackages(context: Context): Packages {
  const { workspace, manifest, profile, abilities, diagnosis } = context;
  const composed = asProduct(manifest, profile.data.name);
  const catalog = catalogOf(workspace, diagnosis);
  const installed = installedRecipes(context, catalog);
  if (installed.length === 0) return { components: [], notices: [], shipped: [] };
  const chooser = new Chooser(catalog, composed, profile.data.name, diagnosis);
  const nodes = [...closureOf(installed, chooser).values()];
  reportCycles(nodes, diagnosis);
  const fates = fatesOf(nodes, composed, abilities, new Set(nodes));
  const isBuilt = (node: Node) => fates.get(node) === 'built';
  const components = resolveComponents(
    { workspace, composed, licensing: 'commercial', isBuilt, diagnosis },
    installed.map(({ recipe }) => recipe),
    nodes,
  );
  return {
    components,
    notices: noticesOf(composed, fates),
    shipped: shippedComponents(nodes, installed, isBuilt),
  };
}

function unknown(what: string, name: string, candidates: readonly string[]): Failure {
  return {
    code: what === 'template' ? 'usage/unknown-template' : 'usage/unknown-vmm',
    message: `There is no ${what} \`${name}\`.`,
    next: suggestName(name, candidates) ?? 'Add one to a layer of the workspace.',
  };
}
