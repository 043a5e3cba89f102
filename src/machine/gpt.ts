// GUID partition tables, read only: where the EFI system partition of a disk image is (UEFI Specification 2.10, 5.3).
import { closeSync, openSync, readSync } from 'node:fs';

const SECTOR = 512;
/** C12A7328-F81F-11D2-BA4B-00A0C93EC93B: its first three fields are little-endian. */
const EFI_SYSTEM = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
/** What the specification reserves for entries at least, and what tools write. */
const MOST_ENTRIES = 128;

export interface Extent {
  /** Bytes from the beginning of the image. */
  readonly offset: number;
  readonly size: number;
}

/** Undefined where there is no such table, or no such partition. */
export function efiSystemPartition(path: string): Extent | undefined {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(SECTOR);
    readSync(fd, header, 0, SECTOR, SECTOR);
    if (header.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
    const size = header.readUInt32LE(84);
    const entry = Buffer.alloc(128);
    for (let index = 0; index < Math.min(header.readUInt32LE(80), MOST_ENTRIES); index++) {
      readSync(fd, entry, 0, entry.length, Number(header.readBigUInt64LE(72)) * SECTOR + index * size);
      if (!entry.subarray(0, 16).equals(EFI_SYSTEM)) continue;
      const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
      return { offset: first * SECTOR, size: (last - first + 1) * SECTOR };
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
