// The action key: sha-256 of a canonical preimage that holds everything that can change an action's bytes.
import { canonicalJson, compareCodeUnits, type Json } from '../base/canonical.ts';
import { type Digest, sha256Hex } from '../base/digest.ts';
import type { Action, OutputKind } from './action.ts';

/** Hexadecimal sha-256 of a preimage's canonical JSON. */
export type ActionKey = string;

/** Raised when the meaning of any field below changes, so that results of older programs are not taken. */
export const PREIMAGE_FORMAT = 2;

/** Everything an action's outputs may depend on. Kept beside its result, so that `qbuild why` can compare. */
export interface Preimage {
  /** Version of this structure and of the runners' conventions (`/in`, `/out`, fixed environment). */
  readonly format: number;
  /** Two steps may describe equal commands but mean different checks of the outputs. */
  readonly kind: string;
  /** Decides what executes the action. */
  readonly runner: string;
  /** Content of every layer below the command: compiler, libraries, shell. */
  readonly root: readonly Digest[];
  /** Content of everything mounted, the script included, by mount name. */
  readonly inputs: Readonly<Record<string, Digest>>;
  /** The command sees these and nothing else of the host's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The runner's own settings. */
  readonly params: Readonly<Record<string, Json>>;
  /** A result without one of these would be incomplete; the kind decides how it is normalised. */
  readonly outputs: Readonly<Record<string, OutputKind>>;
  /** Capabilities inside the sandbox change what a command may do. */
  readonly privilege: string;
}

/** The preimage of an action whose inputs are all known. `id`, `title`, `after`, `reserve` change no byte. */
export function preimageOf(
  action: Action,
  root: readonly Digest[],
  inputs: Readonly<Record<string, Digest>>,
): Preimage {
  const { kind, runner, env, params, outputs, privilege } = action;
  return { format: PREIMAGE_FORMAT, kind, runner, root, inputs, env, params, outputs, privilege };
}

export function keyOf(preimage: Preimage): ActionKey {
  return sha256Hex(canonicalJson(preimage));
}

/** One field that differs between two preimages, e.g. `inputs.source`, with both values as canonical JSON. */
export interface Difference {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The fields in which two preimages differ, in code-unit order of the field path; none only when keys are equal. */
export function differences(before: Preimage, after: Preimage): Difference[] {
  return compare('', before as unknown as Json, after as unknown as Json).sort((a, b) =>
    compareCodeUnits(a.field, b.field),
  );
}

function compare(field: string, before: Json | undefined, after: Json | undefined): Difference[] {
  const [left, right] = [members(before), members(after)];
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    const [a, b] = [before, after].map((value) => (value === undefined ? undefined : canonicalJson(value)));
    return a === b ? [] : [{ field, before: a, after: b }];
  }
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const inner = Array.isArray(before) ? `${field}[${key}]` : field === '' ? key : `${field}.${key}`;
    return compare(inner, left.get(key), right.get(key));
  });
}

/** Members of an object or array by key or index; nothing for other values. */
function members(value: Json | undefined): Map<string, Json> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}
