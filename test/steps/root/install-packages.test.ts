// The script that makes roots, run by hand on packages that cannot be unpacked: which one, and why.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { scratch, sh } from '../../source/fixture/scratch.ts';
import { makeDeb } from '../repository.ts';

const SCRIPT = resolve(import.meta.dirname, '../../../src/steps/root/install-packages.sh');

let sound: string;
beforeAll(() => {
  const dir = scratch();
  makeDeb(dir, 'stone', '1.0');
  makeDeb(dir, 'pebble', '1.0');
  sound = dir;
});

/** Makes a first root of `pebble` and `stone`, which `damage` may change; `root` is where it goes. */
function install(damage: (stone: string, root: string) => void) {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-root-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, 'root');
  for (const name of ['in/packages', 'root', 'tmp']) mkdirSync(join(dir, name), { recursive: true });
  for (const name of ['pebble', 'stone']) {
    copyFileSync(join(sound, `${name}_1.0_amd64.deb`), join(dir, 'in/packages', `${name}_1.0_amd64.deb`));
  }
  damage(join(dir, 'in/packages/stone_1.0_amd64.deb'), root);
  const { status, stdout, stderr } = spawnSync('unshare', ['--map-root-user', '--mount', 'bash', SCRIPT], {
    env: { PATH: process.env.PATH, TMPDIR: join(dir, 'tmp'), QBUILD_IN: join(dir, 'in'), QBUILD_ROOT: root },
  });
  expect(status).toBe(1);
  expect(stdout.toString()).toBe('unpacking 2 packages\n');
  // Nothing was registered, let alone run.
  expect(readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8')).toBe('');
  return stderr.toString();
}

const refusal = (said: string) => said.trimEnd().split('\n').at(-1);

describe('a package', () => {
  test('that ends too early is named, with what dpkg says', () => {
    expect(refusal(install((stone) => truncateSync(stone, 700)))).toMatch(
      /^qbuild: failure root\/corrupt-package: The package stone_1\.0_amd64\.deb cannot be unpacked: .*unexpected end of file/,
    );
  });

  test('whose files were altered is named', () => {
    const alter = (stone: string) => {
      const bytes = readFileSync(stone);
      bytes.fill(0x5a, bytes.length - 60, bytes.length - 40);
      writeFileSync(stone, bytes);
    };
    expect(refusal(install(alter))).toMatch(
      /^qbuild: failure root\/corrupt-package: The package stone_1\.0_/,
    );
  });

  test('whose list of files ends too early in sound compression is named, with what tar says', () => {
    const cut = (stone: string) => {
      const at = scratch();
      sh('ar', ['x', '--output', at, stone]);
      sh('xz', ['--decompress', join(at, 'data.tar.xz')]);
      // Four directories, the header of a file, and not all of the block with its content.
      truncateSync(join(at, 'data.tar'), 5 * 512 + 1);
      sh('xz', [join(at, 'data.tar')]);
      sh('ar', ['rD', stone, join(at, 'data.tar.xz')]);
    };
    expect(refusal(install(cut))).toMatch(
      /^qbuild: failure root\/corrupt-package: The package stone_1\.0_amd64\.deb .*Unexpected EOF in archive/,
    );
  });

  test('without control fields is named', () => {
    const alter = (stone: string) => {
      const at = scratch();
      sh('ar', ['x', '--output', at, stone]);
      truncateSync(join(at, 'control.tar.xz'), 40);
      sh('ar', ['rD', stone, join(at, 'control.tar.xz')]);
    };
    expect(refusal(install(alter))).toMatch(
      /^qbuild: failure root\/corrupt-package: The package stone_1\.0_/,
    );
  });

  test('that is sound is not blamed for what lies in its way', () => {
    const said = install((_, root) => {
      mkdirSync(join(root, 'usr/share/stone/version/of-another'), { recursive: true });
    });
    expect(said).toMatch(/Cannot open|Cannot unlink|Is a directory|File exists/);
    expect(said).not.toContain('qbuild: failure');
  });
});
