// What the parts of an ISO have in common, and the actions that make them.
import { type Action, type ActionId, fromOutput, type Input } from '../../action/action.ts';
import type { Levels } from './compression.ts';

export const text = (content: string): Input => ({ from: 'text', text: content });

/** Under which directory the files of the medium lie for the scripts. */
export function onMedium(files: Readonly<Record<string, Input>>): Record<string, Input> {
  return Object.fromEntries(Object.entries(files).map(([path, input]) => [`medium/${path}`, input]));
}

export function below(directory: string, inputs: Readonly<Record<string, Input>>): Record<string, Input> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [`${directory}/${name}`, input]));
}

/** Files of the medium by their paths, and the actions that make them. */
export interface Part {
  readonly actions: readonly Action[];
  readonly files: Readonly<Record<string, Input>>;
}

/** What all parts of one ISO have in common. */
export interface Making {
  /** The product's name, which is in the ids. */
  readonly name: string;
  readonly epoch: number;
  /** A root with the package set `iso`. */
  readonly tools: readonly Input[];
  readonly levels: Levels;
}

/** What the actions of an ISO have in common. */
export function isoAction(
  { epoch }: Making,
  id: ActionId,
  title: string,
  rest: Pick<Action, 'root' | 'inputs' | 'outputs'> &
    Partial<Pick<Action, 'kind' | 'env' | 'privilege' | 'reserve'>>,
): Action {
  return {
    id,
    kind: 'iso',
    title,
    runner: 'sandbox',
    params: {},
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 256, cores: 1 },
    ...rest,
    env: { SOURCE_DATE_EPOCH: String(epoch), ...rest.env },
  };
}

/** An output of an action as an input, in fewer words. */
export function of(made: Action, output: string): Input {
  return fromOutput(made.id, output);
}
