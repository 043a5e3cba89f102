// Secure Boot keys in the variables of a UEFI, as a person enrols them in a firmware's setup.
//
// A store of variables is a firmware volume (UEFI Platform Initialization, volume 3, 3.2) with a header and variables one
// after the other, as EDK II keeps them (MdeModulePkg/Include/Guid/VariableFormat.h, "authenticated"); numbers are
// little-endian. What is written there before the machine starts needs no signature.

/** UEFI Specification, 3.3 and 32.4.1. */
const GLOBAL = guid('8be4df61-93ca-11d2-aa0d-00e098032b8c');
const IMAGE_SECURITY = guid('d719b2cb-3d3a-4596-a3bc-dad00e67656f');
const X509 = guid('a5c059a1-94e4-4aa7-87b5-ab155c2bf072');
const AUTHENTICATED_STORE = guid('aaf32c78-947b-439a-a180-2e144ec37792');
/** Who enrolled a key: firmware shows it, and does nothing else with it. Made by chance once. */
const OWNER = guid('0f6a3e64-5d0b-4a5a-9a39-2a7c1d6e4b18');

/** Non-volatile, for boot services, at run time, changed with signatures only: 3.3, attributes of PK, KEK and db. */
const ATTRIBUTES = 0x27;
const START = 0x55aa;
/** A variable that was written whole. */
const ADDED = 0x3f;
const VARIABLE_HEADER = 60;
const STORE_HEADER = 28;
/** Of the firmware volume's header: where its own length is. */
const HEADER_LENGTH_AT = 48;

/**
 * Variables without keys, with one added: its owner may change the keys (PK, KEK) and sign what is started (db). So Secure
 * Boot is on from the start. `certificate`: X.509, DER. Undefined where `empty` is no such store, or has no room.
 */
export function withSecureBootKey(empty: Buffer, certificate: Buffer): Buffer | undefined {
  const store = Buffer.from(empty);
  const header = store.readUInt16LE(HEADER_LENGTH_AT);
  if (!store.subarray(header, header + 16).equals(AUTHENTICATED_STORE)) return undefined;
  const end = header + store.readUInt32LE(header + 16);
  let at = header + STORE_HEADER;
  while (at + VARIABLE_HEADER <= end && store.readUInt16LE(at) === START) {
    at = aligned(at + VARIABLE_HEADER + store.readUInt32LE(at + 36) + store.readUInt32LE(at + 40));
  }
  const keys = signatureList(certificate);
  for (const [name, vendor] of [
    ['PK', GLOBAL],
    ['KEK', GLOBAL],
    ['db', IMAGE_SECURITY],
  ] as const) {
    const variable = variableOf(name, vendor, keys);
    if (at + variable.length > end) return undefined;
    variable.copy(store, at);
    at = aligned(at + variable.length);
  }
  return store;
}

function variableOf(name: string, vendor: Buffer, data: Buffer): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  const header = Buffer.alloc(VARIABLE_HEADER);
  header.writeUInt16LE(START, 0);
  header.writeUInt8(ADDED, 2);
  header.writeUInt32LE(ATTRIBUTES, 4);
  // Between them: a counter, a date and the number of a public key, which a first key leaves at 0.
  header.writeUInt32LE(text.length, 36);
  header.writeUInt32LE(data.length, 40);
  vendor.copy(header, 44);
  return Buffer.concat([header, text, data]);
}

/** 32.4.1: EFI_SIGNATURE_LIST with one certificate. */
function signatureList(certificate: Buffer): Buffer {
  const header = Buffer.alloc(28);
  const size = OWNER.length + certificate.length;
  X509.copy(header);
  header.writeUInt32LE(header.length + size, 16);
  header.writeUInt32LE(size, 24);
  return Buffer.concat([header, OWNER, certificate]);
}

function aligned(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}

/** The first three fields are little-endian numbers, the rest are bytes: UEFI Specification, appendix A. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
