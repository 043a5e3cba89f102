// The typed model of a hosted product: all that both generators (setup.exe, MSI) know about it.
import type { InstallerContribution, InstallerDefinition } from '../../manifest/installer-schema.ts';

export type Scope = InstallerDefinition['scopes'][number];

/** A file in the staged tree of one component. */
export interface StagedFile {
  readonly component: string;
  /** Relative to the tree and, once installed, to the installation directory; parts separated by `/`. */
  readonly path: string;
}

/** What is there only when its feature is installed. */
export interface OfFeature {
  readonly feature: string;
}

/** A registry value below HKLM (for all users) or HKCU (for one user). */
export interface RegistryValue extends OfFeature {
  readonly key: string;
  /** Undefined: the key's own value. */
  readonly name?: string;
  /** Texts may hold the placeholders `{install}`, `{data}` and `{version}`. */
  readonly value: string | number;
  /** Survives an uninstall, because what it says about the data directory stays true. */
  readonly keep: boolean;
}

export type Service = InstallerContribution['services'][number] & OfFeature;
export type Shortcut = InstallerContribution['shortcuts'][number] & OfFeature;
export type Command = InstallerContribution['commands'][number] &
  OfFeature & {
    /** Runs with this payload, and not with its program. */
    readonly payload?: string;
  };
export type Payload = InstallerDefinition['payloads'][number];
export type Migration = InstallerDefinition['migrations'][number];

export interface InstallerModel {
  /** Name of the product: identifies it in file names and in the list of installed programs. */
  readonly name: string;
  readonly title: string;
  /** `major.minor.patch` within Windows Installer's 255.255.65535. */
  readonly version: string;
  readonly publisher: string;
  /** Lower case, without braces. */
  readonly upgradeCode: string;
  /** `Software\<publisher>\<title>`: Version, InstallDir, DataDir, Scope, InstalledBy, Features. */
  readonly registryKey: string;
  /** Directory of the start menu. */
  readonly menu: string;
  /** Directory name below Program Files. */
  readonly directory: string;
  readonly data: InstallerDefinition['data'];
  readonly scopes: readonly Scope[];
  readonly features: InstallerDefinition['features'];
  readonly prerequisites: InstallerDefinition['prerequisites'];
  readonly links: InstallerDefinition['links'];
  readonly payloads: readonly Payload[];
  /** What registers guest images. */
  readonly templates?: InstallerDefinition['templates'];
  readonly migrations: readonly Migration[];
  readonly helper: StagedFile;
  readonly licence: StagedFile;
  readonly icon?: StagedFile;
  /** Sorted by name. */
  readonly components: readonly {
    readonly name: string;
    readonly feature: string;
    readonly files: readonly string[];
  }[];
  /** In order of dependence: a service follows those it depends on. */
  readonly services: readonly Service[];
  readonly registry: readonly RegistryValue[];
  readonly shortcuts: readonly Shortcut[];
  /** In order of registration; unregistered from the end. */
  readonly commands: readonly Command[];
  /** Files that must exist, each in the tree of its component. */
  readonly programs: readonly StagedFile[];
  /** Directories that are added to PATH; relative. */
  readonly path: readonly ({ readonly directory: string } & OfFeature)[];
  /** SOURCE_DATE_EPOCH of everything in the installers. */
  readonly epoch: number;
}

/** Placeholders that texts may hold. */
export type Placeholder = 'install' | 'data' | 'version';

/** Splits a text at its placeholders; anything else in braces stays text. */
export function splitPlaceholders(text: string): (string | { readonly placeholder: Placeholder })[] {
  return text
    .split(/(\{(?:install|data|version)\})/)
    .filter((part) => part !== '')
    .map((part) =>
      /^\{(install|data|version)\}$/.test(part) ? { placeholder: part.slice(1, -1) as Placeholder } : part,
    );
}
