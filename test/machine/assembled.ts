// Boot sectors of tests, assembled from their sources by the GNU tools.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The 512 bytes of a source file, relative to this directory. */
export function bootSector(source: string): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'qbuild-sector-'));
  const [object, binary] = [join(dir, 'sector.o'), join(dir, 'sector.bin')];
  try {
    execFileSync('as', ['--32', '-o', object, fileURLToPath(new URL(source, import.meta.url))]);
    const place = ['-Ttext=0x7c00', '--oformat', 'binary', '-e', 'start'];
    execFileSync('ld', ['-m', 'elf_i386', ...place, '-o', binary, object]);
    return readFileSync(binary);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
