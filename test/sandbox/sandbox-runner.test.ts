// Actions in sandboxes: what counts as success, what failures say, layers that are kept.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Action, stackedTree } from '../../src/action/action.ts';
import type { Execution } from '../../src/engine/ports.ts';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { sandboxRunner } from '../../src/sandbox/sandbox-runner.ts';
import { SandboxBench } from './bench.ts';

let bench: SandboxBench;
beforeAll(() => {
  bench = new SandboxBench();
});
afterAll(() => bench.remove());

const runner = sandboxRunner(bubblewrap);

/** An execution of a script over the small root. */
function execution(script: string, given: Partial<Action> = {}, layers = [bench.root]): Execution {
  const dir = bench.directory('staging');
  const inputs = { script: join(bench.directory('in'), 'script') };
  writeFileSync(inputs.script, script);
  const action: Action = {
    id: 'test:action',
    kind: 'test',
    title: 'test',
    runner: 'sandbox',
    root: layers.map((text) => ({ from: 'text', text })),
    inputs: {},
    env: {},
    params: {},
    outputs: { made: 'file' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 1, cores: 1 },
    ...given,
  };
  const signal = new AbortController().signal;
  const staging = { dir, discard: async () => {} };
  return { action, key: 'key', layers, inputs, staging, log: join(dir, 'log'), signal };
}

describe('an action in a sandbox', () => {
  test('succeeds when it made its outputs, and its scratch space is gone', async () => {
    const run = execution('echo scratch >/build/x; pwd; echo made >/out/made');
    expect(await runner.run(run)).toEqual({ ok: true, value: undefined });
    expect(readFileSync(join(run.staging.dir, 'out/made'), 'utf8')).toBe('made\n');
    expect(readFileSync(run.log, 'utf8')).toBe('/build\n');
    expect(existsSync(join(run.staging.dir, 'build'))).toBe(false);
  });

  test('fails with the exit code of its command', async () => {
    expect(await runner.run(execution('echo made >/out/made; exit 3'))).toEqual({
      ok: false,
      error: {
        code: 'action/command-failed',
        message: 'The command of test:action ended with exit code 3.',
        place: 'test:action',
        next: 'Run `qbuild shell test:action` to look around in its sandbox.',
      },
    });
  });

  test('fails when it made less than it declares', async () => {
    const outputs = { made: 'file', other: 'tree', third: 'tree' } as const;
    expect(await runner.run(execution('echo made >/out/made', { outputs }))).toMatchObject({
      error: {
        code: 'action/missing-output',
        message: 'test:action succeeded without making other, third.',
        place: 'test:action',
      },
    });
  });

  test('fails when it made more than it declares', async () => {
    const script = 'cd /out; echo x >made; echo x >b; mkdir .a';
    expect(await runner.run(execution(script))).toMatchObject({
      error: {
        code: 'action/undeclared-output',
        message: 'test:action wrote .a, b below /out, which it does not declare.',
        place: 'test:action',
      },
    });
  });

  test.each([
    'curl: (6) Could not resolve host: example.org',
    "fatal: unable to access 'https://example.org/': Couldn't resolve host",
    'wget: unable to resolve host address: Temporary failure in name resolution',
    'connect: Network is unreachable',
  ])('that wanted the network is told that there is none: %s', async (said) => {
    const failed = await runner.run(execution(`echo "${said}"; exit 1`));
    expect(failed).toMatchObject({
      error: {
        next:
          'Actions have no network: everything that a build needs is in its source, in `dependsOn` or in ' +
          '`buildDepends`. Run `qbuild shell test:action` to look around in its sandbox.',
      },
    });
  });

  test('that wrote outside of its outputs is told where it may', async () => {
    const failed = await runner.run(execution('echo x >/usr/x'));
    expect(failed).toMatchObject({
      error: {
        code: 'action/command-failed',
        next:
          'An action can write below /out, /build and /tmp only. ' +
          'Run `qbuild shell test:action` to look around in its sandbox.',
      },
    });
  });

  test('that mounts is told that it cannot, even where it configures', async () => {
    for (const privilege of ['build', 'configure'] as const) {
      const failed = await runner.run(execution('mount -t tmpfs none /tmp', { privilege }));
      expect(failed).toMatchObject({
        error: {
          code: 'action/command-failed',
          next:
            'Nothing can be mounted in a sandbox: copy what is needed instead. ' +
            'Run `qbuild shell test:action` to look around in its sandbox.',
        },
      });
    }
  });

  test('that says what went wrong, in its last line and in its own area, fails with that code', async () => {
    const say = (line: string, after = '') =>
      runner.run(execution(`echo "qbuild: failure ${line}"; ${after} exit 1`, { kind: 'deb' }));
    expect(await say('deb/cycle: a needs b: so it is')).toMatchObject({
      error: { code: 'deb/cycle', cause: 'a needs b: so it is', place: 'test:action' },
    });
    for (const failed of [
      say('sign/bad-key: no'),
      say('deb/cycle: earlier', 'echo more;'),
      say('deb/../x: no'),
    ]) {
      expect(await failed).toMatchObject({ error: { code: 'action/command-failed' } });
    }
  });

  test('that failed for another reason is told nothing about the sandbox, however long its log', async () => {
    const script = 'echo Network is unreachable; for i in {1..3000}; do echo "line $i"; done; exit 1';
    expect(await runner.run(execution(script))).toMatchObject({
      error: { next: 'Run `qbuild shell test:action` to look around in its sandbox.' },
    });
  });

  test('sees the layers of a stacked tree as one, the highest on top', async () => {
    const [low, high] = [bench.directory('low'), bench.directory('high')];
    for (const layer of [low, high]) writeFileSync(join(layer, 'name'), layer);
    const stacked = stackedTree([low, high].map((text) => ({ from: 'text', text })));
    const run = execution('ls /in/tree; cat /in/tree/name; touch /out/made');
    const paths = Object.fromEntries(
      Object.keys(stacked).map((name, index) => [name, [low, high][index] as string]),
    );
    expect(await runner.run({ ...run, inputs: { ...run.inputs, ...paths } })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(readFileSync(run.log, 'utf8')).toBe(`name\n${high}`);
  });

  test('that only configures leaves nothing of its changes behind', async () => {
    const script = 'echo x >/etc/new; cat /etc/new >/out/made';
    expect((await runner.run(execution(script, { privilege: 'configure' }))).ok).toBe(true);
    expect(existsSync(join(bench.root, 'etc/new'))).toBe(false);
  });
});

describe('a layer', () => {
  const layer = { privilege: 'configure', outputs: { layer: 'layer' } } as const;

  test('is what changed below /, without the mount points of the sandbox', async () => {
    const run = execution('echo x >/etc/new; echo x >/tmp/x; echo x >/run/x; echo x >/build/x', layer);
    expect(await runner.run(run)).toEqual({ ok: true, value: undefined });
    const made = join(run.staging.dir, 'out/layer');
    expect(readdirSync(made)).toEqual(['etc']);
    expect(readdirSync(join(made, 'etc'))).toEqual(['new']);
  });

  test('is what was written to /out where there is no root yet', async () => {
    const run = execution('mkdir /out/layer; echo x >/out/layer/first; chown 7 /out/layer/first', layer, []);
    expect(await runner.run(run)).toEqual({ ok: true, value: undefined });
    expect(readdirSync(join(run.staging.dir, 'out/layer'))).toEqual(['first']);
  });
});
