// What an expected failure is: a value with a stable code, the place, the cause and the next step.
// Exceptions are for bugs; everything that input, network, tools or a full disk can cause is a Failure.

/** A failure that a person can act on. Texts are complete sentences without a trailing newline. */
export interface Failure {
  /** Stable identifier `area/what-happened`, e.g. `manifest/unknown-key`. The area decides the exit code. */
  readonly code: `${FailureArea}/${string}`;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** Where: `file:line:column`, an action, a URL, a path. */
  readonly place?: string;
  /** Source excerpt with a caret, several lines, for failures inside a text file. */
  readonly frame?: string;
  /** Why it happened, as far as known (the last lines of a log, a tool's own words). */
  readonly cause?: string;
  /** What to do next: a command, a setting, a file to edit. */
  readonly next?: string;
  /** Further failures found in the same pass; presented after this one. */
  readonly others?: readonly Failure[];
}

/** Areas of failure with the exit code of the process that ends on them. Documented in docs/exit-codes.md. */
export const EXIT_CODE = {
  internal: 1,
  usage: 2,
  manifest: 3,
  resolve: 4,
  lock: 5,
  network: 6,
  source: 7,
  action: 8,
  host: 9,
  store: 10,
  sign: 11,
  deliverable: 12,
  deb: 13,
  template: 14,
  trial: 15,
  iso: 16,
  root: 17,
  interrupted: 130,
} as const;

export type FailureArea = keyof typeof EXIT_CODE;

export type Result<T, E = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export function ok(): Result<void, never>;
export function ok<T>(value: T): Result<T, never>;
export function ok<T>(value?: T): Result<T | undefined, never> {
  return { ok: true, value };
}

export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** `err` for the common case of a fresh Failure. */
export function fail(failure: Failure): Result<never> {
  return { ok: false, error: failure };
}

/** The process exit code for a failure. */
export function exitCodeOf(failure: Failure): number {
  return EXIT_CODE[failure.code.slice(0, failure.code.indexOf('/')) as FailureArea];
}

/** Joins failures of one pass into one: the first leads, the rest follow as `others`. */
export function joinFailures(failures: readonly [Failure, ...Failure[]]): Failure {
  const [first, ...rest] = failures;
  return rest.length === 0 ? first : { ...first, others: [...(first.others ?? []), ...rest] };
}
