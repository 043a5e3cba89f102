// Portable Executable images: where the signature sits, the header's checksum, and the unsigned canonical form.
// After Microsoft's "PE Format" (attribute certificate table, optional header).
import type { FileHandle } from 'node:fs/promises';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { readAt } from './format.ts';

export type PeFailureCode =
  | 'sign/not-signable'
  | 'sign/file-truncated'
  | 'sign/pe-malformed'
  | 'sign/unsigned'
  | 'sign/signature-damaged';
const refuse = failing<PeFailureCode>();

/** Byte offsets in the file. */
export interface PeLayout {
  readonly size: number;
  readonly checksumAt: number;
  /** The data directory entry of the certificate table: file offset and size, 4 bytes each. */
  readonly certificateEntryAt: number;
  /** The certificate table, always the last thing in the file; absent in an unsigned image. */
  readonly certificates?: { readonly at: number; readonly size: number };
}

// Optional header: magic, then the number of data directories and their first entry by magic.
const DIRECTORIES: Readonly<Record<number, { readonly countAt: number; readonly firstAt: number }>> = {
  267: { countAt: 92, firstAt: 96 },
  523: { countAt: 108, firstAt: 112 },
};
const CERTIFICATE_DIRECTORY = 4;
const SECTION_HEADER = 40;
/** Data before the certificate table is padded to this many bytes. */
const ALIGNMENT = 8;

/**
 * Reads the headers and checks that every section and the certificate table lie inside the file.
 * Fails with `sign/not-signable`, `sign/file-truncated` or `sign/pe-malformed`.
 */
export async function readPeLayout(handle: FileHandle, path: string): Promise<Result<PeLayout>> {
  const { size } = await handle.stat();
  const dos = await readAt(handle, 0, 64);
  if (dos.length < 64) return truncated(path);
  const peAt = dos.readUInt32LE(60);
  const head = await readAt(handle, peAt, 24);
  if (peAt + 24 > size) return truncated(path);
  if (head.subarray(0, 4).toString('latin1') !== 'PE\0\0') {
    return refuse({
      code: 'sign/not-signable',
      message: 'The file is a DOS program, not a PE image.',
      place: path,
    });
  }
  const optionalSize = head.readUInt16LE(20);
  const optional = await readAt(handle, peAt + 24, optionalSize);
  if (optional.length < optionalSize) return truncated(path);
  const entry = certificateEntry(optional);
  if (entry === undefined)
    return malformed(path, 'The optional header has no entry for a certificate table.');

  const table = await readAt(handle, peAt + 24 + optionalSize, head.readUInt16LE(6) * SECTION_HEADER);
  if (table.length < head.readUInt16LE(6) * SECTION_HEADER) return truncated(path);
  const sectionsEnd = endOfSections(table, peAt + 24 + optionalSize + table.length);
  if (sectionsEnd > size) return truncated(path);

  const layout = { size, checksumAt: peAt + 24 + 64, certificateEntryAt: peAt + 24 + entry };
  const at = optional.readUInt32LE(entry);
  const length = optional.readUInt32LE(entry + 4);
  if (at === 0 && length === 0) return ok(layout);
  if (at + length > size) return truncated(path);
  if (at < sectionsEnd || at + length < size) {
    return malformed(path, 'The certificate table is not the last thing in the file.');
  }
  return ok({ ...layout, certificates: { at, size: length } });
}

function certificateEntry(optional: Buffer): number | undefined {
  const directories = optional.length < 2 ? undefined : DIRECTORIES[optional.readUInt16LE(0)];
  if (directories === undefined) return undefined;
  const entry = directories.firstAt + 8 * CERTIFICATE_DIRECTORY;
  if (entry + 8 > optional.length) return undefined;
  return optional.readUInt32LE(directories.countAt) > CERTIFICATE_DIRECTORY ? entry : undefined;
}

function endOfSections(table: Buffer, headersEnd: number): number {
  let end = headersEnd;
  for (let at = 0; at < table.length; at += SECTION_HEADER) {
    const size = table.readUInt32LE(at + 16);
    if (size > 0) end = Math.max(end, table.readUInt32LE(at + 20) + size);
  }
  return end;
}

/**
 * Turns the image behind a writable handle into its canonical unsigned form, which is what signing it and
 * removing the signature gives: no certificate table, zeroes up to a multiple of 8 bytes, a valid checksum.
 */
export async function makeCanonical(handle: FileHandle, path: string): Promise<Result<void>> {
  const layout = await readPeLayout(handle, path);
  if (!layout.ok) return layout;
  const { certificates, size } = layout.value;
  const end = certificates?.at ?? size;
  // Growing a file by truncate() fills it with zeroes.
  await handle.truncate(end);
  await handle.truncate(align(end));
  await handle.write(Buffer.alloc(8), 0, 8, layout.value.certificateEntryAt);
  await writeChecksum(handle, layout.value.checksumAt);
  return ok();
}

// WIN_CERTIFICATE: dwLength, wRevision 2.0, wCertificateType PKCS_SIGNED_DATA.
const CERTIFICATE_HEADER = 8;
const REVISION_2_PKCS7 = 0x0002_0200;

/** Appends a PKCS #7 signature to the canonical unsigned image behind a writable handle. */
export async function appendSignature(handle: FileHandle, path: string, der: Buffer): Promise<Result<void>> {
  const layout = await readPeLayout(handle, path);
  if (!layout.ok) return layout;
  const at = layout.value.size;
  const table = Buffer.alloc(CERTIFICATE_HEADER + align(der.length));
  table.writeUInt32LE(table.length, 0);
  table.writeUInt32LE(REVISION_2_PKCS7, 4);
  der.copy(table, CERTIFICATE_HEADER);
  await handle.write(table, 0, table.length, at);
  const entry = Buffer.alloc(8);
  entry.writeUInt32LE(at, 0);
  entry.writeUInt32LE(table.length, 4);
  await handle.write(entry, 0, 8, layout.value.certificateEntryAt);
  await writeChecksum(handle, layout.value.checksumAt);
  return ok();
}

/** The PKCS #7 signature of a signed image, in DER. Fails with `sign/unsigned` or `sign/signature-damaged`. */
export async function readSignature(handle: FileHandle, path: string): Promise<Result<Buffer>> {
  const layout = await readPeLayout(handle, path);
  if (!layout.ok) return layout;
  const { certificates } = layout.value;
  if (certificates === undefined) {
    return refuse({ code: 'sign/unsigned', message: 'The file has no signature.', place: path });
  }
  const table = await readAt(handle, certificates.at, certificates.size);
  const isOnlyPkcs7 =
    table.length > CERTIFICATE_HEADER &&
    table.readUInt32LE(4) === REVISION_2_PKCS7 &&
    align(table.readUInt32LE(0)) === align(table.length);
  const der = isOnlyPkcs7 ? derSequence(table.subarray(CERTIFICATE_HEADER)) : undefined;
  if (der !== undefined) return ok(der);
  return refuse({
    code: 'sign/signature-damaged',
    message: 'The certificate table does not hold exactly one PKCS #7 signature.',
    place: path,
  });
}

/** The DER sequence at the start of `bytes`, without the padding after it. */
export function derSequence(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x30) return undefined;
  const first = bytes.readUInt8(1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || first === 0x80 || bytes.length < 2 + lengthBytes) return undefined;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const end = 2 + lengthBytes + length;
  return end <= bytes.length ? bytes.subarray(0, end) : undefined;
}

const CHUNK = 1 << 20;

/** Writes the image checksum: the ones' complement sum of all 16-bit words but the field itself, plus the size. */
async function writeChecksum(handle: FileHandle, at: number): Promise<void> {
  await handle.write(Buffer.alloc(4), 0, 4, at);
  const { size } = await handle.stat();
  // A sum of 2^31 words of 16 bits stays far below 2^53, so the carries can be folded once, at the end.
  let sum = 0;
  for (let position = 0; position < size; position += CHUNK) {
    const chunk = await readAt(handle, position, Math.min(CHUNK, size - position));
    for (let i = 0; i < chunk.length; i += 2) sum += chunk.readUInt16LE(i);
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  const field = Buffer.alloc(4);
  field.writeUInt32LE((sum + size) % 2 ** 32, 0);
  await handle.write(field, 0, 4, at);
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function truncated(path: string): Result<never> {
  return refuse({
    code: 'sign/file-truncated',
    message: 'The file ends before the data that its headers announce.',
    place: path,
    next: 'Build the file again; it was cut off.',
  });
}

function malformed(path: string, cause: string): Result<never> {
  return refuse({
    code: 'sign/pe-malformed',
    message: 'The headers of the PE image are not usable.',
    place: path,
    cause,
  });
}
