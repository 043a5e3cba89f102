// Commands in process: what their flags come to, what they print, and the exit codes of what a person can get wrong.
import { Config } from '@oclif/core/config';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import Component from '../../src/commands/component.ts';
import Doctor from '../../src/commands/doctor.ts';
import Lock from '../../src/commands/lock.ts';
import Log from '../../src/commands/log.ts';
import Product from '../../src/commands/product/index.ts';
import ProductList from '../../src/commands/product/list.ts';
import ProductShow from '../../src/commands/product/show.ts';
import Schema from '../../src/commands/schema.ts';
import Template from '../../src/commands/template/index.ts';
import Why from '../../src/commands/why.ts';
import type { QbuildCommand } from '../../src/qbuild-command.ts';
import { tinyWorkspace } from '../e2e/tiny.ts';
import { PROJECT, Workbench } from '../e2e/workbench.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

type Command = new (argv: string[], config: Config) => QbuildCommand;

const before = { cwd: process.cwd(), env: { ...process.env } };
let bench: Workbench;
beforeAll(() => {
  bench = tinyWorkspace(new Workbench());
  Object.assign(process.env, bench.environment);
});
beforeEach(() => process.chdir(bench.workspace));
afterEach(() => {
  vi.restoreAllMocks();
  process.env = { ...before.env, ...bench.environment };
});
afterAll(() => {
  process.chdir(before.cwd);
  process.env = before.env;
  bench.remove();
});

async function qbuild(command: Command, ...argv: string[]) {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    });
  }
  vi.spyOn(console, 'log').mockImplementation((text) => {
    said.stdout += `${text}\n`;
  });
  const config = new Config({ root: PROJECT });
  config.bin = 'qbuild';
  config.runHook = async () => ({ successes: [], failures: [] });
  const listening = SIGNALS.map((signal) => process.listeners(signal));
  try {
    await new command(argv, config).start();
    return { exitCode: 0, message: '', ...said };
  } catch (thrown) {
    const { oclif, message } = thrown as Error & { oclif?: { exit?: number } };
    return { exitCode: oclif?.exit, message, ...said };
  } finally {
    vi.restoreAllMocks();
    // A process runs one command, which listens to its end; here they are many.
    for (const [index, signal] of SIGNALS.entries()) {
      const added = process.listeners(signal).filter((each) => !listening[index]?.includes(each));
      for (const each of added) process.off(signal, each);
    }
  }
}

describe('qbuild schema', () => {
  test('prints the schema of a kind, or all of them', async () => {
    const { stdout } = await qbuild(Schema, 'product');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object' });
    expect(Object.keys(JSON.parse((await qbuild(Schema)).stdout))).toContain('recipe');
  });

  test('knows no other kinds, nor what every object has', async () => {
    for (const kind of ['produkt', 'constructor']) {
      expect(await qbuild(Schema, kind)).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining('Kinds: '),
      });
    }
  });
});

describe('qbuild doctor', () => {
  test('says of each tool whether it is there, and what it is for', async () => {
    const { exitCode, stdout } = await qbuild(Doctor);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ok +git: /m);
    expect(stdout).toMatch(/\(`qbuild test` only\)$/m);
  });

  test('ends with 9 where one is missing, but for those of one command', async () => {
    process.env.PATH = bench.dir;
    const { exitCode, stdout, stderr } = await qbuild(Doctor);
    expect(exitCode).toBe(9);
    expect(stdout).toMatch(/^MISSING +git: /m);
    expect(stdout).toMatch(/^absent .*\(`qbuild test` only\)$/m);
    expect(stderr).toContain('host/missing-tool');
    expect(stderr).not.toContain('qemu');
  });
});

describe('qbuild product', () => {
  test('refuses what it does not know with the exit code of its kind', async () => {
    const settings = ['--locked', '--offline', '--json', '--key', 'nobody', '--openpgp-key', 'nobody'];
    const signed = await qbuild(Product, 'tiny', ...settings, '--out', 'elsewhere', '--jobs', '1');
    expect(signed.exitCode).toBe(11);
    expect(JSON.parse(signed.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'result',
      ok: false,
      failure: { code: 'sign/key-unknown' },
    });
    expect((await qbuild(Product, 'tiny', '--only', 'nobody', '--json', '--offline')).exitCode).toBe(4);
  });

  test('plans without running anything', async () => {
    const { exitCode, stdout } = await qbuild(Product, 'tiny', '--plan');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('build:hello:windows/amd64');
  });

  test('list and show print what there is', async () => {
    expect((await qbuild(ProductList)).stdout).toMatch(/^tiny +Tiny$/m);
    expect((await qbuild(ProductShow, 'tiny')).stdout).toContain('name: tiny');
    expect((await qbuild(ProductShow, 'tinny')).exitCode).toBe(4);
  });
});

describe('qbuild component', () => {
  test('needs a component that is there', async () => {
    expect(await qbuild(Component, 'nobody', '--product', 'tiny', '--json')).toMatchObject({ exitCode: 4 });
  });
});

describe('qbuild template', () => {
  test('plans for one VMM only', async () => {
    process.chdir(PROJECT);
    const planned = await qbuild(Template, 'debian-12-minimal', '--vmm', 'kvm', '--plan');
    expect(planned.stdout).toContain('customise:debian-12-minimal');
    expect((await qbuild(Template, 'debian-12-minimal', '--plan')).message).toContain('--vmm');
  });

  test('stops at the first image that fails, with its exit code', async () => {
    process.chdir(PROJECT);
    process.env.QBUILD_PACKAGES = `${bench.dir}/no-packages`;
    const settings = ['--locked', '--offline', '--json', '--jobs', '1', '--out', `${bench.dir}/images`];
    const failed = await qbuild(Template, 'debian-12-minimal', ...settings);
    expect(failed.exitCode).toBe(6);
    const results = failed.stdout.split('\n').filter((line) => line.includes('"type":"result"'));
    expect(results).toHaveLength(1);
    expect((await qbuild(Template, 'debian-12-minimal', '--vmm', 'kwm', ...settings)).exitCode).toBe(2);
  });
});

describe('qbuild lock', () => {
  test('of one product or all changes nothing that must not change', async () => {
    const upToDate = { exitCode: 0, stdout: 'qbuild.lock is up to date\n' };
    expect(await qbuild(Lock, 'tiny', '--check')).toMatchObject(upToDate);
    expect((await qbuild(Lock, 'tinny', '--check')).exitCode).toBe(4);
    const distribution = 'distributions/debian-12.yaml';
    const kept = bench.read(distribution);
    bench.edit(distribution, (text) => text.replace('windows-build: [', '$&nasm, '));
    const changed = await qbuild(Lock, '--check');
    bench.write(distribution, kept);
    expect(changed).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('root windows-build changes (+nasm)'),
    });
  });
});

describe('qbuild log and why', () => {
  test('look at the product that is named, or at the last one', async () => {
    const action = 'build:hello:windows/amd64';
    expect(await qbuild(Log, action, '--product', 'tiny', '--path')).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining('action/no-log'),
    });
    expect((await qbuild(Why, action, '--product', 'tiny')).stdout).toContain(action);
    process.env.QBUILD_CACHE = `${bench.dir}/other-cache`;
    expect((await qbuild(Component, 'hello')).exitCode).toBe(2);
    for (const command of [Log, Why]) {
      expect(await qbuild(command, action)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('usage/no-product'),
      });
    }
  });
});
