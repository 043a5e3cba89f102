// Workspaces written to disk for tests: real files in a fresh directory that goes away after the test.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Failure, Result } from '../../src/base/failure.ts';
import { loadWorkspace } from '../../src/manifest/load.ts';
import type { Workspace } from '../../src/manifest/workspace.ts';

/** Texts by path below the directory. */
export type Files = Readonly<Record<string, string>>;

/** The smallest workspace with a product that resolves; tests change one file at a time. */
export const SMALL: Files = {
  'qbuild.yaml': 'kind: workspace\nname: small\nlayers: [.]\ntools: debian-12\nepoch: 1700000000\n',
  'products/desk.yaml': [
    'kind: product',
    'name: desk',
    'title: A Desk',
    'publisher: Carpenter',
    'version: 1.2.3',
    'vmm: hyperv',
    'licensing: gpl',
    'domains:',
    '  admin: { os: windows }',
    'components:',
    '  - top',
    '  - leg',
    '  - fitter',
    'deliverables:',
    '  - kind: installer',
    '    formats: [exe]',
    '',
  ].join('\n'),
  'products/vmm/hyperv.yaml': [
    'kind: vmm',
    'name: hyperv',
    'title: Hyper-V',
    'hosting: hosted',
    'libvirtDriver: hyperv',
    'guestDisk: vhdx',
    'interfaces: [joint]',
    'trustedComputingBase: [the hypervisor]',
    '',
  ].join('\n'),
  'distributions/debian-12.yaml': [
    'kind: distribution',
    'name: debian-12',
    'architecture: amd64',
    'archives:',
    '  - url: http://deb.debian.org/debian',
    '    suites: [bookworm]',
    '    components: [main]',
    '    keyring: archive.gpg',
    'roots:',
    '  base: [dpkg]',
    '  windows-build: [make]',
    '',
  ].join('\n'),
  'keys/archive.gpg': 'not read when manifests are loaded',
  'recipes/top/recipe.yaml': recipe('top', 'dependsOn: [joint]\n'),
  'recipes/top/source/Makefile': 'all:\n',
  'recipes/leg/recipe.yaml': recipe('leg', 'provides: [joint]\nbuildsOn: [glue]\n'),
  'recipes/leg/source/Makefile': 'all:\n',
  'recipes/glue/recipe.yaml': recipe('glue'),
  'recipes/glue/source/Makefile': 'all:\n',
  'recipes/fitter/recipe.yaml': recipe('fitter'),
  'recipes/fitter/source/Makefile': 'all:\n',
  'recipes/fitter/installer.yaml': [
    'kind: installer',
    'upgradeCode: 0b8a1ef2-5c0d-4a67-9d4e-0c3d5e8f1a2b',
    'directory: Desk',
    'data: { directory: Desk, key: Software\\Desk }',
    'helper: bin/helper.exe',
    'licence: share/licence.txt',
    'features: [{ id: core, title: All of it }]',
    '',
  ].join('\n'),
};

/** A recipe with a local source and a package for Windows. `more`: further lines before the packages. */
export function recipe(name: string, more = ''): string {
  return `kind: recipe
name: ${name}
summary: A ${name}
license: GPL-2.0-or-later
source: { local: source }
${more}packages:
  - target: windows/amd64
    build: { kind: windows }
`;
}

/** Writes files to a fresh directory and yields its path. */
export function written(files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-manifest-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

/** Loads the small workspace with some files replaced or added; those given as undefined are left out. */
export async function loadSmall(
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Workspace> {
  return resultOf(await loadWorkspace(written(changed(changes))));
}

/** The failures of loading the small workspace with some files changed. */
export async function failuresOf(
  changes: Readonly<Record<string, string | undefined>>,
): Promise<readonly Failure[]> {
  return flat(errorOf(await loadWorkspace(written(changed(changes)))));
}

export function changed(changes: Readonly<Record<string, string | undefined>>): Files {
  const files = Object.entries({ ...SMALL, ...changes });
  return Object.fromEntries(files.filter((file): file is [string, string] => file[1] !== undefined));
}

/** A file of the small workspace with one piece of text replaced, which must be there. */
export function edited(path: string, before: string, after: string): Files {
  const text = SMALL[path];
  if (text?.includes(before) !== true) throw new Error(`${path} has no ${before}`);
  return { [path]: text.replace(before, after) };
}

export function resultOf<T>(result: Result<T>): T {
  if (!result.ok)
    throw new Error(
      flat(result.error)
        .map(({ code, message }) => `${code} ${message}`)
        .join('\n'),
    );
  return result.value;
}

export function errorOf(result: Result<unknown>): Failure {
  if (result.ok) throw new Error('no failure');
  return result.error;
}

/** A joined failure as a list. */
export function flat(failure: Failure): readonly Failure[] {
  const { others, ...first } = failure;
  return [first, ...(others ?? [])];
}
