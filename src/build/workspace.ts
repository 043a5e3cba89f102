// Opens a workspace and resolves one of its products: manifests in, ResolvedProduct out.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import { ok, type Result } from '../base/failure.ts';
import { addProductFile, findWorkspace, loadWorkspace, type ManifestCache } from '../manifest/load.ts';
import type { Workspace } from '../manifest/workspace.ts';
import { DELIVERABLE_IMAGE_KINDS, DELIVERABLE_ROOT_SETS } from '../plan/deliverable-steps.ts';
import { PACKAGE_ROOT_SETS, PACKAGE_TARGET_SETS, SUPPORTED_BUILD_KINDS } from '../plan/package-steps.ts';
import { type Abilities, resolveProduct } from '../resolve/product.ts';
import type { ResolvedProduct } from '../resolve/resolved.ts';
import { resolveTemplateProduct } from '../resolve/template.ts';
import { writeCacheFile } from './cache-file.ts';
import { programVersion } from './version.ts';

/** What this version of the program can build. */
export const ABILITIES = {
  buildKinds: new Set(SUPPORTED_BUILD_KINDS),
  rootSets: [...PACKAGE_ROOT_SETS, ...DELIVERABLE_ROOT_SETS],
  targetSets: PACKAGE_TARGET_SETS,
  imageKinds: new Set(DELIVERABLE_IMAGE_KINDS),
};

export interface OpenWorkspace {
  readonly workspace: Workspace;
  /** Keeps parsed manifests for the next run; call it when everything went well. */
  readonly saveCache: () => void;
  readonly cache: ManifestCache;
}

/** The workspace that `directory` is in. `cacheDir` keeps parsed manifests between runs. */
export async function openWorkspace(directory: string, cacheDir: string): Promise<Result<OpenWorkspace>> {
  const found = findWorkspace(directory);
  if (!found.ok) return found;
  const { cache, save } = manifestCache(join(cacheDir, 'manifests', `${sha256Hex(found.value)}.json`));
  const workspace = await loadWorkspace(found.value, cache);
  return workspace.ok ? ok({ workspace: workspace.value, saveCache: save, cache }) : workspace;
}

/** Absolute paths of every manifest. */
export function manifestFiles(workspace: Workspace): string[] {
  const { settings, products, recipes, vmms, distributions, templates, fragments } = workspace;
  const stacks = [products, recipes, vmms, distributions, templates].flatMap((stack) => [...stack.values()]);
  const installers = [...recipes.values()].flat().flatMap((recipe) => recipe.installerDefinition ?? []);
  const all = [settings, ...stacks.flat(), ...installers, ...fragments.values()];
  return all.map(({ source }) => source.path);
}

/** Whether a product is named by the path of its manifest. */
export function isPath(product: string): boolean {
  return product.includes('/') || product.endsWith('.yaml');
}

/**
 * Resolves a product by name, or by the path of a manifest: what contains a slash or ends in `.yaml`. `asked` says
 * what is built whether or not a deliverable takes it.
 */
export async function resolveNamed(
  opened: OpenWorkspace,
  directory: string,
  product: string,
  asked: Pick<Abilities, 'only' | 'anyAlone'> = {},
): Promise<Result<{ readonly workspace: Workspace; readonly product: ResolvedProduct }>> {
  let { workspace } = opened;
  let name = product;
  if (isPath(product)) {
    const added = await addProductFile(workspace, resolve(directory, product), opened.cache);
    if (!added.ok) return added;
    ({ workspace, name } = added.value);
  }
  const resolved = resolveProduct(workspace, name, { ...ABILITIES, ...asked });
  return resolved.ok ? ok({ workspace, product: resolved.value }) : resolved;
}

/** Resolves a product, or with `vmm` the template of that name for that VMM. */
export async function resolveChoice(
  opened: OpenWorkspace,
  choice: {
    readonly directory: string;
    readonly product: string;
    readonly vmm?: string;
    readonly only?: string;
  },
): Promise<Result<{ readonly workspace: Workspace; readonly product: ResolvedProduct }>> {
  if (choice.vmm === undefined) {
    const { only } = choice;
    return resolveNamed(opened, choice.directory, choice.product, only === undefined ? {} : { only });
  }
  const { workspace } = opened;
  const product = resolveTemplateProduct(workspace, choice.product, choice.vmm, ABILITIES);
  return product.ok ? ok({ workspace, product: product.value }) : product;
}

/** A cache in one file, read at the first question. A missing or damaged file is an empty cache. */
function manifestCache(file: string): { cache: ManifestCache; save: () => void } {
  const version = programVersion();
  let entries: Record<string, Json> | undefined;
  let changed = false;
  const load = (): Record<string, Json> => {
    entries ??= readEntries(file, version);
    return entries;
  };
  const used: Record<string, Json> = {};
  const cache: ManifestCache = {
    version,
    get(key) {
      const value = load()[key];
      if (value !== undefined) used[key] = value;
      return value;
    },
    put(key, value) {
      used[key] = value;
      changed = true;
    },
  };
  const save = () => {
    if (changed) writeCacheFile(file, JSON.stringify({ version, entries: used }));
  };
  return { cache, save };
}

function readEntries(file: string, version: string): Record<string, Json> {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    return stored.version === version ? stored.entries : {};
  } catch {
    return {};
  }
}
