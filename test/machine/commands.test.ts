// Commands of trials on a real shell behind a real terminal, whose echo is part of what the console says.
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SerialConsole } from '../../src/machine/console.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { type Assertion, assertStep } from '../../src/machine/steps.ts';

let shell: ChildProcess;
let console: SerialConsole;
beforeAll(async () => {
  const bash = ['--quiet', '--return', '--command', 'bash --norc --noprofile', '/dev/null'];
  shell = spawn('script', bash, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'vt220', PS1: '$ ' },
  });
  console = new SerialConsole(Duplex.from({ readable: shell.stdout, writable: shell.stdin }), {
    log: () => {},
  });
  await console.until(/\$ $/, LIMITS);
});
afterAll(() => void shell.kill());

const ALBUM = { dir: '/nowhere', pictures: [] };
const LIMITS = { limitMs: 60_000, signal: new AbortController().signal };

function run(command: string, more: { says?: RegExp; exit?: number | 'failure' } = {}, limitMs = 60_000) {
  const step: Assertion = { do: 'command', title: 'it works', command, seconds: 60, ...more };
  return assertStep(step, { console } as Machine, { ...LIMITS, limitMs }, ALBUM);
}

describe('a command', () => {
  test('holds when it ends and says as it should', async () => {
    expect(await run('printf "one\\ntwo\\n"', { says: /^two$/m })).toBeUndefined();
    expect(await run('(exit 3)', { exit: 3 })).toBeUndefined();
    expect(await run('false', { exit: 'failure' })).toBeUndefined();
    expect(await run('true', { says: /^\s*$/ })).toBeUndefined();
    expect(await run('printf "no newline"', { says: /^no newline$/m })).toBeUndefined();
  });

  test('that ends otherwise fails', async () => {
    expect(await run('(exit 4)')).toEqual({ code: 'trial/wrong-exit', what: '`(exit 4)` ended with 4' });
    expect(await run('true', { exit: 'failure' })).toMatchObject({ code: 'trial/wrong-exit' });
  });

  test('is not taken at its own word: what the terminal echoes is no answer', async () => {
    expect(await run(': hello', { says: /hello/ })).toEqual({
      code: 'trial/wrong-answer',
      what: '`: hello` did not say /hello/',
    });
  });

  test('may be longer than the terminal is wide', async () => {
    const long = `echo ${'x'.repeat(200)} | tr x y`;
    expect(await run(long, { says: /^y{200}$/m })).toBeUndefined();
  });

  test('that does not end is not waited for beyond the limit', async () => {
    expect(await run('sleep 2', {}, 500)).toMatchObject({ code: 'trial/not-said' });
    expect(await run('echo again', { says: /again/ })).toBeUndefined();
  });
});
