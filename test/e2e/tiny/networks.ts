// Runs without a network, and locks that lack something: --offline and --locked.
import { describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { HELLO_C } from '../tiny.ts';
import type { Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'hello'] as const;
const LOCK = 'qbuild.lock';

export function networks(fresh: () => Workbench): void {
  describe('offline', () => {
    test('everything is built from a store that has the roots', async () => {
      const bench = fresh();
      expect((await bench.product(...only, '--offline', '--locked')).result.ok).toBe(true);
      bench.edit(HELLO_C, (text) => `${text}\n`);
      expect((await bench.product(...only, '--offline', '--locked')).result.ok).toBe(true);
      bench.remove();
    });

    test('an empty store names each thing that is missing', async () => {
      const bench = fresh();
      const empty = { QBUILD_CACHE: `${bench.dir}/empty`, QBUILD_PACKAGES: `${bench.dir}/empty/packages` };
      const { result, exitCode } = await bench.productWith(empty, ...only, '--offline');
      expect(exitCode).toBe(EXIT_CODE.network);
      expect(result.failure?.code).toBe('network/offline-missing');
      expect(result.failure?.message).toMatch(/^Offline, and \d+ things that the lock names/);
      expect(result.failure?.cause).toMatch(/bash=\S+:amd64/);
      expect(result.failure?.next).toBe('Run once without `--offline`.');
      bench.remove();
    });
  });

  describe('a lock that lacks something', () => {
    test('is refused by --locked, which names what', async () => {
      const bench = fresh();
      const good = bench.read(LOCK);
      bench.edit('recipes/lonely/recipe.yaml', (text) => `${text}    buildDepends: [bison]\n`);
      const { result, exitCode } = await bench.product(...only, '--locked');
      expect(exitCode).toBe(EXIT_CODE.lock);
      expect(result.failure?.code).toBe('lock/would-change');
      expect(result.failure?.cause).toContain('windows-build:bison');
      expect(bench.read(LOCK)).toBe(good);
      bench.edit('recipes/lonely/recipe.yaml', (text) => text.replace('    buildDepends: [bison]\n', ''));
      expect((await bench.product(...only, '--locked')).result.ok).toBe(true);
      bench.remove();
    });

    test('is refused offline, which names what', async () => {
      const bench = fresh();
      bench.edit('recipes/lonely/recipe.yaml', (text) => `${text}    buildDepends: [bison]\n`);
      const { result, exitCode } = await bench.product(...only, '--offline');
      expect(exitCode).toBe(EXIT_CODE.network);
      expect(result.failure).toMatchObject({
        code: 'network/offline-missing',
        cause: 'root windows-build:bison of debian-12',
      });
      bench.remove();
    });

    test('or is damaged fails with its own exit code', async () => {
      const bench = fresh();
      const good = bench.read(LOCK);
      bench.write(LOCK, good.slice(0, good.length >> 1));
      const { result, exitCode } = await bench.product(...only);
      expect(exitCode).toBe(EXIT_CODE.lock);
      expect(result.failure?.code).toMatch(/^lock\//);
      bench.write(LOCK, good);
      expect((await bench.product(...only)).result.ok).toBe(true);
      bench.remove();
    });
  });
}
