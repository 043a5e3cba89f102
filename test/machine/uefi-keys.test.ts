// Secure Boot keys in OVMF's variables, against those that Debian enrolled in its own files.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withSecureBootKey } from '../../src/machine/uefi-keys.ts';

const OVMF = '/usr/share/OVMF/OVMF_VARS_4M';
const EMPTY = readFileSync(`${OVMF}.fd`);
const CERTIFICATE = Buffer.from('a certificate in DER: of any length');

/** Where the variables begin in OVMF's files of this size. */
const FIRST = 0x64;

interface Variable {
  readonly vendor: string;
  readonly attributes: number;
  readonly data: Buffer;
}

/** The variables that are valid, by name. */
function variables(store: Buffer): Map<string, Variable> {
  const found = new Map<string, Variable>();
  let at = FIRST;
  while (store.readUInt16LE(at) === 0x55aa) {
    const [nameSize, dataSize] = [store.readUInt32LE(at + 36), store.readUInt32LE(at + 40)];
    const name = store.subarray(at + 60, at + 60 + nameSize - 2).toString('utf16le');
    const data = store.subarray(at + 60 + nameSize, at + 60 + nameSize + dataSize);
    const vendor = store.subarray(at + 44, at + 60).toString('hex');
    if (store[at + 2] === 0x3f) found.set(name, { vendor, attributes: store.readUInt32LE(at + 4), data });
    at += Math.ceil((60 + nameSize + dataSize) / 4) * 4;
  }
  return found;
}

describe('a key in the variables of a UEFI', () => {
  const made = withSecureBootKey(EMPTY, CERTIFICATE) ?? Buffer.alloc(0);
  const ours = variables(made);
  const debian = variables(readFileSync(`${OVMF}.snakeoil.fd`));

  test('is under the names, vendors and attributes of the real ones', () => {
    expect([...ours.keys()]).toEqual(['PK', 'KEK', 'db']);
    for (const [name, { vendor, attributes }] of ours) {
      expect({ name, vendor, attributes }).toEqual({
        name,
        vendor: debian.get(name)?.vendor,
        attributes: debian.get(name)?.attributes,
      });
    }
  });

  test('is a list of one X.509 certificate, as the real ones are', () => {
    const list = ours.get('db')?.data ?? Buffer.alloc(0);
    const real = debian.get('db')?.data ?? Buffer.alloc(0);
    expect(list.subarray(0, 16)).toEqual(real.subarray(0, 16));
    expect(list.subarray(44)).toEqual(CERTIFICATE);
    // The list's own size, that of its header, that of an entry with its owner.
    const sizes = (of: Buffer) => [16, 20, 24].map((at) => of.readUInt32LE(at) - (at === 20 ? 0 : of.length));
    expect(sizes(list)).toEqual(sizes(real));
  });

  test('changes nothing but what was free', () => {
    const end = FIRST + 3 * (60 + 8 + 44 + CERTIFICATE.length + 4);
    expect(made).toHaveLength(EMPTY.length);
    expect(made.subarray(0, FIRST)).toEqual(EMPTY.subarray(0, FIRST));
    expect(made.subarray(end)).toEqual(EMPTY.subarray(end));
  });

  test('comes after variables that are there', () => {
    const again = withSecureBootKey(made, CERTIFICATE) ?? Buffer.alloc(0);
    expect(again.subarray(0, 1024).indexOf(made.subarray(FIRST, FIRST + 300))).toBe(FIRST);
    expect(again.equals(made)).toBe(false);
  });

  test('needs a store of the known form with room for it', () => {
    expect(withSecureBootKey(Buffer.alloc(EMPTY.length), CERTIFICATE)).toBeUndefined();
    expect(withSecureBootKey(EMPTY, Buffer.alloc(300_000))).toBeUndefined();
  });
});
