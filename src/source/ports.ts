// What source/ asks of the world besides the engine's ports.
import type { BigIntStats } from 'node:fs';
import type { Digest } from '../base/digest.ts';
import type { Result } from '../base/failure.ts';

/** A file or symlink of a local tree, as it was just seen. */
export interface LocalFile {
  /** Relative to the tree, `/` between names. */
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Takes files that stay where they are into the store. */
export interface TreeImporter {
  /**
   * The tree of exactly `files` (regular files and symlinks of `dir`, sorted) and the directories above them. Hashes and copies only files whose metadata changed since they were last imported.
   */
  importTree(dir: string, files: readonly LocalFile[]): Promise<Result<Digest>>;
}
