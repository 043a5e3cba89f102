// What the engine needs from the world: a store, a supply of missing bytes, runners and a clock. Adapters
// live in store/, source/, sandbox/ and sign/; tests use in-memory twins.
import type { Action, ActionId, OutputKind } from '../action/action.ts';
import type { ActionKey, Preimage } from '../action/preimage.ts';
import type { Digest } from '../base/digest.ts';
import type { Result } from '../base/failure.ts';

/** The committed result of one action. */
export interface ActionResult {
  readonly key: ActionKey;
  readonly preimage: Preimage;
  readonly outputs: Readonly<Record<string, { readonly kind: OutputKind; readonly digest: Digest }>>;
  readonly durationMs: number;
}

/** A fresh directory on the store's file system in which one execution puts its outputs. */
export interface Staging {
  /** Absolute path. Runners create `out/`, and may create `log` and scratch directories beside it. */
  readonly dir: string;
  discard(): Promise<void>;
}

/** Blobs, trees and results by digest and key. Everything in it is immutable once committed. */
export interface Store {
  /** Result of a key whose outputs are all present and unaltered as far as metadata tell; a damaged one is dropped. */
  result(key: ActionKey): Promise<ActionResult | undefined>;
  /** Takes `staging.dir/out/<name>` for every output, normalises, hashes, and commits the result atomically. */
  commit(
    action: Action,
    key: ActionKey,
    preimage: Preimage,
    staging: Staging,
    durationMs: number,
  ): Promise<Result<ActionResult>>;
  staging(label: string): Promise<Result<Staging>>;
  has(digest: Digest): Promise<boolean>;
  /** Absolute path of a blob (a file) or tree or layer (a directory). Read-only by convention. */
  path(digest: Digest): string;
  /** Stores a small text, such as a script; returns its digest. */
  putText(text: string): Promise<Result<Digest>>;
  /** Moves a file into the store, after comparing with `expected` when given. */
  putFile(path: string, expected?: Digest): Promise<Result<Digest>>;
  /** Moves a directory into the store as a tree. */
  putTree(path: string): Promise<Result<Digest>>;
  /** Re-verifies content when metadata changed since commit; a damaged entry is removed and reported. */
  verifyForUse(digests: readonly Digest[]): Promise<Result<void>>;
  /** The last key and duration of an action in this workspace, for `why` and for scheduling. */
  history(action: ActionId): Remembered | undefined;
  remember(action: ActionId, key: ActionKey, durationMs: number): void;
  /** The preimage kept with a result, even when its outputs are gone. */
  preimage(key: ActionKey): Promise<Preimage | undefined>;
  /** The only right to execute a key among all processes that share the store; undefined: another one has it. */
  claim(key: ActionKey): Claim | undefined;
  /** Resolves when a claim on the key is worth trying again, or the signal aborts. */
  unclaimed(key: ActionKey, signal: AbortSignal): Promise<void>;
  /** An empty log for an execution that begins now; remembered as the action's last one in this workspace. */
  log(action: ActionId, key: ActionKey): Result<Log>;
}

/** What a workspace knows of an action's past. */
export interface Remembered {
  readonly key: ActionKey;
  /** How long its last execution took; 0 when it was only ever taken from the store. */
  readonly durationMs: number;
  /** The last key that differs from `key`. */
  readonly previous?: ActionKey;
}

/** Ends by `release` or with the process. */
export interface Claim {
  release(): void;
}

export interface Log {
  /** Absolute path. */
  readonly path: string;
  /** The last lines, at most `lines` of them, without a trailing newline; empty when there are none. */
  tail(lines: number): Promise<string>;
}

/** Milliseconds since the run began. */
export interface Clock {
  now(): number;
}

/** Brings bytes that the lock names into the store: distribution packages, locked sources. */
export interface Supply {
  ensure(digests: readonly Digest[], signal: AbortSignal): Promise<Result<void>>;
}

/** What a runner gets: the action, its inputs as paths in the store, and where to write. */
export interface Execution {
  readonly action: Action;
  readonly key: ActionKey;
  /** Absolute directories, lowest first. */
  readonly layers: readonly string[];
  /** Absolute paths of files or directories, by mount name. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly staging: Staging;
  /** Absolute path of the log file to append both output streams to. */
  readonly log: string;
  readonly signal: AbortSignal;
}

/** Executes actions of one kind. Fills `staging.dir/out/<name>` or says what went wrong. */
export interface ActionRunner {
  run(execution: Execution): Promise<Result<void>>;
}
