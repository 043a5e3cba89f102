// Where everything lies on a guest's disk: one GPT that both UEFI and the BIOS start from.
import { guidOf } from '../guid.ts';

/** Bytes. */
const SECTOR = 512;
const MIB = 2 ** 20;

/** Partitions begin at whole MiB, as every partitioning tool has them. */
const FIRST = 1 * MIB;
/** GRUB's core image has some 100 KiB. */
const BIOS_BOOT = 1 * MIB;
/** The smallest round size whose 512-byte clusters are too many for FAT16 (65,525), so that it is FAT32. */
const EFI_SYSTEM = 64 * MIB;
/** The second copy of the partition table lies in the last 33 sectors. */
const LAST = 1 * MIB;

/** Partition types of the UEFI specification, GRUB's manual and the Discoverable Partitions Specification. */
const TYPES = {
  biosBoot: '21686148-6449-6E6F-744E-656564454649',
  efiSystem: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  rootX64: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
  rootX64Verity: '2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5',
} as const;

/** Name space of the identifiers below; made by chance once. */
const NAMESPACE = '0f0e2c7a-5c0b-4d53-9a5e-6b6f3f0b8d11';

export interface Partition {
  /** Also the partition's name in the table. */
  readonly name: string;
  readonly type: string;
  readonly id: string;
  /** Bytes from the beginning of the disk. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

export interface Layout {
  /** Bytes. */
  readonly size: number;
  readonly id: string;
  readonly biosBoot: Partition;
  readonly efiSystem: Partition;
  readonly root: Partition;
  /** What blocks of the root are checked against. */
  readonly verity?: Partition;
}

/** Identifiers of a disk; equal manifests get equal ones on every machine. */
export function diskId(template: string, part: string): string {
  return guidOf(NAMESPACE, `${template}/${part}`);
}

/** Lays out a disk of at least 128 MiB; `size` in bytes, a multiple of a MiB. `verity`: with a tree of hashes. */
export function layoutOf(template: string, size: number, verity = false): Layout {
  if (size % MIB !== 0 || size < 128 * MIB) throw new Error(`no disk has ${size} bytes`);
  const partition = (name: string, type: string, start: number, length: number): Partition => {
    return { name, type, id: diskId(template, name), start, size: length };
  };
  const biosBoot = partition('bios', TYPES.biosBoot, FIRST, BIOS_BOOT);
  const efiSystem = partition('esp', TYPES.efiSystem, FIRST + BIOS_BOOT, EFI_SYSTEM);
  const start = efiSystem.start + efiSystem.size;
  const rest = size - start - LAST;
  const id = diskId(template, 'disk');
  if (!verity) return { size, id, biosBoot, efiSystem, root: partition('root', TYPES.rootX64, start, rest) };
  const tree = hashTreeSize(rest);
  const root = partition('root', TYPES.rootX64, start, rest - tree);
  const hashes = partition('root-verity', TYPES.rootX64Verity, start + root.size, tree);
  return { size, id, biosBoot, efiSystem, root, verity: hashes };
}

/** Bytes of a block of data and of hashes in dm-verity, and how many SHA-256 one holds (veritysetup(8)). */
const BLOCK = 4096;
const HASHES_PER_BLOCK = BLOCK / 32;

/** Bytes that the superblock and the tree of hashes over `dataSize` bytes take, in whole MiB. */
function hashTreeSize(dataSize: number): number {
  let blocks = 1;
  for (let level = dataSize / BLOCK; level > 1; ) {
    level = Math.ceil(level / HASHES_PER_BLOCK);
    blocks += level;
  }
  return Math.ceil((blocks * BLOCK) / MIB) * MIB;
}

/** The layout in sfdisk's words (sfdisk(8), “Header lines” and “Named-fields format”). */
export function partitionTable(layout: Layout): string {
  const { id, biosBoot, efiSystem, root, verity } = layout;
  const partitions = [biosBoot, efiSystem, root, ...(verity === undefined ? [] : [verity])];
  const lines = partitions.map((each) =>
    [
      `start=${each.start / SECTOR}`,
      `size=${each.size / SECTOR}`,
      `type=${each.type}`,
      `uuid=${each.id.toUpperCase()}`,
      `name="${each.name}"`,
    ].join(', '),
  );
  const header = ['label: gpt', `label-id: ${id.toUpperCase()}`, 'unit: sectors', 'first-lba: 34'];
  return `${[...header, `sector-size: ${SECTOR}`, '', ...lines].join('\n')}\n`;
}

/** The serial number of the FAT file system: 32 bits, in hexadecimal. */
export function efiSystemSerial(template: string): string {
  return diskId(template, 'esp-serial').slice(0, 8);
}
