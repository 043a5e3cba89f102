// Hosts that lack something: a tool, a writable cache, a directory for what is published.
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import type { Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'words'] as const;

export function hosts(fresh: () => Workbench): void {
  /** A PATH with everything that this one leads to, except for some programs. */
  function pathWithout(bench: Workbench, ...names: string[]): string {
    const bin = join(bench.dir, `bin-without-${names.join('-')}`);
    mkdirSync(bin);
    for (const directory of (process.env.PATH ?? '').split(':').toReversed()) {
      for (const name of readdirSync(directory)) {
        rmSync(join(bin, name), { force: true });
        symlinkSync(join(directory, name), join(bin, name));
      }
    }
    for (const name of names) rmSync(join(bin, name));
    return bin;
  }

  describe('a host without', () => {
    test.each(['bwrap', 'unshare', 'newuidmap'])('%s is told so, and the doctor agrees', async (name) => {
      const bench = fresh();
      const PATH = pathWithout(bench, name);
      const { result, exitCode } = await bench.productWith({ PATH }, ...only);
      expect(exitCode).toBe(EXIT_CODE.host);
      expect(result.failure?.code).toMatch(/^host\/(missing-tool|no-sandbox)$/);
      expect(result.failure?.cause).toMatch(new RegExp(name === 'newuidmap' ? 'uidmap' : name));
      expect(result.failure?.next).toBe('Run `qbuild doctor`.');
      const doctor = await bench.run(['doctor'], { PATH });
      expect(doctor.exitCode).toBe(EXIT_CODE.host);
      expect(doctor.stdout).toMatch(new RegExp(`^MISSING +${name}: `, 'm'));
      expect(doctor.stderr).toContain('code: host/missing-tool');
      expect((await bench.product(...only)).result.ok).toBe(true);
      bench.remove();
    });

    test('nothing is told that by the doctor', async () => {
      const bench = fresh();
      const { exitCode, stdout, stderr } = await bench.run(['doctor']);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).not.toContain('MISSING');
      bench.remove();
    });
  });

  test('a cache directory that cannot be written costs time and nothing else', async () => {
    const bench = fresh();
    writeFileSync(join(bench.dir, 'file'), '');
    const env = { QBUILD_CACHE: join(bench.dir, 'file/cache'), QBUILD_STORE: bench.store };
    const { result } = await bench.productWith(env, ...only);
    expect(result.failure).toBeUndefined();
    bench.remove();
  });

  test('a store that is a file fails with the code of the store', async () => {
    const bench = fresh();
    writeFileSync(join(bench.dir, 'file'), '');
    const { result, exitCode } = await bench.productWith({ QBUILD_STORE: join(bench.dir, 'file') }, ...only);
    expect(exitCode).toBe(EXIT_CODE.store);
    expect(result.failure?.code).toMatch(/^store\//);
    expect(result.failure?.place).toContain(join(bench.dir, 'file'));
    bench.remove();
  });

  test('a store whose path overlayfs would misread is refused before anything runs', async () => {
    const bench = fresh();
    const { result, exitCode } = await bench.productWith({ QBUILD_STORE: join(bench.dir, 'a:b') }, ...only);
    expect(exitCode).toBe(EXIT_CODE.host);
    expect(result.failure?.code).toBe('host/store-path');
    bench.remove();
  });
}
