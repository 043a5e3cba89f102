// What it means that something cannot be written: a failure of this host, and not of a network or a source.
import type { Failure } from '../base/failure.ts';

/**
 * `what`: that there is no space for. Codes: `host/no-space`, `host/unwritable-cache`. Throws an error that is none of
 * the system's.
 */
export function diskFailure(what: string, place: string, error: NodeJS.ErrnoException): Failure {
  if (error.code === undefined) throw error;
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  return {
    code: full ? 'host/no-space' : 'host/unwritable-cache',
    message: full ? `There is no space left for ${what}.` : `There is no place to write ${what} to.`,
    place,
    cause: error.message,
    next: full ? 'Free some space, then run again.' : 'Check its permissions.',
  };
}
