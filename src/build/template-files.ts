// Takes the files and hooks that a template names into the store.
import { type BigIntStats, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../base/digest.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import type { ResolvedTemplate } from '../resolve/resolved.ts';
import type { DiskStore } from '../store/disk-store.ts';

/** Trees by template; a template that names no file has none. Fails with `source/missing`, `source/special-file`. */
export async function importTemplateFiles(
  templates: readonly ResolvedTemplate[],
  store: DiskStore,
): Promise<Result<Record<string, Digest>>> {
  const trees: Record<string, Digest> = {};
  for (const { name, dir, files, hooks } of templates) {
    const named = [...new Set([...files.map(({ source }) => source), ...hooks])].sort();
    if (named.length === 0) continue;
    const found: { path: string; stats: BigIntStats }[] = [];
    for (const path of named) {
      const stats = lstatSync(join(dir, path), { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile()) {
        found.push({ path, stats });
        continue;
      }
      return fail({
        code: stats === undefined ? 'source/missing' : 'source/special-file',
        message: `The template \`${name}\` names \`${path}\`, which is ${stats === undefined ? 'not there' : 'no regular file'}.`,
        place: join(dir, path),
        next: 'Put the file beside `template.yaml`, or correct its path there.',
      });
    }
    const imported = await store.importTree(dir, found);
    if (!imported.ok) return imported;
    trees[name] = imported.value;
  }
  return ok(trees);
}
