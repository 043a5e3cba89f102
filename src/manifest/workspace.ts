// What loading a workspace yields: typed manifests of all layers, each with the text it was written as.
import { dirname, resolve } from 'node:path';
import type { DataOf, Kind } from './kinds.ts';
import type { Origin, Pointer, SourceText } from './place.ts';

export type { DataOf, Kind };

/** One manifest. Plain data but for `layer`, which several share. */
export interface Manifest<K extends Kind = Kind> {
  readonly kind: K;
  readonly data: DataOf[K];
  readonly source: SourceText;
  readonly layer: Layer;
}

export interface Layer {
  /** Position in the workspace's list; a higher one overrides. */
  readonly index: number;
  /** Absolute directory. */
  readonly dir: string;
  /** File names in its `keys/`. */
  readonly keys: readonly string[];
}

/** A recipe, with what the file system says about its local source. */
export interface RecipeManifest extends Manifest<'recipe'> {
  /** Absolute directory of the recipe. */
  readonly dir: string;
  readonly localSource?: LocalSource;
  /** The `installer.yaml` beside the recipe, if there is one. */
  readonly installerDefinition?: Manifest<'installer'>;
}

export interface LocalSource {
  /** Absolute path. */
  readonly path: string;
  readonly state: 'present' | 'absent' | 'outside-layer';
  /** Whether it has a `debian/control`, at its top or where `packaging` says. */
  readonly debian: boolean;
}

/** Manifests of one kind by name; of one name, those of all layers, lowest first. */
export type Stack<M extends Manifest> = ReadonlyMap<string, readonly M[]>;

export interface Workspace {
  /** Absolute directory of `qbuild.yaml`. */
  readonly dir: string;
  readonly settings: Manifest<'workspace'>;
  readonly layers: readonly Layer[];
  readonly products: Stack<Manifest<'product'>>;
  readonly recipes: Stack<RecipeManifest>;
  readonly vmms: Stack<Manifest<'vmm'>>;
  readonly distributions: Stack<Manifest<'distribution'>>;
  readonly templates: Stack<Manifest<'template'>>;
  /** Included fragments, by absolute path of their file. */
  readonly fragments: ReadonlyMap<string, Manifest<'fragment'>>;
}

/** Where a value of a manifest was written. */
export function originOf(manifest: Manifest, pointer: Pointer): Origin {
  return { source: manifest.source, pointer };
}

/** The manifest of the highest layer that has one of this name. */
export function topmost<M extends Manifest>(stack: Stack<M>, name: string): M | undefined {
  return stack.get(name)?.at(-1);
}

/** Absolute path of a fragment that a product includes by a path relative to itself. */
export function fragmentPath(product: Manifest<'product'>, relative: string): string {
  return resolve(dirname(product.source.path), relative);
}
