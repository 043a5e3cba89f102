// What `resolve` yields: a product with every choice made, as plain data that plan and lock read.
import type { Json } from '../base/canonical.ts';

/** A target, `<os>-<release>/<architecture>` or `windows/<architecture>`. */
export type Target = string;

/** The operating system that a target is for: the name of a distribution, or `windows`. */
export function systemOf(target: Target): string {
  return target.replace(/\/.*/, '');
}

export interface ResolvedProduct {
  readonly name: string;
  readonly title: string;
  /** Version of the deliverables: `major.minor.patch`, each below 65536 (Windows Installer's limit is 255.255.65535). */
  readonly version: string;
  readonly publisher: string;
  readonly vmm: ResolvedVmm;
  readonly domains: Readonly<Record<string, ResolvedDomain>>;
  /** Closed under dependencies; sorted by name. */
  readonly components: readonly ResolvedComponent[];
  /** Distributions whose packages roots or targets need, by name. */
  readonly distributions: Readonly<Record<string, ResolvedDistribution>>;
  /** Name of the distribution whose root sets hold the tools of build kinds and deliverables. */
  readonly tools: string;
  readonly deliverables: readonly ResolvedDeliverable[];
  /** Guest images and systems that deliverables have on them. */
  readonly templates: readonly ResolvedTemplate[];
  /** SOURCE_DATE_EPOCH of everything whose source has no date of its own; seconds since 1970. */
  readonly epoch: number;
  /** What the product names and this version leaves out; nothing is left out silently, so show them. */
  readonly notices: readonly Notice[];
}

/** Something a person should know that does not stop the build. */
export interface Notice {
  readonly code: `resolve/${string}`;
  readonly message: string;
  readonly place: string;
}

export interface ResolvedVmm {
  readonly name: string;
  readonly title: string;
  /** Directory-independent facts that templates of installers and guests may use. */
  readonly facts: Readonly<Record<string, Json>>;
  readonly hypervisor?: ResolvedHypervisor;
}

/** The domain of a role. */
export interface ResolvedDomain {
  readonly os: string;
  readonly sameAs?: string;
  readonly template?: string;
  /** What an installer creates for the role; with a label. */
  readonly name?: string;
  readonly label?: string;
}

/** What is started before the kernel of the admin domain. */
export interface ResolvedHypervisor {
  /** Absolute path in the system of the admin domain; `*` stands for what differs by version. */
  readonly image: string;
  /** Such a path of the same as a program for UEFI. */
  readonly efiImage?: string;
  readonly options: readonly string[];
  readonly kernelOptions: readonly string[];
}

export interface ResolvedComponent {
  readonly name: string;
  readonly summary: string;
  /** SPDX expression after choosing the product's side of a dual licence. */
  readonly license: string;
  /** Listed in the product, or only needed by one that is. */
  readonly listed: boolean;
  readonly source: ResolvedSource;
  /** Directory of the recipe; absolute. */
  readonly recipeDir: string;
  readonly packages: readonly ResolvedPackage[];
  /** What this component contributes to hosted installers; validated by the installer's schema. */
  readonly installer?: Json;
}

export type ResolvedSource =
  /** `packaging`: the directory inside that has its `debian/`, when that is not at the top. */
  | { readonly kind: 'local'; readonly path: string; readonly packaging?: string }
  /**
   * `builder`: the set of packages for which the repository says itself how they are built. `signedBy`: files with keys
   * of which one must have signed it, relative to `keysDirectory`, which is absolute and there with them.
   */
  | {
      readonly kind: 'git';
      readonly url: string;
      readonly ref: GitRef;
      readonly subdirectory?: string;
      readonly submodules?: true;
      readonly signedBy?: readonly string[];
      readonly keysDirectory?: string;
      readonly builder?: BuilderSet;
    }
  /** `keysDirectory`: what the names of the signature's keys are relative to; absolute. */
  | (ArchiveOrigin & { readonly kind: 'archive'; readonly keysDirectory: string });

/** A tar archive that is a source, as its recipe pins it. */
export interface ArchiveOrigin {
  readonly url: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** A detached signature that one of the keys must have made. */
  readonly signature?: { readonly url: string; readonly keys: readonly string[] };
}

export type BuilderSet = 'vm' | 'host';

export type GitRef =
  | { readonly kind: 'commit'; readonly name: string }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'branch'; readonly name: string };

export interface ResolvedPackage {
  readonly target: Target;
  /** The recipe's `build` section; `kind` selects the step. */
  readonly build: { readonly kind: string; readonly [setting: string]: Json };
  /** Components whose package for the same target this one builds on, providers already chosen; sorted. */
  readonly dependsOn: readonly string[];
  /** Distribution packages that its build needs besides the build kind's root. */
  readonly buildDepends: readonly string[];
  /** In the deliverable; false for packages that only others' builds need. */
  readonly shipped: boolean;
  /** Of packages of kind `deb`, once the packaging facts of all sources are known. */
  readonly debian?: DebianLink;
  /** Of sources with `builder`, once what they say is known. */
  readonly builder?: BuilderPackage;
}

/** How a repository says that one of its packages is built. */
export interface BuilderPackage {
  readonly version: string;
  readonly release: string;
  /** Spec files, or the one directory that is `debian/`; relative to the source. */
  readonly build: readonly string[];
  /** Shell commands that prepare the source, with placeholders of directories that only a build knows. */
  readonly commands: readonly string[];
  /** Whether the tree itself is what is built, and not the first of the files. */
  readonly treeIsSource: boolean;
  /** Pinned when the source was locked. */
  readonly files: readonly BuilderFile[];
}

/** A file that a repository names instead of having it. */
export interface BuilderFile {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What the build of a Debian package takes from its distribution and from the product's own packages. */
export interface DebianLink {
  /** What the distribution has to satisfy, in the syntax of Build-Depends; sorted. */
  readonly relations: readonly string[];
  /** What must not be installed, in the same syntax; sorted. */
  readonly conflicts: readonly string[];
  /** Binary packages of the product that are installed for the build, as far as known before it; sorted. */
  readonly install: readonly string[];
  /** Names of the product's packages, which no distribution package for this build may have; sorted. */
  readonly reserved: readonly string[];
}

export interface ResolvedDistribution {
  readonly name: string;
  readonly architecture: string;
  readonly archives: readonly ResolvedArchive[];
  /** Named package sets; each is a layer on `base`, which itself has the packages of `roots.base`. */
  readonly roots: Readonly<Record<string, readonly string[]>>;
  /** Packages that many builds add to the root set `on`, closed over dependencies: a layer for all that add them. */
  readonly shared?: Readonly<Record<string, { readonly on: string; readonly packages: readonly string[] }>>;
}

export interface ResolvedArchive {
  /** Base URL without a trailing slash, as written: the `mirrors` table applies when something is fetched. */
  readonly url: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Absolute path of the keyring file that verifies the archive's InRelease. */
  readonly keyring: string;
}

/**
 * `installer` has the settings `formats`, and `component` with the `definition` in its installer.yaml.
 * `apt-repository` and `rpm-repository` have all that the manifest can say, and the `architecture` of their
 * distribution. `iso` has those of `IsoSettings` in iso.ts.
 */
export interface ResolvedDeliverable {
  readonly kind: string;
  readonly settings: Readonly<Record<string, Json>>;
}

/** A guest image for one VMM. */
export interface ResolvedTemplate {
  readonly name: string;
  readonly title: string;
  /** One of the product's distributions; it has the root set `guest`. */
  readonly distribution: string;
  /** One of the product's distributions; its root set `image` has the tools. */
  readonly imageTools: string;
  /** Package of the kernel; absent where guests share that of their host. */
  readonly kernel?: string;
  readonly format: DiskFormat;
  /** Bytes. */
  readonly size: number;
  /** Each block of the root file system is checked when it is read. */
  readonly verity: boolean;
  readonly packages: readonly string[];
  /** The VMM that some of the packages are there for; absent when all VMMs get the same. */
  readonly packagesOf?: string;
  /** Components whose packages are installed, with what they need there; sorted. */
  readonly components: readonly string[];
  /** Binary packages of these that are not. */
  readonly without: readonly string[];
  /** Absolute directory that `files` and `hooks` are relative to. */
  readonly dir: string;
  readonly files: readonly { readonly path: string; readonly source: string }[];
  readonly users: readonly string[];
  readonly services: readonly string[];
  readonly hooks: readonly string[];
}

export type DiskFormat = 'raw' | 'qcow2' | 'vhdx' | 'vdi' | 'vmdk' | 'directory';
