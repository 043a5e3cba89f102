// From an action and the outputs of its dependencies to its preimage and key.
import type { Action, Input } from '../action/action.ts';
import { type ActionKey, keyOf, type Preimage, preimageOf } from '../action/preimage.ts';
import { type Digest, digestOf } from '../base/digest.ts';
import type { ActionResult } from './ports.ts';

/** The result of an action of the same graph, when it is known. */
export type Known = (action: string) => ActionResult | undefined;

export interface Keyed {
  readonly preimage: Preimage;
  readonly key: ActionKey;
}

/** The digest of an input, or undefined while the action that makes it has no result. */
export function digestOfInput(input: Input, known: Known): Digest | undefined {
  if (input.from === 'text') return digestOfText(input.text);
  if (input.from !== 'output') return input.digest;
  const result = known(input.action);
  if (result === undefined) return undefined;
  const output = result.outputs[input.output];
  if (output === undefined) throw new Error(`action ${input.action} has no output ${input.output}`);
  return output.digest;
}

/** The key of an action all of whose inputs are known. */
export function keyedOf(action: Action, known: Known): Keyed {
  const digest = (input: Input) => {
    const found = digestOfInput(input, known);
    if (found === undefined) throw new Error(`an input of ${action.id} is not known yet`);
    return found;
  };
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, digest(input)]),
  );
  const preimage = preimageOf(action, action.root.map(digest), inputs);
  return { preimage, key: keyOf(preimage) };
}

/** Scripts are texts that many actions share. */
const digestsOfTexts = new Map<string, Digest>();

function digestOfText(text: string): Digest {
  let digest = digestsOfTexts.get(text);
  if (digest === undefined) {
    digest = digestOf(text);
    digestsOfTexts.set(text, digest);
  }
  return digest;
}
