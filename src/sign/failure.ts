// How the modules of this folder make failures: each names its codes in one closed union and can use no other.
import { err, type Failure, type Result } from '../base/failure.ts';

/** A constructor of failed results that accepts only the codes in `Code`. */
export function failing<Code extends Failure['code']>() {
  return (failure: Omit<Failure, 'code'> & { readonly code: Code }): Result<never> => err(failure);
}

/** What the operating system said: the message of a caught error, for the `cause` of a failure. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws on anything but an error of the operating system: that would be a bug, not an expected failure. */
export function assertSystemError(error: unknown): asserts error is NodeJS.ErrnoException {
  if (!(error instanceof Error && 'syscall' in error)) throw error;
}
