// Which manifests a layer has: its directories are listed anew on every run.
import { type Dirent, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Failure } from '../base/failure.ts';
import { causeOf, labelOf } from './read-manifest.ts';
import type { Kind } from './workspace.ts';

/** A manifest that a layer must hold at a path, and the name that it must have. */
export interface ManifestFile {
  readonly kind: Kind;
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

export interface LayerFiles {
  readonly manifests: readonly ManifestFile[];
  readonly keys: readonly string[];
  readonly failures: readonly Failure[];
}

/** Where each kind lies: as one file a name, or as a directory a name that holds `file`. */
const PLACES: readonly { readonly kind: Kind; readonly dir: string; readonly file?: string }[] = [
  // First, so that a recipe of the same layer comes later than what a list derives for its name.
  { kind: 'repositories', dir: 'repositories' },
  { kind: 'recipe', dir: 'recipes', file: 'recipe.yaml' },
  { kind: 'product', dir: 'products' },
  { kind: 'vmm', dir: 'products/vmm' },
  { kind: 'distribution', dir: 'distributions' },
  { kind: 'template', dir: 'templates', file: 'template.yaml' },
];

/** Lists a layer's manifests and keys, in code-unit order. `base`: directory that labels are relative to. */
export function listLayer(layerDir: string, base: string): LayerFiles {
  const failures: Failure[] = [];
  const list = (dir: string): Dirent[] => {
    const path = join(layerDir, dir);
    try {
      const entries = readdirSync(path, { withFileTypes: true });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      const message = 'The directory cannot be read.';
      failures.push({
        code: 'manifest/unreadable',
        message,
        place: labelOf(base, path),
        cause: causeOf(error),
      });
      return [];
    }
  };
  const manifests: ManifestFile[] = [];
  for (const { kind, dir, file } of PLACES) {
    for (const entry of list(dir)) {
      if (entry.name.startsWith('.')) continue;
      const path = join(layerDir, dir, entry.name);
      if (file !== undefined) {
        if (entry.isFile()) continue;
        manifests.push({ kind, name: entry.name, path: join(path, file) });
      } else if (entry.name.endsWith('.yaml')) {
        manifests.push({ kind, name: basename(entry.name, '.yaml'), path });
      } else if (entry.name.endsWith('.yml')) {
        failures.push(wrongExtension(labelOf(base, path)));
      }
    }
  }
  const keys = list('keys').filter((entry) => !entry.isDirectory());
  return { manifests, keys: keys.map((entry) => entry.name), failures };
}

function wrongExtension(place: string): Failure {
  const message = 'Manifests end in `.yaml`; this file would be left out.';
  return { code: 'manifest/wrong-extension', message, place, next: 'Rename it.' };
}
