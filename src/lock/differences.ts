// What changed between two locks, as data. Empty exactly when both print the same text.
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import type { DebianFacts } from '../resolve/debian/facts.ts';
import {
  type Lock,
  type LockedBuilder,
  type LockedComponent,
  type LockedDistribution,
  type LockedPackage,
  type LockedRoot,
  type LockedSource,
  own,
  splitPackageKey,
} from './lockfile.ts';

export type LockDifference =
  | { readonly kind: 'distribution-added' | 'distribution-removed'; readonly distribution: string }
  | ({ readonly kind: 'architecture-changed'; readonly distribution: string } & Change<string>)
  /** Dates of the newest Release; equal when only another part of the metadata changed. */
  | ({
      readonly kind: 'metadata-changed';
      readonly distribution: string;
      readonly suite: string;
    } & Change<string>)
  | {
      readonly kind: 'root-added' | 'root-removed' | 'root-changed';
      readonly distribution: string;
      readonly root: string;
      /** Requests. */
      readonly added: readonly string[];
      readonly removed: readonly string[];
    }
  | {
      readonly kind: 'package-added' | 'package-removed';
      readonly distribution: string;
      readonly package: PackageAt;
    }
  /** `altered`: other bytes under the same version, which an archive should never have. `moved`: another origin. */
  | ({
      readonly kind: 'package-changed' | 'package-altered' | 'package-moved';
      readonly distribution: string;
    } & Change<PackageAt>)
  | {
      readonly kind: 'component-added' | 'component-removed';
      readonly component: string;
      readonly at: string;
    }
  | {
      readonly kind: 'component-changed';
      readonly component: string;
      readonly fields: readonly (Change<string> & { readonly field: string })[];
    };

export interface Change<T> {
  readonly from: T;
  readonly to: T;
}

export interface PackageAt extends LockedPackage {
  readonly name: string;
  readonly architecture: string;
  readonly version: string;
}

/** Everything in which two locks differ, in code-unit order of distribution, then component. */
export function lockDifferences(before: Lock, after: Lock): LockDifference[] {
  const distributions = namesOf(before.distributions, after.distributions).flatMap((name) =>
    distributionChanges(name, own(before.distributions, name), own(after.distributions, name)),
  );
  const components = namesOf(before.components, after.components).flatMap((name) =>
    componentChanges(name, own(before.components, name), own(after.components, name)),
  );
  return [...distributions, ...components];
}

const NOTHING: LockedDistribution = { architecture: '', metadata: [], packages: {}, roots: {} };

function distributionChanges(
  distribution: string,
  before: LockedDistribution | undefined,
  after: LockedDistribution | undefined,
): LockDifference[] {
  const changes: LockDifference[] = [];
  if (before === undefined) changes.push({ kind: 'distribution-added', distribution });
  else if (after === undefined) changes.push({ kind: 'distribution-removed', distribution });
  else if (before.architecture !== after.architecture) {
    const [from, to] = [before.architecture, after.architecture];
    changes.push({ kind: 'architecture-changed', distribution, from, to });
  }
  const [old, now] = [before ?? NOTHING, after ?? NOTHING];
  return [
    ...changes,
    ...metadataChanges(distribution, old, now),
    ...rootChanges(distribution, old, now),
    ...packageChanges(distribution, old, now),
  ];
}

function metadataChanges(
  distribution: string,
  before: LockedDistribution,
  after: LockedDistribution,
): LockDifference[] {
  const of = ({ metadata }: LockedDistribution, suite: string) =>
    metadata.filter((entry) => entry.suite === suite);
  const newest = (metadata: LockedDistribution['metadata']) =>
    metadata
      .map(({ date }) => date)
      .sort(compareCodeUnits)
      .at(-1) ?? '';
  const suites = new Set([...before.metadata, ...after.metadata].map(({ suite }) => suite));
  return [...suites].sort(compareCodeUnits).flatMap((suite): LockDifference[] => {
    const [old, now] = [of(before, suite), of(after, suite)];
    if (canonicalJson(old) === canonicalJson(now)) return [];
    return [{ kind: 'metadata-changed', distribution, suite, from: newest(old), to: newest(now) }];
  });
}

function rootChanges(
  distribution: string,
  before: LockedDistribution,
  after: LockedDistribution,
): LockDifference[] {
  return namesOf(before.roots, after.roots).flatMap((root): LockDifference[] => {
    const [old, now] = [own(before.roots, root), own(after.roots, root)];
    const [asked, asking] = [old?.requests ?? [], now?.requests ?? []];
    const added = asking.filter((request) => !asked.includes(request));
    const removed = asked.filter((request) => !asking.includes(request));
    if (old === undefined) return [{ kind: 'root-added', distribution, root, added, removed }];
    if (now === undefined) return [{ kind: 'root-removed', distribution, root, added, removed }];
    if (canonicalJson(old) === canonicalJson(now) || onlyVersions(before, after, old, now)) return [];
    return [{ kind: 'root-changed', distribution, root, added, removed }];
  });
}

/** Whether a root differs only in versions that its packages' own differences tell. */
function onlyVersions(
  before: LockedDistribution,
  after: LockedDistribution,
  old: LockedRoot,
  now: LockedRoot,
): boolean {
  const shape = ({ on, requests, packages }: LockedRoot) =>
    canonicalJson([
      on,
      requests,
      packages.map(splitPackageKey).map(({ name, architecture }) => [name, architecture]),
    ]);
  if (shape(old) !== shape(now)) return false;
  return (
    now.packages.some((key) => !(key in before.packages)) ||
    old.packages.some((key) => !(key in after.packages))
  );
}

function packageChanges(
  distribution: string,
  before: LockedDistribution,
  after: LockedDistribution,
): LockDifference[] {
  const [left, right] = [byName(before.packages), byName(after.packages)];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort(compareCodeUnits);
  return names.flatMap((name): LockDifference[] => {
    const [old, now] = [left.get(name) ?? [], right.get(name) ?? []];
    const same = (a: PackageAt) => (b: PackageAt) => b.version === a.version;
    const removed = old.filter((each) => !now.some(same(each)));
    const added = now.filter((each) => !old.some(same(each)));
    const kept = old.flatMap((from) => now.filter(same(from)).map((to) => ({ from, to })));
    const changes = kept.flatMap(({ from, to }): LockDifference[] => {
      if (from.sha256 !== to.sha256 || from.size !== to.size)
        return [{ kind: 'package-altered', distribution, from, to }];
      return from.origin === to.origin ? [] : [{ kind: 'package-moved', distribution, from, to }];
    });
    const [from, to] = [removed[0], added[0]];
    if (removed.length === 1 && added.length === 1 && from !== undefined && to !== undefined) {
      return [...changes, { kind: 'package-changed', distribution, from, to }];
    }
    return [
      ...changes,
      ...removed.map((each): LockDifference => ({ kind: 'package-removed', distribution, package: each })),
      ...added.map((each): LockDifference => ({ kind: 'package-added', distribution, package: each })),
    ];
  });
}

function byName(packages: LockedDistribution['packages']): Map<string, PackageAt[]> {
  const found = new Map<string, PackageAt[]>();
  for (const key of Object.keys(packages).sort(compareCodeUnits)) {
    const locked = packages[key];
    if (locked === undefined) continue;
    const at = { ...splitPackageKey(key), ...locked };
    const name = `${at.name}:${at.architecture}`;
    found.set(name, [...(found.get(name) ?? []), at]);
  }
  return found;
}

function componentChanges(
  component: string,
  before: LockedComponent | undefined,
  after: LockedComponent | undefined,
): LockDifference[] {
  const at = ({ git, archive }: LockedComponent) =>
    git === undefined
      ? `${archive.url} of ${archive.sha256}`
      : `${git.url} ${git.ref.kind} ${git.ref.name} at ${git.commit}`;
  if (before === undefined)
    return after === undefined ? [] : [{ kind: 'component-added', component, at: at(after) }];
  if (after === undefined) return [{ kind: 'component-removed', component, at: at(before) }];
  const fields = ({ debian, builder, ...source }: LockedComponent): Record<string, string> => ({
    ...sourceFields(source),
    packaging: debian === undefined ? '' : titleOf(debian),
    builder: builder === undefined ? '' : builderTitle(builder),
  });
  const [old, now] = [fields(before), fields(after)];
  const what = Object.keys(old).flatMap((field): (Change<string> & { field: string })[] =>
    old[field] === now[field] ? [] : [{ field, from: old[field] ?? '', to: now[field] ?? '' }],
  );
  return what.length === 0 ? [] : [{ kind: 'component-changed', component, fields: what }];
}

/** The same fields for every kind of source, so that a change of the kind is told, too. */
function sourceFields({ git, archive }: LockedSource): Record<string, string> {
  return {
    url: (git ?? archive)?.url ?? '',
    ref: git === undefined ? '' : `${git.ref.kind} ${git.ref.name}`,
    subdirectory: git?.subdirectory ?? '',
    submodules: git?.submodules ? 'fetched' : '',
    signedBy: git?.signedBy === undefined ? '' : canonicalJson(git.signedBy),
    signer: git?.signer ?? '',
    commit: git?.commit ?? '',
    sha256: archive?.sha256 ?? '',
    size: String(archive?.size ?? ''),
    signature: archive?.signature === undefined ? '' : canonicalJson({ ...archive.signature }),
    epoch: String((git ?? archive)?.epoch ?? ''),
    tree: (git ?? archive)?.tree ?? '',
  };
}

/** Tells any two packagings apart, and says of which version they are. */
function titleOf(debian: DebianFacts): string {
  return `${debian.source} ${debian.version} (${sha256Hex(canonicalJson(debian)).slice(0, 8)})`;
}

/** The same of what a repository says about itself. */
function builderTitle(builder: LockedBuilder): string {
  const versions = Object.values(builder.packages).map(({ version, release }) => `${version}-${release}`);
  const hash = sha256Hex(canonicalJson(builder)).slice(0, 8);
  return `${builder.set} ${[...new Set(versions)].join(', ')} (${hash})`;
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareCodeUnits);
}
