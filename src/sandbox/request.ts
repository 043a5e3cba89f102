// What a sandbox is asked to do, as plain data, and the port that bubblewrap and other sandboxes implement.
import type { Privilege } from '../action/action.ts';
import type { Result } from '../base/failure.ts';

export interface Mount {
  /** Absolute path of an existing file or directory outside. */
  readonly source: string;
  /** Absolute path inside. */
  readonly target: string;
  readonly writable: boolean;
}

/** Directories of `layers` stacked as one, read-only. */
export interface Stack {
  /** Absolute paths, lowest first. */
  readonly layers: readonly string[];
  /** An empty directory outside, for the mount point that entering needs. */
  readonly mountPoint: string;
  /** Absolute path inside. */
  readonly target: string;
}

export interface SandboxRequest {
  /** Absolute directories stacked as `/`, lowest first. None: the host's own tools, read-only. */
  readonly layers: readonly string[];
  /**
   * What happens to changes below `/`: refused; kept in memory and lost; or kept in `upper`, which becomes a
   * layer (`scratch` is an empty directory on the same file system that overlayfs works in).
   */
  readonly changes:
    | { readonly kind: 'refused' }
    | { readonly kind: 'lost' }
    | { readonly kind: 'kept'; readonly upper: string; readonly scratch: string };
  /** An empty directory for the mount points that entering needs; nothing stays in it. */
  readonly mountPoint: string;
  readonly mounts: readonly Mount[];
  /** Stacked by whoever makes the sandbox, so that the command needs no right to mount. */
  readonly stack?: Stack;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly privilege: Privilege;
  /** `log`: both output streams are appended to this file. `terminal`: this process's own streams. */
  readonly output: { readonly kind: 'log'; readonly file: string } | { readonly kind: 'terminal' };
  readonly signal: AbortSignal;
}

export interface Sandbox {
  /** Runs the command to its end. The value is its exit code; a signal counts as 128 plus its number. */
  run(request: SandboxRequest): Promise<Result<number>>;
}
