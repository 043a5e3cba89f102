// qubes-manager's window on a real X server: domains with their labels and states, started and stopped by keys and clicks.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const RECIPES = resolve(import.meta.dirname, '../../recipes');

const build = mkdtempSync(join(tmpdir(), 'qbuild-manager-'));
afterAll(() => rmSync(build, { recursive: true, force: true }));

test('the window lists, starts, stops and shows domains', () => {
  const make = (component: string, ...args: string[]) =>
    execFileSync('make', ['-C', join(RECIPES, component, 'source'), `BUILD=${build}/${component}`, ...args], {
      encoding: 'utf8',
    });
  make('core-admin', `DESTDIR=${build}/stage`, 'install');
  const output = make('qubes-manager', `DEPS=${build}/stage`, 'check-x11');
  expect(output).toMatch(/^x11: \d+ checks, 0 failures$/m);
}, 120_000);
