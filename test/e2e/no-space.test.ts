// A full disk, wherever it is met: while packages come in, while a root is unpacked; and the run after that.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../src/base/failure.ts';
import { tinyWorkspace } from './tiny.ts';
import { Workbench } from './workbench.ts';

// Only root may mount a small file system.
describe.runIf(process.getuid?.() === 0)('a store on a full disk', () => {
  let bench: Workbench;
  let disk: string;
  const mounted: string[] = [];
  beforeAll(() => {
    bench = tinyWorkspace(new Workbench());
    disk = join(bench.dir, 'disk');
    mkdirSync(disk);
  });
  afterEach(() => {
    for (const place of mounted.splice(0)) execFileSync('umount', ['--lazy', place]);
  });
  afterAll(() => bench.remove());

  function mount(megabytes: number): void {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'small-disk', disk]);
    mounted.push(disk);
  }

  const run = () => bench.productWith({ QBUILD_STORE: join(disk, 'store') }, 'tiny', '--only', 'lonely');

  test.each([1, 20])(
    'of %i MB fails with the code of the store while packages come in',
    async (megabytes) => {
      mount(megabytes);
      const { result, exitCode } = await run();
      expect(result.failure?.code).toBe('store/no-space');
      expect(exitCode).toBe(EXIT_CODE.store);
      expect(result.failure?.next).toContain('Free some space');
    },
  );

  test('fails the same while a root is unpacked, and with more room just works', async () => {
    mount(60);
    const { result, exitCode } = await run();
    expect(result.failure).toMatchObject({
      code: 'store/no-space',
      place: 'root:debian-12:base',
      cause: expect.stringMatching(/No space left on device|Wrote only \d+ of \d+ bytes/),
    });
    expect(exitCode).toBe(EXIT_CODE.store);
    execFileSync('mount', ['-o', 'remount,size=3g', disk]);
    expect((await run()).result.failure).toBeUndefined();
    const audit = await bench.run(['cache', 'verify'], { QBUILD_STORE: join(disk, 'store') });
    expect(audit.stdout).toMatch(/^damaged +0$/m);
  });
});
