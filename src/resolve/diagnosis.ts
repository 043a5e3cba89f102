// Collects what is wrong with a product in one pass, so that one run reports it all.
import type { Failure } from '../base/failure.ts';
import { suggestName } from '../manifest/names.ts';
import { failureAt, MAX_FAILURES, type Origin } from '../manifest/place.ts';

type ResolveCode = `resolve/${string}`;

export interface Said {
  readonly code: ResolveCode;
  readonly message: string;
  readonly next?: string | undefined;
  readonly cause?: string | undefined;
}

/** The failures of one pass, each at the place of the value that causes it. */
export class Diagnosis {
  readonly failures: Failure[] = [];

  /** Reports a failure at the place of a value. */
  report(origin: Origin, { code, message, next, cause }: Said): void {
    if (this.failures.length >= MAX_FAILURES) return;
    const more = { ...(next !== undefined && { next }), ...(cause !== undefined && { cause }) };
    this.failures.push(failureAt(origin, { code, message, ...more }));
  }

  /** Reports a name that does not exist, with the nearest that does. */
  unknown(origin: Origin, code: ResolveCode, what: string, name: string, candidates: Iterable<string>): void {
    this.misnamed(origin, { code, message: `There is no ${what} \`${name}\`.` }, name, candidates);
  }

  /** Reports a name that does not fit, with the nearest that does. */
  misnamed(origin: Origin, said: Said, name: string, candidates: Iterable<string>): void {
    if (this.failures.length >= MAX_FAILURES) return;
    this.report(origin, { ...said, next: suggestName(name, candidates) });
  }
}
