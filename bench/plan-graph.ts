// How planning and a no-op run scale: prints ratios between 1,000 and 10,000 actions, and the memory used.
// Run with: node bench/plan-graph.ts
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action, Graph } from '../src/action/action.ts';
import { ok } from '../src/base/failure.ts';
import { planGraph } from '../src/engine/forecast.ts';
import type { ActionRunner, Store } from '../src/engine/ports.ts';
import { runGraph } from '../src/engine/run.ts';
import { openStore } from '../src/store/disk-store.ts';

/** A product of components that each compile over a shared root, read three others, and are packaged and checked. */
function productOf(components: number): Graph {
  const actions = new Map<string, Action>();
  const add = (id: string, inputs: Action['inputs'], after: string[] = []) => {
    const env = { SOURCE_DATE_EPOCH: '1700000000', LC_ALL: 'C.UTF-8' };
    const script = {
      from: 'text',
      text: 'make -C /in/source install DESTDIR=/out/made\n'.repeat(40),
    } as const;
    actions.set(id, {
      id,
      kind: id.split(':')[0] as string,
      title: id,
      runner: 'sandbox',
      root: id === 'root' ? [] : [{ from: 'output', action: 'root', output: 'made' }],
      inputs: { script, ...inputs },
      env,
      params: {},
      outputs: { made: 'file' },
      privilege: 'build',
      after,
      reserve: { memoryMB: 500, cores: 1 },
    });
  };
  const output = (action: string) => ({ from: 'output', action, output: 'made' }) as const;
  add('root', {});
  for (let index = 0; actions.size < components; index++) {
    const earlier = [7, 3, 1].map((step) => index - step).filter((other) => other >= 0);
    const inputs = Object.fromEntries(earlier.map((other) => [`dep${other}`, output(`build:${other}`)]));
    add(`build:${index}`, { ...inputs, source: { from: 'text', text: `source ${index}` } });
    add(`check:${index}`, { built: output(`build:${index}`) });
    add(`package:${index}`, { built: output(`build:${index}`) }, [`check:${index}`]);
  }
  return { actions };
}

/** Writes its key: the cost of a run is then that of the engine and the store. */
const runner: ActionRunner = {
  async run({ key, staging }) {
    mkdirSync(join(staging.dir, 'out'));
    writeFileSync(join(staging.dir, 'out', 'made'), key);
    return ok();
  },
};

interface Cost {
  readonly wallMs: number;
  /** User and system time of this process: other work on the machine does not count. */
  readonly cpuMs: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [begin, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wallMs: performance.now() - begin, cpuMs: (user + system) / 1000 };
}

async function run(graph: Graph, store: Store): Promise<void> {
  const result = await runGraph(
    graph,
    {
      store,
      supply: { ensure: async () => ok() },
      runners: { sandbox: runner, sign: runner },
      emit: () => {},
      clock: { now: () => performance.now() },
    },
    { jobs: 8, memoryMB: 16_000, keepGoing: false, signal: new AbortController().signal },
  );
  if (!result.ok) throw new Error(result.error.message);
}

async function inStore(dir: string, work: (store: Store) => Promise<unknown>): Promise<Cost> {
  return costOf(async () => {
    const store = await openStore(join(dir, 'store'), { workspace: dir });
    if (!store.ok) throw new Error(store.error.message);
    await work(store.value);
    await store.value.close();
  });
}

/** Each step opens the store anew, as a process of its own would. In memory, so that no disk is measured. */
async function measure(actions: number): Promise<Record<string, Cost>> {
  const graph = productOf(actions);
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'plan-graph-'));
  try {
    const unbuilt = await inStore(dir, (store) => planGraph(graph, store));
    const first = await inStore(dir, (store) => run(graph, store));
    const plan = await inStore(dir, (store) => planGraph(graph, store));
    const again = await inStore(dir, (store) => run(graph, store));
    return {
      'plan, nothing built': unbuilt,
      'run, everything': first,
      'plan, all built': plan,
      'run, nothing to do': again,
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

// Warms up the compiler.
await measure(1000);
const small = await measure(1000);
const large = await measure(10_000);
for (const [name, { wallMs, cpuMs }] of Object.entries(large)) {
  const ratio = cpuMs / (small[name] as Cost).cpuMs;
  const [wall, cpu] = [wallMs, cpuMs].map((ms) => `${Math.round(ms)} ms`);
  console.log(
    `${name.padEnd(22)} 10,000 actions: ${wall}, of CPU ${cpu}, ${ratio.toFixed(1)} times 1,000 actions`,
  );
}
console.log(`peak resident memory   ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
