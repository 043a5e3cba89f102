// Everything that can be said about a run while it happens. Emitted by the engine, presented only by report/.
import type { Failure } from '../base/failure.ts';
import type { ActionId } from './action.ts';
import type { ActionKey } from './preimage.ts';

/** Times are milliseconds since the run began. */
export type Event =
  | {
      readonly type: 'phase';
      readonly name: Phase;
      readonly state: 'begin' | 'end';
      readonly atMs: number;
      readonly detail?: string;
    }
  | { readonly type: 'planned'; readonly actions: number; readonly atMs: number }
  | {
      readonly type: 'fetch';
      readonly what: string;
      readonly doneBytes: number;
      readonly totalBytes: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'started';
      readonly action: ActionId;
      readonly title: string;
      readonly key: ActionKey;
      readonly log: string;
      readonly expectedMs?: number;
      readonly atMs: number;
    }
  /** What an action that takes long said last; only for who asked for it. */
  | {
      readonly type: 'progress';
      readonly action: ActionId;
      readonly title: string;
      readonly says: string;
      readonly elapsedMs: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'cached';
      readonly action: ActionId;
      readonly title: string;
      readonly key: ActionKey;
      readonly atMs: number;
    }
  | {
      readonly type: 'finished';
      readonly action: ActionId;
      readonly title: string;
      readonly key: ActionKey;
      readonly durationMs: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'failed';
      readonly action: ActionId;
      readonly title: string;
      readonly failure: Failure;
      readonly log?: string;
      readonly atMs: number;
    }
  | { readonly type: 'skipped'; readonly action: ActionId; readonly because: ActionId; readonly atMs: number }
  | {
      readonly type: 'trial';
      readonly state: 'begin' | 'end';
      readonly trial: string;
      readonly title: string;
      /** Of its logs and pictures. */
      readonly directory: string;
      /** At its end. */
      readonly durationMs?: number;
      readonly failure?: Failure;
      readonly atMs: number;
    }
  /** What a trial is waiting for, and that it was seen. */
  | { readonly type: 'trying'; readonly trial: string; readonly title: string; readonly atMs: number }
  | {
      readonly type: 'verified';
      readonly trial: string;
      readonly title: string;
      readonly durationMs: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'notice';
      readonly level: 'info' | 'warning';
      readonly code: string;
      readonly message: string;
      readonly atMs: number;
    };

/** The top-level phases of a product run, in order. */
export type Phase = 'load' | 'resolve' | 'lock' | 'sources' | 'plan' | 'build' | 'publish';

export type Emit = (event: Event) => void;
