// qubes-setup-helper unpacks what zstd makes, at all levels and of all kinds of content, and survives damage.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../recipes/windows-installer-qubes-hyperv/source', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'qbuild-helper-'));
const helper = join(dir, 'build/qubes-setup-helper');

beforeAll(() => {
  const sanitizers = 'gcc -fsanitize=address,undefined -fno-sanitize-recover=all';
  execFileSync('make', ['-s', '-C', SOURCE, `BUILD=${join(dir, 'build')}`, `CC=${sanitizers}`, 'all']);
});

/** The helper ends within one step of an installation and frees nothing: see its say.h. */
const env = { ASAN_OPTIONS: 'detect_leaks=0:exitcode=99', UBSAN_OPTIONS: 'exitcode=99' };

/** What the helper unpacks; undefined when it refuses, and then there is no file. */
function unpacked(compressed: Buffer): Buffer | undefined {
  const [from, to] = [join(dir, 'in.zst'), join(dir, 'out')];
  writeFileSync(from, compressed);
  const { status, stderr } = spawnSync(helper, ['unpack', '--file', from, '--data', dir, '--brings', 'out'], {
    env,
  });
  if (status === 0) return readFileSync(to);
  expect(status, stderr.toString()).toBe(1);
  expect(existsSync(`${to}.partial`)).toBe(false);
  return undefined;
}

function compressed(content: Buffer, level: number, checksum = 1): Buffer {
  return zstdCompressSync(content, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum },
  });
}

const CONTENTS: Readonly<Record<string, () => Buffer>> = {
  empty: () => Buffer.alloc(0),
  'one byte': () => Buffer.from('x'),
  text: () => readFileSync(join(SOURCE, 'src/zstd.c')),
  program: () => readFileSync(process.execPath).subarray(0, 1_000_000),
  zeros: () => Buffer.alloc(2_000_000),
  noise: () => randomBytes(300_000),
  mixture: () => Buffer.concat([Buffer.alloc(200_000), randomBytes(1000), Buffer.from('abc'.repeat(70_000))]),
};

describe('unpacking', () => {
  test.each(Object.keys(CONTENTS))('gives back %s', (name) => {
    const content = CONTENTS[name]?.() ?? expect.fail();
    for (const level of [-5, 1, 3, 9, 19]) expect(unpacked(compressed(content, level))).toEqual(content);
  });

  test('gives back several frames in a row', () => {
    const frames = ['one', 'two', 'three'].map((text) => compressed(Buffer.from(text), 3));
    expect(unpacked(Buffer.concat(frames))?.toString()).toBe('onetwothree');
  });

  test('refuses every damaged file that has a checksum, and never reads or writes where it may not', () => {
    const content = readFileSync(join(SOURCE, 'src/entropy.c'));
    for (const checksum of [0, 1]) {
      const good = compressed(content, 19, checksum);
      fc.assert(
        fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const bad = Buffer.from(good);
          bad.writeUInt8((bad[at] ?? 0) ^ change, at);
          const result = unpacked(bad);
          // A bit that says nothing, in the frame's header, may differ without harm.
          if (checksum === 1) expect(result === undefined || result.equals(content)).toBe(true);
        }),
        { numRuns: 60 },
      );
    }
  });

  test('refuses a file that was cut off anywhere', () => {
    const good = compressed(Buffer.from('some text '.repeat(50)), 19);
    for (let end = 0; end < good.length; end++) expect(unpacked(good.subarray(0, end))).toBeUndefined();
  });
});
