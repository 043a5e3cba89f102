// The applications' services between domains: real programs over the real qrexec, by the policies as they ship.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const build = mkdtempSync(join(tmpdir(), 'qbuild-services-'));
afterAll(() => rmSync(build, { recursive: true, force: true }));

test('keys are used in the domain that has them, documents are opened in disposables, menus know applications', () => {
  const script = resolve(import.meta.dirname, 'application-services.sh');
  const recipes = resolve(import.meta.dirname, '../../recipes');
  const { status, stdout, stderr } = spawnSync('bash', [script, recipes, build], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout.trim().split('\n')).toEqual([
    'split-gpg: good',
    'pdf-converter: good',
    'attachments: good',
    'menus: good',
  ]);
}, 600_000);
