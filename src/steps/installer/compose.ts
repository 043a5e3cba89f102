// Composing the model of a hosted product from its definition and what its components contribute.
import { compareCodeUnits } from '../../base/canonical.ts';
import { fail, joinFailures, ok, type Result } from '../../base/failure.ts';
import type { InstallerContribution, InstallerDefinition } from '../../manifest/installer-schema.ts';
import { contradictions, installerFailure } from './compose-checks.ts';
import type { InstallerModel, OfFeature, RegistryValue, Service } from './model.ts';
import { type ShippedTemplate, templateParts } from './templates.ts';

/** The part of a resolved product that its installer needs. */
export interface HostedProduct {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly publisher: string;
  readonly epoch: number;
}

/** One shipped component and the `installer:` section of its recipe. */
export interface Contribution {
  readonly component: string;
  /** Absent: its programs, shared data and defaults, and nothing else. */
  readonly contribution?: InstallerContribution | undefined;
}

/** What the schema makes of an empty `installer:` section. */
const NO_CONTRIBUTION: InstallerContribution = {
  files: ['bin', 'share', 'defaults'],
  services: [],
  registry: [],
  shortcuts: [],
  handlers: [],
  commands: [],
  path: [],
};

type Parsed = InstallerContribution & { readonly component: string; readonly feature: string };

/**
 * Builds the model from what manifests were validated to. `definedBy` is the component whose staged tree
 * holds the helper, licence and icon; `templates` are those that the product ships. Fails with every contradiction found: `deliverable/installer-…`.
 */
export function composeInstaller(
  product: HostedProduct,
  definition: InstallerDefinition,
  definedBy: string,
  contributions: readonly Contribution[],
  templates: readonly ShippedTemplate[] = [],
): Result<InstallerModel> {
  const feature = firstFeature(definition);
  const parsed = contributions
    .map(({ component, contribution }) => ({
      ...(contribution ?? NO_CONTRIBUTION),
      component,
      feature: contribution?.feature ?? feature,
    }))
    .sort((a, b) => compareCodeUnits(a.component, b.component));
  const model = withTemplates(assemble(product, definition, definedBy, parsed), templates);
  const services = inOrderOfDependence(model.services);
  const circle = installerFailure('services', 'Services depend on each other in a circle.');
  const unregistered = installerFailure(
    'templates',
    `The product ships templates (${templates.map(({ name }) => name).join(', ')}), but its installer has no \`templates\` that say what registers them.`,
  );
  const [first, ...rest] = [
    ...contradictions(model, definedBy),
    ...(services === undefined ? [circle] : []),
    ...(templates.length > 0 && definition.templates === undefined ? [unregistered] : []),
  ];
  return first === undefined
    ? ok({ ...model, services: services ?? [] })
    : fail(joinFailures([first, ...rest]));
}

/** The feature of everything that names none. */
function firstFeature({ features }: InstallerDefinition): string {
  return features[0]?.id ?? '';
}

/** Marks things as belonging to a feature. */
function of<T>(feature: string, items: readonly T[]): (T & OfFeature)[] {
  return items.map((item) => ({ ...item, feature }));
}

function assemble(
  product: HostedProduct,
  definition: InstallerDefinition,
  definedBy: string,
  contributions: readonly Parsed[],
): InstallerModel {
  const { kind: _, upgradeCode, helper, licence, icon, ...rest } = definition;
  const { name, title, version, publisher, epoch } = product;
  const first = firstFeature(definition);
  const registryKey = `Software\\${publisher}\\${title}`;
  const named = (text: string) => text.replaceAll('{version}', version);
  return {
    ...rest,
    name,
    title,
    version,
    publisher,
    epoch,
    upgradeCode: upgradeCode.toLowerCase(),
    registryKey,
    // Characters that Windows forbids in file names, and endings that it drops.
    menu: title.replaceAll(/[<>:"/|?*]/g, ' ').replace(/[. ]+$/, ''),
    helper: { component: definedBy, path: helper },
    licence: { component: definedBy, path: licence },
    ...(icon === undefined ? {} : { icon: { component: definedBy, path: icon } }),
    payloads: definition.payloads.map((item) => ({
      ...item,
      file: named(item.file),
      into: named(item.into),
    })),
    components: contributions.map(({ component, feature, files }) => ({ name: component, feature, files })),
    services: contributions.flatMap(({ feature, services }) => of(feature, services)),
    registry: [
      ...of(first, [{ key: definition.data.key, name: 'DataDir', value: '{data}', keep: true }]),
      ...contributions.flatMap(({ feature, registry, handlers }) => [
        ...of(
          feature,
          registry.map(({ name, ...value }) => (name === undefined ? value : { ...value, name })),
        ),
        ...of(
          feature,
          handlers.flatMap((handler) => handlerValues(handler, registryKey)),
        ),
      ]),
    ],
    shortcuts: contributions.flatMap(({ feature, shortcuts }) => of(feature, shortcuts)),
    commands: contributions.flatMap(({ feature, commands }) => of(feature, commands)),
    path: contributions.flatMap(({ feature, path }) =>
      of(
        feature,
        path.map((directory) => ({ directory })),
      ),
    ),
    programs: [
      ...[helper, licence, ...(icon === undefined ? [] : [icon])].map((path) => ({
        component: definedBy,
        path,
      })),
      ...contributions.flatMap(({ component, services, shortcuts, handlers, commands }) =>
        [...services, ...shortcuts, ...handlers, ...commands].map(({ program }) => ({
          component,
          path: program,
        })),
      ),
    ],
  };
}

/** With a payload and a command for each template. */
function withTemplates(model: InstallerModel, shipped: readonly ShippedTemplate[]): InstallerModel {
  const { templates, helper } = model;
  if (templates === undefined) return model;
  const parts = shipped.map((each) => templateParts(model, templates, helper.path, each));
  return {
    ...model,
    payloads: [...model.payloads, ...parts.map(({ payload }) => payload)],
    // Last: what they start needs what others register.
    commands: [...model.commands, ...parts.map(({ command }) => command)],
  };
}

/**
 * The registry values that make a program a candidate for document types and link schemes; the person
 * chooses defaults in Windows' own settings.
 */
function handlerValues(
  handler: InstallerContribution['handlers'][number],
  registryKey: string,
): Omit<RegistryValue, 'feature'>[] {
  const type = `Software\\Classes\\${handler.id}`;
  const capabilities = `${registryKey}\\Capabilities\\${handler.id}`;
  const program = `"{install}\\${handler.program.replaceAll('/', '\\')}"`;
  const value = (key: string, name: string | undefined, text: string) =>
    name === undefined ? { key, value: text, keep: false } : { key, name, value: text, keep: false };
  return [
    value(type, undefined, handler.title),
    ...(handler.schemes.length > 0 ? [value(type, 'URL Protocol', '')] : []),
    value(`${type}\\shell\\open\\command`, undefined, `${program} ${handler.arguments}`.trimEnd()),
    value(capabilities, 'ApplicationName', handler.title),
    value(capabilities, 'ApplicationDescription', handler.description || handler.title),
    ...handler.extensions.map((ending) => value(`${capabilities}\\FileAssociations`, ending, handler.id)),
    ...handler.schemes.map((scheme) => value(`${capabilities}\\URLAssociations`, scheme, handler.id)),
    value('Software\\RegisteredApplications', handler.id, capabilities),
    ...(handler.own
      ? handler.extensions.map((ending) => value(`Software\\Classes\\${ending}`, undefined, handler.id))
      : []),
  ];
}

/** Services after those they depend on; undefined when that is impossible. Others' services do not count. */
function inOrderOfDependence(services: readonly Service[]): Service[] | undefined {
  const byName = new Map(services.map((service) => [service.name.toLowerCase(), service]));
  const ordered: Service[] = [];
  const state = new Map<Service, 'open' | 'done'>();
  const visit = (service: Service): boolean => {
    if (state.get(service) === 'done') return true;
    if (state.get(service) === 'open') return false;
    state.set(service, 'open');
    for (const name of service.dependsOn) {
      const needed = byName.get(name.toLowerCase());
      if (needed !== undefined && !visit(needed)) return false;
    }
    state.set(service, 'done');
    ordered.push(service);
    return true;
  };
  return services.every(visit) ? ordered : undefined;
}
