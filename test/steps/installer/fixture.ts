// A small hosted product for tests: two components of real programs, its model, and its installers built by
// running the steps' actions on this machine.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Action } from '../../../src/action/action.ts';
import type { Json } from '../../../src/base/canonical.ts';
import { installerContribution, installerDefinition } from '../../../src/manifest/installer-schema.ts';
import {
  composeInstaller,
  type InstallerInputs,
  type InstallerModel,
  msiAction,
  nsisAction,
  nsisUninstallerAction,
} from '../../../src/steps/installer/index.ts';
import { packAction, templatePayloadId } from '../../../src/steps/installer/templates.ts';

const HERE = import.meta.dirname;
const HELPER_SOURCE = join(HERE, '../../../recipes/windows-installer-qubes-hyperv/source');
const CC = 'x86_64-w64-mingw32-gcc';

/** A directory that the test process removes when it ends. */
export function scratch(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `qbuild-installer-${name}-`));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function compile(source: string, target: string, ...flags: readonly string[]): void {
  mkdirSync(dirname(target), { recursive: true });
  const fixed = ['-O1', '-municode', '-s', '-Wl,--no-insert-timestamp'];
  const options = source === 'tool' ? fixed.filter((flag) => flag !== '-municode') : fixed;
  execFileSync(CC, [...options, ...flags, '-o', target, join(HERE, 'programs', `${source}.c`), '-ladvapi32']);
}

/** Builds the helper by its own Makefile; the path of its installed tree. */
export function buildHelper(dir: string): string {
  const make = [
    '-s',
    '-C',
    HELPER_SOURCE,
    'TARGET_OS=windows',
    'CROSS=x86_64-w64-mingw32-',
    `BUILD=${dir}/build`,
  ];
  execFileSync('make', [...make, `DESTDIR=${dir}/tree`, 'install']);
  return `${dir}/tree`;
}

/** Builds `observe.exe`. */
export function buildObserver(dir: string): string {
  compile('observe', join(dir, 'observe.exe'));
  return join(dir, 'observe.exe');
}

export interface FixtureOptions {
  readonly version?: string;
  /** The service ends while it starts. */
  readonly broken?: boolean;
  readonly definition?: Readonly<Record<string, Json>>;
  readonly payload?: string;
  /** A guest image, `desk`, and the code with which the program that registers it ends. */
  readonly template?: { readonly image: Buffer; readonly code?: string };
  readonly title?: string;
  readonly publisher?: string;
  /** Instead of what the component of the service contributes. */
  readonly contribution?: Json;
}

export interface Fixture {
  readonly model: InstallerModel;
  readonly dir: string;
  readonly inputs: InstallerInputs;
  /** Where each component's tree and each payload is. */
  readonly paths: Readonly<Record<string, string>>;
}

export const DEFINITION: Readonly<Record<string, Json>> = {
  kind: 'installer',
  upgradeCode: '1b5c9a52-6f0e-4d7c-9a38-2f4f0d1c7e11',
  directory: 'Fixture',
  data: { directory: 'FixtureData', key: 'Software\\Fixture', closed: ['policy.d'] },
  helper: 'bin/qubes-setup-helper.exe',
  licence: 'share/windows-installer-qubes-hyperv/licence.txt',
  features: [
    { id: 'core', title: 'Services', description: 'What everything needs.', required: true },
    { id: 'tools', title: 'Tools', description: 'A program for people.' },
    { id: 'source', title: 'Source code', selected: false },
  ],
  links: { about: 'https://example.org/fixture' },
};

function contributions(): Record<string, Json> {
  return {
    'fixture-service': {
      services: [
        {
          name: 'FixtureService',
          title: 'Fixture service',
          description: 'Runs & waits; costs $5 "cash"',
          program: 'bin/fixture-service.exe',
          restartAfterMs: [1000, 5000],
        },
      ],
      registry: [
        { key: 'Software\\Fixture\\Settings', name: 'Program', value: '{install}\\bin\\fixture-service.exe' },
        { key: 'Software\\Fixture\\Settings', name: 'Number', value: 7 },
        {
          key: 'Software\\Fixture\\Settings',
          name: 'Odd',
          value: '$PROFILE [x] {y} "q" ${NSISDIR} $\\n %PATH%',
        },
      ],
      path: ['bin'],
    },
    'fixture-tool': {
      feature: 'tools',
      services: [
        {
          name: 'FixtureExtra',
          title: 'Extra',
          program: 'bin/fixture-extra.exe',
          start: 'demand',
          perUser: '--now',
        },
      ],
      registry: [
        { key: 'Software\\Fixture\\Settings', name: 'Tool', value: '{install}\\bin\\fixture-tool.exe' },
      ],
      commands: [
        {
          program: 'bin/fixture-tool.exe',
          scope: 'machine',
          register: ['C:\\windows\\commands.txt', '0', 'register'],
          unregister: ['C:\\windows\\commands.txt', '1', 'unregister'],
          remove: ['C:\\windows\\commands.txt', '0', 'remove', 'a "b" $c {data}'],
        },
      ],
      shortcuts: [{ name: 'Fixture tool', program: 'bin/fixture-tool.exe', arguments: '--gui' }],
      handlers: [
        {
          id: 'Fixture.Document',
          title: 'Fixture document',
          program: 'bin/fixture-tool.exe',
          extensions: ['.fixture'],
          schemes: ['fixture'],
          own: true,
        },
      ],
    },
    'windows-installer-qubes-hyperv': {},
  };
}

/** Writes the component trees of one version and composes the model. */
export function makeFixture(dir: string, helperTree: string, options: FixtureOptions = {}): Fixture {
  const { version = '1.0.0', broken = false } = options;
  const define = `-DVERSION="${version}"`;
  const service = join(dir, 'trees/fixture-service');
  const tool = join(dir, 'trees/fixture-tool');
  const helper = join(dir, 'trees/windows-installer-qubes-hyperv');
  compile('service', join(service, 'bin/fixture-service.exe'), define, ...(broken ? ['-DBROKEN'] : []));
  write(join(service, 'defaults/policy.d/30-default.policy'), `# default policy of ${version}\n`);
  write(join(service, 'share/fixture/notes 語 $(x) ${NSISDIR}.txt'), `notes of ${version}\n`);
  write(join(service, `share/fixture/only-in-${version}.txt`), version);
  write(join(service, 'include/fixture.h'), '/* not installed */\n');
  compile('service', join(tool, 'bin/fixture-extra.exe'), define);
  compile('tool', join(tool, 'bin/fixture-tool.exe'), define);
  cpSync(helperTree, helper, { recursive: true });
  const paths: Record<string, string> = {
    'fixture-service': service,
    'fixture-tool': tool,
    'windows-installer-qubes-hyperv': helper,
  };
  const product = {
    name: 'fixture',
    title: options.title ?? 'Fixture & Sons',
    version,
    publisher: options.publisher ?? 'Fixture Works',
    epoch: 1_700_000_000,
  };
  const payloads: Record<string, string> = {};
  let definition = { ...DEFINITION, ...options.definition };
  if (options.payload !== undefined) {
    payloads.source = join(dir, 'payloads/source');
    write(payloads.source, options.payload);
    const record = {
      id: 'source',
      file: 'fixture-{version}-source.tar.zst',
      into: 'source/fixture-{version}.tar.zst',
      feature: 'core',
    };
    definition = { payloads: [record], ...definition };
  }
  if (options.template !== undefined) {
    const { image, code = '0' } = options.template;
    payloads[templatePayloadId(TEMPLATE)] = packImage(dir, `fixture-${version}-${TEMPLATE}.img.zst`, image);
    definition = { templates: registration(code), ...definition };
  }
  const composed = composeInstaller(
    product,
    installerDefinition.parse(definition),
    'windows-installer-qubes-hyperv',
    Object.entries({
      ...contributions(),
      ...(options.contribution === undefined ? {} : { 'fixture-service': options.contribution }),
    }).map(([component, contribution]) => ({
      component,
      contribution: installerContribution.parse(contribution),
    })),
    options.template === undefined ? [] : [{ name: TEMPLATE, suffix: 'img' }],
  );
  if (!composed.ok) throw new Error(JSON.stringify(composed.error, null, 1));
  const input = (key: string) => [key, { from: 'tree', digest: `${'0'.repeat(64)}/0` }] as const;
  return {
    model: composed.value,
    dir,
    paths: { ...paths, ...payloads },
    inputs: {
      model: composed.value,
      root: [],
      components: Object.fromEntries(Object.keys(paths).map(input)),
      payloads: Object.fromEntries(Object.keys(payloads).map(input)),
    },
  };
}

const TEMPLATE = 'desk';

function registration(code: string): Json {
  return {
    feature: 'tools',
    into: 'templates/{template}-{version}',
    program: 'bin/fixture-tool.exe',
    arguments: ['C:\\registered.txt', code, 'register', '{template}'],
  };
}

/** The directory with the parts of a compressed image: small ones, so that there are several. */
function packImage(dir: string, name: string, image: Buffer): string {
  const file = join(dir, 'image');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, image);
  const input = { from: 'blob', digest: `${'0'.repeat(64)}/0` } as const;
  const action = packAction('pack', name, input, [], 1_700_000_000);
  const small = { ...action, env: { ...action.env, PART_BYTES: '100000' } };
  return join(runAction(small, join(dir, 'pack'), { image: file }), 'parts');
}

/**
 * Runs an action's script on this machine instead of in its sandbox. `given` are paths for inputs that are
 * not texts. Returns the directory of the outputs; throws with the script's own words when it fails.
 */
export function runAction(action: Action, dir: string, given: Readonly<Record<string, string>>): string {
  const inDir = join(dir, 'in');
  const outDir = join(dir, 'out');
  mkdirSync(inDir, { recursive: true });
  mkdirSync(outDir, { recursive: true });
  for (const [name, input] of Object.entries(action.inputs)) {
    const path = given[name] ?? given[name.replace(/^(component|payload)-/, '')];
    if (input.from === 'text') writeFileSync(join(inDir, name), input.text);
    else if (path === undefined) throw new Error(`no path for input ${name}`);
    else symlinkSync(path, join(inDir, name));
  }
  const env = { PATH: '/usr/bin:/bin', ...action.env, QBUILD_IN: inDir, QBUILD_OUT: outDir };
  execFileSync('/bin/bash', [join(inDir, 'script')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  for (const output of Object.keys(action.outputs))
    if (!existsSync(join(outDir, output))) throw new Error(`${action.id} made no ${output}`);
  return outDir;
}

/** Both passes of setup.exe. `sign` stands for the signer between them. */
export function buildSetup(fixture: Fixture, name: string, sign = (bytes: Buffer): Buffer => bytes): string {
  const dir = join(fixture.dir, name);
  const first = runAction(nsisUninstallerAction('first', fixture.inputs), join(dir, 'first'), fixture.paths);
  const unsigned = join(first, 'uninstaller');
  const signed = join(dir, 'uninstaller-signed');
  writeFileSync(signed, sign(readFileSync(unsigned)));
  const empty = { from: 'blob', digest: `${'0'.repeat(64)}/0` } as const;
  const action = nsisAction('second', fixture.inputs, { unsigned: empty, signed: empty });
  const given = { ...fixture.paths, uninstaller: unsigned, 'uninstaller-signed': signed };
  return join(runAction(action, join(dir, 'second'), given), 'setup');
}

/** The MSI. */
export function buildMsi(fixture: Fixture, name: string): string {
  return join(runAction(msiAction('msi', fixture.inputs), join(fixture.dir, name), fixture.paths), 'msi');
}
