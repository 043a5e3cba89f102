// Brings qbuild.lock up to what products need: resolves what is missing, writes the file, or refuses to.
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { requireComplete } from '../lock/describe.ts';
import { LOCK_NAME, writeLock } from '../lock/file.ts';
import { type Lock, type LockedDistribution, own } from '../lock/lockfile.ts';
import {
  isArchive,
  type LockNeeds,
  lockNeeds,
  missingFromLock,
  nothingMissing,
  pruneLock,
  reusableDistribution,
  unionNeeds,
} from '../lock/needs.ts';
import { packageStep } from '../plan/package-steps.ts';
import { linkDebian, type PlacedFacts } from '../resolve/debian/link.ts';
import type { ResolvedProduct } from '../resolve/resolved.ts';
import { readDebianFacts } from '../source/debian-facts.ts';
import type { Mirrors } from '../source/mirrors.ts';
import type { DiskStore } from '../store/disk-store.ts';
import type { Directories } from './directories.ts';
import { lockArchived, lockSource, placeOfGit } from './locking-sources.ts';

export interface LockPolicy {
  /** Fail when the lock would have to change. */
  readonly locked: boolean;
  /** Reach no network: fail when something is missing. */
  readonly offline: boolean;
  /** Resolve everything anew, even what the lock has. */
  readonly update: boolean;
}

export interface LockingContext {
  readonly directories: Directories;
  readonly workspaceDir: string;
  readonly mirrors: Mirrors;
  readonly store: DiskStore;
  readonly signal: AbortSignal;
  /** The component that is asked for alone; see `linkDebian`. */
  readonly only?: string;
}

/** What locking comes to: the lock, and the products with what the locked sources say about them. */
export interface LockedProducts {
  readonly lock: Lock;
  readonly products: readonly ResolvedProduct[];
}

/**
 * The lock with everything that the products need; written when it changed. `all`: these are all products of
 * the workspace, so that what none of them needs leaves the lock. Sources come first: what Debian packages need
 * of a distribution is written in them.
 */
export async function lockProducts(
  current: Lock,
  products: readonly ResolvedProduct[],
  policy: LockPolicy & { readonly all: boolean },
  context: LockingContext,
): Promise<Result<LockedProducts>> {
  const sourced = await complete(current, products, { ...policy, what: 'sources' }, context);
  if (!sourced.ok) return sourced;
  const linked = linkProducts(products, sourced.value, context.only);
  if (!linked.ok) return linked;
  const lock = await complete(sourced.value, linked.value, { ...policy, what: 'distributions' }, context);
  if (!lock.ok) return lock;
  const written = policy.locked ? ok(current) : await write(lock.value, context);
  return written.ok ? ok({ lock: written.value, products: linked.value }) : written;
}

/** The lock with one half of what the products need. */
async function complete(
  current: Lock,
  products: readonly ResolvedProduct[],
  policy: LockPolicy & { readonly all: boolean; readonly what: 'sources' | 'distributions' },
  context: LockingContext,
): Promise<Result<Lock>> {
  const needs = unionNeeds(products.map(needsOf));
  const pruned = policy.all && policy.what === 'distributions';
  const base = pruned ? pruneLock(current, needs) : current;
  const lacking = policy.update && !policy.locked ? needs : missingFromLock(base, needs);
  const missing = { distributions: {}, sources: {}, [policy.what]: lacking[policy.what] };
  if (nothingMissing(missing)) return ok(base);
  if (policy.locked) {
    const complete = requireComplete(base, needs, lockFile(context));
    return complete.ok ? ok(current) : complete;
  }
  if (policy.offline) return fail(offlineMissing(lacking));
  return resolveMissing(base, products, missing, policy, context);
}

/** The products with the links of their Debian packages. */
function linkProducts(
  products: readonly ResolvedProduct[],
  lock: Lock,
  only: string | undefined,
): Result<ResolvedProduct[]> {
  const linked: ResolvedProduct[] = [];
  for (const stated of products) {
    const product = withBuilderFacts(stated, lock);
    const facts = factsOf(product, lock);
    if (!facts.ok) return facts;
    const result = linkDebian(product, facts.value, only);
    if (!result.ok) return result;
    linked.push(result.value);
  }
  return ok(linked);
}

/** The product with what its repositories say about their own packages. */
function withBuilderFacts(product: ResolvedProduct, lock: Lock): ResolvedProduct {
  const components = product.components.map((component) => {
    const { name, source, packages } = component;
    if (source.kind !== 'git' || source.builder === undefined) return component;
    const known = own(lock.components, name)?.builder?.packages ?? {};
    return {
      ...component,
      packages: packages.map((each) => {
        const builder = own(known, each.target);
        return builder === undefined ? each : { ...each, builder };
      }),
    };
  });
  return { ...product, components };
}

/** What the sources of Debian packages say: those from git in the lock, local trees here and now. */
function factsOf(product: ResolvedProduct, lock: Lock): Result<Record<string, PlacedFacts>> {
  const facts: Record<string, PlacedFacts> = {};
  for (const { name, source, packages } of product.components) {
    if (!packages.some(({ build }) => build.kind === 'deb')) continue;
    if (source.kind !== 'local') {
      const locked = own(lock.components, name)?.debian;
      if (locked === undefined) throw new Error(`the lock says nothing about debian/ of ${name}`);
      facts[name] = { facts: locked, place: source.kind === 'git' ? placeOfGit(source) : source.url };
      continue;
    }
    const place = join(source.path, source.packaging ?? '');
    const read = readDebianFacts(place, place);
    if (!read.ok) return read;
    facts[name] = { facts: read.value, place };
  }
  return ok(facts);
}

function needsOf(product: ResolvedProduct): LockNeeds {
  return lockNeeds(product, (built) => packageStep(built.build.kind).rootFor(built.target, product.tools));
}

function lockFile(context: LockingContext): string {
  return join(context.workspaceDir, LOCK_NAME);
}

async function write(lock: Lock, context: LockingContext): Promise<Result<Lock>> {
  const written = await writeLock(lockFile(context), lock);
  return written.ok ? ok(lock) : written;
}

async function resolveMissing(
  current: Lock,
  products: readonly ResolvedProduct[],
  missing: LockNeeds,
  policy: LockPolicy,
  context: LockingContext,
): Promise<Result<Lock>> {
  const options = { ...context, cacheDir: context.directories.cache };
  const distributions: Record<string, LockedDistribution> = { ...current.distributions };
  const known = Object.assign({}, ...products.map((product) => product.distributions));
  for (const [name, need] of Object.entries(missing.distributions)) {
    const keep = policy.update ? undefined : reusableDistribution(current, name, need);
    const { resolveDistribution } = await import('../source/apt-resolver.ts');
    const resolved = await resolveDistribution(known[name], need.roots, keep, {
      ...options,
      seen: own(current.distributions, name)?.metadata ?? [],
    });
    if (!resolved.ok) return resolved;
    distributions[name] = resolved.value;
  }
  const components = { ...current.components };
  for (const [name, need] of Object.entries(missing.sources)) {
    const known = policy.update ? undefined : own(current.components, name);
    const keys = keysDirectoryOf(products, name);
    const locked = isArchive(need)
      ? await lockArchived(need, known, keys, context)
      : await lockSource(name, need, known?.git, keys, context);
    if (!locked.ok) return locked;
    components[name] = locked.value;
  }
  return ok({ ...current, distributions, components });
}

/** What names of keys are relative to; nothing for a source that names none. The last product counts, as for needs. */
function keysDirectoryOf(products: readonly ResolvedProduct[], name: string): string | undefined {
  const sources = products.flatMap(({ components }) => components.filter((each) => each.name === name));
  return sources
    .flatMap(({ source }) =>
      source.kind !== 'local' && source.keysDirectory !== undefined ? [source.keysDirectory] : [],
    )
    .at(-1);
}

function offlineMissing(missing: LockNeeds) {
  const roots = Object.entries(missing.distributions).flatMap(([name, need]) =>
    Object.keys(need.roots).map((root) => `root ${root} of ${name}`),
  );
  const sources = Object.keys(missing.sources).map((name) => `source of ${name}`);
  return {
    code: 'network/offline-missing',
    message: 'qbuild.lock lacks what this product needs, and --offline forbids asking for it.',
    cause: [...roots, ...sources].join('\n'),
    next: 'Run `qbuild lock` once with a network.',
  } as const;
}
