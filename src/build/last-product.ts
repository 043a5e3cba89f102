// Remembers what a workspace built last, so that `why`, `log` and `shell` need no product's name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../base/digest.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import { findWorkspace } from '../manifest/load.ts';
import { writeCacheFile } from './cache-file.ts';
import { directoriesOf } from './directories.ts';

function fileOf(workspaceDir: string): string {
  return join(directoriesOf(process.env).cache, 'workspaces', `${sha256Hex(workspaceDir)}.json`);
}

/** What a person chose to build. */
export interface Choice {
  /** As the person named it: a product's name or path; a template's name when `vmm` is there. */
  readonly product: string;
  readonly vmm?: string;
}

export function rememberChoice(workspaceDir: string, { product, vmm }: Choice): void {
  const file = fileOf(workspaceDir);
  const text = JSON.stringify({ workspace: workspaceDir, product, vmm });
  if (readIfThere(file) !== text) writeCacheFile(file, text);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** What was built last in the workspace of `directory`. Fails with `usage/no-product`. */
export function lastChoice(directory: string): Result<Choice> {
  const workspace = findWorkspace(directory);
  if (!workspace.ok) return workspace;
  try {
    const { product, vmm } = JSON.parse(readFileSync(fileOf(workspace.value), 'utf8'));
    return ok({ product, ...(vmm !== undefined && { vmm }) });
  } catch {
    return fail({
      code: 'usage/no-product',
      message: 'No product has been built in this workspace yet.',
      place: workspace.value,
      next: 'Name one with --product, or build one with `qbuild product NAME`.',
    });
  }
}
