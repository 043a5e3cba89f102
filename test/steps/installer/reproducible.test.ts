// Installers are the same bytes when nothing has changed, and other packages when something has.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';
import { guidOf } from '../../../src/steps/guid.ts';
import { buildHelper, buildMsi, buildSetup, type Fixture, makeFixture, scratch } from './fixture.ts';

const dir = scratch('reproducible');
let helper: string;
let first: Fixture;

const digest = (path: string) => sha256Hex(readFileSync(path));

/** The same trees at another place, made in another order and at another time. */
function elsewhere(fixture: Fixture, name: string): Fixture {
  const copy = join(dir, name);
  const copyTree = (from: string, to: string) => {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true }).reverse()) {
      if (entry.isDirectory()) copyTree(join(from, entry.name), join(to, entry.name));
      else cpSync(join(from, entry.name), join(to, entry.name));
      utimesSync(join(to, entry.name), 1_234_567_890, 1_234_567_890);
    }
  };
  const paths: Record<string, string> = {};
  for (const [component, path] of Object.entries(fixture.paths).reverse()) {
    paths[component] = join(copy, component);
    if (component === 'source') cpSync(path, join(copy, component));
    else copyTree(path, join(copy, component));
  }
  return { ...fixture, dir: copy, paths };
}

function summary(msi: string): string {
  return execFileSync('msiinfo', ['suminfo', msi], { env: { PATH: '/usr/bin:/bin', TZ: 'UTC' } }).toString();
}

beforeAll(() => {
  helper = buildHelper(join(dir, 'helper'));
  first = makeFixture(join(dir, 'first'), helper, { payload: 'the source' });
});

describe('built twice', () => {
  test('setup.exe is bit-identical', () => {
    const second = elsewhere(first, 'setup-again');
    expect(digest(buildSetup(second, 'setup'))).toBe(digest(buildSetup(first, 'setup')));
  });

  test('the MSI is bit-identical, and its dates are those of the source', () => {
    const one = buildMsi(first, 'msi');
    const two = buildMsi(elsewhere(first, 'msi-again'), 'msi');
    expect(digest(two)).toBe(digest(one));
    expect(summary(one)).toContain('Created: Tue Nov 14 22:13:20 2023');
  });
});

describe('with one byte changed', () => {
  test('the MSI has another package code and product code, and the same upgrade code', () => {
    const codes = (fixture: Fixture, name: string) => {
      const msi = buildMsi(fixture, name);
      const properties = execFileSync('msiinfo', ['export', msi, 'Property']).toString();
      const code = (property: string) => new RegExp(`^${property}\\t(\\S+)`, 'm').exec(properties)?.[1];
      const packageCode = /Revision number \(UUID\): (\S+)/.exec(summary(msi))?.[1];
      return { package: packageCode, product: code('ProductCode'), upgrade: code('UpgradeCode') };
    };
    const before = codes(first, 'codes');
    const changed = elsewhere(first, 'changed');
    appendFileSync(join(changed.paths['fixture-service'] ?? '', 'bin/fixture-service.exe'), '!');
    const after = codes(changed, 'codes');
    expect(after.upgrade).toBe('{1B5C9A52-6F0E-4D7C-9A38-2F4F0D1C7E11}');
    expect(before.upgrade).toBe(after.upgrade);
    expect(before.package).toMatch(
      /^\{[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}$/,
    );
    expect(after.package).not.toBe(before.package);
    expect(after.product).not.toBe(before.product);
    expect(before.product).not.toBe(before.package);
  });
});

describe('identifiers', () => {
  test('are name-based GUIDs as RFC 9562 defines them', () => {
    // Its example: "www.example.com" in the name space of DNS.
    expect(guidOf('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  test('of components are the same in the tables made here and in those made in the sandbox', () => {
    const msi = buildMsi(first, 'tables');
    const rows = (table: string) =>
      execFileSync('msiinfo', ['export', msi, table]).toString().trimEnd().split(/\r?\n/).slice(3);
    const components = new Set(rows('Component').map((row) => row.split('\t')[0]));
    const directories = new Set(rows('Directory').map((row) => row.split('\t')[0]));
    const services = rows('ServiceInstall').map((row) => row.split('\t')[11]);
    const shortcuts = rows('Shortcut').map((row) => row.split('\t'));
    expect(services).toHaveLength(2);
    expect(shortcuts).toHaveLength(1);
    for (const component of [...services, ...shortcuts.map((row) => row[3])])
      expect(components).toContain(component);
    for (const row of shortcuts) expect(directories).toContain(row[11]);
  });
});
