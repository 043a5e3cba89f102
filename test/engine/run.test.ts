// How a run schedules, takes results, fails and stops. Runners wait until they are told to finish.
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/base/digest.ts';
import { fail, ok } from '../../src/base/failure.ts';
import { MemoryStore, SharedState } from './memory-store.ts';
import { action, graphOf, made, plainRecipe, runOnce, start, WaitingRunner } from './world.ts';

const chain = () =>
  graphOf(action('a'), action('b', { inputs: { a: made('a') } }), action('c', { inputs: { b: made('b') } }));

describe('taking results', () => {
  it('executes everything once, then nothing', async () => {
    const store = new MemoryStore();
    const first = await runOnce(chain(), store);
    expect(first.executed).toEqual(['a', 'b', 'c']);
    expect(first.result).toMatchObject({ ok: true, value: { run: 3, cached: 0, failed: 0, skipped: 0 } });
    const second = await runOnce(chain(), store);
    expect(second.executed).toEqual([]);
    expect(second.result).toMatchObject({ ok: true, value: { run: 0, cached: 3 } });
    expect(second.events.map(({ type }) => type)).toEqual(['planned', 'cached', 'cached', 'cached']);
  });

  it('stops where an edit does not change an output', async () => {
    const store = new MemoryStore();
    await runOnce(chain(), store);
    const edited = graphOf(
      action('a', { inputs: { script: { from: 'text', text: 'a comment more' } } }),
      ...[...chain().actions.values()].slice(1),
    );
    expect((await runOnce(edited, store)).executed).toEqual(['a']);
  });

  it('yields the outputs of every action', async () => {
    const { result } = await runOnce(chain(), new MemoryStore());
    expect(result.ok && result.value.outputs.get('b')).toEqual({
      made: { kind: 'file', digest: digestOf('b(a())') },
    });
  });

  it('runs only what is asked for, with what it needs', async () => {
    const { executed } = await runOnce(chain(), new MemoryStore(), plainRecipe, { only: ['b'] });
    expect(executed).toEqual(['a', 'b']);
  });

  it('waits for the success of an action that only gates another, even one that has a result', async () => {
    const store = new MemoryStore();
    const gated = (test: string) =>
      graphOf(action('test', { env: { test } }), action('package', { after: ['test'] }));
    await runOnce(gated('1'), store);
    const failing = await runOnce(gated('2'), store, ({ id }) =>
      id === 'test' ? { code: 'action/failed', message: 'It failed.' } : id,
    );
    expect(failing.result).toMatchObject({
      ok: false,
      error: { summary: { failed: 1, cached: 0, skipped: 1 } },
    });
  });
});

describe('scheduling', () => {
  it('runs as many at once as there are jobs', async () => {
    const store = new MemoryStore();
    const runner = new WaitingRunner(store);
    const { ended } = start(graphOf(action('a'), action('b'), action('c')), store, runner, { jobs: 2 });
    await runner.untilRunning(2);
    expect(runner.started).toEqual(['a', 'b']);
    runner.finish('a');
    await runner.untilRunning(2);
    expect(runner.started).toEqual(['a', 'b', 'c']);
    runner.finish('b');
    runner.finish('c');
    expect((await ended).ok).toBe(true);
  });

  it('fills the memory that a large action leaves, and runs one that exceeds all of it alone', async () => {
    const store = new MemoryStore();
    const runner = new WaitingRunner(store);
    const sized = (id: string, memoryMB: number) => action(id, { reserve: { memoryMB, cores: 1 } });
    const graph = graphOf(sized('half', 500), sized('most', 800), sized('small', 400), sized('giant', 5000));
    const { ended } = start(graph, store, runner, { memoryMB: 1000, jobs: 9 });
    await runner.untilRunning(2);
    expect([...runner.running.keys()]).toEqual(['half', 'small']);
    runner.finish('half');
    runner.finish('small');
    await runner.untilRunning(1);
    expect([...runner.running.keys()]).toEqual(['most']);
    runner.finish('most');
    await runner.untilRunning(1);
    expect([...runner.running.keys()]).toEqual(['giant']);
    runner.finish('giant');
    expect((await ended).ok).toBe(true);
  });

  it('starts the longest path first, from recorded durations', async () => {
    const store = new MemoryStore();
    const graph = graphOf(action('short'), action('long'), action('end', { inputs: { long: made('long') } }));
    store.remember('short', 'k1', 3000);
    store.remember('long', 'k2', 1000);
    store.remember('end', 'k3', 5000);
    const { executed } = await runOnce(graph, store, plainRecipe, { jobs: 1 });
    expect(executed).toEqual(['long', 'end', 'short']);
  });

  it('says how long an action took last time', async () => {
    const store = new MemoryStore();
    store.remember('a', 'k', 1234);
    const { events } = await runOnce(graphOf(action('a')), store);
    expect(events.find(({ type }) => type === 'started')).toMatchObject({ expectedMs: 1234 });
  });
});

describe('failing', () => {
  const failure = { code: 'action/command-failed', message: 'make ended with 2.' } as const;
  const forked = () =>
    graphOf(
      action('bad'),
      action('after-bad', { inputs: { bad: made('bad') } }),
      action('last', { inputs: { x: made('after-bad') } }),
      action('good'),
      action('after-good', { inputs: { good: made('good') } }),
    );

  it('shows the end of the log, where the whole of it is, and the command that opens a shell', async () => {
    const store = new MemoryStore();
    const runner = new WaitingRunner(store);
    const { events, ended } = start(graphOf(action('bad')), store, runner);
    await runner.untilRunning(1);
    const lines = Array.from({ length: 50 }, (_, line) => `line ${line + 1}`);
    runner.fail('bad', failure, `${lines.join('\n')}\n`);
    const result = await ended;
    const shown = result.ok ? undefined : result.error;
    expect(shown).toMatchObject({ code: 'action/command-failed', place: 'bad' });
    expect(shown?.cause).toBe(lines.slice(10).join('\n'));
    expect(shown?.next).toMatch(/^Run `qbuild shell bad` .* The whole log is memory:\/logs\/[0-9a-f]{64}\.$/);
    expect(events.find(({ type }) => type === 'failed')).toMatchObject({
      action: 'bad',
      log: expect.any(String),
    });
    expect(store.openStagings).toBe(0);
  });

  it('lets what runs finish and starts nothing more', async () => {
    const store = new MemoryStore();
    const runner = new WaitingRunner(store);
    const { ended, seen } = start(forked(), store, runner);
    await runner.untilRunning(2);
    runner.fail('bad', failure);
    await seen('failed');
    runner.finish('good');
    const result = await ended;
    expect(runner.started).toEqual(['bad', 'good']);
    expect(result).toMatchObject({ ok: false, error: { summary: { run: 1, failed: 1, skipped: 3 } } });
    expect((await runOnce(forked(), store)).executed).not.toContain('good');
  });

  it('goes on with what does not depend on the failure when told to, and says why the rest is skipped', async () => {
    const store = new MemoryStore();
    const recipe = ({ id }: { id: string }) => (id === 'bad' ? failure : id);
    const { executed, events, result } = await runOnce(forked(), store, recipe, { keepGoing: true });
    expect(executed).toEqual(['bad', 'good', 'after-good']);
    const skipped = events.filter(({ type }) => type === 'skipped');
    expect(skipped).toMatchObject([
      { action: 'after-bad', because: 'bad' },
      { action: 'last', because: 'bad' },
    ]);
    expect(result).toMatchObject({ ok: false, error: { summary: { run: 2, failed: 1, skipped: 2 } } });
  });

  it('collects all failures of a run', async () => {
    const graph = graphOf(action('one'), action('two'));
    const recipe = ({ id }: { id: string }) => ({ ...failure, message: `${id} failed.` });
    const { result } = await runOnce(graph, new MemoryStore(), recipe, { keepGoing: true });
    expect(result).toMatchObject({ error: { message: 'one failed.', others: [{ message: 'two failed.' }] } });
  });

  it('fails an action whose outputs cannot be committed', async () => {
    const store = new MemoryStore();
    store.commitFailure = { code: 'store/no-space', message: 'Full.', next: 'Free some space.' };
    const { result } = await runOnce(graphOf(action('a')), store);
    expect(result).toMatchObject({ error: { code: 'store/no-space', place: 'a', next: 'Free some space.' } });
    expect(store.openStagings).toBe(0);
  });

  it('is a bug when the graph has a cycle or is not closed, or a runner throws', async () => {
    const store = new MemoryStore();
    const cycle = graphOf(
      action('a', { inputs: { b: made('b') } }),
      action('b', { inputs: { a: made('a') } }),
    );
    await expect(runOnce(cycle, store)).rejects.toThrow('cycle among: a, b');
    await expect(runOnce(graphOf(action('a', { after: ['x'] })), store)).rejects.toThrow('no action x');
    const runner = new WaitingRunner(store);
    const { ended } = start(graphOf(action('broken'), action('other')), store, runner);
    await runner.untilRunning(2);
    runner.break('broken', new TypeError('a bug'));
    await expect(ended).rejects.toThrow('a bug');
    expect(runner.running.size).toBe(0);
    expect(store.openStagings).toBe(0);
  });
});

describe('interrupting', () => {
  it('ends what runs, starts nothing more and commits nothing', async () => {
    const store = new MemoryStore();
    const runner = new WaitingRunner(store);
    const { ended, abort } = start(chain(), store, runner);
    await runner.untilRunning(1);
    abort();
    const result = await ended;
    expect(result).toMatchObject({
      error: { code: 'interrupted/cancelled', summary: { run: 0, failed: 0, skipped: 3 } },
    });
    expect(store.shared.results.size).toBe(0);
    expect(store.openStagings).toBe(0);
    expect((await runOnce(chain(), store)).executed).toEqual(['a', 'b', 'c']);
  });

  it('does not commit what a runner says it finished after the interruption', async () => {
    const store = new MemoryStore();
    const { ended, abort } = start(graphOf(action('a')), store, {
      run: async ({ staging }) => {
        store.write(staging, 'made', 'half');
        abort();
        return ok();
      },
    });
    expect(await ended).toMatchObject({ error: { code: 'interrupted/cancelled' } });
    expect(store.shared.results.size).toBe(0);
  });
});

describe('sharing a store with another run', () => {
  it('waits for the other and takes its result instead of executing twice', async () => {
    const shared = new SharedState();
    const [mine, theirs] = [new MemoryStore(shared), new MemoryStore(shared)];
    const [here, there] = [new WaitingRunner(mine), new WaitingRunner(theirs)];
    const first = start(graphOf(action('a')), mine, here);
    await here.untilRunning(1);
    const second = start(graphOf(action('a'), action('b')), theirs, there, { jobs: 1 });
    // The wait for another process does not use up a job.
    await there.untilRunning(1);
    expect(there.started).toEqual(['b']);
    there.finish('b');
    here.finish('a');
    expect(await first.ended).toMatchObject({ value: { run: 1 } });
    expect(await second.ended).toMatchObject({ value: { run: 1, cached: 1 } });
    expect(there.started).toEqual(['b']);
  });

  it('executes after all when the other one failed', async () => {
    const shared = new SharedState();
    const [mine, theirs] = [new MemoryStore(shared), new MemoryStore(shared)];
    const [here, there] = [new WaitingRunner(mine), new WaitingRunner(theirs)];
    const first = start(graphOf(action('a')), mine, here);
    await here.untilRunning(1);
    const second = start(graphOf(action('a')), theirs, there);
    here.fail('a', { code: 'action/command-failed', message: 'No.' });
    expect((await first.ended).ok).toBe(false);
    await there.untilRunning(1);
    there.finish('a');
    expect(await second.ended).toMatchObject({ value: { run: 1 } });
  });

  it('can be interrupted while it waits', async () => {
    const shared = new SharedState();
    const [mine, theirs] = [new MemoryStore(shared), new MemoryStore(shared)];
    const here = new WaitingRunner(mine);
    const first = start(graphOf(action('a')), mine, here);
    await here.untilRunning(1);
    const second = start(graphOf(action('a')), theirs, new WaitingRunner(theirs));
    second.abort();
    expect(await second.ended).toMatchObject({ error: { code: 'interrupted/cancelled' } });
    here.finish('a');
    await first.ended;
  });
});

describe('inputs', () => {
  it('asks the supply for what the store does not have, once it is needed', async () => {
    const store = new MemoryStore();
    const digest = digestOf('a package');
    const graph = graphOf(action('a', { inputs: { deb: { from: 'blob', digest } } }));
    const asked: unknown[] = [];
    const supply = {
      ensure: async (digests: unknown) => {
        asked.push(digests);
        store.put('a package');
        return ok();
      },
    };
    const runner = new WaitingRunner(store);
    const { ended } = start(graph, store, runner, {}, { supply });
    await runner.untilRunning(1);
    runner.finish('a');
    expect((await ended).ok).toBe(true);
    expect(asked).toEqual([[digest]]);
  });

  it('has them fetched while what they wait for runs, and says only later that it failed', async () => {
    const store = new MemoryStore();
    const digest = digestOf('a package');
    const graph = graphOf(
      action('a'),
      action('b', { inputs: { a: made('a'), deb: { from: 'blob', digest } } }),
    );
    const offline = { code: 'network/offline', message: 'It is not in the store.' } as const;
    const asked: unknown[] = [];
    const supply = {
      ensure: async (digests: unknown) => {
        asked.push(digests);
        return fail(offline);
      },
    };
    const runner = new WaitingRunner(store);
    const { ended } = start(graph, store, runner, {}, { supply });
    await runner.untilRunning(1);
    expect(asked).toEqual([[digest]]);
    runner.finish('a');
    expect(await ended).toMatchObject({ error: { ...offline, summary: { run: 1, failed: 1 } } });
    expect(asked).toEqual([[digest], [digest]]);
  });

  it('fails with what the supply says', async () => {
    const store = new MemoryStore();
    const graph = graphOf(action('a', { root: [{ from: 'tree', digest: digestOf('gone') }] }));
    const offline = { code: 'network/offline', message: 'It is not in the store.' } as const;
    const { ended } = start(
      graph,
      store,
      new WaitingRunner(store),
      {},
      { supply: { ensure: async () => fail(offline) } },
    );
    expect(await ended).toMatchObject({ error: offline });
  });

  it('makes a damaged output again before the action that reads it', async () => {
    const store = new MemoryStore();
    await runOnce(chain(), store);
    store.damaged.add(digestOf('b(a())'));
    const edited = graphOf(
      ...[...chain().actions.values()].slice(0, 2),
      action('c', { inputs: { b: made('b') }, env: { x: '1' } }),
    );
    const { executed, events, result } = await runOnce(edited, store);
    expect(executed).toEqual(['b', 'c']);
    expect(result).toMatchObject({ value: { run: 2, cached: 1 } });
    expect(events.filter(({ type }) => type === 'notice')).toMatchObject([{ code: 'store/damaged' }]);
  });

  it('runs dependents again when an output that was made again came out different', async () => {
    const store = new MemoryStore();
    const graph = (env: string) =>
      graphOf(
        action('a'),
        action('early', { inputs: { a: made('a') } }),
        action('late', { inputs: { a: made('a') }, env: { env } }),
      );
    await runOnce(graph('1'), store);
    store.damaged.add(digestOf('a()'));
    const { executed, result } = await runOnce(graph('2'), store, (each, inputs) =>
      each.id === 'a' ? 'another time' : plainRecipe(each, inputs),
    );
    expect(executed.toSorted()).toEqual(['a', 'early', 'late']);
    expect(result.ok && result.value.outputs.get('early')).toEqual({
      made: { kind: 'file', digest: digestOf('early(another time)') },
    });
  });

  it.each([
    ['finishes', (runner: WaitingRunner) => runner.finish('early')],
    [
      'fails',
      (runner: WaitingRunner) =>
        runner.fail('early', { code: 'action/command-failed', message: 'No input.' }),
    ],
  ])('runs an action again that %s after its input was made again, differently', async (_name, end) => {
    const store = new MemoryStore();
    let time = 0;
    const runner = new WaitingRunner(store, (each, inputs) =>
      each.id === 'a' ? `a at ${time++}` : plainRecipe(each, inputs),
    );
    const graph = graphOf(
      action('a'),
      action('gate'),
      action('early', { inputs: { a: made('a') } }),
      action('late', { inputs: { a: made('a') }, after: ['gate'] }),
    );
    const { ended } = start(graph, store, runner);
    await runner.untilRunning(2);
    runner.finish('a');
    await runner.untilRunning(2);
    expect([...runner.running.keys()]).toEqual(['gate', 'early']);
    store.damaged.add(digestOf('a at 0'));
    runner.finish('gate');
    await runner.untilRunning(2);
    expect([...runner.running.keys()]).toEqual(['early', 'a']);
    runner.finish('a');
    await runner.untilRunning(2);
    end(runner);
    runner.finish('late');
    await runner.untilRunning(1);
    runner.finish('early');
    const result = await ended;
    expect(runner.started).toEqual(['a', 'gate', 'early', 'a', 'late', 'early']);
    expect(result.ok && result.value.outputs.get('early')).toEqual({
      made: { kind: 'file', digest: digestOf('early(a at 1)') },
    });
  });

  it('gives up on a disk that damages the same output again and again', async () => {
    const store = new MemoryStore();
    const verify = store.verifyForUse.bind(store);
    const bad = digestOf('a()');
    store.verifyForUse = (digests) => {
      if (digests.includes(bad)) store.damaged.add(bad);
      return verify(digests);
    };
    const graph = graphOf(action('a'), action('b', { inputs: { a: made('a') } }));
    expect((await runOnce(graph, store)).result).toMatchObject({
      error: { code: 'store/damaged', place: 'a' },
    });
  });
});
