// Composing the model: what it holds, and every contradiction that it refuses.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/base/canonical.ts';
import { installerContribution, installerDefinition } from '../../../src/manifest/installer-schema.ts';
import { composeInstaller, type InstallerModel } from '../../../src/steps/installer/index.ts';
import { splitPlaceholders } from '../../../src/steps/installer/model.ts';
import { DEFINITION } from './fixture.ts';

const PRODUCT = { name: 'fixture', title: 'Fixture', version: '1.0.0', publisher: 'Works', epoch: 0 };
const DEFINED_BY = 'windows-installer-fixture';
const SERVICE = { name: 'One', title: 'One', program: 'bin/one.exe' };

interface Parts {
  readonly product?: Partial<typeof PRODUCT>;
  readonly definition?: Readonly<Record<string, Json>>;
  readonly components?: Readonly<Record<string, Json>>;
  readonly templates?: Parameters<typeof composeInstaller>[4];
}

function compose({ product, definition, components, templates }: Parts) {
  return composeInstaller(
    { ...PRODUCT, ...product },
    installerDefinition.parse({ ...DEFINITION, licence: 'share/licence.txt', ...definition }),
    DEFINED_BY,
    Object.entries({ [DEFINED_BY]: {}, ...components }).map(([component, contribution]) => ({
      component,
      contribution: installerContribution.parse(contribution),
    })),
    templates,
  );
}

function composed(parts: Parts): InstallerModel {
  const result = compose(parts);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function refusal(parts: Parts): string {
  const result = compose(parts);
  if (result.ok) return 'composed';
  return [result.error, ...(result.error.others ?? [])]
    .map(({ code, message, place }) => `${code} [${place}] ${message}`)
    .join('\n');
}

describe('a composed model', () => {
  test('gives components to the first feature unless they say otherwise, sorted by name', () => {
    const model = composed({ components: { zeta: {}, alpha: { feature: 'tools', files: ['bin'] } } });
    expect(model.components).toEqual([
      { name: 'alpha', feature: 'tools', files: ['bin'] },
      { name: DEFINED_BY, feature: 'core', files: ['bin', 'share', 'defaults'] },
      { name: 'zeta', feature: 'core', files: ['bin', 'share', 'defaults'] },
    ]);
  });

  test('orders services after those they depend on, of whatever component', () => {
    const model = composed({
      components: {
        a: {
          services: [
            { ...SERVICE, name: 'First', dependsOn: ['second', 'RpcSs'] },
            { ...SERVICE, name: 'Third' },
          ],
        },
        b: { services: [{ ...SERVICE, name: 'Second' }] },
      },
    });
    expect(model.services.map(({ name }) => name)).toEqual(['Second', 'First', 'Third']);
  });

  test('has a payload for each template, and a command that unpacks and registers it', () => {
    const templates = {
      feature: 'tools',
      into: 'templates/{template}-{version}',
      program: 'bin/admin.exe',
      arguments: ['template', 'register', '{template}'],
      brings: ['domains/{template}/domain.conf'],
    };
    const desk = { name: 'desk', suffix: 'vhdx' };
    const model = composed({ definition: { templates }, templates: [desk] });
    expect(model.payloads).toEqual([
      {
        id: 'template-desk',
        file: 'fixture-1.0.0-desk.vhdx.zst',
        into: 'templates/desk.vhdx.zst',
        feature: 'tools',
        optional: false,
      },
    ]);
    const [command] = model.commands;
    expect(command).toMatchObject({ payload: 'template-desk', feature: 'tools' });
    expect(command?.register?.join(' ')).toBe(
      'unpack --file {install}\\templates\\desk.vhdx.zst --data {data}\\. --brings templates/desk-1.0.0.vhdx' +
        ' --brings domains/desk/domain.conf -- {install}\\bin\\admin.exe template register desk',
    );
    expect(composed({ definition: { templates } }).payloads).toEqual([]);
  });

  test('puts the version into names of payloads', () => {
    const payload = {
      id: 'source',
      file: 'x-{version}.tar',
      into: 'source/x-{version}.tar',
      feature: 'source',
    };
    const model = composed({ definition: { payloads: [payload] } });
    expect(model.payloads).toEqual([
      { ...payload, file: 'x-1.0.0.tar', into: 'source/x-1.0.0.tar', optional: false },
    ]);
  });

  test('registers handlers so that Windows offers them, and only own types as default', () => {
    const handler = { id: 'Qubes.Open', title: 'Open in a domain', program: 'bin/open.exe' };
    const model = composed({
      components: {
        a: { handlers: [{ ...handler, extensions: ['.pdf'], schemes: ['https'] }] },
        b: { handlers: [{ ...handler, id: 'Qubes.Own', extensions: ['.qubes'], own: true }] },
      },
    });
    const keys = model.registry.map(({ key, name, value }) => `${key}|${name ?? ''}|${value}`);
    expect(keys).toContain(
      'Software\\Classes\\Qubes.Open\\shell\\open\\command||"{install}\\bin\\open.exe" "%1"',
    );
    expect(keys).toContain(
      'Software\\Works\\Fixture\\Capabilities\\Qubes.Open\\URLAssociations|https|Qubes.Open',
    );
    expect(keys).toContain(
      'Software\\RegisteredApplications|Qubes.Open|Software\\Works\\Fixture\\Capabilities\\Qubes.Open',
    );
    expect(keys).toContain('Software\\Classes\\.qubes||Qubes.Own');
    expect(keys.filter((key) => key.startsWith('Software\\Classes\\.pdf'))).toEqual([]);
  });

  test('splits texts at placeholders only', () => {
    expect(splitPlaceholders('{install}\\a {b} {version}{data}')).toEqual([
      { placeholder: 'install' },
      '\\a {b} ',
      { placeholder: 'version' },
      { placeholder: 'data' },
    ]);
  });
});

describe('a contradiction', () => {
  test.each<[string, Parts, string]>([
    [
      'a version beyond Windows Installer’s limits',
      { product: { version: '1.256.0' } },
      'deliverable/installer-version [product] Version 1.256.0 is not within 255.255.65535.',
    ],
    [
      'a version of four numbers',
      { product: { version: '1.2.3.4' } },
      'deliverable/installer-version [product] Version 1.2.3.4 is not within 255.255.65535.',
    ],
    [
      'a name that cannot be part of file names',
      { product: { name: 'a/../b' } },
      'deliverable/installer-name [product] The name "a/../b" cannot be part of file names.',
    ],
    [
      'a title of two lines',
      { product: { title: 'a\nb' } },
      'deliverable/installer-title [product] The title must begin with a letter or digit and be one line of at most 64 characters without "\\".',
    ],
    [
      'a publisher that would be another registry key',
      { product: { publisher: 'Microsoft\\Windows' } },
      'deliverable/installer-publisher [product] The publisher must begin with a letter or digit and be one line of at most 64 characters without "\\".',
    ],
    [
      'a service of two components',
      { components: { a: { services: [SERVICE] }, b: { services: [{ ...SERVICE, name: 'ONE' }] } } },
      'deliverable/installer-twice [installer.yaml] Service "ONE" is defined twice.',
    ],
    [
      'services that wait for each other',
      {
        components: {
          a: { services: [{ ...SERVICE, dependsOn: ['Two'] }] },
          b: { services: [{ ...SERVICE, name: 'Two', dependsOn: ['One'] }] },
        },
      },
      'deliverable/installer-services [installer.yaml] Services depend on each other in a circle.',
    ],
    [
      'a registry value of two components',
      {
        components: {
          a: { registry: [{ key: 'Software\\Fixture', name: 'X', value: 1 }] },
          b: { registry: [{ key: 'Software\\fixture', name: 'x', value: 2 }] },
        },
      },
      'deliverable/installer-twice [installer.yaml] Registry value "Software\\fixture\\x" is defined twice.',
    ],
    [
      'a shortcut of two components',
      {
        components: {
          a: { shortcuts: [{ name: 'Go', program: 'bin/a.exe' }] },
          b: { shortcuts: [{ name: 'Go', program: 'bin/b.exe' }] },
        },
      },
      'deliverable/installer-twice [installer.yaml] Shortcut "start-menu/Go" is defined twice.',
    ],
    [
      'a program that the component does not install',
      { components: { a: { services: [{ ...SERVICE, program: 'lib/one.exe' }] } } },
      'deliverable/installer-outside [a] lib/one.exe is not among the files that a installs.',
    ],
    [
      'a component of a feature that does not exist',
      { components: { a: { feature: 'toys' } } },
      'deliverable/installer-feature [a] Component a belongs to the feature "toys", which does not exist.',
    ],
    [
      'a payload of a feature that does not exist',
      { definition: { payloads: [{ id: 'p', file: 'f', into: 'f', feature: 'toys' }] } },
      'deliverable/installer-feature [installer.yaml] Payload p belongs to the feature "toys", which does not exist.',
    ],
    [
      'templates that nothing registers',
      { templates: [{ name: 'desk', suffix: 'vhdx' }] },
      'deliverable/installer-templates [installer.yaml] The product ships templates (desk), but its installer has no `templates` that say what registers them.',
    ],
    [
      'templates of a feature that does not exist',
      { definition: { templates: { feature: 'toys', into: 'a', program: 'b' } } },
      'deliverable/installer-feature [installer.yaml] What registers templates belongs to the feature "toys", which does not exist.',
    ],
    [
      'two payloads at one place',
      {
        definition: {
          payloads: [
            { id: 'p', file: 'f', into: 'x', feature: 'core' },
            { id: 'q', file: 'g', into: 'X', feature: 'core' },
          ],
        },
      },
      'deliverable/installer-twice [installer.yaml] Target of payloads "X" is defined twice.',
    ],
    [
      'a first feature that can be left out',
      { definition: { features: [{ id: 'core', title: 'Core' }] } },
      'deliverable/installer-feature [installer.yaml] The first feature must be required.',
    ],
  ])('is refused: %s', (_, parts, expected) => {
    expect(refusal(parts)).toBe(expected);
  });

  test('is refused: a definition whose component is not shipped', () => {
    const result = composeInstaller(PRODUCT, installerDefinition.parse(DEFINITION), DEFINED_BY, []);
    expect(!result.ok && [result.error, ...(result.error.others ?? [])].map(({ code }) => code)).toEqual([
      'deliverable/installer-component',
      'deliverable/installer-outside',
      'deliverable/installer-outside',
    ]);
  });

  test('does not hide the others', () => {
    const parts = { product: { version: '300.0.0', name: 'A' }, components: { a: { feature: 'toys' } } };
    expect(refusal(parts).split('\n')).toHaveLength(3);
  });
});

describe('the schema refuses', () => {
  const contribution = (value: Json) => installerContribution.safeParse(value).success;
  const definition = (value: Record<string, Json>) =>
    installerDefinition.safeParse({ ...DEFINITION, ...value }).success;

  test.each([
    '../x.exe',
    'bin/../../x.exe',
    '/bin/x.exe',
    'C:/x.exe',
    'bin\\x.exe',
    'bin//x.exe',
    './x.exe',
    'bin/x.exe.',
    'bin/x ',
    'bin/$x',
    'bin/"x"',
    'bin/NUL',
    'bin/com1.txt',
    '',
    `bin/${'x'.repeat(200)}`,
  ])('the path %j', (program) => {
    expect(contribution({ shortcuts: [{ name: 'a', program }] })).toBe(false);
    expect(contribution({ shortcuts: [{ name: 'a', program: 'bin/x.exe' }] })).toBe(true);
  });

  test.each([
    '1b5c9a52',
    '{1b5c9a52-6f0e-4d7c-9a38-2f4f0d1c7e11}',
    '00000000-0000-0000-0000-000000000000',
    '',
  ])('the upgrade code %j', (upgradeCode) => {
    expect(definition({ upgradeCode })).toBe(false);
  });

  test.each([
    'HKLM\\Software\\X',
    'Software',
    'Software\\',
    'Software\\a\\\\b',
    'Software\\a"b',
    'System\\X',
  ])('the registry key %j', (key) => {
    expect(contribution({ registry: [{ key, value: 1 }] })).toBe(false);
  });

  test('names and texts that are too long, of two lines, or that an installer would take for a sign', () => {
    const service = (change: Record<string, Json>) => contribution({ services: [{ ...SERVICE, ...change }] });
    expect(service({})).toBe(true);
    expect(service({ name: 'x'.repeat(81) })).toBe(false);
    expect(service({ name: 'a b' })).toBe(false);
    expect(service({ title: '!bold' })).toBe(false);
    expect(service({ title: 'a\nb' })).toBe(false);
    expect(service({ description: 'x'.repeat(301) })).toBe(false);
    expect(service({ restartAfterMs: [1, 2, 3, 4] })).toBe(false);
    expect(service({ colour: 'red' })).toBe(false);
  });
});
