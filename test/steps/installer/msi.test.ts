// The MSI, installed for real by Wine's Windows Installer.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  buildHelper,
  buildMsi,
  buildObserver,
  buildSetup,
  type FixtureOptions,
  makeFixture,
  scratch,
} from './fixture.ts';
import { listing, startWine, traces, type Wine } from './wine.ts';

const KEY = 'HKLM\\Software\\Fixture Works\\Fixture & Sons';
const INSTALLED = 'Program Files/Fixture';
const DATA = 'ProgramData/FixtureData';

const dir = scratch('msi');
let helper: string;
let observer: string;
let machines = 0;
let machine: Wine | undefined;

function downloads(name: string): string {
  const target = join(dir, 'downloads', name);
  mkdirSync(target, { recursive: true });
  return target;
}

function msi(name: string, options: FixtureOptions): void {
  const built = buildMsi(makeFixture(join(dir, name), helper, options), 'msi');
  copyFileSync(built, join(downloads(name), 'product.msi'));
}

function start(): Wine {
  machine = startWine(join(dir, `machine-${machines++}`), observer);
  return machine;
}

/** `msiexec` with one of the built packages; its exit code. */
function msiexec(wine: Wine, verb: '/i' | '/x', name: string, ...properties: readonly string[]): number {
  const path = `Z:${join(downloads(name), 'product.msi').replaceAll('/', '\\')}`;
  return wine.exitCode(
    'C:\\windows\\system32\\msiexec.exe',
    verb,
    `"${path}"`,
    '/qn',
    '/l*v',
    'C:\\windows\\msi.log',
    ...properties,
  );
}

const log = (wine: Wine) => readFileSync(wine.c('windows/msi.log'), 'latin1');

/** What a launch condition refused. Wine logs that one did, but not its text: the property tells which. */
function refusal(wine: Wine): string | undefined {
  expect(log(wine)).toMatch(/LaunchConditions\. Return value 0\./);
  return /Property\(S\): (NEWERVERSION|PREVIOUSBY = exe)/.exec(log(wine))?.[1];
}

beforeAll(() => {
  helper = buildHelper(join(dir, 'helper'));
  observer = buildObserver(dir);
  msi('1.0.0', {});
  msi('1.1.0', { version: '1.1.0' });
});

afterEach(() => {
  machine?.cutPower();
});

describe('a silent installation', () => {
  test('installs files, registry, PATH and data, and starts the service', () => {
    const wine = start();
    expect(msiexec(wine, '/i', '1.0.0')).toBe(0);
    expect(Object.keys(listing(wine.c(INSTALLED))).filter((path) => !path.endsWith('/'))).toEqual([
      'bin/fixture-extra.exe',
      'bin/fixture-service.exe',
      'bin/fixture-tool.exe',
      'bin/qubes-setup-helper.exe',
      'defaults/policy.d/30-default.policy',
      'share/fixture/notes 語 $(x) ${NSISDIR}.txt',
      'share/fixture/only-in-1.0.0.txt',
      'share/windows-installer-qubes-hyperv/licence.txt',
    ]);
    expect(wine.service('FixtureService')).toBe(4);
    expect(readFileSync(wine.c('service-ran.txt'), 'utf8')).toBe('1.0.0\n');
    expect(
      ['Version', 'InstallDir', 'DataDir', 'Scope', 'InstalledBy'].map((name) => wine.registry(KEY, name)),
    ).toEqual(['1.0.0', 'C:\\Program Files\\Fixture\\', 'C:\\ProgramData\\FixtureData', 'machine', 'msi']);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\ProgramData\\FixtureData');
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Odd')).toBe(
      '$PROFILE [x] {y} "q" ${NSISDIR} $\\n %PATH%',
    );
    expect(wine.registry('HKLM\\Software\\Classes\\.fixture', '')).toBe('Fixture.Document');
    const service = 'HKLM\\System\\CurrentControlSet\\Services\\FixtureService';
    expect(wine.registry(service, 'DisplayName')).toBe('Fixture service');
    expect(wine.registry(service, 'Description')).toBe('Runs & waits; costs $5 "cash"');
    expect(
      wine.registry('HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment', 'Path'),
    ).toMatch(/;C:\\Program Files\\Fixture\\bin$/);
    expect(readFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'utf8')).toBe(
      '# default policy of 1.0.0\n',
    );
    expect(Object.keys(listing(wine.c(`${DATA}/.setup`)))).toEqual(['product-fixture', 'seeded']);
  });

  test('takes directories and features as properties', () => {
    const wine = start();
    const properties = ['INSTALLDIR="C:\\Else where"', 'DATADIR="C:\\My data"', 'ADDLOCAL=core'];
    expect(msiexec(wine, '/i', '1.0.0', ...properties)).toBe(0);
    expect(existsSync(wine.c('Else where/bin/fixture-service.exe'))).toBe(true);
    expect(existsSync(wine.c('Else where/bin/fixture-tool.exe'))).toBe(false);
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Number')).toBe('0x7');
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Tool')).toBeUndefined();
    expect(wine.service('FixtureExtra')).toBeUndefined();
    expect(existsSync(wine.c('windows/commands.txt'))).toBe(false);
    expect(existsSync(wine.c('My data/policy.d/30-default.policy'))).toBe(true);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\My data');
    // An upgrade finds both again.
    expect(msiexec(wine, '/i', '1.1.0')).toBe(0);
    expect(existsSync(wine.c('Else where/share/fixture/only-in-1.1.0.txt'))).toBe(true);
    expect(existsSync(wine.c(INSTALLED))).toBe(false);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\My data');
    expect(existsSync(wine.c(DATA))).toBe(false);
  });
});

describe('an upgrade', () => {
  test('replaces files and the running service, and keeps what the person changed', () => {
    const wine = start();
    msiexec(wine, '/i', '1.0.0');
    writeFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'my policy\n');
    mkdirSync(wine.c(`${DATA}/domains/work`), { recursive: true });
    writeFileSync(wine.c(`${DATA}/domains/work/domain.conf`), 'label=blue\n');
    writeFileSync(wine.c(`${INSTALLED}/share/fixture/mine.txt`), 'not the installer’s');
    expect(msiexec(wine, '/i', '1.1.0')).toBe(0);
    expect(readFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'utf8')).toBe('my policy\n');
    expect(readFileSync(wine.c(`${DATA}/domains/work/domain.conf`), 'utf8')).toBe('label=blue\n');
    expect(Object.keys(listing(wine.c(`${INSTALLED}/share/fixture`)))).toEqual([
      'mine.txt',
      'notes 語 $(x) ${NSISDIR}.txt',
      'only-in-1.1.0.txt',
    ]);
    expect(wine.registry(KEY, 'Version')).toBe('1.1.0');
    expect(wine.service('FixtureService')).toBe(4);
    expect(readFileSync(wine.c('service-ran.txt'), 'utf8')).toBe('1.0.0\n1.1.0\n');
    // Wine removes the older version without telling it by UPGRADINGPRODUCTCODE that it is being replaced.
    const commands = readFileSync(wine.c('windows/commands.txt'), 'utf8').split('\n');
    expect(commands.filter((line) => !line.startsWith('1.0.0|remove|'))).toEqual([
      '1.0.0|register',
      '1.0.0|unregister',
      '1.1.0|register',
      '',
    ]);
    const product = join(downloads('1.0.0'), 'product.msi');
    const actions = execFileSync('msiinfo', ['export', product, 'InstallExecuteSequence']);
    expect(actions.toString()).toMatch(/^Remove_0\t\S+ = 2 AND NOT UPGRADINGPRODUCTCODE\t/m);
  });

  test('does not bring back a default file that the person removed', () => {
    const wine = start();
    msiexec(wine, '/i', '1.0.0');
    rmSync(wine.c(`${DATA}/policy.d/30-default.policy`));
    expect(msiexec(wine, '/i', '1.1.0')).toBe(0);
    expect(existsSync(wine.c(`${DATA}/policy.d/30-default.policy`))).toBe(false);
  });

  test('to an older version is refused and changes nothing', () => {
    const wine = start();
    msiexec(wine, '/i', '1.1.0');
    const before = traces(wine);
    expect(msiexec(wine, '/i', '1.0.0')).toBe(1603);
    expect(traces(wine)).toEqual(before);
    expect(refusal(wine)).toBe('NEWERVERSION');
    expect(wine.service('FixtureService')).toBe(4);
  });

  test('runs migrations once', () => {
    const migrations = [
      {
        before: '1.1.0',
        program: 'bin/fixture-tool.exe',
        arguments: ['C:\\migrated.txt', '0', '{install}', '{data}', 'a "b" [c] \\'],
      },
    ];
    msi('migrating', { version: '1.1.0', definition: { migrations } });
    const wine = start();
    msiexec(wine, '/i', '1.0.0');
    expect(msiexec(wine, '/i', 'migrating')).toBe(0);
    expect(readFileSync(wine.c('migrated.txt'), 'latin1').trimEnd().split('\n')).toEqual([
      '1.1.0|C:\\Program Files\\Fixture\\.|C:\\ProgramData\\FixtureData|a "b" [c] \\',
    ]);
  });
});

describe('removal', () => {
  test('removes what was installed and leaves the data and other files', () => {
    const wine = start();
    const before = traces(wine);
    msiexec(wine, '/i', '1.0.0');
    writeFileSync(wine.c(`${DATA}/my-file`), 'mine');
    writeFileSync(wine.c(`${INSTALLED}/my-file`), 'mine');
    expect(msiexec(wine, '/x', '1.0.0')).toBe(0);
    const added = Object.keys(traces(wine)).filter((path) => !(path in before));
    expect(added.filter((path) => !path.startsWith('users/'))).toEqual([
      `${INSTALLED}/`,
      `${INSTALLED}/my-file`,
      `${DATA}/`,
      `${DATA}/.setup/`,
      `${DATA}/.setup/seeded`,
      `${DATA}/my-file`,
      `${DATA}/policy.d/`,
      `${DATA}/policy.d/30-default.policy`,
    ]);
    expect(wine.service('FixtureService')).toBeUndefined();
    expect(readFileSync(wine.c('windows/commands.txt'), 'utf8')).toBe(
      '1.0.0|register\n1.0.0|unregister\n1.0.0|remove|a "b" $c C:\\ProgramData\\FixtureData\n',
    );
    expect(wine.registry(KEY, 'Version')).toBeUndefined();
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\ProgramData\\FixtureData');
  });

  test('removes the data too when it is asked to purge', () => {
    const wine = start();
    msiexec(wine, '/i', '1.0.0');
    expect(msiexec(wine, '/x', '1.0.0', 'PURGE=1')).toBe(0);
    expect(existsSync(wine.c(DATA))).toBe(false);
    expect(existsSync(wine.c(INSTALLED))).toBe(false);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBeUndefined();
  });
});

describe('payloads', () => {
  beforeAll(() => {
    msi('payload', { payload: 'the source code' });
  });

  const beside = () => join(downloads('payload'), 'fixture-1.0.0-source.tar.zst');

  test('are installed with the product and removed with it', () => {
    const wine = start();
    writeFileSync(beside(), 'the source code');
    expect(msiexec(wine, '/i', 'payload')).toBe(0);
    expect(readFileSync(wine.c(`${INSTALLED}/source/fixture-1.0.0.tar.zst`), 'utf8')).toBe('the source code');
    expect(msiexec(wine, '/x', 'payload')).toBe(0);
    expect(listing(wine.c(INSTALLED))).toEqual({});
    expect(existsSync(wine.c(INSTALLED))).toBe(false);
  });

  test.each([
    ['damaged', 'the source codE'],
    ['missing', undefined],
  ])('that are %s stop the installation before anything has changed', (_, content) => {
    const wine = start();
    if (content === undefined) rmSync(beside(), { force: true });
    else writeFileSync(beside(), content);
    const before = traces(wine);
    // Windows itself says 1603 for an action that fails, Wine 1627.
    expect(msiexec(wine, '/i', 'payload')).toBe(1627);
    expect(traces(wine)).toEqual(before);
    expect(log(wine)).toContain('CheckPayload_0');
    expect(wine.registry(KEY, 'Version')).toBeUndefined();
    expect(wine.service('FixtureService')).toBeUndefined();
  });
});

describe('guest images', () => {
  const image = randomBytes(250_000);

  function withImage(name: string, options: FixtureOptions): void {
    msi(name, options);
    const parts = join(dir, name, 'pack/out/parts');
    for (const part of readdirSync(parts)) copyFileSync(join(parts, part), join(downloads(name), part));
  }

  test('are unpacked among the data, registered, and outlive the product', () => {
    withImage('image', { template: { image } });
    const wine = start();
    expect(msiexec(wine, '/i', 'image')).toBe(0);
    expect(readFileSync(wine.c(`${DATA}/templates/desk-1.0.0.img`)).equals(image)).toBe(true);
    const path = 'C:\\ProgramData\\FixtureData\\templates\\desk-1.0.0.img';
    expect(readFileSync(wine.c('registered.txt'), 'latin1')).toContain(`1.0.0|register|desk|${path}|`);
    expect(msiexec(wine, '/x', 'image')).toBe(0);
    expect(existsSync(wine.c(INSTALLED))).toBe(false);
    expect(existsSync(wine.c(`${DATA}/templates/desk-1.0.0.img`))).toBe(true);
  });

  test('are left out with their feature', () => {
    const wine = start();
    expect(msiexec(wine, '/i', 'image', 'ADDLOCAL=core')).toBe(0);
    expect(existsSync(wine.c(`${DATA}/templates`))).toBe(false);
    expect(existsSync(wine.c('registered.txt'))).toBe(false);
  });

  test('that cannot be registered leave nothing behind', () => {
    withImage('unregistered', { template: { image, code: '5' } });
    const wine = start();
    const before = traces(wine);
    expect(msiexec(wine, '/i', 'unregistered')).not.toBe(0);
    rmSync(wine.c('registered.txt'));
    expect(traces(wine)).toEqual(before);
  });
});

describe('setup.exe and MSI', () => {
  test('refuse to replace each other', () => {
    const setup = join(downloads('setup'), 'setup.exe');
    copyFileSync(buildSetup(makeFixture(join(dir, 'setup'), helper, { version: '1.1.0' }), 'setup'), setup);
    const wine = start();
    msiexec(wine, '/i', '1.0.0');
    const withMsi = traces(wine);
    expect(wine.exitCode(setup, '/S')).toBe(1638);
    expect(traces(wine)).toEqual(withMsi);
    expect(msiexec(wine, '/x', '1.0.0')).toBe(0);
    expect(wine.exitCode(setup, '/S')).toBe(0);
    const withSetup = traces(wine);
    expect(msiexec(wine, '/i', '1.1.0')).toBe(1603);
    expect(refusal(wine)).toBe('PREVIOUSBY = exe');
    expect(traces(wine)).toEqual(withSetup);
    expect(wine.service('FixtureService')).toBe(4);
  });
});
