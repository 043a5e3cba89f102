// Runs that are stopped, killed, or not alone: no process stays, nothing is built twice, the next run just works.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { processesWith, uniqueNap } from '../../sandbox/bench.ts';
import { HELLO_ACTIONS, HELLO_MAKEFILE } from '../tiny.ts';
import { actionsOf, finished, parseRun, type Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'hello'] as const;

export function interruptions(fresh: () => Workbench): void {
  /**
   * A workspace whose `hello` naps deaf to all signals until the returned nap is over; `napping` resolves when
   * it does so. The only way out of a sandbox is its log: a line there is the sign.
   */
  function sleepy(bench: Workbench) {
    const nap = uniqueNap();
    const good = bench.read(HELLO_MAKEFILE);
    const deaf = `trap "" TERM INT HUP; (setsid sleep ${nap}; :) & sleep ${nap}; :`;
    bench.edit(HELLO_MAKEFILE, (text) =>
      text.replace('install: all\n', `install: all\n\tbash -c '${deaf}'\n`),
    );
    return { nap, mend: () => bench.write(HELLO_MAKEFILE, good) };
  }

  /** Starts a run; resolves when the nap has begun. */
  async function startNapping(bench: Workbench, nap: string) {
    const child = bench.start(['product', ...only, '--json']);
    const ended = finished(child);
    let text = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('"started","action":"build:hello:')) resolve();
      });
      child.once('close', () => reject(new Error(text)));
    });
    // make echoes the recipe line into the log just before it runs it.
    const log = /"action":"build:hello:[^}]*"log":"([^"]+)"/.exec(text)?.[1] ?? expect.fail(text);
    while (!(await readFile(log, 'utf8')).includes(nap) || processesWith(nap).length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { child, ended };
  }

  const stagings = (bench: Workbench) => readdirSync(join(bench.store, 'staging'));

  describe('a run that is', () => {
    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
      'stopped by %s ends every process, says so, and leaves the store sound',
      async (signal) => {
        const bench = fresh();
        const { nap, mend } = sleepy(bench);
        const { child, ended } = await startNapping(bench, nap);
        child.kill(signal);
        const { exitCode, stdout } = await ended;
        expect(processesWith(nap)).toEqual([]);
        expect(exitCode).toBe(EXIT_CODE.interrupted);
        const { result } = parseRun(stdout);
        expect(result).toMatchObject({ ok: false, failure: { code: 'interrupted/cancelled' } });
        expect(stagings(bench)).toEqual([]);
        mend();
        const next = await bench.product(...only);
        expect(next.result.ok).toBe(true);
        expect(actionsOf(next.events, 'cached')).toContain('build:words:windows/amd64');
        bench.remove();
      },
    );

    test('killed leaves no process, and the next run just works and cleans up', async () => {
      const bench = fresh();
      const { nap, mend } = sleepy(bench);
      const { child, ended } = await startNapping(bench, nap);
      child.kill('SIGKILL');
      await ended;
      mend();
      const next = await bench.product(...only);
      expect(next.result.ok).toBe(true);
      expect(processesWith(nap)).toEqual([]);
      expect(actionsOf(next.events, 'cached')).toContain('build:words:windows/amd64');
      expect(stagings(bench)).toEqual([]);
      bench.remove();
    });

    test('the second of two executes nothing that the first does', async () => {
      const bench = fresh();
      const runs = await Promise.all([bench.product(...only), bench.product(...only)]);
      for (const { result } of runs) expect(result).toMatchObject({ ok: true, actions: { failed: 0 } });
      const started = runs.flatMap(({ events }) => actionsOf(events, 'started'));
      expect(started.sort()).toEqual(HELLO_ACTIONS);
      bench.remove();
    });

    test('the other of two goes on when the one that executes is killed', async () => {
      const bench = fresh();
      const { nap, mend } = sleepy(bench);
      const { child, ended } = await startNapping(bench, nap);
      const other = bench.start(['product', ...only, '--json']);
      const otherEnded = finished(other);
      // The other one now waits for the action that naps; its sources were read before.
      await new Promise<void>((resolve) => {
        let text = '';
        other.stdout?.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (/"cached","action":"build:words:/.test(text)) resolve();
        });
      });
      mend();
      child.kill('SIGKILL');
      await ended;
      // It takes over, naps itself, and is stopped.
      while (processesWith(nap).length < 2) await new Promise((resolve) => setImmediate(resolve));
      other.kill('SIGINT');
      const { exitCode, stdout } = await otherEnded;
      expect(exitCode).toBe(EXIT_CODE.interrupted);
      expect(actionsOf(parseRun(stdout).events, 'started')).toContain('build:hello:windows/amd64');
      expect((await bench.product(...only)).result.ok).toBe(true);
      bench.remove();
    });

    test('read by a pipe that closes ends without a stack trace', async () => {
      const bench = fresh();
      const child = bench.start(['product', ...only, '--json']);
      child.stdout?.once('data', () => child.stdout?.destroy());
      const { stderr } = await finished(child);
      expect(stderr).not.toMatch(/\n {4}at |bug in qbuild/);
      expect((await bench.product(...only)).result.ok).toBe(true);
      bench.remove();
    });
  });

  test('collecting while a run is under way is refused or harmless', async () => {
    const bench = fresh();
    const { nap, mend } = sleepy(bench);
    const { child, ended } = await startNapping(bench, nap);
    const { exitCode, stderr } = await bench.run(['cache', 'gc', '--days', '30']);
    expect(stderr).toContain('code: store/busy');
    expect(exitCode).toBe(EXIT_CODE.store);
    child.kill('SIGINT');
    await ended;
    mend();
    expect((await bench.product(...only)).result.ok).toBe(true);
    bench.remove();
  });
}
