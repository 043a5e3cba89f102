// Finds where a file lies on an ISO 9660 medium (ECMA-119), by its Rock Ridge name (IEEE P1282) where it has one.
import { closeSync, openSync, readSync } from 'node:fs';

export interface Extent {
  /** Path on the medium, without a slash at its beginning. */
  readonly path: string;
  /** Bytes from the beginning of the medium. */
  readonly offset: number;
  readonly size: number;
}

interface Entry extends Extent {
  readonly directory: boolean;
}

const SECTOR = 2048;
/** The primary volume descriptor, and the root directory's record in it. */
const DESCRIPTOR = 16 * SECTOR;
const ROOT_RECORD = 156;
/** Of a directory record: what precedes the name, and the flag of directories. */
const RECORD_HEAD = 33;
const IS_DIRECTORY = 2;
/** No medium of ours comes near; a damaged one must not fill memory. */
const LARGEST_DIRECTORY = 16 * 2 ** 20;
const DEEPEST = 16;

/** All files in a directory of the medium and below, by path; undefined when the medium has no such directory. */
export function filesBelow(medium: string, directory: string): readonly Extent[] | undefined {
  const fd = openSync(medium, 'r');
  try {
    const head = readAt(fd, DESCRIPTOR, SECTOR);
    if (head.length < SECTOR || head.toString('latin1', 0, 6) !== '\u0001CD001') return undefined;
    let at: Entry | undefined = entryOf(head.subarray(ROOT_RECORD), '');
    for (const name of directory.split('/').filter((part) => part !== '')) {
      const inside: readonly Entry[] = at === undefined ? [] : entriesOf(fd, at);
      at = inside.find((each) => each.directory && each.path.split('/').at(-1) === name);
    }
    if (at === undefined) return undefined;
    return walk(fd, at, 0).sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    closeSync(fd);
  }
}

function walk(fd: number, directory: Entry, depth: number): Extent[] {
  if (depth > DEEPEST) return [];
  return entriesOf(fd, directory).flatMap((each) => (each.directory ? walk(fd, each, depth + 1) : [each]));
}

function entriesOf(fd: number, directory: Entry): Entry[] {
  const bytes = readAt(fd, directory.offset, Math.min(directory.size, LARGEST_DIRECTORY));
  const entries: Entry[] = [];
  // The first two records are the directory itself and the one above.
  let index = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    // No record crosses a sector's end: zeros fill the rest.
    if (length === 0) {
      at = (Math.floor(at / SECTOR) + 1) * SECTOR;
      continue;
    }
    if (index++ > 1) {
      const entry = entryOf(bytes.subarray(at, at + length), directory.path);
      if (entry !== undefined) entries.push(entry);
    }
    at += length;
  }
  return entries;
}

/** Undefined for what is shorter than a record can be. */
function entryOf(record: Buffer, above: string): Entry | undefined {
  if (record.length <= RECORD_HEAD) return undefined;
  const nameLength = record[RECORD_HEAD - 1] ?? 0;
  const name = record.toString('latin1', RECORD_HEAD, RECORD_HEAD + nameLength);
  const system = record.subarray(RECORD_HEAD + nameLength + (nameLength % 2 === 0 ? 1 : 0));
  const shown = rockRidgeName(system) ?? name.replace(/;\d+$/, '');
  const path = name === '\0' ? '' : above === '' ? shown : `${above}/${shown}`;
  return {
    path,
    offset: record.readUInt32LE(2) * SECTOR,
    size: record.readUInt32LE(10),
    directory: ((record[25] ?? 0) & IS_DIRECTORY) !== 0,
  };
}

/** The `NM` entries of a record's system use field, joined. */
function rockRidgeName(system: Buffer): string | undefined {
  let name: string | undefined;
  for (let at = 0; at + 4 <= system.length; ) {
    const length = system[at + 2] ?? 0;
    if (length < 4) break;
    if (system.toString('latin1', at, at + 2) === 'NM')
      name = (name ?? '') + system.toString('utf8', at + 5, Math.min(at + length, system.length));
    at += length;
  }
  return name;
}

function readAt(fd: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(fd, bytes, 0, size, offset));
}
