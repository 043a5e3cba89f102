// An ordinary user with a store of its own: the same roots, keys and bytes as root; and stores it may not read.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { canMakeUsers } from '../../sandbox/ordinary-user.ts';
import { OrdinaryRuns, outputsByKey } from '../ordinary-runs.ts';
import type { Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'hello'] as const;

export function ordinaryUser(fresh: () => Workbench): void {
  // For whoever is an ordinary user already, all the other tests are that test.
  describe.runIf(canMakeUsers)('an ordinary user', () => {
    let runs: OrdinaryRuns;
    let bench: Workbench;
    beforeAll(() => {
      bench = fresh();
      runs = new OrdinaryRuns(bench);
    });
    afterAll(() => {
      bench.remove();
      runs.remove();
    });

    test.each(['store', 'cache', 'keys'])(
      'may not read a %s of another one, and is told so',
      async (name) => {
        const place = join(runs.user.dir, `of-root-${name}`);
        mkdirSync(place, { mode: 0o700 });
        const { result, exitCode } = await runs.product(only, { [`QBUILD_${name.toUpperCase()}`]: place });
        const area = name === 'keys' ? 'sign' : 'store';
        expect(result.failure?.code).toMatch(new RegExp(`^${area}/`));
        expect(exitCode).toBe(EXIT_CODE[area]);
      },
    );

    test('builds what root builds: the same keys and the same bytes', async () => {
      const { result } = await runs.product(only);
      expect(result.failure).toBeUndefined();
      expect(result.actions).toEqual({ run: 6, cached: 0, failed: 0 });
      expect((await bench.product(...only)).result.ok).toBe(true);
      const ofRoot = outputsByKey(bench.store);
      const ofUser = outputsByKey(runs.store);
      expect(ofUser.size).toBe(6);
      for (const [key, made] of ofUser) expect(ofRoot.get(key), key).toEqual(made);
    });

    test('executes nothing in the second run', async () => {
      expect((await runs.product(only)).result.actions).toEqual({ run: 0, cached: 6, failed: 0 });
    });
  });
}
