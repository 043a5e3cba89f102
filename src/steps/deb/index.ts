// The deb step: builds a source with `debian/` into .deb files, over a layer with the product's own packages it needs.
import { type Action, type ActionId, fromOutput, type Input } from '../../action/action.ts';
import { type Digest, makeDigest, sha256Of, sizeOf } from '../../base/digest.ts';
import { packagingOf } from '../../resolve/debian/builder.ts';
import { isStamped, profilesOf } from '../../resolve/debian/link.ts';
import {
  type ResolvedPackage,
  type ResolvedSource,
  type ResolvedTemplate,
  systemOf,
} from '../../resolve/resolved.ts';
import type { BuiltPackage, PackageContext, PackageStep } from '../package-step.ts';
import { layerOf } from '../root/index.ts';
import { scriptInput } from '../script.ts';

const BUILD_SCRIPT = scriptInput('./build.sh', import.meta.url);
const QUILT_SERIES_SCRIPT = scriptInput('./quilt-series.sh', import.meta.url);
const INSTALL_LOCAL_SCRIPT = scriptInput('./install-local.sh', import.meta.url);
const INSTALL_PACKAGES_SCRIPT = scriptInput('../root/install-packages.sh', import.meta.url);

const ROOT_SET = 'deb-build';

/**
 * Every byte that malloc hands out is zero: `perturb` fills with its complement, and without per-thread caches nothing
 * comes back unfilled. Tools that write memory which they never initialised (bookworm's update-mime-database into each
 * mime.cache) would otherwise write a piece of an address, another one in each build. Costs little, but for
 * large blocks that are hardly used: see `spare_dpkg_deb` in build.sh.
 */
const ZEROED_HEAP = 'glibc.malloc.perturb=255:glibc.malloc.tcache_count=0';

/** Where commands of repositories expect the program; below the directory that is their `@PLUGINS_DIR@`. */
const QUILT_SERIES = 'plugins/source_deb/scripts/debian-quilt';

/** What the smallest build takes, most of it debhelper (measured). */
const LEAST_BUILD_MS = 5000;
/** A large source takes longer. Its listing has about 150 bytes for each file, which costs some 15 ms (measured). */
const MS_PER_LISTED_BYTE = 0.1;
const INSTALL_MS = 2000;

/** Digits of a source's hash in a stamped version: enough that two trees of one project never share them. */
const STAMP_DIGITS = 12;

/**
 * `build: { kind: deb, check?, profiles?, stamp?, allowDistribution?, downloads? }`. Targets `<distribution>/<architecture>`.
 * `content` is a tree of .deb files alone; `source` has the .dsc, tarballs, .buildinfo and .changes.
 */
export const debStep: PackageStep = {
  kind: 'deb',
  toolSets: [],
  targetSets: [ROOT_SET],
  rootFor: (target) => ({ distribution: systemOf(target), root: ROOT_SET }),
  describe,
};

function describe(context: PackageContext): BuiltPackage {
  const { component, package: package_ } = context;
  const install = installAction(context);
  const build = buildAction(context, install);
  return {
    kind: 'deb',
    component: component.name,
    target: package_.target,
    shipped: package_.shipped,
    actions: install === undefined ? [build] : [install, build],
    content: fromOutput(build.id, 'debs'),
    source: fromOutput(build.id, 'source'),
    forDependents: { debs: fromOutput(build.id, 'debs') },
    checks: [],
  };
}

/** The layer with the product's own packages; none when the build needs none of them. */
function installAction(context: PackageContext): Action | undefined {
  const { component, package: package_, root, dependencies, epoch } = context;
  const names = package_.debian?.install ?? [];
  if (names.length === 0) return undefined;
  const made = dependencies.flatMap(({ component: from, forDependents }): [string, Input][] =>
    forDependents.debs === undefined ? [] : [[from, forDependents.debs]],
  );
  const allowed = (package_.build.allowDistribution ?? []) as readonly string[];
  return installLocal(
    `install:${component.name}:${package_.target}`,
    `install what ${component.name} builds on`,
    root,
    Object.fromEntries(made),
    epoch,
    { QBUILD_INSTALL: names.join('\n'), QBUILD_ALLOWED: allowed.join('\n') },
  );
}

/**
 * The layer of a guest with the product's own packages: all of the named components' that are not for development
 * and not left out, and what these depend on. `debs`: what the product's components made for the guest's distribution, by component.
 */
export function installInGuest(
  id: ActionId,
  title: string,
  root: readonly Input[],
  { components, without }: Pick<ResolvedTemplate, 'components' | 'without'>,
  debs: Readonly<Record<string, Input>>,
  epoch: number,
): Action {
  return installLocal(id, title, root, debs, epoch, {
    QBUILD_INSTALL_OF: components.join('\n'),
    QBUILD_WITHOUT: without.join('\n'),
  });
}

/** A layer with some of the packages of `debs`; `wanted` tells install-local.sh which. */
function installLocal(
  id: ActionId,
  title: string,
  root: readonly Input[],
  debs: Readonly<Record<string, Input>>,
  epoch: number,
  wanted: Readonly<Record<string, string>>,
): Action {
  const named = Object.entries(debs).map(([from, tree]): [string, Input] => [`debs/${from}`, tree]);
  return {
    id,
    kind: 'deb',
    title,
    runner: 'sandbox',
    root,
    inputs: {
      script: INSTALL_LOCAL_SCRIPT,
      installer: INSTALL_PACKAGES_SCRIPT,
      ...Object.fromEntries(named),
    },
    env: { SOURCE_DATE_EPOCH: String(epoch), ...wanted },
    params: {},
    outputs: { layer: 'layer' },
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 256, cores: 1 },
    expectedMs: INSTALL_MS,
  };
}

function buildAction(context: PackageContext, install: Action | undefined): Action {
  const { component, package: package_, root, source } = context;
  return {
    id: `build:${component.name}:${package_.target}`,
    kind: 'deb',
    title: `build ${component.name} for ${package_.target}`,
    runner: 'sandbox',
    root: install === undefined ? root : [...root, layerOf(install.id)],
    inputs: { script: BUILD_SCRIPT, source, ...downloadInputs(package_), ...builderInputs(package_) },
    env: {
      GLIBC_TUNABLES: ZEROED_HEAP,
      QBUILD_PACKAGING: packagingDirectory(component.source, package_),
      QBUILD_PROFILES: profilesOf(package_).join(' '),
      QBUILD_VERSION_SUFFIX: isStamped(package_) ? `~git${stampOf(source)}` : '',
    },
    params: {},
    outputs: { debs: 'tree', source: 'tree' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 1024, cores: 1 },
    expectedMs: LEAST_BUILD_MS + (source.from === 'tree' ? MS_PER_LISTED_BYTE * sizeOf(source.digest) : 0),
  };
}

function packagingDirectory(source: ResolvedSource, { builder }: ResolvedPackage): string {
  if (builder !== undefined) return packagingOf(builder);
  return (source.kind === 'local' && source.packaging) || '';
}

/** What a repository wants besides its tree: commands that prepare it, and upstream's archive in its place. */
function builderInputs({ builder }: ResolvedPackage): Record<string, Input> {
  if (builder === undefined) return {};
  const { commands, treeIsSource, files } = builder;
  const inputs: Record<string, Input> = {};
  if (commands.length > 0) {
    inputs.commands = { from: 'text', text: `${commands.join('\n')}\n` };
    inputs[QUILT_SERIES] = QUILT_SERIES_SCRIPT;
  }
  const [archive] = files;
  if (!treeIsSource && archive !== undefined) {
    const digest = makeDigest(archive.sha256, archive.size);
    inputs[`archive/${archive.name}`] = { from: 'blob', digest };
  }
  return inputs;
}

/** A pinned file that a build needs; see `downloads` of recipes. */
export interface Download {
  readonly name: string;
  readonly url: string;
  readonly digest: Digest;
}

/** The files that a package's recipe wants beside its source. */
export function downloadsOf({ build }: ResolvedPackage): readonly Download[] {
  // Validated when the recipe was loaded.
  const stated = (build.downloads ?? []) as unknown as readonly StatedDownload[];
  return stated.map(({ name, url, sha256, size }) => ({ name, url, digest: makeDigest(sha256, size) }));
}

interface StatedDownload {
  readonly name: string;
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
}

function downloadInputs(package_: ResolvedPackage): Record<string, Input> {
  const inputs = downloadsOf(package_).map(({ name, digest }): [string, Input] => [
    `downloads/${name}`,
    { from: 'blob', digest },
  ]);
  return Object.fromEntries(inputs);
}

/** Of the source's content alone, so that unchanged content keeps its version wherever it is built. */
function stampOf(source: Input): string {
  if (source.from !== 'tree') throw new Error('only a source tree can be stamped');
  return sha256Of(source.digest).slice(0, STAMP_DIGITS);
}
