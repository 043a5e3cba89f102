// A process of its own that works on a store, for tests of several users, several processes and sudden ends.
// usage: node child.ts COMMAND STORE ARGUMENT... — prints one JSON value
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Action } from '../../src/action/action.ts';
import { keyOf, preimageOf } from '../../src/action/preimage.ts';
import { ok } from '../../src/base/failure.ts';
import { runGraph } from '../../src/engine/run.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { action, graphOf } from '../engine/world.ts';

const [command = '', dir = '', ...rest] = process.argv.slice(2);

const commands: Record<string, (store: DiskStore) => Promise<unknown>> = {
  /** Commits the layer of make-layer.sh; prints its digest and listing. */
  async layer(store) {
    const staging = await store.staging('layer');
    if (!staging.ok) return staging;
    const script = fileURLToPath(new URL('make-layer.sh', import.meta.url));
    execFileSync('unshare', ['--map-auto', '--map-root-user', '--mount', 'bash', script, staging.value.dir]);
    const made = { ...action('layer'), outputs: { l: 'layer' } } as Action;
    const result = await commit(store, made, staging.value);
    if (!result.ok) return result;
    const digest = result.value.outputs.l?.digest as `${string}/${number}`;
    return { digest, listing: store.listing(digest), path: store.path(digest) };
  },

  /** Says whether digests are sound, and how large what is left is after a collection of everything. */
  async verify(store) {
    return store.verifyForUse(rest as `${string}/${number}`[]);
  },

  async collect(store) {
    return store.collect({ keepMs: 0 });
  },

  /** Commits a file and a tree of the given number of bytes. */
  async commit(store) {
    const staging = await store.staging('files');
    if (!staging.ok) return staging;
    const out = join(staging.value.dir, 'out');
    const content = Buffer.alloc(Number(rest[0]), 'x');
    try {
      mkdirSync(join(out, 't/sub'), { recursive: true });
      writeFileSync(join(out, 'f'), content);
      writeFileSync(join(out, 't/sub/f'), content);
    } catch (error) {
      await staging.value.discard();
      return { written: false, error: String(error) };
    }
    const result = await commit(
      store,
      { ...action('files'), outputs: { f: 'file', t: 'tree' } },
      staging.value,
    );
    await staging.value.discard();
    return result;
  },

  /** Runs one action that says when it started and ends when standard input does. Prints what happened. */
  async run(store) {
    const events: string[] = [];
    const result = await runGraph(
      graphOf(action('shared')),
      {
        store,
        supply: { ensure: async () => ok() },
        runners: { sandbox: { run: waitForInput }, sign: { run: waitForInput } },
        emit: (event) => events.push(event.type),
        clock: { now: () => performance.now() },
      },
      { jobs: 1, memoryMB: 1000, keepGoing: false, signal: new AbortController().signal },
    );
    return { ok: result.ok, events };
  },
};

async function waitForInput({ staging }: { readonly staging: { readonly dir: string } }) {
  process.stderr.write('started\n');
  await new Promise((resolve) => process.stdin.resume().on('end', resolve));
  mkdirSync(join(staging.dir, 'out'));
  writeFileSync(join(staging.dir, 'out/made'), `made by ${process.pid}`);
  return ok();
}

function commit(store: DiskStore, made: Action, staging: { readonly dir: string; discard(): Promise<void> }) {
  const preimage = preimageOf(made, [], {});
  return store.commit(made, keyOf(preimage), preimage, staging, 1);
}

const opened = await openStore(dir, { workspace: '/workspace' });
if (opened.ok) {
  const value = await commands[command]?.(opened.value);
  await opened.value.close();
  console.log(JSON.stringify(value));
} else {
  console.log(JSON.stringify(opened));
}
