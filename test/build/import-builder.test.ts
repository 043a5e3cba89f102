// Importing a configuration of qubes-builderv2 into a directory: a workspace that loads, or nothing at all.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { importBuilder } from '../../src/build/import-builder.ts';
import { loadWorkspace } from '../../src/manifest/load.ts';

const OWN = fileURLToPath(new URL('../../', import.meta.url));

function scratch(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-import-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

async function imported(dir: string, to = 'new') {
  return importBuilder(join(dir, 'builder.yml'), join(dir, to), OWN, 0);
}

async function refused(files: Record<string, string>) {
  const dir = scratch(files);
  const result = await imported(dir);
  expect(readdirSync(dir).sort()).toEqual(Object.keys(files).sort());
  if (result.ok) throw new Error('it was imported');
  return result.error;
}

test('a configuration and what it includes become a workspace that loads', async () => {
  const dir = scratch({
    'builder.yml': 'include: [common.yml]\ndistributions: [vm-bookworm]\n+components: [core-qrexec]\n',
    'common.yml': 'git: { branch: release4.2 }\ncomponents:\n- core-qubesdb\n',
  });
  const result = await imported(dir);
  expect(result).toMatchObject({
    ok: true,
    value: { products: ['qubes-vm-packages-bookworm'], leftOut: [] },
  });
  const workspace = await loadWorkspace(join(dir, 'new'));
  if (!workspace.ok) throw new Error(workspace.error.message);
  expect([...workspace.value.recipes.keys()]).toEqual(['qubes-core-qrexec', 'qubes-core-qubesdb']);
  expect([...workspace.value.vmms.keys()]).toEqual(['xen']);
});

test('a directory with something in it stays as it is', async () => {
  const dir = scratch({ 'builder.yml': 'components: []\n' });
  mkdirSync(join(dir, 'new'));
  writeFileSync(join(dir, 'new/mine'), '');
  expect(await imported(dir)).toMatchObject({ error: { code: 'usage/not-empty' } });
  expect(readdirSync(join(dir, 'new'))).toEqual(['mine']);
  expect((await imported(dir, 'other')).ok).toBe(true);
  expect(existsSync(join(dir, 'other/qbuild.yaml'))).toBe(true);
});

test('what cannot be read is refused with its place, and nothing is written', async () => {
  expect(await refused({ 'builder.yml': 'a: [' })).toMatchObject({ code: 'manifest/syntax' });
  expect(await refused({ 'builder.yml': '- a\n' })).toMatchObject({ code: 'manifest/wrong-type' });
  expect(await refused({ 'builder.yml': 'include: [gone.yml]\n' })).toMatchObject({
    code: 'manifest/missing-file',
  });
  expect(await refused({ 'builder.yml': 'include: [builder.yml]\n' })).toMatchObject({
    message: 'Files include each other too deeply.',
  });
  expect(await refused({ 'builder.yml': 'backend-vmm: ../../etc\n' })).toMatchObject({
    code: 'manifest/missing-file',
  });
});
