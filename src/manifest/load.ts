// Loads a workspace: qbuild.yaml, then every manifest of every layer. Says all that is wrong in one pass.
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { deriveRecipes } from './derive-recipes.ts';
import { listLayer, type ManifestFile } from './layer-files.ts';
import { child, failureAt, MAX_FAILURES, printable, quote } from './place.ts';
import { causeOf, isInside, type ManifestCache, type Reader, readManifest } from './read-manifest.ts';
import {
  fragmentPath,
  type Kind,
  type Layer,
  type LocalSource,
  type Manifest,
  type RecipeManifest,
  type Workspace,
} from './workspace.ts';

export type { ManifestCache } from './read-manifest.ts';

export const WORKSPACE_FILE = 'qbuild.yaml';

/** The nearest directory upwards from `start` that holds a qbuild.yaml. */
export function findWorkspace(start: string): Result<string> {
  for (let dir = resolve(start); ; dir = dirname(dir)) {
    if (existsSync(join(dir, WORKSPACE_FILE))) return ok(dir);
    if (dir === dirname(dir)) break;
  }
  return fail({
    code: 'manifest/no-workspace',
    message: `There is no \`${WORKSPACE_FILE}\` here or in a directory above.`,
    place: printable(resolve(start)),
    next: 'Change into a workspace.',
  });
}

/** Loads the workspace in `dir` (absolute). Fails with `manifest/…`; all failures of the pass are joined. */
export async function loadWorkspace(dir: string, cache?: ManifestCache): Promise<Result<Workspace>> {
  const loading = new Loading({ base: dir, ...(cache && { cache }) });
  const workspace = await loading.workspace();
  const [first, ...rest] = loading.failures.slice(0, MAX_FAILURES);
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  if (workspace === undefined) throw new Error('loading a workspace ended without result or failure');
  return ok(workspace);
}

/**
 * Adds the product manifest at `path` as a layer of its own above all others; yields its name too.
 * Its includes are relative to it and must lie below its directory.
 */
export async function addProductFile(
  workspace: Workspace,
  path: string,
  cache?: ManifestCache,
): Promise<Result<{ readonly workspace: Workspace; readonly name: string }>> {
  const loading = new Loading({ base: workspace.dir, ...(cache && { cache }) });
  const layer: Layer = { index: workspace.layers.length, dir: dirname(path), keys: [] };
  const known = workspace.layers.find((other) => isInside(other.dir, path));
  const product = await loading.read('product', path, known ?? layer);
  const fragments = new Map(workspace.fragments);
  if (product !== undefined) await loading.includes(product, fragments);
  const [first, ...rest] = loading.failures;
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  if (product === undefined) throw new Error('loading a product ended without result or failure');
  const { name } = product.data;
  const stack = workspace.products.get(name) ?? [];
  if (stack.some((other) => other.source.path === path)) return ok({ workspace, name });
  const added = { ...product, layer };
  const products = new Map(workspace.products).set(name, [...stack, added]);
  return ok({ workspace: { ...workspace, layers: [...workspace.layers, layer], products, fragments }, name });
}

/** One pass over the files; collects failures instead of stopping at the first. */
class Loading {
  readonly failures: Failure[] = [];
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async workspace(): Promise<Workspace | undefined> {
    const dir = this.#reader.base;
    const top: Layer = { index: -1, dir, keys: [] };
    const settings = await this.read('workspace', join(dir, WORKSPACE_FILE), top);
    if (settings === undefined) return undefined;
    const found = { product: [], recipe: [], vmm: [], distribution: [], template: [] } as Found;
    const layers: Layer[] = [];
    for (const [index, relative] of settings.data.layers.entries()) {
      const layerDir = this.#layerDir(settings, index, relative, layers);
      if (layerDir === undefined) continue;
      const { manifests, keys, failures } = listLayer(layerDir, dir);
      this.failures.push(...failures);
      const layer = { index, dir: layerDir, keys };
      layers.push(layer);
      for (const file of manifests) await this.#take(file, layer, found);
    }
    const fragments = new Map<string, Manifest<'fragment'>>();
    for (const product of found.product) await this.includes(product, fragments);
    return {
      dir,
      settings,
      layers,
      products: stack(found.product),
      recipes: stack(found.recipe),
      vmms: stack(found.vmm),
      distributions: stack(found.distribution),
      templates: stack(found.template),
      fragments,
    };
  }

  async read<K extends Kind>(kind: K, path: string, layer: Layer): Promise<Manifest<K> | undefined> {
    const read = await readManifest(kind, path, layer, this.#reader);
    if ('manifest' in read) return read.manifest;
    this.failures.push(...read.failures);
    return undefined;
  }

  #layerDir(
    settings: Manifest<'workspace'>,
    index: number,
    relative: string,
    before: readonly Layer[],
  ): string | undefined {
    const origin = { source: settings.source, pointer: child('/layers', index) };
    const path = resolve(this.#reader.base, relative);
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      const message = `The layer ${quote(relative)} is not a directory.`;
      this.failures.push(failureAt(origin, { code: 'manifest/missing-layer', message }));
      return undefined;
    }
    if (before.some((layer) => realpathSync.native(layer.dir) === realpathSync.native(path))) {
      const message = `The layer ${quote(relative)} is listed twice.`;
      this.failures.push(failureAt(origin, { code: 'manifest/duplicate-layer', message }));
      return undefined;
    }
    return path;
  }

  async #take(file: ManifestFile, layer: Layer, found: Found): Promise<void> {
    const manifest = await this.read(file.kind, file.path, layer);
    if (manifest === undefined) return;
    const { name } = manifest.data as { readonly name: string };
    if (name !== file.name) {
      const holder = file.path.endsWith(`${file.name}.yaml`) ? 'file' : 'directory';
      const message = `The name \`${name}\` differs from that of its ${holder}, ${quote(file.name)}.`;
      const origin = { source: manifest.source, pointer: '/name' };
      this.failures.push(failureAt(origin, { code: 'manifest/name-mismatch', message }));
      return;
    }
    if (manifest.kind === 'repositories') {
      const { recipes, failures } = deriveRecipes(manifest as Manifest<'repositories'>);
      this.failures.push(...failures);
      found.recipe.push(...recipes);
      return;
    }
    const taken = manifest.kind === 'recipe' ? await this.#recipe(manifest as Manifest<'recipe'>) : manifest;
    (found[file.kind as keyof Found] as Manifest[]).push(taken);
  }

  /** A recipe with what lies around it. */
  async #recipe(recipe: Manifest<'recipe'>): Promise<RecipeManifest> {
    const dir = dirname(recipe.source.path);
    const { local, packaging = '' } = recipe.data.source ?? {};
    const file = join(dir, 'installer.yaml');
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
    const installerDefinition = isThere ? await this.read('installer', file, recipe.layer) : undefined;
    return {
      ...recipe,
      dir,
      ...(local !== undefined && { localSource: localSource(recipe.layer, resolve(dir, local), packaging) }),
      ...(installerDefinition && { installerDefinition }),
    };
  }

  /** Reads the fragments that a product and its variants include. */
  async includes(product: Manifest<'product'>, fragments: Map<string, Manifest<'fragment'>>): Promise<void> {
    const variants = Object.entries(product.data.variants ?? {});
    const lists = [
      { pointer: '/include', include: product.data.include ?? [] },
      ...variants.map(([name, variant]) => ({
        pointer: child('/variants', name, 'include'),
        include: variant.include ?? [],
      })),
    ];
    for (const { pointer, include } of lists) {
      for (const [index, relative] of include.entries()) {
        const path = fragmentPath(product, relative);
        if (fragments.has(path)) continue;
        const origin = { source: product.source, pointer: child(pointer, index) };
        if (!isInside(product.layer.dir, path)) {
          const message = `The path ${quote(relative)} leads out of the layer.`;
          this.failures.push(failureAt(origin, { code: 'manifest/outside-layer', message }));
        } else if (!existsSync(path)) {
          const message = `There is no file ${quote(relative)} beside \`${basename(product.source.path)}\`.`;
          this.failures.push(failureAt(origin, { code: 'manifest/missing-file', message }));
        } else {
          const fragment = await this.read('fragment', path, product.layer);
          if (fragment !== undefined) fragments.set(path, fragment);
        }
      }
    }
  }
}

interface Found {
  readonly product: Manifest<'product'>[];
  readonly recipe: RecipeManifest[];
  readonly vmm: Manifest<'vmm'>[];
  readonly distribution: Manifest<'distribution'>[];
  readonly template: Manifest<'template'>[];
}

/** What there is at a recipe's local source. */
function localSource(layer: Layer, path: string, packaging: string): LocalSource {
  if (!isInside(layer.dir, path)) return { path, state: 'outside-layer', debian: false };
  try {
    const inside = isInside(realpathSync.native(layer.dir), realpathSync.native(path));
    const debian = inside && existsSync(join(path, packaging, 'debian', 'control'));
    return { path, state: inside ? 'present' : 'outside-layer', debian };
  } catch (error) {
    causeOf(error);
    return { path, state: 'absent', debian: false };
  }
}

function stack<M extends Manifest>(manifests: readonly M[]): ReadonlyMap<string, readonly M[]> {
  const byName = new Map<string, M[]>();
  for (const manifest of manifests) {
    const { name } = manifest.data as { readonly name: string };
    const sameName = byName.get(name);
    if (sameName === undefined) byName.set(name, [manifest]);
    else sameName.push(manifest);
  }
  return byName;
}
