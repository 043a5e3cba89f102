// Composes a component's recipe over the layers: the highest manifest, on what it extends in lower layers.
import type { Json } from '../base/canonical.ts';
import { child, type Origin } from '../manifest/place.ts';
import {
  type DataOf,
  type LocalSource,
  type Manifest,
  originOf,
  type RecipeManifest,
} from '../manifest/workspace.ts';
import type { Sourced } from './compose-product.ts';
import type { Diagnosis } from './diagnosis.ts';

type RecipeData = DataOf['recipe'];
type PackageData = NonNullable<RecipeData['packages']>[number];
type SourceData = NonNullable<RecipeData['source']>;

export interface Recipe {
  readonly name: string;
  /** Absolute directory of the highest manifest. */
  readonly dir: string;
  readonly origin: Origin;
  readonly summary?: Sourced<string>;
  readonly license?: Sourced<string>;
  readonly provides: readonly Sourced<string>[];
  readonly vmm?: Sourced<readonly string[]>;
  /** `dir`: of the manifest that states it. */
  readonly source?: Sourced<SourceData> & { readonly dir: string; readonly local?: LocalSource };
  readonly packages: readonly RecipePackage[];
  readonly installer?: Sourced<Json>;
  readonly installerDefinition?: Manifest<'installer'>;
}

export interface RecipePackage {
  readonly target: string;
  readonly build: PackageData['build'];
  /** Where the package begins. */
  readonly origin: Origin;
  readonly dependsOn: readonly Sourced<string>[];
  readonly buildsOn: readonly Sourced<string>[];
  readonly buildDepends: readonly string[];
}

/** Composes the manifests of one name, lowest layer first. */
export function composeRecipe(manifests: readonly RecipeManifest[], diagnosis: Diagnosis): Recipe {
  let first = manifests.length - 1;
  while (manifests[first]?.data.extends !== undefined) first -= 1;
  for (const manifest of manifests.slice(Math.max(0, first))) checkExtends(manifest, first < 0, diagnosis);
  const applied = manifests.slice(Math.max(0, first));
  const top = applied.at(-1);
  if (top === undefined) throw new Error('a recipe without manifest');
  const text = (key: 'summary' | 'license') => last(applied, key, (data) => data[key]);
  const summary = text('summary');
  const license = text('license');
  const vmm = last(applied, 'vmm', (data) => data.vmm);
  const installer = last(applied, 'installer', (data) => data.installer as Json | undefined);
  const source = sourceOf(applied);
  const defining = applied.findLast(({ installerDefinition }) => installerDefinition !== undefined);
  return {
    name: top.data.name,
    dir: top.dir,
    origin: originOf(top, '/name'),
    ...(summary && { summary }),
    ...(license && { license }),
    provides: lastList(applied, 'provides'),
    ...(vmm && { vmm }),
    ...(source && { source }),
    packages: packagesOf(applied, diagnosis),
    ...(installer && { installer }),
    ...(defining?.installerDefinition && { installerDefinition: defining.installerDefinition }),
  };
}

function checkExtends(manifest: RecipeManifest, nothingBelow: boolean, diagnosis: Diagnosis): void {
  const { name, extends: base } = manifest.data;
  if (base === undefined) return;
  const origin = originOf(manifest, '/extends');
  if (base !== name) {
    const message = `A recipe extends only its own name, \`${name}\`, of a lower layer.`;
    diagnosis.report(origin, { code: 'resolve/extends-other', message });
  } else if (nothingBelow) {
    const message = `No lower layer has a recipe \`${name}\` to extend.`;
    diagnosis.report(origin, { code: 'resolve/nothing-to-extend', message });
  }
}

/** The value of the highest manifest that states it. */
function last<T>(
  manifests: readonly RecipeManifest[],
  key: keyof RecipeData,
  read: (data: RecipeData) => T | undefined,
): Sourced<T> | undefined {
  for (const manifest of manifests.toReversed()) {
    const value = read(manifest.data);
    if (value !== undefined) return { value, origin: originOf(manifest, child('', key)) };
  }
  return undefined;
}

type ListKey = 'provides' | 'dependsOn' | 'buildsOn';

function lastList(manifests: readonly RecipeManifest[], key: ListKey): readonly Sourced<string>[] {
  const manifest = manifests.findLast(({ data }) => data[key] !== undefined);
  return manifest === undefined ? [] : listOf(manifest, child('', key), manifest.data[key]);
}

function listOf(
  manifest: RecipeManifest,
  pointer: string,
  list: readonly string[] | undefined,
): readonly Sourced<string>[] {
  return (list ?? []).map((value, index) => ({ value, origin: originOf(manifest, child(pointer, index)) }));
}

function sourceOf(manifests: readonly RecipeManifest[]): Recipe['source'] {
  const manifest = manifests.findLast(({ data }) => data.source !== undefined);
  if (manifest?.data.source === undefined) return undefined;
  const origin = originOf(manifest, '/source');
  const local = manifest.localSource;
  return { value: manifest.data.source, origin, dir: manifest.dir, ...(local && { local }) };
}

/** Packages by target: those of a higher layer replace those of a lower one; twice in one manifest is an error. */
function packagesOf(manifests: readonly RecipeManifest[], diagnosis: Diagnosis): RecipePackage[] {
  const dependsOn = lastList(manifests, 'dependsOn');
  const buildsOn = lastList(manifests, 'buildsOn');
  const byTarget = new Map<string, RecipePackage>();
  for (const manifest of manifests) {
    const here = new Set<string>();
    for (const [index, data] of (manifest.data.packages ?? []).entries()) {
      const pointer = child('/packages', index);
      if (here.has(data.target)) {
        const message = `\`${manifest.data.name}\` has two packages for \`${data.target}\`.`;
        const origin = originOf(manifest, child(pointer, 'target'));
        diagnosis.report(origin, { code: 'resolve/duplicate-package', message });
      }
      here.add(data.target);
      byTarget.set(data.target, {
        target: data.target,
        build: data.build,
        origin: originOf(manifest, pointer),
        dependsOn: [...dependsOn, ...listOf(manifest, child(pointer, 'dependsOn'), data.dependsOn)],
        buildsOn: [...buildsOn, ...listOf(manifest, child(pointer, 'buildsOn'), data.buildsOn)],
        buildDepends: data.buildDepends ?? [],
      });
    }
  }
  return [...byTarget.values()];
}
