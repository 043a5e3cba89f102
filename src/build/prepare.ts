// Everything before the first action: workspace, product, lock, sources, signer, plan. Shared by all commands
// that speak about a product's actions.
import { join } from 'node:path';
import type { Emit, Phase } from '../action/events.ts';
import type { Digest } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { LOCK_NAME, readLock } from '../lock/file.ts';
import { type Lock, treeOf } from '../lock/lockfile.ts';
import { type ProductPlan, planProduct, type SourceContent, schemesOf } from '../plan/product-plan.ts';
import type { ResolvedProduct } from '../resolve/resolved.ts';
import { unusableAsLayer } from '../sandbox/bubblewrap.ts';
import { importLocalTrees } from '../source/local.ts';
import type { Mirrors } from '../source/mirrors.ts';
import { type DiskStore, openStore } from '../store/disk-store.ts';
import { type Directories, directoriesOf } from './directories.ts';
import { type LockPolicy, lockProducts } from './locking.ts';
import { type KeyChoice, openSigning, type Signing } from './signing.ts';
import { importTemplateFiles } from './template-files.ts';
import { manifestFiles, openWorkspace, resolveChoice } from './workspace.ts';

export interface PrepareOptions extends KeyChoice {
  /** Where the workspace is looked for, upwards. */
  readonly directory: string;
  /** Name of a product, or path of its manifest; of a template when `vmm` is there. */
  readonly product: string;
  /** The VMM that a template's image is made for. */
  readonly vmm?: string;
  readonly lock: LockPolicy;
  /** The only component that is asked for; absent: everything that is published. */
  readonly only?: string;
}

export interface Prepared {
  readonly directories: Directories;
  /** Absolute directory of the workspace. */
  readonly workspaceDir: string;
  /** The workspace's table of URL prefixes and what replaces them. */
  readonly mirrors: Mirrors;
  readonly product: ResolvedProduct;
  readonly lock: Lock;
  readonly sources: Readonly<Record<string, SourceContent>>;
  readonly templateFiles: Readonly<Record<string, Digest>>;
  readonly signing: Signing;
  readonly store: DiskStore;
  /** Where all of it was read from: layers, and files of manifests and the lock; absolute. */
  readonly watched: { readonly layers: readonly string[]; readonly manifests: readonly string[] };
  readonly plan: ProductPlan;
}

/** What a run reports while it is prepared: phases with their times, and notices. */
export interface Reporting {
  readonly emit: Emit;
  /** Milliseconds since the run began. */
  readonly elapsed: () => number;
}

/** Runs one phase between its events. */
export async function inPhase<T, E = Failure>(
  { emit, elapsed }: Reporting,
  name: Phase,
  work: () => Promise<Result<T, E>>,
  detail?: (value: T) => string,
): Promise<Result<T, E>> {
  emit({ type: 'phase', name, state: 'begin', atMs: elapsed() });
  const result = await work();
  const said = result.ok && detail !== undefined ? { detail: detail(result.value) } : {};
  emit({ type: 'phase', name, state: 'end', atMs: elapsed(), ...said });
  return result;
}

/** On success the caller closes `store`. */
export async function prepare(
  options: PrepareOptions,
  reporting: Reporting,
  signal: AbortSignal,
): Promise<Result<Prepared>> {
  const directories = directoriesOf(process.env);
  // Told now, and not after everything was downloaded into it.
  const unusable = unusableAsLayer(directories.store);
  if (unusable !== undefined) return fail(unusable);
  const opened = await inPhase(reporting, 'load', () => openWorkspace(options.directory, directories.cache));
  if (!opened.ok) return opened;
  const resolved = await inPhase(
    reporting,
    'resolve',
    () => resolveChoice(opened.value, options),
    ({ product }) =>
      options.vmm === undefined
        ? `${product.title} ${product.version}, ${product.components.length} components`
        : `${product.title} for ${product.vmm.title}`,
  );
  if (!resolved.ok) return resolved;
  const { product, workspace } = resolved.value;
  for (const { code, message } of product.notices) {
    reporting.emit({ type: 'notice', level: 'warning', code, message, atMs: reporting.elapsed() });
  }
  const store = await openStore(directories.store, {
    workspace: workspace.dir,
    onDamage: ({ code, message }) =>
      reporting.emit({ type: 'notice', level: 'warning', code, message, atMs: reporting.elapsed() }),
  });
  if (!store.ok) return store;
  const base = {
    directories,
    workspaceDir: workspace.dir,
    mirrors: workspace.settings.data.mirrors ?? {},
    product,
    store: store.value,
    watched: {
      layers: workspace.layers.map(({ dir }) => dir),
      manifests: [...manifestFiles(workspace), join(workspace.dir, LOCK_NAME)],
    },
  };
  const rest = await prepareInStore(options, reporting, signal, base);
  if (rest.ok) opened.value.saveCache();
  else await store.value.close();
  return rest;
}

async function prepareInStore(
  options: PrepareOptions,
  reporting: Reporting,
  signal: AbortSignal,
  opened: Pick<Prepared, 'directories' | 'workspaceDir' | 'mirrors' | 'product' | 'store' | 'watched'>,
): Promise<Result<Prepared>> {
  const { directories, store } = opened;
  const locked = await inPhase(reporting, 'lock', async () => {
    const current = await readLock(join(opened.workspaceDir, LOCK_NAME));
    if (!current.ok) return current;
    return lockProducts(
      current.value,
      [opened.product],
      { ...options.lock, all: false },
      { ...opened, signal, ...(options.only !== undefined && { only: options.only }) },
    );
  });
  if (!locked.ok) return locked;
  const {
    lock,
    products: [product],
  } = locked.value;
  if (product === undefined) throw new Error('locking lost the product');
  const sources = await inPhase(reporting, 'sources', () => contentOfSources(product, lock, store, signal));
  if (!sources.ok) return sources;
  const templateFiles = await importTemplateFiles(product.templates, store);
  if (!templateFiles.ok) return templateFiles;
  const signing = await openSigning(directories, options, schemesOf(product), product.name);
  if (!signing.ok) return signing;
  const { signers } = signing.value;
  const plan = await inPhase(reporting, 'plan', async () =>
    planProduct({ product, lock, sources: sources.value, templateFiles: templateFiles.value, signers }),
  );
  if (!plan.ok) return plan;
  return ok({
    ...opened,
    product,
    lock,
    sources: sources.value,
    templateFiles: templateFiles.value,
    signing: signing.value,
    plan: plan.value,
  });
}

/** Local trees are imported now; others are in the lock and fetched when an action needs them. */
async function contentOfSources(
  product: ResolvedProduct,
  lock: Lock,
  store: DiskStore,
  signal: AbortSignal,
): Promise<Result<Record<string, SourceContent>>> {
  const local = new Map<string, string>();
  const contents: Record<string, SourceContent> = {};
  for (const { name, source } of product.components) {
    const locked = lock.components[name];
    if (source.kind === 'local') local.set(name, source.path);
    else if (locked !== undefined) contents[name] = treeOf(locked);
  }
  const imported = await importLocalTrees([...new Set(local.values())], store, signal);
  if (!imported.ok) return imported;
  for (const [name, path] of local) {
    contents[name] = { tree: imported.value.get(path) as Digest, epoch: product.epoch };
  }
  return ok(contents);
}
