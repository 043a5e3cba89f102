// The build kinds that recipes can name. A new package format is one more line here.
import { debStep } from '../steps/deb/index.ts';
import type { PackageStep } from '../steps/package-step.ts';
import { rpmStep } from '../steps/rpm/index.ts';
import { windowsStep } from '../steps/windows/index.ts';

export const PACKAGE_STEPS: readonly PackageStep[] = [windowsStep, debStep, rpmStep];

export const SUPPORTED_BUILD_KINDS: readonly string[] = PACKAGE_STEPS.map((step) => step.kind);

/** Package sets that the tools distribution must have. */
export const PACKAGE_ROOT_SETS: readonly string[] = PACKAGE_STEPS.flatMap((step) => step.toolSets);

/** Package sets that a target's own distribution must have, by build kind. */
export const PACKAGE_TARGET_SETS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  PACKAGE_STEPS.map((step) => [step.kind, step.targetSets ?? []]),
);

export function packageStep(kind: string): PackageStep {
  const step = PACKAGE_STEPS.find((each) => each.kind === kind);
  if (step === undefined) throw new Error(`resolve let the unknown build kind ${kind} through`);
  return step;
}
