// Distributions of a product: archives and their keyrings.
import { child } from '../manifest/place.ts';
import { type Manifest, originOf, topmost, type Workspace } from '../manifest/workspace.ts';
import type { Diagnosis } from './diagnosis.ts';
import type { ResolvedArchive, ResolvedDistribution } from './resolved.ts';

/** Resolves distributions by name; names that do not exist were reported where they are used. */
export function resolveDistributions(
  workspace: Workspace,
  names: Iterable<string>,
  diagnosis: Diagnosis,
): Record<string, ResolvedDistribution> {
  const resolved: Record<string, ResolvedDistribution> = {};
  for (const name of [...new Set(names)].sort()) {
    const manifest = topmost(workspace.distributions, name);
    if (manifest === undefined) continue;
    const { architecture, archives, roots, shared } = manifest.data;
    resolved[name] = {
      name,
      architecture,
      archives: archives.map((_, index) => resolveArchive(workspace, manifest, index, diagnosis)),
      roots,
      ...(shared !== undefined && { shared }),
    };
  }
  return resolved;
}

function resolveArchive(
  workspace: Workspace,
  manifest: Manifest<'distribution'>,
  index: number,
  diagnosis: Diagnosis,
): ResolvedArchive {
  const archive = manifest.data.archives[index];
  if (archive === undefined) throw new Error(`no archive ${index}`);
  const { suites, components, keyring } = archive;
  const url = archive.url.replace(/\/+$/, '');
  if (keyring.startsWith('/')) return { url, suites, components, keyring };
  const layer = workspace.layers.findLast(({ keys }) => keys.includes(keyring));
  if (layer === undefined) {
    const origin = originOf(manifest, child('/archives', index, 'keyring'));
    const all = workspace.layers.flatMap(({ keys }) => keys);
    diagnosis.unknown(origin, 'resolve/unknown-keyring', 'keyring', keyring, all);
  }
  return { url, suites, components, keyring: `${layer?.dir}/keys/${keyring}` };
}
