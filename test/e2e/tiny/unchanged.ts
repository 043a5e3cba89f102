// Runs with nothing to do: told by metadata alone, and by nothing less than everything that they depend on.
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HELLO_C } from '../tiny.ts';
import type { ProductRun, Workbench } from '../workbench.ts';

/** Files that were touched more recently may change without their metadata showing it; a little longer than that. */
const SETTLED_MS = 2500;

export function unchanged(fresh: () => Workbench): void {
  describe('a run with nothing to do', () => {
    let bench: Workbench;
    let first: ProductRun;
    beforeAll(async () => {
      bench = fresh();
      first = await bench.product('tiny');
      expect(first.result.failure).toBeUndefined();
    });
    afterAll(() => bench.remove());

    /** Whether the run looked into anything. */
    const looked = ({ events }: ProductRun) => events.some(({ type }) => type === 'phase');

    /** Runs until one is told by metadata alone. */
    async function settle(): Promise<ProductRun> {
      await setTimeout(SETTLED_MS);
      await bench.product('tiny');
      const quick = await bench.product('tiny');
      expect(looked(quick)).toBe(false);
      return quick;
    }

    test('says the same as one that looks into everything', async () => {
      await setTimeout(SETTLED_MS);
      const thorough = await bench.product('tiny');
      const quick = await bench.product('tiny');
      expect([looked(thorough), looked(quick)]).toEqual([true, false]);
      const told = ({ events }: ProductRun) =>
        events
          .filter(({ type }) => ['notice', 'planned', 'cached'].includes(type))
          .map(({ atMs: _, ...event }) => event);
      expect(told(quick)).toEqual(told(thorough));
      expect(told(quick).length).toBeGreaterThan(5);
      expect(quick.result.deliverables).toEqual(first.result.deliverables);
      expect(quick.result.actions).toEqual({ ...thorough.result.actions, run: 0 });
    });

    test('is looked into when anything was touched: a source, a manifest, a new one, an output, the lock', async () => {
      const out = join(bench.workspace, 'out/tiny/contents.json');
      const sameTimes = (path: string, change: () => void) => {
        const past = new Date('2020-01-01');
        change();
        utimesSync(join(bench.workspace, path), past, past);
      };
      const touches: Record<string, () => void> = {
        source: () =>
          sameTimes(HELLO_C, () => bench.edit(HELLO_C, (text) => text.replace('/* ', '/*  ').concat('\n'))),
        manifest: () => bench.edit('products/tiny.yaml', (text) => `${text}# remark\n`),
        'new manifest': () => {
          mkdirSync(join(bench.workspace, 'recipes/another'));
          bench.write(
            'recipes/another/recipe.yaml',
            bench.read('recipes/words/recipe.yaml').replaceAll('words', 'another'),
          );
        },
        output: () => writeFileSync(out, readFileSync(out, 'utf8').replace('Tiny', 'tINY')),
        lock: () => bench.edit('qbuild.lock', (text) => text.replace('{', '{ ')),
        key: () => {
          const path = join(bench.environment.QBUILD_KEYS as string, 'development/key.json');
          writeFileSync(path, readFileSync(path));
        },
      };
      for (const [name, touch] of Object.entries(touches)) {
        await settle();
        touch();
        const run = await bench.product('tiny');
        expect(looked(run), name).toBe(true);
        if (name === 'new manifest') rmSync(join(bench.workspace, 'recipes/another'), { recursive: true });
      }
    });

    test('into another directory is another run', async () => {
      await settle();
      expect(looked(await bench.product('tiny', '--out', join(bench.dir, 'elsewhere')))).toBe(true);
    });
  });
}
