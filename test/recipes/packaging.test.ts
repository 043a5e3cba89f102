// Rules of the Debian packaging of in-tree components, which its own tools do not check.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { npmPackages } from '../../scripts/npm-lock.ts';
import { REQUIREMENTS } from '../../src/host/requirements.ts';

const RECIPES = resolve(import.meta.dirname, '../../recipes');

interface Packaged {
  readonly name: string;
  readonly provides: readonly string[];
  readonly source: string;
}

/** Components with a Debian package whose source is their own directory. */
const packaged: Packaged[] = readdirSync(RECIPES).flatMap((name) => {
  const recipe = parse(readFileSync(join(RECIPES, name, 'recipe.yaml'), 'utf8'));
  const isDebian = recipe.packages.some((each: { build: { kind: string } }) => each.build.kind === 'deb');
  if (!isDebian || recipe.source.local !== 'source') return [];
  return [{ name, provides: recipe.provides ?? [], source: join(RECIPES, name, 'source') }];
});

const read = (source: string, file: string) => readFileSync(join(source, file), 'utf8');

/** Paragraphs of debian/control as texts by field; the source's is the first. */
function control(source: string): Record<string, string>[] {
  return read(source, 'debian/control')
    .split(/\n\n+/)
    .map((paragraph) =>
      Object.fromEntries(
        paragraph
          .trim()
          .split(/\n(?! )/)
          .map((field) => {
            const at = field.indexOf(':');
            return [field.slice(0, at), field.slice(at + 1).trim()];
          }),
      ),
    );
}

test('every Linux side has packaging', () => {
  expect(packaged.map(({ name }) => name)).toEqual([
    'core-admin',
    'core-admin-linux',
    'core-agent-linux',
    'core-vchan-hyperv',
    'core-vchan-kvm',
    'core-vchan-socket',
    'core-vchan-xen',
    'desktop-linux-kde',
    'desktop-linux-xfce4',
    'gui-agent-linux',
    'gui-agent-xen-hvm-stubdom',
    'gui-common',
    'gui-daemon',
    'linux-dom0-updates',
    'linux-installer-qubes-os',
    'linux-kernel',
    'linux-utils',
    'linux-yum',
    'qubes-app-linux-pdf-converter',
    'qubes-app-linux-split-gpg',
    'qubes-app-linux-tor',
    'qubes-app-thunderbird',
    'qubes-manager',
    'vmm-kvm',
    'vmm-xen',
    'vmm-xen-windows-pvdrivers',
  ]);
});

describe.each(packaged)('$name', ({ name, provides, source }) => {
  test('is a native package of its own name and version', () => {
    const version = read(source, 'version').trim();
    expect(read(source, 'debian/changelog').split('\n')[0]).toBe(
      `${name} (${version}) bookworm; urgency=medium`,
    );
    expect(read(source, 'debian/source/format')).toBe('3.0 (native)\n');
    expect(control(source)[0]?.Source).toBe(name);
    expect(statSync(join(source, 'debian/rules')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(source, 'debian/copyright'))).toBe(true);
  });

  test('is built against no VMM, and a vchan is every program’s vchan', () => {
    const [built, ...binaries] = control(source);
    expect(built?.['Build-Depends']).not.toMatch(/libvchan-/);
    if (provides.includes('vmm')) return; // belongs to one VMM, and may name its vchan
    for (const binary of binaries) {
      if (binary.Package === 'libqubes-vchan-dev') continue; // for tests it brings the provider of tests
      expect(binary.Depends).not.toMatch(/libvchan-/);
    }
    if (!provides.includes('vchan')) return;
    expect(binaries).toHaveLength(1);
    const [library = {}] = binaries;
    expect(library.Provides).toBe('libqubes-vchan1 (= ${binary:Version})');
    expect(library.Conflicts).toBe('libqubes-vchan1');
    expect(library.Replaces).toBe('libqubes-vchan1');
  });
});

describe('qbuild itself', () => {
  const directory = join(RECIPES, 'qubes-builder');

  test('is made of exactly the npm packages that package-lock.json pins', () => {
    const recipe = parse(readFileSync(join(directory, 'recipe.yaml'), 'utf8'));
    const downloads: { name: string; url: string }[] = recipe.packages[0].build.downloads;
    const lock = readFileSync(join(RECIPES, '../package-lock.json'), 'utf8');
    expect(
      downloads.map(({ name, url }) => ({ name, url })),
      'run `node scripts/npm-downloads.ts`',
    ).toEqual(npmPackages(lock).map(({ file, url }) => ({ name: file, url })));
    expect(downloads.filter(({ name }) => /^(?:esbuild|node)-linux-x64-/.test(name))).toHaveLength(2);
  });

  test('has the version of its program', () => {
    const { version } = JSON.parse(readFileSync(join(RECIPES, '../package.json'), 'utf8'));
    const [heading] = read(directory, 'debian/changelog').split('\n');
    expect(heading).toBe(`qubes-builder (${version}) bookworm; urgency=medium`);
  });

  test('brings what doctor asks of a host, and suggests what one command needs', () => {
    const [, qbuild = {}] = control(directory);
    const listed = (field: string) => qbuild[field]?.split(/,\s*/) ?? [];
    // Every Debian has these two (Essential: yes).
    const wanted = REQUIREMENTS.filter((each) => !['dpkg', 'util-linux'].includes(each.package ?? ''));
    const packages = (all: typeof wanted) => all.flatMap((each) => each.package ?? []);
    const forAll = packages(wanted.filter(({ only }) => only === undefined));
    expect(listed('Depends')).toEqual(expect.arrayContaining(forAll));
    expect(listed('Suggests')).toEqual(packages(wanted.filter(({ only }) => only !== undefined)).sort());
  });
});
