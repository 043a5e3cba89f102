// What a store does when its disk is full at one moment or another. Prints one JSON line an attempt.
// usage: node full-disk.ts DIRECTORY — a small file system of its own
import { closeSync, mkdirSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ok } from '../../src/base/failure.ts';
import type { ActionRunner } from '../../src/engine/ports.ts';
import { runGraph } from '../../src/engine/run.ts';
import { openStore } from '../../src/store/disk-store.ts';
import { action, graphOf, made } from '../engine/world.ts';

const dir = process.argv[2] as string;
const ballast = join(dir, 'ballast');
const PAGE = 4096;

/** Leaves this many pages free. */
function fill(pages: number): void {
  const descriptor = openSync(ballast, 'w');
  let size = 0;
  for (let step = 256 * PAGE; step >= PAGE; ) {
    try {
      const written = writeSync(descriptor, Buffer.alloc(step), 0, step, size);
      size += written;
      if (written < step) step /= 2;
    } catch {
      step /= 2;
    }
  }
  closeSync(descriptor);
  truncateSync(ballast, Math.max(0, size - pages * PAGE));
}

/** Writes its outputs, then fills the disk: what follows is the store's work. */
function runner(pages: number): ActionRunner {
  return {
    async run({ action: { id }, staging }) {
      rmSync(ballast, { force: true });
      mkdirSync(join(staging.dir, 'out/t'), { recursive: true });
      writeFileSync(join(staging.dir, 'out/made'), `${id} with ${pages}`.repeat(1000));
      writeFileSync(join(staging.dir, 'out/t/file'), `${id} with ${pages} in a tree`.repeat(1000));
      fill(pages);
      return ok();
    },
  };
}

for (let pages = 0; pages <= 8; pages++) {
  const outputs = { made: 'file', t: 'tree' } as const;
  const first = action('first', { params: { pages }, outputs });
  const graph = graphOf(
    first,
    action('second', { params: { pages }, outputs, inputs: { first: made('first') } }),
  );
  const attempt = async (before: () => void, executing: ActionRunner) => {
    before();
    const store = await openStore(join(dir, 'store'), { workspace: '/workspace' });
    if (!store.ok) return { opened: store.error.code };
    const result = await runGraph(
      graph,
      {
        store: store.value,
        supply: { ensure: async () => ok() },
        runners: { sandbox: executing, sign: executing },
        emit: () => {},
        clock: { now: () => performance.now() },
      },
      { jobs: 1, memoryMB: 1000, keepGoing: false, signal: new AbortController().signal },
    );
    await store.value.close();
    return result.ok
      ? { ran: result.value.run }
      : { failed: result.error.code, ran: result.error.summary.run };
  };
  const full = await attempt(() => {}, runner(pages));
  const unopened = await attempt(() => fill(0), runner(0));
  rmSync(ballast, { force: true });
  const after = await attempt(() => {}, {
    run: async (execution) => {
      const result = await runner(1000).run(execution);
      rmSync(ballast, { force: true });
      return result;
    },
  });
  console.log(JSON.stringify({ pages, full, unopened, after }));
}
