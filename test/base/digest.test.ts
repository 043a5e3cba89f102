// Digests: sha-256 and size of bytes, texts and files.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf, digestOfFile, isDigest, makeDigest, sha256Of, sizeOf } from '../../src/base/digest.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('a digest', () => {
  test('is the sha-256 and the size in bytes', () => {
    expect(digestOf('')).toBe(`${EMPTY}/0`);
    expect(digestOf('ä€')).toBe(`${createHash('sha256').update('ä€').digest('hex')}/5`);
  });

  test('of a text is that of its UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-composite' }), (text) => {
        expect(digestOf(text)).toBe(digestOf(Buffer.from(text, 'utf8')));
      }),
    );
  });

  test('has parts that make it again', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = digestOf(bytes);
        expect(isDigest(digest)).toBe(true);
        expect(sizeOf(digest)).toBe(bytes.length);
        expect(makeDigest(sha256Of(digest), sizeOf(digest))).toBe(digest);
      }),
    );
  });

  test.each([
    '',
    EMPTY,
    `${EMPTY}/`,
    `${EMPTY}/-1`,
    `${EMPTY}/01`,
    `${EMPTY}/1.5`,
    `${EMPTY.toUpperCase()}/0`,
    `${EMPTY.slice(1)}/0`,
    `${EMPTY}0/0`,
    ` ${EMPTY}/0`,
    `${EMPTY}/0\n`,
    `../${EMPTY}/0`,
  ])('is told from other texts: %j', (text) => {
    expect(isDigest(text)).toBe(false);
  });
});

describe('the digest of a file', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'qbuild-digest-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  // Around the size in which files are read.
  test.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])('is that of its %i bytes', async (size) => {
    const bytes = Buffer.alloc(size, 'qbuild');
    writeFileSync(join(dir, 'file'), bytes);
    expect(await digestOfFile(join(dir, 'file'))).toBe(digestOf(bytes));
  });

  test('of a file that is not there rejects', async () => {
    await expect(digestOfFile(join(dir, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
