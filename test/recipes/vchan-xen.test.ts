// libvchan over Xen's rings: the portable part on this machine, and two Windows programs under Wine over a driver that
// the test plays. What a real driver does is not shown here; see the component's README.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../recipes/core-vchan-xen/source');
const dir = mkdtempSync(join(tmpdir(), 'qbuild-vchan-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function make(...words: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('make', ['-s', '-C', SOURCE, `BUILD=${dir}/build`, ...words]);
  expect(status, `${stdout}${stderr}`).toBe(0);
  return stdout.toString().split(/\r?\n/);
}

test('rings hold against a peer that writes anything anywhere', () => {
  const said = make('check', 'WITHOUT_XEN=yes');
  expect(said).toEqual(
    expect.arrayContaining([
      'test-rings: good',
      'test-channel: both directions at once: good',
      'test-channel: a client that dies: good',
      'test-channel: a client that lies: good',
    ]),
  );
  expect(said.join('\n')).toMatch(/4 files, 20000 mutations each/);
});

test('two Windows programs talk over a driver of either age, and one outlives the other', () => {
  const said = make('check-wine');
  expect(said[0]).toBe('test-no-driver: the missing driver is explained');
  for (const scenario of ['echo', 'duplex', 'last-words', 'stalled', 'limits']) {
    for (const first of ['server', 'client']) {
      const line = `two-ends: ${scenario}, ${first} first: good`;
      expect(said.filter((each) => each === line)).toHaveLength(2);
    }
  }
  expect(said.filter((each) => each === 'two-ends: killed, server first: good')).toHaveLength(2);
});

test('qrexec of a Windows domain works over it, as over any vchan', () => {
  const agent = join(SOURCE, '../../core-agent-windows/source');
  make('TARGET_OS=windows', `BUILD=${dir}/build/wine`, 'wine-programs');
  mkdirSync(join(dir, 'deps/bin'), { recursive: true });
  copyFileSync(join(dir, 'build/wine/simulated/libvchan.dll'), join(dir, 'deps/bin/libvchan.dll'));
  const words = ['-s', '-C', agent, 'TARGET_OS=windows', `BUILD=${dir}/agent`, 'all', 'wine-programs'];
  execFileSync('make', words, { stdio: 'pipe' });
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['tests/wine.sh', join(dir, 'agent'), join(dir, 'deps'), join(dir, 'build/wine/hypervisor.exe')],
    { cwd: agent },
  );
  expect(status, `${stdout}${stderr}`).toBe(0);
  expect(stdout.toString()).toMatch(/^wine: good$/m);
});

test('the library needs nothing that Windows does not have, and exports libvchan alone', () => {
  make('TARGET_OS=windows', 'all');
  const tables = execFileSync('x86_64-w64-mingw32-objdump', [
    '-p',
    join(dir, 'build/libvchan.dll'),
  ]).toString();
  const imported = [...tables.matchAll(/DLL Name: (\S+)/g)].map(([, name]) => name?.toLowerCase());
  expect(imported.sort()).toEqual([
    'advapi32.dll',
    'kernel32.dll',
    'msvcrt.dll',
    'setupapi.dll',
    'ws2_32.dll',
  ]);
  const [, names = ''] = tables.split('[Ordinal/Name Pointer] Table');
  const [table = ''] = names.split('\n\n');
  const exported = [...table.matchAll(/\[\s*\d+\] (\w+)$/gm)].map(([, name]) => name);
  expect(exported.length).toBe(12);
  expect(exported.every((name) => name?.startsWith('libvchan_'))).toBe(true);
});
