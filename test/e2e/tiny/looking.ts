// Looking into actions: --plan, why, log, shell, and the commands that need no run.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { HELLO_C, WORDS_C, wordsSource } from '../tiny.ts';
import type { Workbench } from '../workbench.ts';

const BUILD = 'build:hello:windows/amd64';

export function looking(fresh: () => Workbench): void {
  describe('looking', () => {
    test('at a plan runs nothing and says why everything would run', async () => {
      const bench = fresh();
      const { exitCode, stdout } = await bench.run(['product', 'tiny', '--plan']);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('cached  root:debian-12:windows-build\n');
      expect(stdout).toContain('run     build:words:windows/amd64  (never built here)\n');
      expect(stdout).toContain(`run     ${BUILD}  (depends on what build:words:windows/amd64 will make)\n`);
      expect(stdout).toMatch(/\d+ would run, \d+ are in the store\n$/);
      expect(existsSync(`${bench.workspace}/out`)).toBe(false);
      expect((await bench.run(['product', 'tiny', '--plan'])).stdout).toBe(stdout);
      bench.remove();
    });

    test('for the reason of a run names the input that changed', async () => {
      const bench = fresh();
      await bench.product('tiny', '--only', 'hello');
      expect((await bench.run(['why', BUILD])).stdout).toContain(`${BUILD}: its result is in the store\n`);
      bench.edit(HELLO_C, (text) => `${text}\n`);
      const before = await bench.run(['why', BUILD]);
      expect(before.exitCode).toBe(0);
      expect(before.stdout).toContain(`${BUILD}: would run: changed: inputs.source\n`);
      expect(before.stdout).toMatch(/^inputs\.source\n {2}before "[0-9a-f]{64}\/\d+"\n {2}after {2}"/m);
      await bench.product('tiny', '--only', 'hello');
      const after = await bench.run(['why', BUILD]);
      expect(after.stdout).toContain('its result is in the store\n');
      expect(after.stdout).toMatch(/^inputs\.source$/m);
      bench.remove();
    });

    test('for the reason of a run follows the change of a dependency', async () => {
      const bench = fresh();
      await bench.product('tiny', '--only', 'hello');
      bench.write(WORDS_C, wordsSource(randomUUID()));
      expect((await bench.run(['why', BUILD])).stdout).toContain(
        `${BUILD}: would run: depends on what build:words:windows/amd64 will make\n`,
      );
      await bench.product('tiny', '--only', 'hello');
      expect((await bench.run(['why', BUILD])).stdout).toMatch(/^inputs\.deps\/words$/m);
      bench.remove();
    });

    test('at a log prints what the command said, or where it is', async () => {
      const bench = fresh();
      await bench.product('tiny', '--only', 'hello');
      const { exitCode, stdout } = await bench.run(['log', BUILD]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('x86_64-w64-mingw32-gcc -O2');
      const path = (await bench.run(['log', BUILD, '--path'])).stdout.trim();
      expect(readFileSync(path, 'utf8')).toBe(stdout);
      bench.remove();
    });

    test('in a shell sees what the action sees, and keeps nothing', async () => {
      const bench = fresh();
      await bench.product('tiny', '--only', 'words');
      const script = [
        'ls /in /in/deps',
        'bash /in/script >/dev/null && ls /out',
        'echo "$SOURCE_DATE_EPOCH $HOME"',
        'exit 7',
      ].join('\n');
      const { exitCode, stdout } = await bench.run(['shell', BUILD], {}, script);
      expect(stdout).toBe(
        '/in:\ndeps\nscript\nsource\n\n/in/deps:\nwords\ndev\nfiles\npackage\n1767225600 /build\n',
      );
      expect(exitCode).toBe(7);
      const { stdout: plan } = await bench.run(['product', 'tiny', '--plan']);
      expect(plan).toContain(`run     ${BUILD}  (never built here)`);
      bench.remove();
    });

    test('in a shell with the exit code of a usage mistake adds no message', async () => {
      const bench = fresh();
      await bench.product('tiny', '--only', 'words');
      const { exitCode, stderr } = await bench.run(['shell', BUILD], {}, 'exit 2\n');
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
      bench.remove();
    });

    test('in a shell where there is no sandbox is refused', async () => {
      const bench = fresh();
      const args = ['shell', 'sign:hello:windows/amd64', '--product', 'tiny'];
      const { exitCode, stderr } = await bench.run(args, {}, '');
      expect(stderr).toContain('code: usage/no-sandbox');
      expect(exitCode).toBe(EXIT_CODE.usage);
      bench.remove();
    });

    test('at a component builds it and what it builds on alone', async () => {
      const bench = fresh();
      const { exitCode, stderr } = await bench.run(['component', 'words', '--product', 'tiny']);
      expect(exitCode).toBe(0);
      expect(stderr).toContain('done    build words for windows/amd64');
      expect(stderr).not.toContain('hello');
      expect(existsSync(`${bench.workspace}/out`)).toBe(false);
      bench.remove();
    });
  });
}
