// What the outputs of a plan become in the output directory: one publication a file.
import { join } from 'node:path';
import type { ActionId } from '../action/action.ts';
import type { ActionResult } from '../engine/ports.ts';
import type { DeliverableFile } from '../steps/deliverable-step.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { Publication } from './publish.ts';

/** Outputs of all actions of a run. */
export type Outputs = ReadonlyMap<ActionId, ActionResult['outputs']>;

export function outputOf(outputs: Outputs, { action, output }: DeliverableFile['from']) {
  const found = outputs.get(action)?.[output];
  if (found === undefined) throw new Error(`${action} has no output ${output}`);
  return found;
}

/** In the order of `files`; a tree yields its files in the order of their paths. */
export function publicationsOf(
  files: readonly DeliverableFile[],
  outputs: Outputs,
  store: Pick<DiskStore, 'path' | 'files'>,
): readonly Publication[] {
  return files.flatMap(({ kind, path, from }): Publication[] => {
    const { kind: shape, digest } = outputOf(outputs, from);
    if (shape === 'file') return [{ kind, path, content: { store: store.path(digest), digest } }];
    return store.files(digest).map((entry) => ({
      kind,
      path: path === '' ? entry.path : `${path}/${entry.path}`,
      content: { store: join(store.path(digest), entry.path), digest: entry.digest },
    }));
  });
}

/** Directories whose files of earlier runs stay. */
export function keptDirectories(files: readonly DeliverableFile[]): readonly string[] {
  return files.flatMap(({ path, keepsOlder }) => (keepsOlder ? [path] : []));
}
