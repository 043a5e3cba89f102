// Copies a file so that what is zero takes no room: disk images are mostly zeros.
import { open } from 'node:fs/promises';

/** Bytes; file systems keep holes of 4 KiB or more, and fewer calls are faster. */
const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);

/** Copies `from` to the new file `to`; rejects when that is there. */
export async function copySparse(from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK * 16);
      let size = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) break;
        for (let start = 0; start < bytesRead; start += CHUNK) {
          const chunk = buffer.subarray(start, Math.min(start + CHUNK, bytesRead));
          if (!chunk.equals(ZEROS.subarray(0, chunk.length)))
            await target.write(chunk, 0, chunk.length, size + start);
        }
        size += bytesRead;
      }
      await target.truncate(size);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
