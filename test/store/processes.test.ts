// Several processes on one store, and processes that end suddenly.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openSession, removeDeadSessions } from '../../src/store/session.ts';
import { actionOf, commitWith, freshDir, keyFor, must, openAt } from './fixture.ts';

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function startChild(...args: string[]): ChildProcess & { output: Promise<string> } {
  const child = spawn(process.execPath, [program('child.ts'), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  return Object.assign(child, { output: text(child.stdout) });
}

/** Resolves when the child says that its action started. */
async function started(child: ChildProcess): Promise<void> {
  for await (const chunk of child.stderr ?? []) if (String(chunk).includes('started')) return;
  throw new Error('the child ended without starting');
}

describe('a process that is killed while it commits', () => {
  const file = 'file';
  const action = actionOf('a', { f: 'file', t: 'tree' });
  const fill = (out: string) => {
    writeFileSync(join(out, 'f'), file);
    mkdirSync(join(out, 't/sub'), { recursive: true });
    writeFileSync(join(out, 't/sub/g'), 'in a tree');
  };

  it('leaves a sound store, whichever change of the disk was its last', async () => {
    const changes = Number(
      execFileSync(process.execPath, [program('sudden-end.ts'), freshDir(), '0'], { encoding: 'utf8' }),
    );
    expect(changes).toBeGreaterThan(20);
    for (let last = 1; last <= changes; last++) {
      const dir = freshDir();
      const { signal } = spawnSync(process.execPath, [program('sudden-end.ts'), dir, String(last)]);
      expect(signal).toBe('SIGKILL');
      const { store, damages } = await openAt(dir);
      // Its staging is gone; this process's is there.
      expect(readdirSync(join(dir, 'staging')).filter((name) => !name.endsWith('.lock'))).toHaveLength(1);
      const result = await store.result(keyFor(action));
      expect(must(await store.audit(new AbortController().signal)).damaged).toEqual([]);
      const again = must(await commitWith(store, action, fill));
      if (result !== undefined) expect(again.outputs).toEqual(result.outputs);
      expect(await store.result(keyFor(action))).toEqual(again);
      expect(damages).toEqual([]);
      await store.close();
    }
  });
});

describe('two processes', () => {
  it('both succeed in committing the same content at once', async () => {
    for (let round = 0; round < 5; round++) {
      const dir = freshDir();
      const children = [1, 2, 3].map(() => startChild('commit', dir, '100000'));
      const results = await Promise.all(children.map(async (child) => JSON.parse(await child.output)));
      expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
      expect(new Set(results.map(({ value }) => JSON.stringify(value.outputs))).size).toBe(1);
      const { store } = await openAt(dir);
      expect(must(await store.audit(new AbortController().signal))).toMatchObject({
        checked: { count: 2 },
        damaged: [],
      });
    }
  });

  it('execute an action once: the second waits for the first and takes its result', async () => {
    const dir = freshDir();
    const first = startChild('run', dir);
    await started(first);
    const second = startChild('run', dir);
    second.stdin?.end();
    // The second can only end after the first does, which waits for its input.
    first.stdin?.end();
    expect(JSON.parse(await first.output)).toEqual({ ok: true, events: ['planned', 'started', 'finished'] });
    expect(JSON.parse(await second.output)).toEqual({ ok: true, events: ['planned', 'cached'] });
  });

  it('do not wait for one that was killed', async () => {
    const dir = freshDir();
    const first = startChild('run', dir);
    await started(first);
    const second = startChild('run', dir);
    const ended = once(first, 'close');
    first.kill('SIGKILL');
    await ended;
    second.stdin?.end();
    expect(JSON.parse(await second.output)).toEqual({ ok: true, events: ['planned', 'started', 'finished'] });
  });

  it('keep their staging while they live', async () => {
    const dir = freshDir();
    const first = startChild('run', dir);
    await started(first);
    const { store } = await openAt(dir);
    expect(readdirSync(join(dir, 'staging')).filter((name) => name.startsWith(`${first.pid}-`))).toHaveLength(
      2,
    );
    expect(await store.collect({ keepMs: 0 })).toMatchObject({ error: { code: 'store/busy' } });
    first.stdin?.end();
    expect(JSON.parse(await first.output)).toMatchObject({ ok: true });
    expect((await store.collect({ keepMs: 0 })).ok).toBe(true);
  });
});

describe('a session', () => {
  it('is swept when its process is gone, not before', async () => {
    const staging = freshDir();
    const alive = openSession(staging);
    mkdirSync(join(staging, '1-dead/0-left/deep'), { recursive: true });
    writeFileSync(join(staging, '2-dead.lock'), '');
    await removeDeadSessions(staging);
    expect(readdirSync(staging).sort()).toEqual([alive.name, `${alive.name}.lock`].sort());
    await alive.close();
    expect(readdirSync(staging)).toEqual([]);
  });
});
