// Products as wholes: which there are, how one is composed, and the lock of all.
import { resolve } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { describeDifferences } from '../lock/describe.ts';
import { lockDifferences } from '../lock/differences.ts';
import { LOCK_NAME, readLock } from '../lock/file.ts';
import { addProductFile } from '../manifest/load.ts';
import { composeProduct, productNames } from '../resolve/compose-product.ts';
import type { ResolvedProduct } from '../resolve/resolved.ts';
import { renderShow } from '../resolve/show.ts';
import { resolveTemplateProduct, templateNames, vmmsOfTemplate } from '../resolve/template.ts';
import { openStore } from '../store/disk-store.ts';
import { directoriesOf } from './directories.ts';
import { type LockPolicy, lockProducts } from './locking.ts';
import { ABILITIES, type OpenWorkspace, openWorkspace, resolveNamed } from './workspace.ts';

export interface ListedProduct {
  readonly name: string;
  readonly title: string;
}

/** The products of a workspace, sorted by name. */
export async function listProducts(directory: string): Promise<Result<readonly ListedProduct[]>> {
  const opened = await openWorkspace(directory, directoriesOf(process.env).cache);
  if (!opened.ok) return opened;
  const listed: ListedProduct[] = [];
  for (const name of productNames(opened.value.workspace)) {
    const composed = composeProduct(opened.value.workspace, name);
    if (!composed.ok) return composed;
    listed.push({ name, title: String(composed.value.texts.get('title')?.value ?? '') });
  }
  return ok(listed);
}

/** A composed product as YAML in which every value says where it was written. */
export async function showProduct(directory: string, product: string): Promise<Result<string>> {
  const opened = await openWorkspace(directory, directoriesOf(process.env).cache);
  if (!opened.ok) return opened;
  let { workspace } = opened.value;
  let name = product;
  if (product.includes('/') || product.endsWith('.yaml')) {
    const added = await addProductFile(workspace, resolve(directory, product));
    if (!added.ok) return added;
    ({ workspace, name } = added.value);
  }
  const composed = composeProduct(workspace, name);
  return composed.ok ? ok(renderShow(composed.value)) : composed;
}

/**
 * Locks the named products, or all; yields what changed, a line each. What `component` needs of them is locked, too, so
 * that the lock is the same whichever command wrote it last.
 */
export async function lockWorkspace(
  directory: string,
  products: readonly string[] | undefined,
  policy: LockPolicy,
  signal: AbortSignal,
): Promise<Result<readonly string[]>> {
  const directories = directoriesOf(process.env);
  const opened = await openWorkspace(directory, directories.cache);
  if (!opened.ok) return opened;
  const { dir, settings } = opened.value.workspace;
  const before = await readLock(resolve(dir, LOCK_NAME));
  if (!before.ok) return before;
  const store = await openStore(directories.store, { workspace: dir });
  if (!store.ok) return store;
  const context = {
    directories,
    workspaceDir: dir,
    mirrors: settings.data.mirrors ?? {},
    store: store.value,
    signal,
  };
  try {
    const resolved: ResolvedProduct[] = [];
    for (const name of products ?? productNames(opened.value.workspace)) {
      const found = await resolveNamed(opened.value, directory, name);
      if (!found.ok) return found;
      resolved.push(found.value.product);
      const alone = await resolveNamed(opened.value, directory, name, { anyAlone: true });
      // What cannot be built alone, such as for a distribution without the tools, has nothing to be locked.
      if (alone.ok) resolved.push(alone.value.product);
    }
    const all = products === undefined;
    const templates = all ? allTemplates(opened.value) : ok([]);
    if (!templates.ok) return templates;
    resolved.push(...templates.value);
    const locked = await lockProducts(before.value, resolved, { ...policy, all }, context);
    if (!locked.ok) return locked;
    return ok(describeDifferences(lockDifferences(before.value, locked.value.lock)));
  } finally {
    await store.value.close();
  }
}

/** Every template for every VMM that it is for: a whole workspace's lock has what their images need. */
function allTemplates({ workspace }: OpenWorkspace): Result<readonly ResolvedProduct[]> {
  const resolved: ResolvedProduct[] = [];
  for (const template of templateNames(workspace)) {
    for (const vmm of vmmsOfTemplate(workspace, template)) {
      const found = resolveTemplateProduct(workspace, template, vmm, ABILITIES);
      if (found.ok) resolved.push(found.value);
      // Its components are not for this VMM: there is no such image.
      else if (found.error.code !== 'resolve/missing-provider') return found;
    }
  }
  return ok(resolved);
}
