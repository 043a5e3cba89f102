// Which program may use a store: the format version, and the user whom everything in it belongs to.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Failure } from '../base/failure.ts';
import { type Layout, STORE_FORMAT } from './layout.ts';

/** Writes the format of a new store; says why an existing one cannot be used. Throws system errors. */
export function checkFormat(layout: Layout): Failure | undefined {
  const uid = process.getuid?.() ?? 0;
  if (!existsSync(layout.formatFile)) {
    const temporary = `${layout.formatFile}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ format: STORE_FORMAT, uid })}\n`, { flush: true });
    renameSync(temporary, layout.formatFile);
    return undefined;
  }
  const found = read(layout.formatFile);
  if (found?.format !== STORE_FORMAT) {
    return {
      code: 'store/format',
      message: `The store has format ${found?.format ?? 'unknown'}; this program uses format ${STORE_FORMAT}.`,
      place: layout.formatFile,
      next: 'Use the program that made the store, choose another directory for it, or delete it.',
    };
  }
  // Owners and overlay attributes of layers are kept as this user's ids and namespace see them.
  if (found.uid !== uid) {
    return {
      code: 'store/other-user',
      message: `The store belongs to user ${found.uid}, not to user ${uid}.`,
      place: layout.dir,
      next: 'Run as that user, or choose another directory for the store.',
    };
  }
  return undefined;
}

function read(path: string): { format?: unknown; uid?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { format?: unknown; uid?: unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
