// The deliverable kinds that products can name. A new deliverable is one more line in the table below.
import { aptRepositoryStep } from '../steps/apt-repository/index.ts';
import type { DeliverableStep } from '../steps/deliverable-step.ts';
import { installerStep } from '../steps/installer/deliverable.ts';
import { isoStep } from '../steps/iso/deliverable.ts';
import { rpmRepositoryStep } from '../steps/rpm-repository/index.ts';
import { guestImageStep } from '../steps/template/deliverable.ts';

const DELIVERABLE_STEPS: readonly DeliverableStep[] = [
  installerStep,
  aptRepositoryStep,
  guestImageStep,
  rpmRepositoryStep,
  isoStep,
];

/** Package sets that the tools distribution must have. */
export const DELIVERABLE_ROOT_SETS: readonly string[] = DELIVERABLE_STEPS.flatMap((step) => step.toolSets);

/** Kinds that have the images of a product's templates on them. */
export const DELIVERABLE_IMAGE_KINDS: readonly string[] = DELIVERABLE_STEPS.filter(
  (step) => step.shipsTemplates,
).map((step) => step.kind);

export function deliverableStep(kind: string): DeliverableStep {
  const step = DELIVERABLE_STEPS.find((each) => each.kind === kind);
  if (step === undefined) throw new Error(`resolve let the unknown deliverable kind ${kind} through`);
  return step;
}
