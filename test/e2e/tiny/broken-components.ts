// Components that fail, write where they must not, or want the network: what failures say, and the next run.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { HELLO_ACTIONS, HELLO_C, HELLO_MAKEFILE, WORDS_C } from '../tiny.ts';
import { actionsOf, type Workbench } from '../workbench.ts';

const BUILD = 'build:hello:windows/amd64';
const only = ['tiny', '--only', 'hello'] as const;

export function brokenComponents(fresh: () => Workbench): void {
  /** Breaks a file, runs, mends it, and requires that the next run just works. */
  async function broken(file: string, change: (text: string) => string, ...args: string[]) {
    const bench = fresh();
    const good = bench.read(file);
    bench.edit(file, change);
    const run = await bench.product(...only, ...args);
    expect(run.result.ok).toBe(false);
    bench.write(file, good);
    expect((await bench.product(...only)).result).toMatchObject({ ok: true, actions: { failed: 0 } });
    bench.remove();
    return run;
  }

  describe('a component that', () => {
    test('does not compile fails with what the compiler said, the whole log and a way to look', async () => {
      const { result, exitCode } = await broken(HELLO_C, (text) => text.replace('word()', 'wrod()'));
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(result.actions.failed).toBeGreaterThan(0);
      const { code, message, place, cause, next } = result.failure ?? expect.fail();
      expect(code).toBe('action/command-failed');
      expect(message).toMatch(/^The command of (build|check):hello:windows\/amd64 ended with exit code 2\.$/);
      expect(cause).toMatch(/hello\.c:3:.*wrod/);
      expect(next).toMatch(/^Run `qbuild shell (build|check):hello:windows\/amd64` to look around/);
      const log = /The whole log is (\S+\.log)\.$/.exec(next ?? '')?.[1] ?? '';
      expect(readFileSync(log, 'utf8')).toContain('wrod');
      expect(place).toMatch(/^(build|check):hello:windows\/amd64$/);
    });

    test('fails its own tests is not built upon by a product, but compiled', async () => {
      const { result, events } = await broken(
        HELLO_MAKEFILE,
        (text) => text.replace('^hello ', '^goodbye '),
        '--keep-going',
      );
      expect(result.failure).toMatchObject({
        code: 'action/command-failed',
        place: 'check:hello:windows/amd64',
      });
      expect(actionsOf(events, 'finished')).toContain(BUILD);
    });

    test('writes outside of its outputs is stopped and told where it may write', async () => {
      const { result, exitCode } = await broken(HELLO_MAKEFILE, (text) =>
        text.replace('install: all\n', 'install: all\n\techo x >/usr/bin/hello\n'),
      );
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(result.failure).toMatchObject({
        code: 'action/command-failed',
        cause: expect.stringContaining('Read-only file system'),
        next: expect.stringContaining('An action can write below /out, /build and /tmp only.'),
      });
    });

    test('changes its inputs is stopped', async () => {
      const { result } = await broken(HELLO_MAKEFILE, (text) =>
        text.replace('all: $(BUILD)', 'all: spoil $(BUILD)').concat('spoil:\n\techo x >/in/source/hello.c\n'),
      );
      expect(result.failure?.code).toBe('action/command-failed');
      expect(result.failure?.cause).toContain('/in/source/hello.c: Read-only file system');
    });

    test('makes an output that nobody declared is refused', async () => {
      const { result, exitCode } = await broken(HELLO_MAKEFILE, (text) =>
        text.replace('install: all\n', 'install: all\n\techo x >/out/extra\n'),
      );
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(result.failure).toMatchObject({
        code: 'action/undeclared-output',
        message: `${BUILD} wrote extra below /out, which it does not declare.`,
      });
    });

    test('wants the network is told that there is none', async () => {
      const { result, exitCode } = await broken(HELLO_MAKEFILE, (text) =>
        text.replace('install: all\n', "install: all\n\tbash -c 'exec 3<>/dev/tcp/deb.debian.org/80'\n"),
      );
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(result.failure).toMatchObject({
        code: 'action/command-failed',
        next: expect.stringContaining('Actions have no network'),
      });
    });

    test('runs wild in its log is shown by the end of it', async () => {
      const { result } = await broken(HELLO_MAKEFILE, (text) =>
        text.replace('install: all\n', 'install: all\n\tseq 300000\n\tprintf "\\\\033[2J"; false\n'),
      );
      const lines = (result.failure?.cause ?? '').split('\n');
      expect(lines.length).toBeLessThanOrEqual(41);
      expect(lines).toContain('300000');
    });
  });

  describe('after a failure', () => {
    const breakWords = (text: string) => text.replace('{ return', '{ retrun');

    test('nothing that depends on it runs, and the next run keeps what was done', async () => {
      const { events, result } = await broken(WORDS_C, breakWords);
      expect(actionsOf(events, 'started')).not.toContain(BUILD);
      expect(actionsOf(events, 'skipped')).toContain(BUILD);
      expect(result.actions.failed).toBeGreaterThan(0);
    });

    test('with --keep-going everything else runs', async () => {
      const bench = fresh();
      bench.edit(HELLO_MAKEFILE, (text) => text.replace('all: $(BUILD)', 'all: broken $(BUILD)'));
      const { result, events, exitCode } = await bench.product('tiny', '--keep-going', '--only', 'hello');
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(actionsOf(events, 'failed').sort()).toEqual(HELLO_ACTIONS.filter((id) => id.includes('hello')));
      expect(actionsOf(events, 'finished').sort()).toEqual(
        HELLO_ACTIONS.filter((id) => id.includes('words')),
      );
      expect(result.actions).toEqual({ run: 2, cached: 2, failed: 2 });
      bench.remove();
    });

    test('nothing is published', async () => {
      const bench = fresh();
      bench.edit(WORDS_C, breakWords);
      const { exitCode, stderr } = await bench.run(['product', 'tiny', '--only', 'hello']);
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(stderr).toMatch(/^FAILED {2}(build words|test words)/m);
      expect(existsSync(`${bench.workspace}/out`)).toBe(false);
      bench.remove();
    });
  });
}
