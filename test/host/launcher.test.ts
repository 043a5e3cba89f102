// The launcher of a checkout: bundles what changed, and leaves running programs their own bundle.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT } from '../e2e/workbench.ts';

let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'qbuild-launcher-'));
  for (const path of ['qbuild', 'package.json', 'package-lock.json', 'src', 'scripts'])
    cpSync(join(PROJECT, path), join(checkout, path), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'));
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

const launch = (...args: string[]) => execFileSync(join(checkout, 'qbuild'), args, { encoding: 'utf8' });
const current = () => readlinkSync(join(checkout, 'dist'));

function change(): void {
  const now = new Date();
  utimesSync(join(checkout, 'src/main.ts'), now, now);
}

test('a bundle is made once', () => {
  expect(launch('--version')).toMatch(/^qbuild\//);
  const first = current();
  launch('--version');
  expect(current()).toBe(first);
});

test('a changed source makes another one, and a program of the last one finds its modules', () => {
  const before = current();
  change();
  launch('--version');
  expect(current()).not.toBe(before);
  const schema = execFileSync(process.execPath, [join(checkout, before, 'main.js'), 'schema'], {
    encoding: 'utf8',
  });
  expect(schema).toBe(launch('schema'));
});

test('three bundles are kept', () => {
  for (let n = 0; n < 4; n++) {
    change();
    launch('--version');
  }
  expect(readdirSync(join(checkout, '.bundles'))).toHaveLength(3);
});
