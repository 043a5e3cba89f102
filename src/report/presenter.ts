// What every presenter of a run is: it gets each event as it happens, and at last the result.
import type { Event } from '../action/events.ts';
import type { Failure } from '../base/failure.ts';
import type { TrialOutcome } from '../machine/try.ts';
import type { Untried } from '../plan/deliverable-trials.ts';

/** One published file, `path` relative to the current directory or absolute. */
export interface PublishedFile {
  readonly kind: string;
  readonly path: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** How a run ended. The last line of `--json`. */
export interface RunReport {
  readonly ok: boolean;
  readonly product: string;
  readonly version: string;
  readonly deliverables: readonly PublishedFile[];
  readonly actions: { readonly run: number; readonly cached: number; readonly failed: number };
  readonly wallMs: number;
  /** Directory of the deliverables; absent when nothing was published. */
  readonly directory?: string;
  /** Whether development keys signed any of it. */
  readonly developmentKeys?: boolean;
  readonly failure?: Failure;
}

/** How trials ended. The last line of `qbuild test --json`. */
export interface TestReport {
  readonly ok: boolean;
  readonly product: string;
  readonly trials: readonly TrialOutcome[];
  /** Deliverables that were not tried. */
  readonly untried: readonly Untried[];
  readonly wallMs: number;
  /** Absent when it never came to a machine. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** Of consoles and pictures. */
  readonly directory?: string;
  readonly failure?: Failure;
}

export interface Presenter {
  event(event: Event): void;
  end(report: RunReport | TestReport): void;
}
