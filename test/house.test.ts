// The house check: who may import whom, what pure rooms may touch, and what every file must say first.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');

/** Rooms from left to right; a room imports itself and rooms to its left. Rooms on one line know nothing of each other. */
const ORDER: readonly (readonly string[])[] = [
  ['base'],
  ['action'],
  ['manifest'],
  ['resolve'],
  ['lock'],
  ['steps'],
  ['plan'],
  ['engine'],
  ['store', 'source', 'sandbox', 'sign', 'host', 'machine'],
  ['attest'],
  ['report'],
  ['build'],
  ['commands'],
];

/** What pure rooms may import from outside of the house. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  base: ['node:crypto', 'node:fs'],
  action: [],
  resolve: ['spdx-expression-parse'],
  // Steps read their own scripts once, when they are imported.
  steps: ['node:fs', 'node:crypto'],
  plan: [],
  engine: [],
  attest: [],
};

/** Pure in the strict sense: not even time or chance. */
const TIMELESS = ['base', 'action', 'resolve', 'steps', 'plan', 'engine', 'attest'];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'src'], {
  cwd: root,
})
  .toString()
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    to: match[1] ?? match[2] ?? match[3] ?? '',
  }));
}

function roomOf(path: string): string {
  const parts = relative(source, path).split('/');
  return parts.length > 1 ? (parts[0] as string) : 'commands';
}

function levelOf(room: string): number {
  return ORDER.findIndex((rooms) => rooms.includes(room));
}

const imports = files.flatMap(importsOf);

describe('the house', () => {
  test('has sources to check', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(200);
  });

  test('has no folder that the order does not name', () => {
    const rooms = new Set(files.map((file) => roomOf(join(root, file))));
    expect([...rooms].filter((room) => levelOf(room) === -1)).toEqual([]);
  });

  test('imports only to the left', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to.startsWith('.')) return false;
      const here = roomOf(join(root, from));
      const there = roomOf(resolve(root, dirname(from), to));
      return here !== there && levelOf(there) >= levelOf(here);
    });
    expect(wrong).toEqual([]);
  });

  test('keeps pure rooms from files, processes and networks', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = PURE[roomOf(join(root, from))];
      return allowed !== undefined && !to.startsWith('.') && !allowed.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test('keeps clocks, chance and the environment out of pure rooms', () => {
    const wrong = files.filter((file) => {
      if (!TIMELESS.includes(roomOf(join(root, file)))) return false;
      return /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|randomUUID/.test(
        readFileSync(join(root, file), 'utf8'),
      );
    });
    expect(wrong).toEqual([]);
  });

  test('says the subject of each file in its first line', () => {
    const silent = files.filter((file) => !/^\/\/ \S/.test(readFileSync(join(root, file), 'utf8')));
    expect(silent).toEqual([]);
  });

  test('names no product and no VMM in the program', () => {
    const names = /\b(?:hyper-?v|virtualbox|vmware|qubes-for-\w+|qubes-os)\b/i;
    const wrong = files.filter((file) => {
      const code = readFileSync(join(root, file), 'utf8').replace(/examples = \[[^\]]*\]/g, '');
      return code.split('\n').some((line) => names.test(line.replace(/\/\/.*|^\s*\*.*|^\s*\/\*\*.*/g, '')));
    });
    expect(wrong).toEqual([]);
  });
});

describe('shell scripts', () => {
  const scripts = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
    .toString()
    .split('\n')
    .filter((file) => /\.(?:sh|initramfs)$/.test(file) || file === 'qbuild' || file === '.ci/run');

  test('pass shellcheck', () => {
    expect(scripts.length).toBeGreaterThan(5);
    execFileSync(
      'shellcheck',
      ['--severity=warning', '--external-sources', '--source-path=SCRIPTDIR', ...scripts],
      { cwd: root, stdio: 'pipe' },
    );
  });

  test('stop at the first error', () => {
    // What an initramfs runs is sourced by its init, or sources what does not bear `set -u`.
    const careless = scripts.filter(
      (file) =>
        !file.endsWith('.initramfs') &&
        !/^set -euo? ?(pipefail)?$/m.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(careless).toEqual([]);
  });
});
