// What `qbuild.lock` holds: the exact bytes of everything products use. Types and small readers; no files here.
import { type Digest, makeDigest } from '../base/digest.ts';
import type { DebianFacts } from '../resolve/debian/facts.ts';
import type { ArchiveOrigin, BuilderPackage, BuilderSet, GitRef } from '../resolve/resolved.ts';

/** Raised when older programs could misread the file. */
export const LOCK_FORMAT = 1;

/** One lock for a whole workspace: the union of what its products were locked to. */
export interface Lock {
  readonly format: typeof LOCK_FORMAT;
  readonly distributions: Readonly<Record<string, LockedDistribution>>;
  /** Components whose source is not a local tree, by name. */
  readonly components: Readonly<Record<string, LockedComponent>>;
}

export interface LockedDistribution {
  readonly architecture: string;
  /** Every signed Release that a package below came from. */
  readonly metadata: readonly LockedMetadata[];
  readonly packages: Readonly<Record<PackageKey, LockedPackage>>;
  readonly roots: Readonly<Record<string, LockedRoot>>;
}

export interface LockedMetadata {
  /** Base URL of the archive, without a trailing slash and before any mirror. */
  readonly archive: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** The Release file's `Date` field, in UTC as RFC 3339. */
  readonly date: string;
  /** Of the InRelease file, signature included. */
  readonly sha256: string;
  /** Fingerprints of the primary keys whose good signatures it carries, sorted. */
  readonly signers: readonly string[];
}

/** `name=version:architecture`, e.g. `bsdutils=1:2.38.1-5:amd64`. */
export type PackageKey = string;

export interface LockedPackage {
  /** Where the archive offered it, before any mirror. */
  readonly origin: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface LockedRoot {
  /** The root that this one is a layer on; empty for one that starts from nothing. */
  readonly on: string;
  /** The package names or relations that were asked for, sorted. */
  readonly requests: readonly string[];
  /** What that came to, sorted; without what the roots below already have. */
  readonly packages: readonly PackageKey[];
}

/** Where a component's source comes from: one of the two. */
export type LockedSource =
  | { readonly git: LockedGit; readonly archive?: never }
  | { readonly archive: LockedArchive; readonly git?: never };

export type LockedComponent = LockedSource & LockedFacts;

export interface LockedFacts {
  /** What its `debian/` says, for components that Debian packages are built from. */
  readonly debian?: DebianFacts;
  /** What the repository says about its own packages, where the recipe wants that. */
  readonly builder?: LockedBuilder;
}

export interface LockedBuilder {
  readonly set: BuilderSet;
  /** By target. */
  readonly packages: Readonly<Record<string, BuilderPackage>>;
}

/** What a lock has to know of a repository that says itself how it is built. */
export interface BuilderNeed {
  readonly set: BuilderSet;
  /** By target. `codename`: of its distribution's first suite. */
  readonly targets: Readonly<Record<string, { readonly kind: 'deb' | 'rpm'; readonly codename: string }>>;
}

export interface LockedGit {
  readonly url: string;
  readonly ref: GitRef;
  readonly subdirectory?: string;
  /** The tree has its submodules in it, at the commits that it names. */
  readonly submodules?: true;
  /** Files with the keys that could have signed it, as the recipe names them. */
  readonly signedBy?: readonly string[];
  /** There with `signedBy`: fingerprint of the primary key whose signature held when it was locked. */
  readonly signer?: string;
  /** Object name of the commit, hexadecimal. */
  readonly commit: string;
  /** Commit time, seconds since 1970. */
  readonly epoch: number;
  /** The exported tree, as the store hashes it. */
  readonly tree: Digest;
}

export interface LockedArchive extends ArchiveOrigin {
  /** Of its newest member, seconds since 1970. */
  readonly epoch: number;
  /** The unpacked tree, as the store hashes it. */
  readonly tree: Digest;
}

/** The tree that a component is built from, and its date. */
export function treeOf({ git, archive }: LockedSource): Pick<LockedGit, 'tree' | 'epoch'> {
  return git ?? archive;
}

export const EMPTY_LOCK: Lock = { format: LOCK_FORMAT, distributions: {}, components: {} };

/** A record's own member: names come from manifests, and one may be called `constructor`. */
export function own<T>(from: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}

export interface PackageName {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

export function packageKey(of: PackageName): PackageKey {
  return `${of.name}=${of.version}:${of.architecture}`;
}

/** The parts of a key that `packageKey` made or validation accepted. */
export function splitPackageKey(key: PackageKey): PackageName {
  const equals = key.indexOf('=');
  const colon = key.lastIndexOf(':');
  return {
    name: key.slice(0, equals),
    version: key.slice(equals + 1, colon),
    architecture: key.slice(colon + 1),
  };
}

export function packageDigest(locked: LockedPackage): Digest {
  return makeDigest(locked.sha256, locked.size);
}

/** One layer of a root: its name in the lock and its packages. */
export interface RootLayer {
  readonly root: string;
  readonly packages: readonly { readonly key: PackageKey; readonly digest: Digest }[];
}

/** The layers of a locked root, lowest first; nothing when the lock does not have it. */
export function rootLayers(distribution: LockedDistribution, root: string): RootLayer[] | undefined {
  const layers: RootLayer[] = [];
  for (let name = root; name !== ''; ) {
    const locked = distribution.roots[name];
    if (locked === undefined) return undefined;
    const packages = locked.packages.map((key) => {
      const found = distribution.packages[key];
      if (found === undefined) throw new Error(`root ${name} names ${key}, which validation let pass`);
      return { key, digest: packageDigest(found) };
    });
    layers.unshift({ root: name, packages });
    name = locked.on;
  }
  return layers;
}
