// That no process outlives its sandbox: after an abort, after the end of the command, after the death of qbuild.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { logOf, processesWith, SandboxBench, started, uniqueNap } from './bench.ts';
import { compileStatic } from './small-root.ts';

/** Types a command into the terminal `argv[1]`, or the controlling one, as CVE-2017-5226 did. */
const TYPIST = `#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int fd = argc > 1 ? open(argv[1], O_RDWR) : 0;
  if (fd < 0) { printf("open: %s\\n", strerror(errno)); return 1; }
  if (ioctl(fd, TIOCSTI, "x") != 0) { printf("type: %s\\n", strerror(errno)); return 1; }
  puts("typed");
  return 0;
}
`;

/** A process that wants to stay: deaf to signals, in a session of its own, with the log open. */
const stubborn = (nap: string) =>
  `(trap '' TERM INT HUP QUIT; setsid bash -c "trap '' TERM INT HUP; sleep ${nap}; :" & sleep ${nap}; :) &`;

let bench: SandboxBench;
beforeAll(() => {
  bench = new SandboxBench();
  compileStatic(TYPIST, join(bench.root, 'usr/bin/typist'));
});
afterAll(() => bench.remove());

describe('an abort', () => {
  test('ends every process of the sandbox before the run ends, however deaf it is', async () => {
    const [nap, abort] = [uniqueNap(), new AbortController()];
    const request = bench.request(`${stubborn(nap)} ${stubborn(nap)} echo >/out/$READY; sleep ${nap}`, {
      signal: abort.signal,
    });
    const ready = bench.fifo(request.out);
    const running = bubblewrap.run({ ...request, env: { READY: ready.name } });
    await ready.text;
    await started(nap);
    abort.abort();
    expect(await running).toMatchObject({ error: { code: 'interrupted/cancelled' } });
    expect(processesWith(nap)).toEqual([]);
  });

  test('ends a command that configures as well', async () => {
    const [nap, abort] = [uniqueNap(), new AbortController()];
    const request = bench.request(`${stubborn(nap)} echo >/out/$READY; sleep ${nap}`, {
      signal: abort.signal,
      privilege: 'configure',
      changes: { kind: 'lost' },
    });
    const ready = bench.fifo(request.out);
    const running = bubblewrap.run({ ...request, env: { READY: ready.name } });
    await ready.text;
    abort.abort();
    expect(await running).toMatchObject({ error: { code: 'interrupted/cancelled' } });
    expect(processesWith(nap)).toEqual([]);
  });

  test('before the start starts nothing', async () => {
    const request = bench.request('echo x >/out/x', { signal: AbortSignal.abort() });
    expect(await bubblewrap.run(request)).toMatchObject({ error: { code: 'interrupted/cancelled' } });
    expect(existsSync(join(request.out, 'x'))).toBe(false);
  });

  test('while the sandbox is being started ends it too', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const [nap, abort] = [uniqueNap(), new AbortController()];
      const running = bubblewrap.run(bench.request(`sleep ${nap}`, { signal: abort.signal }));
      // A different stage of the start each time, on every machine.
      for (let step = 0; step < turn * 20; step++) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      expect(await running).toMatchObject({ error: { code: 'interrupted/cancelled' } });
      expect(processesWith(nap)).toEqual([]);
    }
  });

  test('after the end changes nothing', async () => {
    const abort = new AbortController();
    const result = await bubblewrap.run(bench.request('exit 3', { signal: abort.signal }));
    abort.abort();
    expect(result).toEqual({ ok: true, value: 3 });
  });
});

test('what a command leaves running has ended when the run has', async () => {
  const nap = uniqueNap();
  const script = `${stubborn(nap)} (while :; do echo x >>/out/grows; done) & echo done`;
  const { log, out, exitCode } = await bench.run(script);
  expect({ log, exitCode }).toEqual({ log: 'done\n', exitCode: 0 });
  expect(processesWith(nap)).toEqual([]);
  const grows = () => (existsSync(join(out, 'grows')) ? readFileSync(join(out, 'grows'), 'utf8').length : 0);
  const size = grows();
  await bench.run('true');
  expect(grows()).toBe(size);
});

test('the death of qbuild ends the sandbox', async () => {
  const nap = uniqueNap();
  // The stubborn process holds the FIFO open: its end of file is the end of the process.
  const request = bench.request(`exec 9>/out/$READY; ${stubborn(nap)} echo >&9; sleep ${nap}`);
  const [ready, gone] = [bench.fifo(request.out), bench.fifo(request.out)];
  const script = `exec 8>/out/${gone.name}; ${stubborn(nap)} echo >/out/${ready.name}; sleep ${nap}`;
  const { args, resultFile } = bench.driver({ ...request, command: ['/bin/bash', '-c', script] });
  const driver = spawn(process.execPath, args, { stdio: 'inherit' });
  // A driver that outlives a failed test would hold the output of the whole run open.
  onTestFinished(() => void driver.kill('SIGKILL'));
  await ready.text;
  await started(nap);
  driver.kill('SIGKILL');
  await once(driver, 'close');
  await gone.text;
  expect(existsSync(resultFile)).toBe(false);
});

describe('the terminal that qbuild was started from', () => {
  /** Runs a request in a process that has a terminal; yields what appeared on it. */
  async function onTerminal(request: Parameters<SandboxBench['driver']>[0], typed = ''): Promise<string> {
    const { args } = bench.driver(request);
    const command = [process.execPath, ...args].map((each) => `'${each}'`).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    child.stdin.write(typed);
    await once(child, 'close');
    return shown;
  }

  test('cannot be reached from a build', async () => {
    const request = bench.request('typist; typist /dev/tty; tty');
    await onTerminal(request);
    expect(logOf(request)).toBe(
      'type: Inappropriate ioctl for device\nopen: No such device or address\nnot a tty\n',
    );
  });

  test('cannot be typed into by a command that has it as its streams', async () => {
    const request = bench.request('typist; typist /dev/tty; typist /proc/self/fd/0; :', {
      output: { kind: 'terminal' },
    });
    expect((await onTerminal(request)).replaceAll('\r', '')).toMatch(
      /^type: (Operation not permitted|Input.*)\nopen: No such device or address\n(type|open): (?!typed).*\n$/,
    );
  });

  test('is not the one that a shell and its programs have', async () => {
    const shell = '/usr/bin/script --quiet --return --command "/bin/bash -i" /dev/null';
    const request = bench.request(`exec ${shell}`, { output: { kind: 'terminal' }, privilege: 'build' });
    const shown = await onTerminal(request, 'tty; typist; exit 5\n');
    // It types into its own terminal, where nobody but itself reads; newer kernels refuse even that.
    expect(shown).toContain('/dev/pts/0');
    expect(shown).toMatch(/typed|type: Input/);
  });
});
