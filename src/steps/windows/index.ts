// The windows step: cross-compiles a component with mingw-w64 and runs its own tests natively.
import { type Action, fromOutput, type Input } from '../../action/action.ts';
import type { BuiltPackage, PackageContext, PackageStep } from '../package-step.ts';
import { scriptInput } from '../script.ts';

const BUILD_SCRIPT = scriptInput('./build.sh', import.meta.url);
const CHECK_SCRIPT = scriptInput('./check.sh', import.meta.url);

const ROOT_SET = 'windows-build';

/** `build: { kind: windows, check?: boolean, make?: { NAME: value } }`. Targets `windows/<architecture>`. */
export const windowsStep: PackageStep = {
  kind: 'windows',
  toolSets: [ROOT_SET],
  rootFor: (_target, tools) => ({ distribution: tools, root: ROOT_SET }),
  describe,
};

function describe(context: PackageContext): BuiltPackage {
  const build = buildAction(context);
  const check = context.package.build.check === false ? undefined : checkAction(context);
  return {
    kind: 'windows',
    component: context.component.name,
    target: context.package.target,
    shipped: context.package.shipped,
    actions: check === undefined ? [build] : [build, check],
    content: fromOutput(build.id, 'package'),
    forDependents: {
      dev: fromOutput(build.id, 'dev'),
      ...(check === undefined ? {} : { native: fromOutput(check.id, 'native') }),
    },
    checks: check === undefined ? [] : [check.id],
  };
}

function buildAction(context: PackageContext): Action {
  const { component, package: package_ } = context;
  return {
    ...sharedParts(context),
    id: `build:${component.name}:${package_.target}`,
    title: `build ${component.name} for ${package_.target}`,
    inputs: { script: BUILD_SCRIPT, source: context.source, ...dependencyInputs(context, 'dev') },
    outputs: { package: 'tree', dev: 'tree', files: 'file' },
  };
}

function checkAction(context: PackageContext): Action {
  const { component, package: package_, neededByOthers } = context;
  const shared = sharedParts(context);
  return {
    ...shared,
    env: { ...shared.env, QBUILD_NEEDED_BY_OTHERS: neededByOthers ? 'yes' : 'no' },
    id: `check:${component.name}:${package_.target}`,
    title: `test ${component.name}`,
    inputs: { script: CHECK_SCRIPT, source: context.source, ...dependencyInputs(context, 'native') },
    outputs: { native: 'tree' },
  };
}

function sharedParts(context: PackageContext) {
  const make = context.package.build.make;
  const variables = Object.entries(make !== null && typeof make === 'object' ? make : {});
  return {
    kind: 'windows',
    runner: 'sandbox',
    root: context.root,
    env: {
      SOURCE_DATE_EPOCH: String(context.epoch),
      QBUILD_MAKE: variables.map(([name, value]) => `${name}=${value}`).join('\n'),
    },
    params: {},
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 512, cores: 1 },
  } as const;
}

function dependencyInputs(context: PackageContext, flavour: string): Record<string, Input> {
  const inputs: Record<string, Input> = {};
  for (const { component, forDependents } of context.dependencies) {
    const input = forDependents[flavour];
    if (input !== undefined) inputs[`deps/${component}`] = input;
  }
  return inputs;
}
