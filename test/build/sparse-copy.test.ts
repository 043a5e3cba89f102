// Sparse copies: the same bytes, and no room for zeros.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { copySparse } from '../../src/build/sparse-copy.ts';

const dir = mkdtempSync(join(tmpdir(), 'qbuild-sparse-'));
afterAll(() => rmSync(dir, { recursive: true }));

test('copies every file as it is', async () => {
  const pieces = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 200_000 })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(pieces, async (shape) => {
      const bytes = Buffer.concat(shape.map(([zero, length]) => Buffer.alloc(length, zero ? 0 : 0x5a)));
      const [from, to] = [join(dir, 'from'), join(dir, 'to')];
      writeFileSync(from, bytes);
      rmSync(to, { force: true });
      await copySparse(from, to);
      expect(readFileSync(to).equals(bytes)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('zeros take no room', async () => {
  const [from, to] = [join(dir, 'large'), join(dir, 'copy')];
  writeFileSync(from, 'beginning');
  truncateSync(from, 64 * 2 ** 20);
  await copySparse(from, to);
  const { size, blocks } = statSync(to);
  expect(size).toBe(64 * 2 ** 20);
  expect(blocks * 512).toBeLessThan(2 ** 20);
});

test('does not write over a file that is there', async () => {
  const [from, to] = [join(dir, 'one'), join(dir, 'other')];
  writeFileSync(from, 'one');
  writeFileSync(to, 'other');
  await expect(copySparse(from, to)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(to, 'utf8')).toBe('other');
});
