// setup.exe, installed for real under Wine.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  buildHelper,
  buildObserver,
  buildSetup,
  type FixtureOptions,
  makeFixture,
  scratch,
} from './fixture.ts';
import { listing, startWine, traces, type Wine } from './wine.ts';

const KEY = 'Software\\Fixture Works\\Fixture & Sons';
const INSTALLED = 'Program Files/Fixture';
const DATA = 'ProgramData/FixtureData';
const MENU = 'ProgramData/Microsoft/Windows/Start Menu/Programs/Fixture & Sons';

const dir = scratch('setup');
let helper: string;
let observer: string;
const setups: Record<string, string> = {};
let machines = 0;
let machine: Wine | undefined;

function setup(name: string, options: FixtureOptions): void {
  const built = buildSetup(makeFixture(join(dir, name), helper, options), 'setup');
  const target = join(dir, 'downloads', name);
  mkdirSync(target, { recursive: true });
  copyFileSync(built, join(target, 'setup.exe'));
  setups[name] = join(target, 'setup.exe');
}

function start(): Wine {
  machine = startWine(join(dir, `machine-${machines++}`), observer);
  return machine;
}

const log = (wine: Wine) => readFileSync(wine.c('users/root/Temp/fixture-setup.log'), 'utf16le');

// With _?= it does not copy itself and can be waited for; then it cannot remove its own file.
const uninstall = (wine: Wine, ...options: readonly string[]) =>
  wine.exitCode(
    'C:\\Program Files\\Fixture\\uninstall.exe',
    '/S',
    ...options,
    '_?=C:\\Program Files\\Fixture',
  );

beforeAll(() => {
  helper = buildHelper(join(dir, 'helper'));
  observer = buildObserver(dir);
  setup('1.0.0', {});
  setup('1.1.0', { version: '1.1.0' });
  setup('broken', { version: '1.2.0', broken: true });
});

afterEach(() => {
  machine?.cutPower();
});

describe('a silent installation for all users', () => {
  test('installs files, registry, shortcut and PATH, and starts the service', () => {
    const wine = start();
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S')).toBe(0);
    expect(Object.keys(listing(wine.c(INSTALLED))).filter((path) => !path.endsWith('/'))).toEqual([
      'bin/fixture-extra.exe',
      'bin/fixture-service.exe',
      'bin/fixture-tool.exe',
      'bin/qubes-setup-helper.exe',
      'defaults/policy.d/30-default.policy',
      'share/fixture/notes 語 $(x) ${NSISDIR}.txt',
      'share/fixture/only-in-1.0.0.txt',
      'share/windows-installer-qubes-hyperv/licence.txt',
      'uninstall.exe',
      'uninstall.txt',
    ]);
    expect(wine.service('FixtureService')).toBe(4);
    expect(readFileSync(wine.c('service-ran.txt'), 'utf8')).toBe('1.0.0\n');
    const value = (name: string) => wine.registry(`HKLM\\${KEY}`, name);
    expect(['Version', 'InstallDir', 'DataDir', 'Scope', 'InstalledBy', 'Features'].map(value)).toEqual([
      '1.0.0',
      'C:\\Program Files\\Fixture',
      'C:\\ProgramData\\FixtureData',
      'machine',
      'exe',
      'core,tools',
    ]);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\ProgramData\\FixtureData');
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Odd')).toBe(
      '$PROFILE [x] {y} "q" ${NSISDIR} $\\n %PATH%',
    );
    expect(wine.registry('HKLM\\Software\\Classes\\.fixture', '')).toBe('Fixture.Document');
    expect(wine.registry('HKLM\\System\\CurrentControlSet\\Services\\FixtureService', 'ImagePath')).toBe(
      '"C:\\Program Files\\Fixture\\bin\\fixture-service.exe"',
    );
    expect(
      wine.registry('HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment', 'Path'),
    ).toMatch(/;C:\\Program Files\\Fixture\\bin$/);
    expect(Object.keys(listing(wine.c(MENU)))).toEqual(['Fixture tool.lnk']);
    expect(wine.service('FixtureExtra')).toBe(1);
    expect(readFileSync(wine.c('windows/commands.txt'), 'utf8')).toBe('1.0.0|register\n');
    expect(readFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'utf8')).toBe(
      '# default policy of 1.0.0\n',
    );
  });

  test('installs only the features that are asked for, and an upgrade keeps the choice', () => {
    const wine = start();
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S', '/FEATURES=core')).toBe(0);
    expect(existsSync(wine.c(`${INSTALLED}/bin/fixture-tool.exe`))).toBe(false);
    expect(existsSync(wine.c(`${INSTALLED}/bin/fixture-service.exe`))).toBe(true);
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S')).toBe(0);
    expect(existsSync(wine.c(`${INSTALLED}/bin/fixture-tool.exe`))).toBe(false);
    expect(wine.registry(`HKLM\\${KEY}`, 'Features')).toBe('core');
    // What the components of other features contribute is not there either.
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Number')).toBe('0x7');
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Tool')).toBeUndefined();
    expect(wine.service('FixtureExtra')).toBeUndefined();
    expect(existsSync(wine.c(`${MENU}/Fixture tool.lnk`))).toBe(false);
    expect(existsSync(wine.c('windows/commands.txt'))).toBe(false);
  });

  test('installs in the directory and with the data directory that are asked for', () => {
    const wine = start();
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S', '/DATA="C:\\My data"', '/D=C:\\Elsewhere on C')).toBe(
      0,
    );
    expect(existsSync(wine.c('Elsewhere on C/bin/fixture-service.exe'))).toBe(true);
    expect(existsSync(wine.c('My data/policy.d/30-default.policy'))).toBe(true);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\My data');
    expect(wine.service('FixtureService')).toBe(4);
  });
});

describe('an installation for one user', () => {
  test('stays within the person’s own directories and registry, without a service', () => {
    const wine = start();
    const before = listing(wine.c('Program Files'));
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S', '/CurrentUser')).toBe(0);
    const own = 'users/root/AppData/Local';
    expect(existsSync(wine.c(`${own}/Programs/Fixture/bin/fixture-service.exe`))).toBe(true);
    expect(existsSync(wine.c(`${own}/FixtureData/policy.d/30-default.policy`))).toBe(true);
    expect(listing(wine.c('Program Files'))).toEqual(before);
    expect(wine.service('FixtureService')).toBeUndefined();
    expect(wine.registry(`HKCU\\${KEY}`, 'Scope')).toBe('user');
    expect(existsSync(wine.c('windows/commands.txt'))).toBe(false);
    expect(wine.registry('HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run', 'FixtureExtra')).toBe(
      '"C:\\users\\root\\AppData\\Local\\Programs\\Fixture\\bin\\fixture-extra.exe" --now',
    );
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBeUndefined();
    expect(wine.registry('HKCU\\Environment', 'Path')).toBe(
      'C:\\users\\root\\AppData\\Local\\Programs\\Fixture\\bin',
    );
    // The other scope is refused while this one is there.
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S', '/AllUsers')).toBe(1638);
    expect(
      wine.exitCode(
        `C:\\${own.replaceAll('/', '\\')}\\Programs\\Fixture\\uninstall.exe`,
        '/S',
        `_?=C:\\${own.replaceAll('/', '\\')}\\Programs\\Fixture`,
      ),
    ).toBe(0);
    expect(Object.keys(listing(wine.c(`${own}/Programs/Fixture`)))).toEqual(['uninstall.exe']);
    expect(wine.registry(`HKCU\\${KEY}`, 'Version')).toBeUndefined();
  });
});

describe('an upgrade', () => {
  test('replaces files and the running service, and keeps what the person changed', () => {
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    writeFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'my policy\n');
    mkdirSync(wine.c(`${DATA}/domains/work`), { recursive: true });
    writeFileSync(wine.c(`${DATA}/domains/work/domain.conf`), 'label=blue\n');
    writeFileSync(wine.c(`${INSTALLED}/share/fixture/mine.txt`), 'not the installer’s');
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S')).toBe(0);
    expect(readFileSync(wine.c(`${DATA}/policy.d/30-default.policy`), 'utf8')).toBe('my policy\n');
    expect(readFileSync(wine.c(`${DATA}/domains/work/domain.conf`), 'utf8')).toBe('label=blue\n');
    expect(Object.keys(listing(wine.c(`${INSTALLED}/share/fixture`)))).toEqual([
      'mine.txt',
      'notes 語 $(x) ${NSISDIR}.txt',
      'only-in-1.1.0.txt',
    ]);
    expect(existsSync(wine.c(`${INSTALLED}/.setup`))).toBe(false);
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBe('1.1.0');
    expect(wine.service('FixtureService')).toBe(4);
    expect(readFileSync(wine.c('service-ran.txt'), 'utf8')).toBe('1.0.0\n1.1.0\n');
    expect(readFileSync(wine.c('windows/commands.txt'), 'utf8')).toBe(
      '1.0.0|register\n1.0.0|unregister\n1.1.0|register\n',
    );
  });

  test('does not bring back a default file that the person removed', () => {
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    rmSync(wine.c(`${DATA}/policy.d/30-default.policy`));
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S')).toBe(0);
    expect(existsSync(wine.c(`${DATA}/policy.d/30-default.policy`))).toBe(false);
  });

  test('to an older version is refused and changes nothing', () => {
    const wine = start();
    wine.exitCode(setups['1.1.0'] ?? '', '/S');
    const before = traces(wine);
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S')).toBe(1638);
    expect(traces(wine)).toEqual(before);
    expect(log(wine)).toContain('A newer version of Fixture & Sons is installed.');
    expect(wine.service('FixtureService')).toBe(4);
  });

  test('to another directory is refused', () => {
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S', '/D=C:\\Elsewhere')).toBe(87);
    expect(existsSync(wine.c('Elsewhere'))).toBe(false);
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBe('1.0.0');
  });

  test('whose service does not start is taken back, and the version before runs again', () => {
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    const before = traces(wine);
    expect(wine.exitCode(setups.broken ?? '', '/S')).toBe(1603);
    expect(log(wine)).toContain('The service FixtureService');
    expect(traces(wine)).toEqual(before);
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBe('1.0.0');
    expect(wine.service('FixtureService')).toBe(4);
    expect(readFileSync(wine.c('service-ran.txt'), 'utf8')).toBe('1.0.0\n1.2.0\n1.0.0\n');
  });

  test('that meets a file which another program holds is taken back', async () => {
    const wine = start();
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S')).toBe(0);
    const before = traces(wine);
    const held = 'C:\\Program Files\\Fixture\\bin\\fixture-tool.exe';
    const holder = spawn('/usr/lib/wine/wine64', [observer, 'hold', held, 'C:\\windows\\held'], {
      env: wine.environment,
      stdio: 'ignore',
    });
    let ended: number | null | undefined;
    holder.once('exit', (code) => {
      ended = code;
    });
    while (!existsSync(wine.c('windows/held'))) {
      if (ended !== undefined) throw new Error(`what should hold the file ended with ${ended}`);
      await wait(50);
    }
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S')).toBe(1603);
    holder.kill('SIGKILL');
    expect(traces(wine)).toEqual(before);
    expect(wine.service('FixtureService')).toBe(4);
  });
});

describe('a failed first installation', () => {
  test('leaves nothing behind', () => {
    const wine = start();
    const before = traces(wine);
    expect(wine.exitCode(setups.broken ?? '', '/S')).toBe(1603);
    expect(traces(wine)).toEqual(before);
    expect(wine.service('FixtureService')).toBeUndefined();
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBeUndefined();
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Number')).toBeUndefined();
  });
});

describe('the uninstaller', () => {
  test('removes what was installed and leaves the data and other files', () => {
    const wine = start();
    const before = traces(wine);
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    writeFileSync(wine.c(`${DATA}/my-file`), 'mine');
    writeFileSync(wine.c(`${INSTALLED}/my-file`), 'mine');
    expect(uninstall(wine)).toBe(0);
    const added = Object.keys(traces(wine)).filter((path) => !(path in before));
    expect(added).toEqual([
      `${INSTALLED}/`,
      `${INSTALLED}/my-file`,
      `${INSTALLED}/uninstall.exe`,
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
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBeUndefined();
    expect(wine.registry('HKLM\\Software\\Fixture\\Settings', 'Number')).toBeUndefined();
    expect(wine.registry('HKLM\\Software\\RegisteredApplications', 'Fixture.Document')).toBeUndefined();
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBe('C:\\ProgramData\\FixtureData');
    expect(
      wine.registry('HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Environment', 'Path'),
    ).not.toContain('Fixture');
    // What stays is found again.
    expect(wine.exitCode(setups['1.0.0'] ?? '', '/S')).toBe(0);
    expect(readFileSync(wine.c(`${DATA}/my-file`), 'utf8')).toBe('mine');
  });

  test('started as people do copies itself and leaves nothing in the directory', async () => {
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    expect(wine.exitCode('C:\\Program Files\\Fixture\\uninstall.exe', '/S')).toBe(0);
    while (existsSync(wine.c(INSTALLED))) await wait(100);
    expect(existsSync(wine.c(DATA))).toBe(true);
  });

  test('removes the data too when it is asked to purge, but nothing that a link leads to', () => {
    const wine = start();
    const before = traces(wine);
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    mkdirSync(wine.c(`${DATA}/domains/work`), { recursive: true });
    writeFileSync(wine.c(`${DATA}/domains/work/disk`), 'bytes');
    mkdirSync(wine.c('Elsewhere'));
    writeFileSync(wine.c('Elsewhere/precious'), 'not the product’s');
    wine.run('cmd', '/c', 'mklink', '/J', 'C:\\ProgramData\\FixtureData\\domains\\link', 'C:\\Elsewhere');
    expect(uninstall(wine, '/PURGE')).toBe(0);
    expect(readFileSync(wine.c('Elsewhere/precious'), 'utf8')).toBe('not the product’s');
    rmSync(wine.c('Elsewhere'), { recursive: true });
    rmSync(wine.c(INSTALLED), { recursive: true });
    expect(traces(wine)).toEqual(before);
    expect(wine.registry('HKLM\\Software\\Fixture', 'DataDir')).toBeUndefined();
  });
});

describe('payloads', () => {
  beforeAll(() => {
    setup('payload', { version: '1.1.0', payload: 'the source code' });
  });

  const beside = (name: string) => join(dir, 'downloads', name, 'fixture-1.1.0-source.tar.zst');

  test('are installed with the product and removed with it', () => {
    const wine = start();
    writeFileSync(beside('payload'), 'the source code');
    expect(wine.exitCode(setups.payload ?? '', '/S')).toBe(0);
    expect(readFileSync(wine.c(`${INSTALLED}/source/fixture-1.1.0.tar.zst`), 'utf8')).toBe('the source code');
    expect(uninstall(wine)).toBe(0);
    expect(Object.keys(listing(wine.c(INSTALLED)))).toEqual(['uninstall.exe']);
  });

  test.each([
    ['damaged', 'the source codE', 'is damaged or from another version'],
    ['cut short', 'the source', 'is damaged or from another version'],
    ['longer', 'the source code.', 'is damaged or from another version'],
    ['missing', undefined, 'is missing. It belongs beside the installer.'],
  ])('that are %s stop the installation before anything has changed', (_, content, words) => {
    const wine = start();
    if (content === undefined) rmSync(beside('payload'), { force: true });
    else writeFileSync(beside('payload'), content);
    const before = traces(wine);
    expect(wine.exitCode(setups.payload ?? '', '/S')).toBe(1603);
    expect(traces(wine)).toEqual(before);
    expect(log(wine)).toContain(words);
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBeUndefined();
  });
});

describe('guest images', () => {
  // What nothing compresses: three parts.
  const image = randomBytes(250_000);
  const sha256 = createHash('sha256').update(image).digest('hex');
  const unpacked = `${DATA}/templates/desk-1.1.0.img`;

  function withImage(name: string, options: FixtureOptions): void {
    setup(name, { version: '1.1.0', ...options });
    const parts = join(dir, name, 'pack/out/parts');
    for (const part of readdirSync(parts))
      copyFileSync(join(parts, part), join(dir, 'downloads', name, part));
  }

  beforeAll(() => withImage('image', { template: { image } }));

  test('are unpacked among the data, registered, and outlive the product', () => {
    const wine = start();
    expect(readdirSync(join(dir, 'downloads/image')).sort()).toEqual([
      ...['001', '002', '003'].map((part) => `fixture-1.1.0-desk.img.zst.${part}`),
      'setup.exe',
    ]);
    expect(wine.exitCode(setups.image ?? '', '/S')).toBe(0);
    expect(readFileSync(wine.c(unpacked)).equals(image)).toBe(true);
    const registered = () => readFileSync(wine.c('registered.txt'), 'latin1').trimEnd().split('\n');
    const line = `1.1.0|register|desk|C:\\ProgramData\\FixtureData\\templates\\desk-1.1.0.img|${sha256}`;
    expect(registered()).toEqual([line]);
    expect(existsSync(wine.c(`${INSTALLED}/templates/desk.img.zst`))).toBe(false);
    expect(wine.exitCode(setups.image ?? '', '/S')).toBe(0);
    expect(registered()).toEqual([line, line]);
    expect(uninstall(wine)).toBe(0);
    expect(readFileSync(wine.c(unpacked)).equals(image)).toBe(true);
  });

  test('are left out with their feature', () => {
    const wine = start();
    expect(wine.exitCode(setups.image ?? '', '/S', '/FEATURES=core')).toBe(0);
    expect(existsSync(wine.c(`${DATA}/templates`))).toBe(false);
    expect(existsSync(wine.c('registered.txt'))).toBe(false);
  });

  test.each([
    ['damaged', 'is damaged or from another version'],
    ['missing', 'is missing. It belongs beside the installer.'],
  ])('of which a part is %s stop the installation before anything has changed', (harm, words) => {
    const wine = start();
    const part = join(dir, 'downloads/image/fixture-1.1.0-desk.img.zst.002');
    const good = readFileSync(part);
    const bad = Buffer.from(good);
    bad[5] = (bad[5] ?? 0) ^ 1;
    if (harm === 'missing') rmSync(part);
    else writeFileSync(part, bad);
    const before = traces(wine);
    expect(wine.exitCode(setups.image ?? '', '/S')).toBe(1603);
    writeFileSync(part, good);
    expect(traces(wine)).toEqual(before);
    expect(log(wine)).toContain(words);
  });

  test('that cannot be registered leave nothing behind', () => {
    withImage('unregistered', { template: { image, code: '5' } });
    const wine = start();
    const before = traces(wine);
    expect(wine.exitCode(setups.unregistered ?? '', '/S')).toBe(1603);
    expect(log(wine)).toContain('failed with code 5');
    rmSync(wine.c('registered.txt'));
    expect(traces(wine)).toEqual(before);
  });
});

describe('migrations', () => {
  const migration = (code: string) => ({
    migrations: [
      {
        before: '1.1.0',
        program: 'bin/fixture-tool.exe',
        arguments: ['C:\\migrated.txt', code, '{install}', '{data}', 'a "b" $c \\'],
      },
    ],
  });

  test('run once, when an older version is upgraded', () => {
    setup('migrating', { version: '1.1.0', definition: migration('0') });
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    expect(wine.exitCode(setups.migrating ?? '', '/S')).toBe(0);
    expect(wine.exitCode(setups.migrating ?? '', '/S')).toBe(0);
    expect(readFileSync(wine.c('migrated.txt'), 'latin1').trimEnd().split('\n')).toEqual([
      '1.1.0|C:\\Program Files\\Fixture|C:\\ProgramData\\FixtureData|a "b" $c \\',
    ]);
  });

  test('that fail take the upgrade back', () => {
    setup('migration-fails', { version: '1.1.0', definition: migration('5') });
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    const before = traces(wine);
    expect(wine.exitCode(setups['migration-fails'] ?? '', '/S')).toBe(1603);
    rmSync(wine.c('migrated.txt'));
    expect(traces(wine)).toEqual(before);
    expect(log(wine)).toContain('failed with code 5');
  });

  test('an upgrade cut off by a power failure can be repeated; a second one at the same time is refused', async () => {
    setup('hanging', { version: '1.1.0', definition: migration('hang') });
    const wine = start();
    wine.exitCode(setups['1.0.0'] ?? '', '/S');
    writeFileSync(wine.c(`${DATA}/my-file`), 'mine');
    const running = spawn('/usr/lib/wine/wine64', [setups.hanging ?? '', '/S'], {
      env: wine.environment,
      stdio: 'ignore',
    });
    while (!existsSync(wine.c('migrated.txt'))) await wait(50);
    expect(wine.exitCode(setups['1.1.0'] ?? '', '/S')).toBe(1618);
    wine.cutPower();
    running.kill('SIGKILL');
    expect(existsSync(wine.c(`${INSTALLED}/.setup/old/bin/fixture-service.exe`))).toBe(true);
    expect(wine.exitCode(setups.hanging ?? '', '/S')).toBe(0);
    expect(existsSync(wine.c(`${INSTALLED}/.setup`))).toBe(false);
    expect(wine.registry(`HKLM\\${KEY}`, 'Version')).toBe('1.1.0');
    expect(readFileSync(wine.c(`${DATA}/my-file`), 'utf8')).toBe('mine');
    expect(wine.service('FixtureService')).toBe(4);
  });
});

describe('the uninstaller’s signature', () => {
  test('is on the uninstaller that is installed, which works', () => {
    const fixture = makeFixture(join(dir, 'signed'), helper);
    const key = join(dir, 'key.pem');
    const certificate = join(dir, 'certificate.pem');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate],
        ...['-days', '2', '-subj', '/CN=Fixture', '-addext', 'extendedKeyUsage=codeSigning'],
      ],
      { stdio: 'ignore' },
    );
    const signedFile = join(dir, 'uninstaller.signed');
    const built = buildSetup(fixture, 'setup', (bytes) => {
      writeFileSync(join(dir, 'uninstaller'), bytes);
      execFileSync('osslsigncode', [
        ...['sign', '-certs', certificate, '-key', key, '-h', 'sha256'],
        ...['-in', join(dir, 'uninstaller'), '-out', signedFile],
      ]);
      return readFileSync(signedFile);
    });
    copyFileSync(built, join(dir, 'signed-setup.exe'));
    const wine = start();
    expect(wine.exitCode(join(dir, 'signed-setup.exe'), '/S')).toBe(0);
    const installed = readFileSync(wine.c(`${INSTALLED}/uninstall.exe`));
    expect(installed.equals(readFileSync(signedFile))).toBe(true);
    expect(uninstall(wine)).toBe(0);
    expect(Object.keys(listing(wine.c(INSTALLED)))).toEqual(['uninstall.exe']);
  });

  test('of another uninstaller is refused', () => {
    const fixture = makeFixture(join(dir, 'other'), helper);
    // The second pass compiles other files than the first, so its uninstaller differs.
    expect(() =>
      buildSetup(fixture, 'setup', (bytes) => {
        appendFileSync(join(dir, 'other/setup/first/out/uninstaller'), 'x');
        return bytes;
      }),
    ).toThrow();
  });
});
