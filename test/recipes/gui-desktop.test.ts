// GUI agents, gui-daemon and who starts it: two real X servers, and the picture of it that the documentation shows; and a real QEMU.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const AGENT = resolve(import.meta.dirname, '../../recipes/gui-agent-linux/source');
const DESKTOP = resolve(import.meta.dirname, '../../recipes/desktop-linux-xfce4/source');
const ADMIN = resolve(import.meta.dirname, '../../recipes/core-admin/source');
const STUBDOM = resolve(import.meta.dirname, '../../recipes/gui-agent-xen-hvm-stubdom/source');
const PICTURE = resolve(import.meta.dirname, '../../docs/images/gui-border.png');

const build = mkdtempSync(join(tmpdir(), 'qbuild-gui-'));
afterAll(() => rmSync(build, { recursive: true, force: true }));

test("an application's window appears on another X server with its domain's border, as the documentation shows it", () => {
  const output = execFileSync('make', ['-C', AGENT, `BUILD=${build}`, 'check-x11'], { encoding: 'utf8' });
  expect(output).toMatch(/all so\n/);
  // Made by the run above. When a change of what it shows is meant, it replaces the documentation's.
  const made = readFileSync(join(build, 'gui-border.png'));
  expect(made.equals(readFileSync(PICTURE)), 'docs/images/gui-border.png shows something else').toBe(true);
});

test('each domain that runs has a daemon in its colour, as long as the desktop is there', () => {
  const stage = join(build, 'stage-admin');
  execFileSync('make', ['-C', ADMIN, `BUILD=${build}/core-admin`, `DESTDIR=${stage}`, 'install']);
  const make = ['-C', DESKTOP, `BUILD=${build}/desktop`, `DEPS=${stage}`, 'check-x11'];
  const PATH = `${stage}/usr/bin:${process.env.PATH}`;
  const output = execFileSync('make', make, { encoding: 'utf8', env: { ...process.env, PATH } });
  expect(output).toMatch(/^daemons: all so$/m);
});

test("a guest's screen appears through QEMU's socket, and keys reach the guest", () => {
  const output = execFileSync('make', ['-C', STUBDOM, `BUILD=${join(build, 'stubdom')}`, 'check-qemu'], {
    encoding: 'utf8',
  });
  expect(output).toMatch(/all so\n/);
});
