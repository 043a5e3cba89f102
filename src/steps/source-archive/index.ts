// The source-archive step: the corresponding source of everything a product ships, as its licences ask for.
import type { Action, Input } from '../../action/action.ts';
import { scriptInput } from '../script.ts';

const SCRIPT = scriptInput('./archive.sh', import.meta.url);

/** Packs source trees, by component. Output `archive`. `name`: letters, digits, `.` and `-` only. */
export function sourceArchiveAction(
  name: string,
  root: readonly Input[],
  sources: Readonly<Record<string, Input>>,
  epoch: number,
): Action {
  const trees = Object.entries(sources).map(([component, tree]): [string, Input] => [
    `source/${component}`,
    tree,
  ]);
  return {
    id: 'payload:source',
    kind: 'source-archive',
    title: `pack the source of ${trees.length} components`,
    runner: 'sandbox',
    root,
    inputs: { script: SCRIPT, ...Object.fromEntries(trees) },
    env: { SOURCE_DATE_EPOCH: String(epoch), ARCHIVE_NAME: name },
    params: {},
    outputs: { archive: 'file' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 128, cores: 1 },
  };
}
