// Failures about content that is not what its digest says.
import type { ActionKey } from '../action/preimage.ts';
import type { Digest } from '../base/digest.ts';
import type { Failure } from '../base/failure.ts';

export function wrongDigest(place: string, expected: Digest, found: Digest): Failure {
  return {
    code: 'source/wrong-digest',
    message: 'The content is not the one that was asked for.',
    place,
    cause: `expected sha-256 and size ${expected}, found ${found}`,
    next: 'If the change is intended, record it with `qbuild lock --update`; otherwise do not trust this source.',
  };
}

export function entryDamaged(digest: Digest): Failure {
  return {
    code: 'store/damaged',
    message: `An entry of the store was altered and has been dropped: ${digest}.`,
    next: 'Nothing: it is made or fetched again. If this repeats, check the disk.',
  };
}

export function resultDamaged(key: ActionKey): Failure {
  return {
    code: 'store/damaged',
    message: `A result in the store was not readable and has been dropped: ${key}.`,
    next: 'Nothing: the action runs again. If this repeats, check the disk.',
  };
}

export function indexDamaged(place: string): Failure {
  return {
    code: 'store/damaged',
    message: "The store's index was damaged and begins anew; durations and the history of keys are lost.",
    place,
    next: 'Nothing: content is compared with its digests where it is needed.',
  };
}
