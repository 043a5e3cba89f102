// What a product needs of the lock, and what of that the lock lacks: pure comparisons, cheap enough for every run.
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import {
  type ArchiveOrigin,
  type GitRef,
  type ResolvedComponent,
  type ResolvedPackage,
  type ResolvedProduct,
  systemOf,
} from '../resolve/resolved.ts';
import {
  type BuilderNeed,
  type Lock,
  type LockedBuilder,
  type LockedDistribution,
  type LockedSource,
  own,
} from './lockfile.ts';
import { templateRootNeeds } from './template-roots.ts';

/** Package sets, and sources that are not local, by name. Also what is left to lock, when something is missing. */
export interface LockNeeds {
  readonly distributions: Readonly<Record<string, DistributionNeeds>>;
  readonly sources: Readonly<Record<string, SourceNeed>>;
}

export interface DistributionNeeds {
  readonly architecture: string;
  /** `suite component…`, sorted. URLs are not compared: a mirror offers the same signed metadata. */
  readonly suites: readonly string[];
  readonly roots: Readonly<Record<string, RootNeed>>;
}

export interface RootNeed {
  /** The root below; empty for `base`. */
  readonly on: string;
  /** Sorted, without duplicates. */
  readonly requests: readonly string[];
  /** The requests are relations, as Build-Depends has them, and not names alone. */
  readonly relations?: true;
}

export interface GitNeed {
  readonly url: string;
  readonly ref: GitRef;
  readonly subdirectory?: string;
  /** Its submodules are fetched, too. */
  readonly submodules?: true;
  /** Files with keys of which one must have signed the tag, or the commit where no tag is named. */
  readonly signedBy?: readonly string[];
}

export type ArchiveNeed = ArchiveOrigin;

export type SourceNeed = (GitNeed | ArchiveNeed) & SourceQuestions;

/** What a lock has to know of a source besides its tree. */
export interface SourceQuestions {
  /** Debian packages are built from it, so the lock has to say what its `debian/` says. */
  readonly packaging?: true;
  /** The repository is asked how its packages are built. */
  readonly builder?: BuilderNeed;
}

export function isArchive(need: GitNeed | ArchiveNeed): need is ArchiveNeed {
  return 'sha256' in need;
}

/** Where a package is built: a distribution and one of its named roots. Known to the steps. */
export interface RootChoice {
  readonly distribution: string;
  readonly root: string;
}

/** The lock's name for a root that adds build dependencies to a named one. */
export function derivedRootName(root: string, packages: readonly string[]): string {
  const added = normalised(packages);
  return added.length === 0 ? root : `${root}:${added.join(',')}`;
}

/** The root that a package is built in: a named one, or one that is derived from it. */
export function buildRoot(
  built: ResolvedPackage,
  on: string,
): { readonly name: string; readonly need?: RootNeed } {
  const { debian, buildDepends } = built;
  if (debian === undefined) {
    const name = derivedRootName(on, buildDepends);
    return name === on ? { name } : { name, need: { on, requests: normalised(buildDepends) } };
  }
  // Conflicts are words of `apt-get satisfy`, too.
  const conflicts = debian.conflicts.map((relation) => `Conflicts: ${relation}`);
  const requests = normalised([...buildDepends, ...debian.relations, ...conflicts]);
  if (requests.length === 0) return { name: on };
  // Relations make no readable name; builds that ask for the same share the root.
  const name = `${on}:${sha256Hex(canonicalJson(requests)).slice(0, 12)}`;
  return { name, need: { on, requests, relations: true } };
}

/** Everything that must be locked before the product can be planned. */
export function lockNeeds(
  product: ResolvedProduct,
  rootOf: (built: ResolvedPackage) => RootChoice | undefined,
): LockNeeds {
  const distributions: Record<string, DistributionNeeds & { roots: Record<string, RootNeed> }> = {};
  for (const [name, { architecture, archives, roots }] of Object.entries(product.distributions)) {
    const needs: Record<string, RootNeed> = {};
    const suites = archives.flatMap(({ suites, components }) =>
      suites.map((suite) => suiteLine(suite, components)),
    );
    for (const [root, packages] of Object.entries(roots)) {
      needs[root] = { on: root === 'base' ? '' : 'base', requests: normalised(packages) };
    }
    distributions[name] = { architecture, suites: normalised(suites), roots: needs };
  }
  for (const template of product.templates) {
    Object.assign(distributions[template.distribution]?.roots ?? {}, templateRootNeeds(template));
  }
  const sources: Record<string, SourceNeed> = {};
  for (const component of product.components) {
    const packaged = component.packages.some(({ build }) => build.kind === 'deb');
    if (component.source.kind === 'git') {
      const { kind: _, builder: set, keysDirectory: __, ...need } = component.source;
      sources[component.name] = {
        ...need,
        ...(packaged && { packaging: true }),
        ...(set && { builder: { set, targets: builderTargets(product, component) } }),
      };
    } else if (component.source.kind === 'archive') {
      const { kind: _, keysDirectory: __, ...need } = component.source;
      sources[component.name] = { ...need, ...(packaged && { packaging: true }) };
    }
    for (const built of component.packages) {
      const choice = rootOf(built);
      if (choice === undefined) continue;
      const { name, need } = buildRoot(built, choice.root);
      if (need === undefined) continue;
      const roots = distributions[choice.distribution]?.roots;
      if (roots === undefined)
        throw new Error(`rootOf names ${choice.distribution}, which the product lacks`);
      roots[name] = need;
    }
  }
  return { distributions, sources };
}

function builderTargets(product: ResolvedProduct, component: ResolvedComponent): BuilderNeed['targets'] {
  const targets = component.packages.flatMap(({ target, build: { kind } }) => {
    const codename = product.distributions[systemOf(target)]?.archives[0]?.suites[0] ?? '';
    return kind === 'deb' || kind === 'rpm' ? [[target, { kind, codename }] as const] : [];
  });
  return Object.fromEntries(targets);
}

/** The union of several products' needs, for pruning and for updating a whole workspace. */
export function unionNeeds(all: readonly LockNeeds[]): LockNeeds {
  const distributions: Record<string, DistributionNeeds> = {};
  const sources: Record<string, SourceNeed> = {};
  for (const needs of all) {
    for (const [name, need] of Object.entries(needs.distributions)) {
      const roots = { ...distributions[name]?.roots, ...need.roots };
      distributions[name] = { ...need, roots };
    }
    for (const [name, need] of Object.entries(needs.sources)) {
      const packaging = need.packaging ?? sources[name]?.packaging;
      const targets = { ...sources[name]?.builder?.targets, ...need.builder?.targets };
      const builder = need.builder && { ...need.builder, targets };
      sources[name] = { ...need, ...(packaging && { packaging }), ...(builder && { builder }) };
    }
  }
  return { distributions, sources };
}

/** The part of `needs` that `lock` does not answer; empty records when it is complete. */
export function missingFromLock(lock: Lock, needs: LockNeeds): LockNeeds {
  const distributions: Record<string, DistributionNeeds> = {};
  for (const [name, need] of Object.entries(needs.distributions)) {
    const roots = staleRoots(reusableDistribution(lock, name, need), need);
    if (Object.keys(roots).length > 0) distributions[name] = { ...need, roots };
  }
  const sources: Record<string, SourceNeed> = {};
  for (const [name, need] of Object.entries(needs.sources)) {
    const locked = own(lock.components, name);
    const complete =
      (!need.packaging || locked?.debian !== undefined) && answers(locked?.builder, need.builder);
    if (locked === undefined || !sameSource(locked, need) || !complete) sources[name] = need;
  }
  return { distributions, sources };
}

/** Whether the repository was asked about all of these packages. */
function answers(locked: LockedBuilder | undefined, need: BuilderNeed | undefined): boolean {
  if (need === undefined) return locked === undefined;
  if (locked?.set !== need.set) return false;
  return Object.keys(need.targets).every((target) => own(locked.packages, target) !== undefined);
}

/** The locked distribution when it was resolved from the same suites for the same architecture. */
export function reusableDistribution(
  lock: Lock,
  name: string,
  need: DistributionNeeds,
): LockedDistribution | undefined {
  const locked = own(lock.distributions, name);
  if (locked === undefined || locked.architecture !== need.architecture) return undefined;
  const suites = normalised(locked.metadata.map(({ suite, components }) => suiteLine(suite, components)));
  return sameList(suites, need.suites) ? locked : undefined;
}

export function nothingMissing(missing: LockNeeds): boolean {
  return Object.keys(missing.distributions).length === 0 && Object.keys(missing.sources).length === 0;
}

/** The lock without what none of `needs` asks for. */
export function pruneLock(lock: Lock, needs: LockNeeds): Lock {
  const distributions: Record<string, LockedDistribution> = {};
  for (const [name, locked] of Object.entries(lock.distributions)) {
    const need = own(needs.distributions, name);
    if (need !== undefined)
      distributions[name] = keepRoots(locked, (root) => Object.hasOwn(need.roots, root));
  }
  const components = Object.fromEntries(
    Object.entries(lock.components).filter(([name]) => Object.hasOwn(needs.sources, name)),
  );
  return { ...lock, distributions, components };
}

/** A distribution with some of its roots, those below them, and the packages that these name. */
export function keepRoots(locked: LockedDistribution, keep: (root: string) => boolean): LockedDistribution {
  const kept = new Set<string>();
  for (const root of Object.keys(locked.roots).filter(keep)) {
    for (let name = root; name !== ''; name = locked.roots[name]?.on ?? '') kept.add(name);
  }
  const roots = Object.fromEntries(Object.entries(locked.roots).filter(([name]) => kept.has(name)));
  const named = new Set(Object.values(roots).flatMap((root) => root.packages));
  const packages = Object.fromEntries(Object.entries(locked.packages).filter(([key]) => named.has(key)));
  return { ...locked, roots, packages };
}

/** Roots that are missing, were asked for differently, or stand on one that is. */
function staleRoots(
  locked: LockedDistribution | undefined,
  need: DistributionNeeds,
): Record<string, RootNeed> {
  const stale: Record<string, RootNeed> = {};
  const isStale = (name: string): boolean => {
    const wanted = own(need.roots, name);
    if (wanted === undefined) return false;
    const has = own(locked?.roots ?? {}, name);
    return has === undefined || !sameRequest(has, wanted) || isStale(wanted.on);
  };
  for (const [name, wanted] of Object.entries(need.roots)) if (isStale(name)) stale[name] = wanted;
  return stale;
}

function sameRequest(a: RootNeed, b: RootNeed): boolean {
  return a.on === b.on && sameList(a.requests, b.requests);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index]);
}

function suiteLine(suite: string, components: readonly string[]): string {
  return [suite, ...components].join(' ');
}

/** Whether a locked source is what is asked for. */
export function sameSource({ git, archive }: LockedSource, need: GitNeed | ArchiveNeed): boolean {
  const locked = isArchive(need) ? archive && archiveOf(archive) : git && gitOf(git);
  return canonicalJson(locked ?? null) === canonicalJson(isArchive(need) ? archiveOf(need) : gitOf(need));
}

function gitOf({ url, ref: { kind, name }, subdirectory, submodules, signedBy }: GitNeed) {
  return {
    url,
    ref: { kind, name },
    subdirectory: subdirectory ?? null,
    submodules: submodules ?? null,
    signedBy: signedBy ?? null,
  };
}

function archiveOf({ url, sha256, size, signature }: ArchiveNeed) {
  return { url, sha256, size, signature: signature ? { url: signature.url, keys: signature.keys } : null };
}

function normalised(packages: readonly string[]): string[] {
  return [...new Set(packages)].sort(compareCodeUnits);
}
