// The script that lays the programs for Windows guests together, run by hand.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../../src/steps/iso/windows-tools.sh');

/** Runs it on trees of files, each of which holds its own path; `made` reads what it made. */
function layTogether(trees: Readonly<Record<string, readonly string[]>>) {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-tools-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'out'));
  for (const [component, paths] of Object.entries(trees)) {
    mkdirSync(join(dir, 'in/trees', component), { recursive: true });
    for (const path of paths) {
      const file = join(dir, 'in/trees', component, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, path);
    }
  }
  const env = { PATH: process.env.PATH, QBUILD_IN: join(dir, 'in'), QBUILD_OUT: join(dir, 'out') };
  const { status, stderr } = spawnSync('bash', [SCRIPT], { env });
  return { status, said: stderr.toString(), made: (path: string) => join(dir, 'out', path) };
}

const line = (path: string, component: string) =>
  `${[path, component, path.length, createHash('sha256').update(path).digest('hex')].join('\t')}\n`;

test('programs of several components lie in one tree, with a list of them', () => {
  const agent = ['install.cmd', 'bin/agent.exe', 'qubes-rpc/qubes.Do It'];
  const { status, said, made } = layTogether({ agent, vchan: ['bin/vchan.dll'], empty: [] });
  expect(said).toBe('');
  expect(status).toBe(0);
  expect(readFileSync(made('list'), 'utf8')).toBe(
    line('bin/agent.exe', 'agent') +
      line('bin/vchan.dll', 'vchan') +
      line('install.cmd', 'agent') +
      line('qubes-rpc/qubes.Do It', 'agent'),
  );
  const files = readdirSync(made('tree'), { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  expect(files).toHaveLength(4);
  for (const { parentPath, name } of files) {
    expect(join(parentPath, name)).toBe(made(`tree/${readFileSync(join(parentPath, name), 'utf8')}`));
  }
});

test('a file of two components is refused, also when its name differs by case', () => {
  const { status, said } = layTogether({ one: ['bin/Same.dll'], two: ['bin/same.DLL'] });
  expect(status).toBe(1);
  expect(said).toContain(
    'qbuild: failure iso/two-owners: Two components have a file `bin/same.dll` for Windows guests: one two.',
  );
});
