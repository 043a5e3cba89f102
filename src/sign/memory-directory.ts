// Directories for what must not reach a disk, each of one process. What a killed process left is removed by a later one.
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory-backed where the system has it. */
const PLACES = ['/dev/shm', tmpdir()];

/** `qb-<process namespace>-<process>-<random>`: short, because sockets lie in it and their paths may have 107 bytes. */
const NAME = /^qb-([0-9]+)-([0-9]+)-[A-Za-z0-9]{6}$/;

/** Makes a directory that only its owner may enter. Whoever makes it removes it. */
export async function makeMemoryDirectory(): Promise<string> {
  const prefix = `qb-${processNamespace()}-${process.pid}-`;
  const [memory = '', disk = ''] = PLACES;
  return mkdtemp(join(memory, prefix)).catch(() => mkdtemp(join(disk, prefix)));
}

/** The directories of this user's processes that are gone. Those of other process namespaces cannot be judged. */
export function abandonedDirectories(): string[] {
  const here = processNamespace();
  return [...new Set(PLACES)].flatMap((place) =>
    namesIn(place).flatMap((name) => {
      const [, namespace, owner] = NAME.exec(name) ?? [];
      if (owner === undefined || namespace !== here || existsSync(`/proc/${owner}`)) return [];
      const path = join(place, name);
      return isOwnDirectory(path) ? [path] : [];
    }),
  );
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return []; // Not every system has it.
  }
}

function isOwnDirectory(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.geteuid?.();
}

/** The number in `pid:[4026531836]`: containers share /dev/shm and not their process ids. */
function processNamespace(): string {
  return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
}
