// The rpm step: builds a source with a spec file into RPM packages.
import { type Action, fromOutput, type Input } from '../../action/action.ts';
import { makeDigest } from '../../base/digest.ts';
import { type ResolvedPackage, systemOf } from '../../resolve/resolved.ts';
import type { BuiltPackage, PackageContext, PackageStep } from '../package-step.ts';
import { layerOf } from '../root/index.ts';
import { scriptInput } from '../script.ts';

const BUILD_SCRIPT = scriptInput('./build.sh', import.meta.url);
const INSTALL_SCRIPT = scriptInput('./install-local.sh', import.meta.url);

const ROOT_SET = 'rpm-build';

/**
 * `build: { kind: rpm, spec?, placeholders? }`. Targets `<distribution>/<architecture>`; that distribution's set `rpm-build` is where
 * rpmbuild runs. `content` is a tree of binary packages without signatures, `source` one with the source package.
 */
export const rpmStep: PackageStep = {
  kind: 'rpm',
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
    kind: 'rpm',
    component: component.name,
    target: package_.target,
    shipped: package_.shipped,
    actions: install === undefined ? [build] : [install, build],
    content: fromOutput(build.id, 'rpms'),
    source: fromOutput(build.id, 'source'),
    forDependents: { rpms: fromOutput(build.id, 'rpms') },
    checks: [],
  };
}

/** The layer with what the component builds on; none when that is nothing. */
function installAction({
  component,
  package: package_,
  root,
  dependencies,
  epoch,
}: PackageContext): Action | undefined {
  const rpms = dependencies.flatMap(({ component: from, forDependents }): [string, Input][] =>
    forDependents.rpms === undefined ? [] : [[`rpms/${from}`, forDependents.rpms]],
  );
  if (rpms.length === 0) return undefined;
  return {
    id: `install:${component.name}:${package_.target}`,
    kind: 'rpm',
    title: `install what ${component.name} builds on`,
    runner: 'sandbox',
    root,
    inputs: { script: INSTALL_SCRIPT, ...Object.fromEntries(rpms) },
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    params: {},
    outputs: { layer: 'layer' },
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 128, cores: 1 },
  };
}

function buildAction(context: PackageContext, install: Action | undefined): Action {
  const { component, package: package_, root, source, epoch } = context;
  const { builder } = package_;
  const { spec, placeholders } = package_.build;
  const specs = typeof spec === 'string' ? [spec] : (builder?.build ?? []);
  // Validated when the recipe was loaded.
  const stated = Object.entries((placeholders ?? {}) as Readonly<Record<string, string>>);
  return {
    id: `build:${component.name}:${package_.target}`,
    kind: 'rpm',
    title: `build ${component.name} for ${package_.target}`,
    runner: 'sandbox',
    root: install === undefined ? root : [...root, layerOf(install.id)],
    inputs: { script: BUILD_SCRIPT, source, ...fileInputs(package_) },
    env: {
      SOURCE_DATE_EPOCH: String(epoch),
      QBUILD_SPECS: specs.join('\n'),
      QBUILD_VERSION: builder?.version ?? '',
      QBUILD_RELEASE: builder?.release ?? '',
      QBUILD_PLACEHOLDERS: stated.map(([name, value]) => `${name}=${value}`).join('\n'),
    },
    params: {},
    outputs: { rpms: 'tree', source: 'tree' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 512, cores: 1 },
  };
}

/** What the repository names instead of having it. */
function fileInputs({ builder }: ResolvedPackage): Record<string, Input> {
  const inputs = (builder?.files ?? []).map(({ name, sha256, size }): [string, Input] => [
    `files/${name}`,
    { from: 'blob', digest: makeDigest(sha256, size) },
  ]);
  return Object.fromEntries(inputs);
}
