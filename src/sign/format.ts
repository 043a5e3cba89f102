// What kind of file this is, from its bytes: a PE image or an MSI database. Names and extensions do not count.
import { type FileHandle, open } from 'node:fs/promises';
import { ok, type Result } from '../base/failure.ts';
import { failing, reasonOf } from './failure.ts';

export type FormatFailureCode = 'sign/file-unreadable' | 'sign/not-signable' | 'sign/file-truncated';
const refuse = failing<FormatFailureCode>();

export type SignableFormat = 'pe' | 'msi';

/** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/**
 * Tells PE from MSI. Fails with `sign/file-unreadable`, `sign/not-signable` (anything else, such as a text or
 * an object file) and `sign/file-truncated` (an MSI whose header points beyond its end).
 */
export async function formatOf(path: string): Promise<Result<SignableFormat>> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    return unreadable(path, error);
  }
  try {
    const head = await readAt(handle, 0, 512);
    if (head.subarray(0, 2).toString('latin1') === 'MZ') return ok('pe');
    if (!head.subarray(0, CFB_MAGIC.length).equals(CFB_MAGIC)) return notSignable(path);
    return await checkMsi(handle, head, path);
  } catch (error) {
    return unreadable(path, error);
  } finally {
    await handle.close();
  }
}

// [MS-CFB] 2.2: signature, sector shift at 30, number of FAT sectors at 44, first directory sector at 48,
// DIFAT entries from 76. The root directory entry's class id is at byte 80 of it.
const CFB_MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const DIFAT_ENTRIES_IN_HEADER = 109;
/** {000C1084-0000-0000-C000-000000000046}: Windows Installer package. */
const MSI_CLASS = Buffer.from('84100c0000000000c000000000000046', 'hex');

async function checkMsi(handle: FileHandle, head: Buffer, path: string): Promise<Result<SignableFormat>> {
  if (head.length < 512) return truncated(path);
  const shift = head.readUInt16LE(30);
  if (shift !== 9 && shift !== 12) return notSignable(path);
  const { size } = await handle.stat();
  const isInside = (sector: number): boolean => (sector + 2) * 2 ** shift <= size;
  const directory = head.readUInt32LE(48);
  const fatSectors = Math.min(head.readUInt32LE(44), DIFAT_ENTRIES_IN_HEADER);
  for (let i = 0; i < fatSectors; i++) {
    if (!isInside(head.readUInt32LE(76 + 4 * i))) return truncated(path);
  }
  if (!isInside(directory)) return truncated(path);
  const root = await readAt(handle, (directory + 1) * 2 ** shift, 128);
  return root.subarray(80, 96).equals(MSI_CLASS) ? ok('msi') : notSignable(path);
}

function truncated(path: string): Result<never> {
  return refuse({
    code: 'sign/file-truncated',
    message: 'The file ends before the data that its header announces.',
    place: path,
    next: 'Build the file again; it was cut off.',
  });
}

function notSignable(path: string): Result<never> {
  return refuse({
    code: 'sign/not-signable',
    message: 'Only exe, dll and msi files carry an Authenticode signature, and this is none of them.',
    place: path,
  });
}

/** The failure for a file that the system does not let us read. */
export function unreadable(path: string, error: unknown): Result<never> {
  return refuse({
    code: 'sign/file-unreadable',
    message: 'The file could not be read.',
    place: path,
    cause: reasonOf(error),
  });
}
