// What the sandbox needs to know of a model to find, check and place files: tables, one record a line.
import { tableField } from './escape.ts';
import type { InstallerModel } from './model.ts';

/**
 * Records for layout.pl: `feature ID`, `tree COMPONENT FEATURE SUBTREE`, `need PATH PURPOSE`,
 * `payload ID FEATURE INTO FILE OPTIONAL`.
 */
export function layoutTable(model: InstallerModel): string {
  const records = [
    ...model.features.map(({ id }) => ['feature', id]),
    ...model.components.flatMap(({ name, feature, files }) =>
      files.map((subtree) => ['tree', name, feature, subtree]),
    ),
    ...model.programs.map(({ component, path }) => ['need', path, `component ${component}`]),
    ...model.migrations.map(({ before, program }) => ['need', program, `migration to ${before}`]),
    ...(model.templates === undefined ? [] : [['need', model.templates.program, 'templates']]),
    ...model.payloads.map(({ id, feature, into, file, optional }) => [
      'payload',
      id,
      feature,
      into,
      file,
      optional ? '1' : '0',
    ]),
  ];
  return records.map((record) => `${record.map(tableField).join('\t')}\n`).join('');
}

/** The list of services that qubes-setup-helper reads. */
export function servicesTable(model: InstallerModel): string {
  const records = model.services.flatMap((service) => [
    ['service', service.name],
    ['display', service.title],
    ['description', service.description],
    ['program', service.program],
    ['arguments', service.arguments],
    ['start', service.start],
    ['account', service.account],
    ...service.dependsOn.map((name) => ['depends', name]),
    ...service.restartAfterMs.map((wait) => ['restart', String(wait)]),
  ]);
  return records.map((record) => `${record.map(tableField).join('\t')}\n`).join('');
}
