// Resolves a product: every choice made, every mistake found, before anything runs. Pure.
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { type Manifest, topmost, type Workspace } from '../manifest/workspace.ts';
import { type Catalog, Chooser, catalogOf } from './catalog.ts';
import { closureOf, type Node, reportCycles } from './closure.ts';
import { resolveComponents } from './component.ts';
import { type Composed, composeProduct, TEXTS } from './compose-product.ts';
import { resolveDeliverables } from './deliverables.ts';
import { Diagnosis } from './diagnosis.ts';
import { resolveDistributions } from './distributions.ts';
import { checkDomains, domainsOf } from './domains.ts';
import { fatesOf } from './fates.ts';
import {
  distributionsOf,
  type Installed,
  installedRecipes,
  neededFor,
  resolveImage,
  shippedComponents,
  type TemplateContext,
} from './guest-images.ts';
import type { Licensing } from './license.ts';
import { checkProviders, type Listed, listedRecipes } from './listed.ts';
import { noticesOf } from './notices.ts';
import {
  type ResolvedComponent,
  type ResolvedProduct,
  type ResolvedVmm,
  systemOf,
  type Target,
} from './resolved.ts';
import { targetsOf } from './targets.ts';

/** What this version of the program can build. */
export interface Abilities {
  /** Kinds of `build` that steps exist for. */
  readonly buildKinds: ReadonlySet<string>;
  /** Root sets that those steps need of the workspace's `tools` distribution. */
  readonly rootSets?: readonly string[];
  /** Root sets that packages of a build kind need of the distribution that they are for, by kind. */
  readonly targetSets?: Readonly<Record<string, readonly string[]>>;
  /** Kinds of deliverables that have the images of the product's templates on them. */
  readonly imageKinds?: ReadonlySet<string>;
  /** A component to build for its own sake, even what no deliverable takes. */
  readonly only?: string;
  /** Any component may be asked for alone: nothing is left out because no deliverable takes it. */
  readonly anyAlone?: boolean;
}

/**
 * Resolves the product or variant of a name. Fails with `resolve/…`; all mistakes of the pass are joined.
 * Packages of a build kind that is not supported are left out, with a notice.
 */
export function resolveProduct(
  workspace: Workspace,
  name: string,
  abilities: Abilities,
): Result<ResolvedProduct> {
  const composed = composeProduct(workspace, name);
  if (!composed.ok) return composed;
  const diagnosis = new Diagnosis();
  const product = resolve(workspace, composed.value, abilities, diagnosis);
  const [first, ...rest] = diagnosis.failures as [Failure?, ...Failure[]];
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  if (product === undefined) throw new Error('resolving ended without result or failure');
  return ok(product);
}

/** Undefined after mistakes that leave nothing to go on with. */
function resolve(
  workspace: Workspace,
  composed: Composed,
  abilities: Abilities,
  diagnosis: Diagnosis,
): ResolvedProduct | undefined {
  const complete = isComplete(composed, diagnosis);
  const profile = profileOf(workspace, composed, diagnosis);
  const targets = targetsOf(workspace, composed, diagnosis);
  const catalog = catalogOf(workspace, diagnosis);
  const listed = listedRecipes(catalog, composed, targets, diagnosis);
  checkProviders(catalog, composed, diagnosis);
  checkDomains(workspace, composed, diagnosis);
  if (!complete || profile === undefined) return undefined;
  const vmm = vmmOf(profile);
  const guests = guestsOf({ workspace, composed, catalog, profile, abilities, diagnosis });
  const nodes = close(catalog, composed, { listed, targets, profile, guests }, diagnosis);
  reportCycles(nodes, diagnosis);
  const licensing = text(composed, 'licensing') as Licensing;
  const installed = guests.flatMap((guest) => guest.installed);
  const fates = fatesOf(nodes, composed, abilities, neededFor(nodes, installed));
  const isBuilt = (node: Node) => fates.get(node) === 'built';
  const context = { workspace, composed, licensing, isBuilt, diagnosis };
  const recipes = listed.map(({ recipe }) => recipe);
  const components = resolveComponents(context, recipes, nodes);
  const templates = guests.map((guest) =>
    resolveImage(guest.context, shippedComponents(nodes, guest.installed, isBuilt), guest.size),
  );
  const { epoch, tools } = workspace.settings.data;
  checkTools(workspace, abilities.rootSets ?? [], diagnosis);
  checkTargetSets(workspace, components, abilities.targetSets ?? {}, diagnosis);
  const systems = components.flatMap(({ packages }) => packages.map(({ target }) => systemOf(target)));
  return {
    name: composed.name,
    title: text(composed, 'title'),
    version: text(composed, 'version'),
    publisher: text(composed, 'publisher'),
    vmm,
    domains: domainsOf(composed),
    components,
    distributions: resolveDistributions(
      workspace,
      [tools, ...systems, ...templates.flatMap(distributionsOf)],
      diagnosis,
    ),
    tools,
    templates,
    deliverables: resolveDeliverables({
      workspace,
      composed,
      vmm,
      listed: recipes,
      shippedWith: (names, target) => {
        const wanted = listed.filter(({ recipe }) => names.includes(recipe.name));
        return shippedComponents(
          nodes,
          wanted.map(({ recipe }) => ({ recipe, target })),
          isBuilt,
        );
      },
      diagnosis,
    }),
    epoch,
    notices: noticesOf(composed, fates, templates),
  };
}

function text(composed: Composed, key: (typeof TEXTS)[number]): string {
  return composed.texts.get(key)?.value ?? '';
}

function isComplete(composed: Composed, diagnosis: Diagnosis): boolean {
  const { texts, domains, components, deliverables, origin } = composed;
  const missing: string[] = TEXTS.filter((key) => !texts.has(key));
  // Packages alone are installed into somebody else's system: whose domains run what is not theirs to say.
  const kinds = [...deliverables.values()].map(({ value }) => value.kind);
  const packagesOnly = kinds.length > 0 && kinds.every((kind) => kind === 'apt-repository');
  if (!domains.has('admin') && !packagesOnly) missing.push('domains.admin');
  if (components.size === 0) missing.push('components');
  if (deliverables.size === 0) missing.push('deliverables');
  for (const key of missing) {
    const message = `The product \`${composed.name}\` has no \`${key}\`, and neither has what it extends.`;
    diagnosis.report(origin, { code: 'resolve/incomplete-product', message });
  }
  return missing.length === 0;
}

function profileOf(
  workspace: Workspace,
  composed: Composed,
  diagnosis: Diagnosis,
): Manifest<'vmm'> | undefined {
  const stated = composed.texts.get('vmm');
  if (stated === undefined) return undefined;
  const profile = topmost(workspace.vmms, stated.value);
  if (profile === undefined) {
    const all = workspace.vmms.keys();
    diagnosis.unknown(stated.origin, 'resolve/unknown-vmm', 'VMM profile', stated.value, all);
  }
  return profile;
}

function vmmOf({ data }: Manifest<'vmm'>): ResolvedVmm {
  const { name, title, hosting, libvirtDriver, guestDisk, trustedComputingBase, hypervisor } = data;
  const facts = { hosting, libvirtDriver, guestDisk, trustedComputingBase };
  if (hypervisor === undefined) return { name, title, facts };
  const { efiImage, ...rest } = hypervisor;
  return { name, title, facts, hypervisor: { ...rest, ...(efiImage !== undefined && { efiImage }) } };
}

/** A template whose image a deliverable has, with the packages that it installs. */
interface Guest {
  readonly context: TemplateContext;
  readonly installed: readonly Installed[];
  /** In place of the template's own. */
  readonly size: string | undefined;
}

/** The templates of a product, and that of its admin domain, where a deliverable has their images. */
function guestsOf(of: {
  readonly workspace: Workspace;
  readonly composed: Composed;
  readonly catalog: Catalog;
  readonly profile: Manifest<'vmm'>;
  readonly abilities: Abilities;
  readonly diagnosis: Diagnosis;
}): readonly Guest[] {
  const { workspace, composed, catalog, profile, abilities, diagnosis } = of;
  const kinds = [...composed.deliverables.values()].map(({ value }) => value.kind);
  if (!kinds.some((kind) => abilities.imageKinds?.has(kind))) return [];
  const admin = composed.domains.get('admin')?.value.template;
  const names = new Set([...(admin === undefined ? [] : [admin]), ...composed.templates.keys()]);
  return [...names].flatMap((name) => {
    const override = composed.templates.get(name)?.override;
    const manifest = topmost(workspace.templates, name);
    // What does not exist was reported with the targets.
    if (manifest === undefined) return [];
    if (manifest.data.components?.every((each) => catalog.recipes.has(each)) === false) return [];
    const context = { workspace, manifest, profile, diagnosis };
    return [{ context, installed: installedRecipes(context, catalog), size: override?.value }];
  });
}

/** Everything that the listed components and the VMM's interfaces need. */
function close(
  catalog: Catalog,
  composed: Composed,
  needs: {
    readonly listed: readonly Listed[];
    readonly targets: readonly Target[];
    readonly profile: Manifest<'vmm'>;
    readonly guests: readonly Guest[];
  },
  diagnosis: Diagnosis,
): readonly Node[] {
  const { name: vmm, interfaces } = needs.profile.data;
  const chooser = new Chooser(catalog, composed, vmm, diagnosis);
  const roots = [
    ...needs.listed.flatMap(({ recipe, targets }) => targets.map((target) => ({ recipe, target }))),
    ...needs.guests.flatMap(({ installed }) => installed),
  ];
  // The interfaces of a VMM are the admin domain's: guests get them through what their agents depend on.
  const os = composed.domains.get('admin')?.value.os;
  const target = needs.targets.find((each) => each.startsWith(`${os}/`));
  const origin = composed.texts.get('vmm')?.origin ?? composed.origin;
  for (const name of target === undefined ? [] : interfaces) {
    const recipe = target && chooser.choose(name, target, origin);
    if (target && recipe) roots.push({ recipe, target });
  }
  return [...closureOf(roots, chooser).values()];
}

/** Reports a `tools` distribution that is not there, or lacks a root set that a step needs. */
function checkTools(workspace: Workspace, rootSets: readonly string[], diagnosis: Diagnosis): void {
  const { settings, distributions } = workspace;
  const { tools } = settings.data;
  const distribution = topmost(distributions, tools);
  if (distribution === undefined) {
    const origin = { source: settings.source, pointer: '/tools' };
    diagnosis.unknown(origin, 'resolve/unknown-distribution', 'distribution', tools, distributions.keys());
    return;
  }
  checkSets(distribution, rootSets, diagnosis);
}

/** Reports a distribution that packages are built for, and that lacks a root set that they are built in. */
function checkTargetSets(
  workspace: Workspace,
  components: readonly ResolvedComponent[],
  sets: Readonly<Record<string, readonly string[]>>,
  diagnosis: Diagnosis,
): void {
  const packages = components.flatMap((component) => component.packages);
  const needed = Map.groupBy(packages, ({ target }) => systemOf(target));
  for (const [name, group] of needed) {
    const distribution = topmost(workspace.distributions, name);
    const wanted = new Set(group.flatMap(({ build }) => sets[build.kind] ?? []));
    if (distribution !== undefined) checkSets(distribution, wanted, diagnosis);
  }
}

function checkSets(
  distribution: Manifest<'distribution'>,
  sets: Iterable<string>,
  diagnosis: Diagnosis,
): void {
  const { name, roots } = distribution.data;
  for (const set of sets) {
    if (Object.hasOwn(roots, set)) continue;
    const origin = { source: distribution.source, pointer: '/roots' };
    const message = `The distribution \`${name}\` has no root set \`${set}\`, which builds need.`;
    diagnosis.report(origin, { code: 'resolve/missing-root-set', message });
  }
}
