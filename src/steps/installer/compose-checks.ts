// What a composed installer must not be: the contradictions between definition, product and components.
import type { Failure } from '../../base/failure.ts';
import type { InstallerModel } from './model.ts';

/** A failure of the installer's composition. */
export function installerFailure(what: string, message: string, place = 'installer.yaml'): Failure {
  return { code: `deliverable/installer-${what}`, message, place };
}

/** Every contradiction found. `definedBy` is the component that the definition belongs to. */
export function contradictions(model: InstallerModel, definedBy: string): Failure[] {
  return [...wrongProduct(model), ...wrongFeatures(model, definedBy), ...twice(model), ...outside(model)];
}

/** Windows Installer's limits of ProductVersion. */
const VERSION_LIMITS = [255, 255, 65_535] as const;

function wrongProduct({ name, title, publisher, version }: InstallerModel): Failure[] {
  const parts = version.split('.');
  const numbers = parts.every((part) => /^(0|[1-9]\d{0,4})$/.test(part));
  const found: Failure[] = [];
  if (parts.length !== 3 || !numbers || VERSION_LIMITS.some((limit, index) => Number(parts[index]) > limit))
    found.push(
      installerFailure('version', `Version ${version} is not within ${VERSION_LIMITS.join('.')}.`, 'product'),
    );
  for (const [what, text] of Object.entries({ title, publisher }))
    if (!/^[\p{L}\p{N}][^\p{Cc}\\]{0,63}$/u.test(text)) {
      const rule = `The ${what} must begin with a letter or digit and be one line of at most 64 characters without "\\".`;
      found.push(installerFailure(what, rule, 'product'));
    }
  if (!/^[a-z][a-z0-9.-]{0,63}$/.test(name))
    found.push(installerFailure('name', `The name "${name}" cannot be part of file names.`, 'product'));
  return found;
}

function wrongFeatures(model: InstallerModel, definedBy: string): Failure[] {
  const known = new Set(model.features.map(({ id }) => id));
  const unknown = (who: string, feature: string, place?: string) =>
    known.has(feature)
      ? []
      : [
          installerFailure(
            'feature',
            `${who} belongs to the feature "${feature}", which does not exist.`,
            place,
          ),
        ];
  return [
    ...(model.features[0]?.required === true
      ? []
      : [installerFailure('feature', 'The first feature must be required.')]),
    ...(model.components.some(({ name }) => name === definedBy)
      ? []
      : [installerFailure('component', `Component ${definedBy} defines the installer, but is not shipped.`)]),
    ...model.components.flatMap(({ name, feature }) => unknown(`Component ${name}`, feature, name)),
    ...model.payloads.flatMap(({ id, feature }) => unknown(`Payload ${id}`, feature)),
    ...(model.templates === undefined ? [] : unknown('What registers templates', model.templates.feature)),
  ];
}

/** Names that two things cannot share, whatever their case. */
function twice(model: InstallerModel): Failure[] {
  const names: Record<string, readonly string[]> = {
    Feature: model.features.map(({ id }) => id),
    Component: model.components.map(({ name }) => name),
    Service: model.services.map(({ name }) => name),
    Shortcut: model.shortcuts.map(({ where, name }) => `${where}/${name}`),
    'Registry value': model.registry.map(({ key, name = '' }) => `${key}\\${name}`),
    Payload: model.payloads.map(({ id }) => id),
    'Target of payloads': model.payloads.map(({ into }) => into),
    'File of payloads': model.payloads.map(({ file }) => file),
  };
  return Object.entries(names).flatMap(([what, all]) => {
    const seen = new Set<string>();
    const again = all.filter((name) => seen.size === seen.add(name.toLowerCase()).size);
    return again.map((name) => installerFailure('twice', `${what} "${name}" is defined twice.`));
  });
}

/** Programs of a component that are not among the files which it has installed. */
function outside({ components, programs }: InstallerModel): Failure[] {
  const roots = new Map(components.map(({ name, files }) => [name, files]));
  return programs
    .filter(({ component, path }) => {
      const inside = (root: string) => path === root || path.startsWith(`${root}/`);
      return !roots.get(component)?.some(inside);
    })
    .map(({ component, path }) =>
      installerFailure('outside', `${path} is not among the files that ${component} installs.`, component),
    );
}
