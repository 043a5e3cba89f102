// The canonical unsigned form agrees with osslsigncode and does not depend on the file's history.
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalUnsigned } from '../../src/sign/canonical.ts';
import { Authority, type Identity } from './support/authority.ts';
import {
  buildSignableFiles,
  noise,
  removeDir,
  type SignableFiles,
  scratchDir,
  sha256,
  withOverlay,
} from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';
import { run } from './support/run.ts';

let dir: string;
let files: SignableFiles;
let identity: Identity;
let count = 0;

const fresh = (suffix: string): string => join(dir, `${count++}${suffix}`);

async function sign(file: string, extra: readonly string[] = []): Promise<string> {
  const signed = fresh('.signed');
  await run(
    'osslsigncode',
    ['sign', '-certs', identity.chain, '-key', identity.key, '-h', 'sha256', '-time', '1700000000'].concat(
      extra,
      ['-in', file, '-out', signed],
    ),
  );
  return signed;
}

async function strip(file: string): Promise<string> {
  const stripped = fresh('.stripped');
  await run('osslsigncode', ['remove-signature', '-in', file, '-out', stripped]);
  return stripped;
}

async function canonical(file: string): Promise<string> {
  return (await success(canonicalUnsigned(file, fresh('.canonical')))).path;
}

/** The three properties that make the form canonical. */
async function expectCanonical(file: string): Promise<void> {
  const expected = await sha256(await canonical(file));
  const signed = await sign(file);
  expect(await sha256(await strip(signed))).toBe(expected);
  expect(await sha256(await strip(await sign(await canonical(file))))).toBe(expected);
  expect(await sha256(await canonical(signed))).toBe(expected);
  expect(await sha256(await canonical(await canonical(file)))).toBe(expected);
  expect(await sha256(await sign(await canonical(file)))).toBe(await sha256(signed));
}

beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  identity = await (await Authority.make(join(dir, 'ca'), 'Canonical')).issue('signer');
});
afterAll(() => removeDir(dir));

describe('the canonical unsigned form', () => {
  it.each(['exe', 'debugExe', 'dll', 'exe32', 'msi', 'bigMsi'] as const)(
    'of a real file of kind %s is what signing and stripping gives, and a fixed point of it',
    (kind) => expectCanonical(files[kind]),
  );

  it('is the same for programs of any size and content after the sections', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('exe' as const, 'exe32' as const, 'debugExe' as const),
        fc.uint8Array({ maxLength: 70 }),
        async (kind, overlay) => expectCanonical(await withOverlay(files[kind], fresh('.exe'), overlay)),
      ),
      { numRuns: 12 },
    );
  });

  it('has a right checksum whatever the header said, also for a file of several read blocks', async () => {
    const file = await withOverlay(files.exe, fresh('.exe'), noise(3_000_001));
    const bytes = await readFile(file);
    bytes.writeUInt32LE(0xdeadbeef, bytes.readUInt32LE(60) + 88);
    await writeFile(file, bytes);
    await expectCanonical(file);
  });

  it('of an MSI does not depend on the size of the signature that was removed', async () => {
    const many = join(dir, 'many.pem');
    await writeFile(many, (await readFile(identity.chain, 'utf8')).repeat(4));
    const expected = await sha256(await canonical(files.msi));
    // Below and above 4096 bytes, where a compound file keeps a stream in other sectors.
    for (const extra of [[], ['-ac', many]]) {
      expect(await sha256(await canonical(await sign(files.msi, extra)))).toBe(expected);
    }
  });

  it('keeps the permission bits and can replace its input', async () => {
    const file = fresh('.exe');
    await copyFile(files.debugExe, file);
    const expected = await sha256(await canonical(file));
    const { mode } = await stat(file);
    await success(canonicalUnsigned(file, file));
    expect(await sha256(file)).toBe(expected);
    expect((await stat(file)).mode).toBe(mode);
  });
});

describe('what has no canonical form', () => {
  const cases: readonly (readonly [string, string, () => Promise<Buffer>])[] = [
    ['a text', 'sign/not-signable', async () => Buffer.from('#!/bin/sh\n')],
    ['an empty file', 'sign/not-signable', async () => Buffer.alloc(0)],
    ['an object file', 'sign/not-signable', async () => readFile(join(dir, 'start.o'))],
    [
      'a DOS program',
      'sign/not-signable',
      () => patched('exe', (b) => b.write('NE', b.readUInt32LE(60), 'latin1')),
    ],
    ['two letters MZ', 'sign/file-truncated', async () => Buffer.from('MZ')],
    ['an exe cut in its headers', 'sign/file-truncated', () => cut('exe', 200)],
    ['an exe cut in its optional header', 'sign/file-truncated', () => cut('exe', 300)],
    ['an exe cut in its section table', 'sign/file-truncated', () => cut('exe', 450)],
    ['an exe cut in its sections', 'sign/file-truncated', () => cut('exe', 9000)],
    [
      'an exe whose header is beyond the end',
      'sign/file-truncated',
      () => patched('exe', (b) => b.writeUInt32LE(0xfffffff0, 60)),
    ],
    [
      'an exe with a foreign optional header',
      'sign/pe-malformed',
      () => patched('exe', (b) => b.writeUInt16LE(0x107, b.readUInt32LE(60) + 24)),
    ],
    [
      'an exe without data directories',
      'sign/pe-malformed',
      () => patched('exe', (b) => b.writeUInt32LE(2, b.readUInt32LE(60) + 24 + 108)),
    ],
    [
      'an exe whose optional header is too short',
      'sign/pe-malformed',
      () => patched('exe', (b) => b.writeUInt16LE(100, b.readUInt32LE(60) + 20)),
    ],
    [
      'an MSI cut in half',
      'sign/file-truncated',
      async () => cut('msi', (await readFile(files.msi)).length / 2),
    ],
    ['an MSI cut in its header', 'sign/file-truncated', () => cut('msi', 300)],
    [
      'an MSI with an impossible sector size',
      'sign/not-signable',
      () => patched('msi', (b) => b.writeUInt16LE(3, 30)),
    ],
    [
      'a compound file that is no MSI',
      'sign/not-signable',
      () => patched('msi', (b) => b.fill(0, rootClassAt(b), rootClassAt(b) + 16)),
    ],
    [
      'an MSI with a broken directory',
      'sign/canonical-failed',
      () => patched('msi', (b) => b.fill(0xff, rootClassAt(b) + 30, rootClassAt(b) + 48)),
    ],
  ];

  it.each(cases)('%s is refused with %s', async (_, code, make) => {
    const file = fresh('.bad');
    await writeFile(file, await make());
    const before = await readdir(dir);
    expect((await failureIn(canonicalUnsigned(file, join(dir, 'never')))).code).toBe(code);
    expect(await readdir(dir)).toEqual(before);
  });

  it('a file that is not there', async () => {
    expect((await failureIn(canonicalUnsigned(join(dir, 'absent'), join(dir, 'never')))).code).toBe(
      'sign/file-unreadable',
    );
  });

  it('a program with bytes after its certificate table', async () => {
    const file = await withOverlay(await sign(files.exe), fresh('.exe'), Buffer.from('smuggled'));
    expect((await failureIn(canonicalUnsigned(file, join(dir, 'never')))).code).toBe('sign/pe-malformed');
  });

  it('a signed program that was cut in its certificate table', async () => {
    const file = fresh('.exe');
    await writeFile(file, (await readFile(await sign(files.exe))).subarray(0, -100));
    expect((await failureIn(canonicalUnsigned(file, join(dir, 'never')))).code).toBe('sign/file-truncated');
  });

  it('a result that cannot be written', async () => {
    const failure = await failureIn(canonicalUnsigned(files.exe, join(dir, 'no such directory', 'out.exe')));
    expect(failure.code).toBe('sign/output-unwritable');
  });

  async function cut(kind: 'exe' | 'msi', length: number): Promise<Buffer> {
    return (await readFile(files[kind])).subarray(0, length);
  }

  async function patched(kind: 'exe' | 'msi', patch: (bytes: Buffer) => void): Promise<Buffer> {
    const bytes = await readFile(files[kind]);
    patch(bytes);
    return bytes;
  }

  function rootClassAt(bytes: Buffer): number {
    return (bytes.readUInt32LE(48) + 1) * 512 + 80;
  }
});
