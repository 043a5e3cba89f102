// The end of a process: what escapes a command becomes a message and an exit code.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommandLine } from '../src/command-line.ts';

const PROGRAM = new URL('../dist/main.js', import.meta.url).href;

let stderr: string;
beforeEach(() => {
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  process.stdout.removeAllListeners('error');
});

describe('a command line', () => {
  test.each([
    ['without the name that a command needs', ['product', '--json']],
    ['with a flag that the command does not have', ['product', 'tiny', '--fast']],
    ['with a number that is too small', ['product', 'tiny', '--jobs', '0']],
    ['with a command that there is not', ['prodcut']],
  ])('%s is wrong usage, and says so', async (_, argv) => {
    expect(await runCommandLine(argv, PROGRAM)).toBe(2);
    expect(stderr).toMatch(/^qbuild: /);
    expect(stderr).not.toContain('bug');
  });

  test('that comes upon a bug says so with the stack', async () => {
    expect(await runCommandLine(['product', 'tiny'], 'no URL')).toBe(1);
    expect(stderr).toMatch(/^qbuild: this is a bug in qbuild: .*URL.*\n +at /);
  });
});

describe('standard output', () => {
  const broken = (code: string) => Object.assign(new Error('write failed'), { code });

  test('that nobody reads any more ends the process without complaint', async () => {
    await runCommandLine(['product', '--json'], PROGRAM);
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    process.stdout.emit('error', broken('EPIPE'));
    expect(exit).toHaveBeenCalledExactlyOnceWith();
  });

  test('that fails otherwise is not passed over', async () => {
    await runCommandLine(['product', '--json'], PROGRAM);
    expect(() => process.stdout.emit('error', broken('EIO'))).toThrow('write failed');
  });
});
