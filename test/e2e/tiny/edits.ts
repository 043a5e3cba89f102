// What runs after a change: nothing, the component and its consumers, or less than one would think.
import { randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HELLO_ACTIONS, HELLO_C, WORDS_C, wordsSource } from '../tiny.ts';
import { actionsOf, type ProductRun, type Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'hello'] as const;

const executed = ({ events }: ProductRun) => actionsOf(events, 'started').sort();

export function edits(fresh: () => Workbench): void {
  describe('a run', () => {
    test('executes what was never built, and the second one nothing', async () => {
      const bench = fresh();
      const first = await bench.product(...only);
      expect(first.result).toMatchObject({ ok: true, actions: { run: 4, cached: 2, failed: 0 } });
      expect(executed(first)).toEqual(HELLO_ACTIONS);
      const second = await bench.product(...only);
      expect(second.result).toMatchObject({ ok: true, actions: { run: 0, cached: 6, failed: 0 } });
      expect(executed(second)).toEqual([]);
      expect(second.exitCode).toBe(0);
      bench.remove();
    });

    test('after an edit executes the component and what consumes its bytes', async () => {
      const bench = fresh();
      await bench.product(...only);
      bench.edit(HELLO_C, (text) => text.replace('hello', 'hello '));
      expect(executed(await bench.product(...only))).toEqual([
        'build:hello:windows/amd64',
        'check:hello:windows/amd64',
      ]);
      bench.write(WORDS_C, wordsSource(randomUUID()));
      expect(executed(await bench.product(...only))).toEqual(HELLO_ACTIONS);
      bench.remove();
    });

    test('after an edit that makes the same bytes stops at the compiler', async () => {
      const bench = fresh();
      await bench.product(...only);
      bench.edit(WORDS_C, (text) => `// A comment.\n${text}`);
      const { events, result } = await bench.product(...only);
      expect(actionsOf(events, 'started').sort()).toEqual([
        'build:words:windows/amd64',
        'check:words:windows/amd64',
      ]);
      expect(result.actions).toEqual({ run: 2, cached: 4, failed: 0 });
      bench.remove();
    });

    test('after an edit was taken back executes nothing', async () => {
      const bench = fresh();
      await bench.product(...only);
      const before = bench.read(WORDS_C);
      bench.write(WORDS_C, wordsSource(randomUUID()));
      await bench.product(...only);
      bench.write(WORDS_C, before);
      expect(executed(await bench.product(...only))).toEqual([]);
      bench.remove();
    });

    test('in another workspace with the same sources executes nothing', async () => {
      const [one, two] = [fresh(), fresh()];
      await one.product(...only);
      two.write(WORDS_C, one.read(WORDS_C));
      expect(executed(await two.product(...only))).toEqual([]);
      one.remove();
      two.remove();
    });

    test('takes file modes as git does, and dates for nothing', async () => {
      const bench = fresh();
      await bench.product(...only);
      const source = join(bench.workspace, WORDS_C);
      bench.write(WORDS_C, bench.read(WORDS_C));
      chmodSync(source, 0o600);
      expect(executed(await bench.product(...only))).toEqual([]);
      chmodSync(source, 0o755);
      expect(executed(await bench.product(...only))).toContain('build:words:windows/amd64');
      bench.remove();
    });
  });
}
