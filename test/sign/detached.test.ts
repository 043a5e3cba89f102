// With the unsigned bytes and a detached signature, somebody without the key gets the signed bytes.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticodeSigner } from '../../src/sign/authenticode.ts';
import { canonicalUnsigned } from '../../src/sign/canonical.ts';
import { attachSignature, extractSignature } from '../../src/sign/detached.ts';
import { ensureDevelopmentKey } from '../../src/sign/development-key.ts';
import { derSequence } from '../../src/sign/pe.ts';
import type { Signer } from '../../src/sign/signer.ts';
import {
  buildMsi,
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
let signer: Signer;
let count = 0;

const fresh = (suffix: string): string => join(dir, `${count++}${suffix}`);

beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  const key = await success(ensureDevelopmentKey(join(dir, 'keys'), new Date()));
  signer = await success(openAuthenticodeSigner(key, process.env, new Date()));
});
afterAll(() => removeDir(dir));

async function sign(file: string): Promise<string> {
  return (await success(signer.sign({ input: file, output: fresh('.signed'), epoch: 1_700_000_000 }))).path;
}

async function expectRoundTrip(file: string): Promise<void> {
  const signed = await sign(file);
  const signature = (await success(extractSignature(signed, fresh('.p7s')))).path;
  const canonical = (await success(canonicalUnsigned(file, fresh('.canonical')))).path;
  for (const unsigned of [canonical, file, signed]) {
    const attached = await success(attachSignature(unsigned, signature, fresh('.attached')));
    expect(await sha256(attached.path)).toBe(await sha256(signed));
  }
}

describe('a detached signature', () => {
  it.each(['exe', 'debugExe', 'dll', 'exe32', 'msi', 'bigMsi'] as const)(
    'makes the signed file from any unsigned form of a file of kind %s',
    (kind) => expectRoundTrip(files[kind]),
  );

  it('does so for programs of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (overlay) =>
        expectRoundTrip(await withOverlay(files.exe, fresh('.exe'), overlay)),
      ),
      { numRuns: 5 },
    );
  });

  it.each(['exe', 'msi'] as const)(
    'of a file of kind %s is the one that osslsigncode extracts',
    async (kind) => {
      const signed = await sign(files[kind]);
      const byTool = fresh('.p7s');
      await run('osslsigncode', ['extract-signature', '-in', signed, '-out', byTool]);
      const whole = await readFile(byTool);
      // osslsigncode 2.5 writes a program's certificate table entry with its header and padding, 2.9 its content.
      const expected = whole[0] === 0x30 ? whole : whole.subarray(8);
      const der = await readFile((await success(extractSignature(signed, fresh('.p7s')))).path);
      expect(expected.subarray(0, der.length).equals(der)).toBe(true);
      expect(expected.subarray(der.length).every((byte) => byte === 0)).toBe(true);
    },
  );

  it.each(['exe', 'msi'] as const)('is not there in an unsigned file of kind %s', async (kind) => {
    expect((await failureIn(extractSignature(files[kind], fresh('.p7s')))).code).toBe('sign/unsigned');
  });

  it('is not joined to another file than the one that it was made for', async () => {
    const ofExe = (await success(extractSignature(await sign(files.exe), fresh('.p7s')))).path;
    const ofMsi = (await success(extractSignature(await sign(files.msi), fresh('.p7s')))).path;
    const otherExe = await withOverlay(files.exe, fresh('.exe'), noise(8));
    const otherMsi = await buildMsi(dir, 'other', 3_000);
    for (const [unsigned, signature] of [
      [otherExe, ofExe],
      [otherMsi, ofMsi],
    ] as const) {
      const failure = await failureIn(attachSignature(unsigned, signature, join(dir, 'mismatch')));
      expect(failure.code).toBe('sign/signature-mismatch');
    }
    // The digest inside a signature is of a program's or of a database's bytes.
    expect((await failureIn(attachSignature(files.exe, ofMsi, join(dir, 'mismatch')))).code).toBe(
      'sign/signature-mismatch',
    );
    expect(await readdir(dir)).not.toContain('mismatch');
  });

  it('must be one whole PKCS #7 structure', async () => {
    const signature = await readFile(
      (await success(extractSignature(await sign(files.exe), fresh('.p7s')))).path,
    );
    const code = async (bytes: Uint8Array, unsigned: string): Promise<string> => {
      const file = fresh('.p7s');
      await writeFile(file, bytes);
      return (await failureIn(attachSignature(unsigned, file, join(dir, 'never')))).code;
    };
    expect(await code(signature.subarray(0, -1), files.exe)).toBe('sign/signature-damaged');
    expect(await code(Buffer.concat([signature, Buffer.from([0])]), files.exe)).toBe(
      'sign/signature-damaged',
    );
    expect(await code(Buffer.alloc(0), files.exe)).toBe('sign/signature-damaged');
    const otherDer = Buffer.from('3003020100', 'hex');
    expect(await code(otherDer, files.exe)).toBe('sign/signature-mismatch');
    expect(await code(otherDer, files.msi)).toBe('sign/attach-failed');
    expect((await failureIn(attachSignature(files.exe, join(dir, 'absent'), join(dir, 'never')))).code).toBe(
      'sign/file-unreadable',
    );
    expect((await failureIn(attachSignature(dir, join(dir, 'absent'), join(dir, 'never')))).code).toBe(
      'sign/file-unreadable',
    );
  });

  it('cannot be read from a damaged certificate table', async () => {
    const signed = await sign(files.exe);
    const bytes = await readFile(signed);
    const table = bytes.readUInt32LE(bytes.readUInt32LE(60) + 24 + 112 + 32);
    for (const [at, value] of [
      [0, 8],
      [4, 0x0001_0200],
      [8, 0],
    ] as const) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt32LE(value, table + at);
      await writeFile(fresh('.exe'), damaged);
      const failure = await failureIn(extractSignature(join(dir, `${count - 1}.exe`), fresh('.p7s')));
      expect(failure.code).toBe('sign/signature-damaged');
    }
  });
});

describe('a DER sequence', () => {
  it('is found with every length form and never reaches beyond the bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 9 }), (length, padding) => {
        const content = Buffer.alloc(length, 0x41);
        const header =
          length < 0x80
            ? [length]
            : length < 0x100
              ? [0x81, length]
              : length < 0x10000
                ? [0x82, length >> 8, length & 0xff]
                : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
        const der = Buffer.concat([Buffer.from([0x30, ...header]), content]);
        expect(derSequence(Buffer.concat([der, Buffer.alloc(padding)]))?.length).toBe(der.length);
        expect(derSequence(der.subarray(0, -1))).toBeUndefined();
      }),
    );
    expect(derSequence(Buffer.from('3080', 'hex'))).toBeUndefined();
    expect(derSequence(Buffer.from('30890000000000000000000000', 'hex'))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => (derSequence(Buffer.from(bytes))?.length ?? 0) <= bytes.length),
    );
  });
});
