// Host tools: their output, their end, and what they see of this process.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ok } from '../../src/base/failure.ts';
import { exclusively } from '../../src/source/exclusive.ts';
import { runTool } from '../../src/source/process.ts';
import { error, never, scratch, value } from './fixture/scratch.ts';

const sh = (script: string, more: object = {}) => runTool('sh', { args: ['-c', script], ...more });

describe('a host tool', () => {
  test('gives its exit code and both outputs', async () => {
    expect(value(await sh('cat; echo bad >&2; exit 3', { stdin: 'good' }))).toEqual({
      exitCode: 3,
      stdout: Buffer.from('good'),
      stderr: 'bad\n',
    });
  });

  test('sees nothing of this process’s environment but what it needs', async () => {
    process.env.QBUILD_TEST_SECRET = 'x';
    process.env.GIT_DIR = '/elsewhere';
    try {
      const seen = value(await sh('env', { env: { ADDED: '1' } })).stdout.toString();
      expect(seen).toContain('ADDED=1\n');
      expect(seen).toContain('LC_ALL=C.UTF-8\n');
      expect(seen).not.toMatch(/QBUILD_TEST_SECRET|GIT_DIR/);
    } finally {
      delete process.env.QBUILD_TEST_SECRET;
      delete process.env.GIT_DIR;
    }
  });

  test('that is not installed is named with the package that has it', async () => {
    const path = process.env.PATH;
    process.env.PATH = scratch();
    try {
      expect(error(await runTool('git', { args: [] }))).toEqual({
        code: 'host/missing-tool',
        message: 'The program `git` is not installed.',
        next: 'Run `apt-get install git`, or see `qbuild doctor`.',
      });
      expect(error(await runTool('no-such-tool', { args: [] })).next).toBe('Run `qbuild doctor`.');
    } finally {
      process.env.PATH = path;
    }
  });

  test('in a directory that does not exist is not called missing', async () => {
    expect(error(await sh('true', { cwd: '/nonexistent' })).code).toBe('host/tool-failed');
  });

  test('that is killed, or prints without end, is a failure', async () => {
    expect(error(await sh('kill -9 $$'))).toMatchObject({
      code: 'host/tool-failed',
      message: '`sh` did not finish: it was killed by SIGKILL.',
    });
    expect(error(await sh('yes'))).toMatchObject({ message: '`sh` did not finish: it printed too much.' });
  });

  test('ends with all its children when the run is cancelled', async () => {
    const stop = new AbortController();
    // The grandchild holds the pipe: without its end there would be none of the call.
    const running = sh('sleep 10000 & sleep 10000', { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    expect(error(await running).code).toBe('interrupted/cancelled');
  });

  test('need not read its input', async () => {
    expect(value(await sh('exit 0', { stdin: 'x'.repeat(1 << 20) })).exitCode).toBe(0);
  });
});

describe('taking turns', () => {
  test('no two bodies run at once', async () => {
    const path = join(scratch(), 'turn');
    const order: string[] = [];
    const body = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${name} ends`);
      return ok();
    };
    await Promise.all(['a', 'b', 'c'].map((name) => exclusively(path, never(), body(name))));
    expect(order).toHaveLength(6);
    for (let at = 0; at < 6; at += 2) expect(order[at + 1]).toBe(order[at]?.replace('begins', 'ends'));
  });

  test('a body that throws gives its turn back', async () => {
    const path = join(scratch(), 'turn');
    const broken = exclusively(path, never(), async () => {
      throw new Error('a bug');
    });
    await expect(broken).rejects.toThrow('a bug');
    value(await exclusively(path, never(), async () => ok()));
  });

  test('waiting ends when the run is cancelled', async () => {
    const path = join(scratch(), 'turn');
    const stop = new AbortController();
    await exclusively(path, never(), async () => {
      const waiting = exclusively(path, stop.signal, async () => ok());
      setTimeout(() => stop.abort(), 50);
      expect(error(await waiting).code).toBe('interrupted/cancelled');
      return ok();
    });
  });

  test('a lock that cannot be made is a failure of the host', async () => {
    const file = join(scratch(), 'file');
    writeFileSync(file, '');
    expect(error(await exclusively(join(file, 'turn'), never(), async () => ok())).code).toBe(
      'host/missing-tool',
    );
  });
});
