// Images in the formats of VMMs: the same bytes whenever they are made, and still what qemu-img reads.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';

const SCRIPT = join(import.meta.dirname, '../../../src/steps/template/container.pl');
const ID = 'b1946ac9-2492-5d23-8f47-0123456789ab';
const dir = mkdtempSync(join(tmpdir(), 'qbuild-container-'));
const raw = join(dir, 'disk.raw');

beforeAll(() => {
  writeFileSync(raw, Buffer.alloc(3 * 2 ** 20, 'desk'));
  truncateSync(raw, 40 * 2 ** 20);
});
afterAll(() => rmSync(dir, { recursive: true }));

const FORMATS = {
  qcow2: [],
  vhdx: ['-o', 'subformat=dynamic,block_size=1M,block_state_zero=on'],
  vdi: [],
  vmdk: ['-o', 'subformat=streamOptimized,adapter_type=lsilogic'],
} as const;

function make(format: keyof typeof FORMATS, id = ID): string {
  const file = join(dir, `disk.${format}`);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...FORMATS[format], raw, file]);
  execFileSync('perl', [SCRIPT, format, id, file]);
  return file;
}

describe.each(Object.keys(FORMATS) as (keyof typeof FORMATS)[])('%s', (format) => {
  test('has the same bytes each time', () => {
    const sums = [1, 2, 3].map(() => sha256Hex(readFileSync(make(format))));
    expect(new Set(sums).size).toBe(1);
  });

  test('is sound, and holds the disk', () => {
    const file = make(format);
    execFileSync('qemu-img', ['check', '-q', '-f', format, file]);
    execFileSync('qemu-img', ['compare', '-q', '-f', 'raw', '-F', format, raw, file]);
  });
});

describe.each(['vhdx', 'vdi', 'vmdk'] as const)('%s', (format) => {
  test('has the identifiers that it is given', () => {
    const other = 'c2946ac9-2492-5d23-8f47-0123456789ab';
    const [one, two] = [readFileSync(make(format)), readFileSync(make(format, other))];
    expect(one.equals(two)).toBe(false);
  });

  test('is refused when it is none', () => {
    const { status, stderr } = spawnSync('perl', [SCRIPT, format, ID, raw], { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toBe(`${raw} is no ${format.toUpperCase()}\n`);
  });
});

test('a VHDX whose headers were damaged after they were written is what qemu-img refuses', () => {
  // The other tests would pass with any checksum if nobody read it.
  const file = make('vhdx');
  const bytes = readFileSync(file);
  for (const header of [64 * 1024, 128 * 1024]) bytes[header + 20] = (bytes[header + 20] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(spawnSync('qemu-img', ['check', '-f', 'vhdx', file]).status).not.toBe(0);
});
