// Which kinds of deliverables can be tried in a virtual machine. New trials are one more line in the table below.
import type { ResolvedDeliverable, ResolvedProduct } from '../resolve/resolved.ts';
import { aptRepositoryTrials } from '../steps/apt-repository/trial.ts';
import { installerTrials } from '../steps/installer/trial.ts';
import { isoTrials } from '../steps/iso/trial.ts';
import { guestImageTrials } from '../steps/template/trial.ts';
import type { DeliverableTrials, Elsewhere, Trial } from '../steps/trial.ts';

const DELIVERABLE_TRIALS: readonly DeliverableTrials[] = [
  installerTrials,
  isoTrials,
  aptRepositoryTrials,
  guestImageTrials,
];

/** A deliverable that has no trials, and why. */
export interface Untried extends Elsewhere {
  /** Its kind. */
  readonly deliverable: string;
}

export interface TrialPlan {
  readonly trials: readonly Trial[];
  readonly untried: readonly Untried[];
}

/** The trials of all deliverables of a product, in its order. */
export function trialPlan(product: ResolvedProduct): TrialPlan {
  const found = product.deliverables.map((each) => ({
    deliverable: each.kind,
    trials: trialsOf(product, each),
  }));
  return {
    trials: found.flatMap(({ trials }) => ('why' in trials ? [] : trials)),
    untried: found.flatMap(({ deliverable, trials }) =>
      'why' in trials ? [{ deliverable, ...trials }] : [],
    ),
  };
}

function trialsOf(product: ResolvedProduct, deliverable: ResolvedDeliverable): readonly Trial[] | Elsewhere {
  const known = DELIVERABLE_TRIALS.find(({ kind }) => kind === deliverable.kind);
  return (
    known?.trials(product, deliverable) ?? {
      why: 'It does not start by itself.',
      next: 'Use it where it is meant to be used.',
    }
  );
}
