// SHA256SUMS: what coreutils accepts, for every name that a file can have.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checksumsText, parseChecksums } from '../../src/attest/checksums.ts';
import { sha256Hex } from '../../src/base/digest.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-checksums-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function check(text: string) {
  writeFileSync(join(dir, 'SHA256SUMS'), text);
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  return spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: dir, env, encoding: 'utf8' });
}

/** Writes files that hold their own names; yields their checksums. */
function written(paths: readonly string[]) {
  return paths.map((path) => {
    mkdirSync(join(dir, dirname(path)), { recursive: true });
    writeFileSync(join(dir, path), path);
    return { path, sha256: sha256Hex(path) };
  });
}

const NAMES = [
  'b-setup.exe',
  'unsigned/b-setup.exe',
  'A file with spaces ',
  ' leading',
  '-option',
  '*star',
  '\\backslash\\n',
  'new\nline',
  'tab\tand\rreturn',
  'ä€',
  '#comment',
];

describe('checksums', () => {
  test('are accepted by `sha256sum --check`, whatever the names', () => {
    const { status, stdout, stderr } = check(checksumsText(written(NAMES)));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/: OK$/gm)).toHaveLength(NAMES.length);
  });

  test('are refused by it after a file was changed', () => {
    const files = written(NAMES);
    writeFileSync(join(dir, 'new\nline'), 'changed');
    expect(check(checksumsText(files)).stdout).toContain('FAILED');
  });

  test('are sorted by code unit, one line a file', () => {
    const sha256 = sha256Hex('');
    expect(checksumsText(['b', 'a/b', 'B'].map((path) => ({ path, sha256 })))).toBe(
      `${sha256}  B\n${sha256}  a/b\n${sha256}  b\n`,
    );
  });

  test('are read back as they were written', () => {
    const paths = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', '\\', 'n', '\n', ' ', '*', '/', '\r'), minLength: 1 }),
    );
    fc.assert(
      fc.property(paths, (all) => {
        const files = all.map((path) => ({ path, sha256: sha256Hex(path) }));
        expect(new Set(parseChecksums(checksumsText(files)))).toEqual(new Set(files));
      }),
    );
  });

  test('of any text are those of its lines that have the format', () => {
    const sha256 = sha256Hex('');
    const lines = ['', 'nonsense', sha256, `${sha256}  `, `${sha256.toUpperCase()}  x`, `x${sha256}  x`];
    expect(parseChecksums([...lines, `${sha256} *binary`, ''].join('\n'))).toEqual([
      { path: 'binary', sha256 },
    ]);
  });
});
