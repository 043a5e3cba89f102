// The actions of store tests.
import type { Action, OutputKind } from '../../src/action/action.ts';
import { keyOf, preimageOf } from '../../src/action/preimage.ts';

export function actionOf(
  id: string,
  outputs: Record<string, OutputKind>,
  env: Record<string, string> = {},
): Action {
  return {
    id,
    kind: 'test',
    title: id,
    runner: 'sandbox',
    root: [],
    inputs: {},
    env,
    params: { id },
    outputs,
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 1, cores: 1 },
  };
}

export function keyFor(action: Action): string {
  return keyOf(preimageOf(action, [], {}));
}
