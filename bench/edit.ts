// What an edit of one component costs: the actions that run, and the time in no-op runs of the same product.
import { HELLO_C, tinyWorkspace, WORDS_C } from '../test/e2e/tiny.ts';
import { actionsOf, Workbench } from '../test/e2e/workbench.ts';

const bench = tinyWorkspace(new Workbench());
const only = ['tiny', '--only', 'hello'] as const;

async function measured(name: string, change: () => void, noOpMs?: number): Promise<number> {
  change();
  const begin = performance.now();
  const { result, events } = await bench.product(...only);
  const wallMs = performance.now() - begin;
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  const { run, cached } = result.actions;
  const ratio = noOpMs === undefined ? '' : `, ${(wallMs / noOpMs).toFixed(1)} times a no-op run`;
  console.log(`${name}: ${run} of ${run + cached} actions run, ${Math.round(wallMs)} ms${ratio}`);
  for (const action of actionsOf(events, 'finished')) console.log(`  ${action}`);
  return wallMs;
}

try {
  await bench.product(...only);
  const noOpMs = await measured('nothing', () => {});
  await measured('the leaf', () => bench.edit(HELLO_C, (text) => text.replace('hello', 'hello ')), noOpMs);
  await measured('a comment below it', () => bench.edit(WORDS_C, (text) => `// Comment.\n${text}`), noOpMs);
} finally {
  bench.remove();
}
