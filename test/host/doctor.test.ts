// The doctor on hosts that lack something: a PATH of the test's own, with the real programs or without them.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examineHost, findProgram, hostFailure, installHostTools, remedies } from '../../src/host/doctor.ts';
import { REQUIREMENTS } from '../../src/host/requirements.ts';

const SYSTEM = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const FURTHER = ['bash', 'sh', 'mount', 'newgidmap', 'true', 'ln', 'rm'];

const pathBefore = process.env.PATH;
let dir: string;
let bin: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-doctor-'));
  bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const { probe } of REQUIREMENTS) if (probe.kind === 'program') program(probe.name, real(probe.name));
  for (const name of FURTHER) program(name, real(name));
  process.env.PATH = bin;
});
afterEach(() => {
  process.env.PATH = pathBefore;
  rmSync(dir, { recursive: true });
});

function real(name: string): string {
  const found = SYSTEM.map((at) => join(at, name)).find((path) => existsSync(path));
  return `exec ${found} "$@"`;
}

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
}

function missing(): string[] {
  return examineHost()
    .filter((finding) => !finding.present)
    .map(({ requirement }) => requirement.name);
}

describe('the doctor', () => {
  test('finds nothing missing where everything is, and says so by no failure', () => {
    expect(missing()).toEqual([]);
    expect(hostFailure(examineHost())).toBeUndefined();
  });

  test('names a program that PATH does not lead to, wherever else it may be', () => {
    rmSync(join(bin, 'osslsigncode'));
    expect(missing()).toEqual(['osslsigncode']);
    const root = process.getuid?.() === 0 ? '' : 'sudo ';
    expect(hostFailure(examineHost())).toEqual({
      code: 'host/missing-tool',
      message: 'This machine lacks osslsigncode.',
      cause: 'osslsigncode: signs Windows programs and installers',
      next:
        `Run with --install-host-tools, or run: ${root}apt-get update && ` +
        `${root}apt-get install --yes --no-install-recommends osslsigncode`,
    });
  });

  test('asks for what one command needs only on its behalf', () => {
    rmSync(join(bin, 'qemu-system-x86_64'));
    expect(missing()).toEqual([]);
    expect(hostFailure(examineHost('test'))).toMatchObject({
      message: 'This machine lacks qemu-system-x86_64.',
      next: expect.stringMatching(/ --no-install-recommends qemu-system-x86$/),
    });
  });

  test('does not take a file that cannot be executed for a program', () => {
    chmodSync(join(bin, 'git'), 0o644);
    expect(findProgram('git')).toBeUndefined();
    expect(findProgram('gpg')).toBe(join(bin, 'gpg'));
  });

  test('names bubblewrap together with the sandbox that cannot start without it', () => {
    rmSync(join(bin, 'bwrap'));
    expect(missing()).toEqual(['bwrap', 'sandbox']);
  });

  test('tells a machine with all programs whose sandboxes do not start what to look at', () => {
    program('bwrap', 'exit 1');
    expect(missing()).toEqual(['sandbox']);
    expect(hostFailure(examineHost())).toMatchObject({
      message: 'This machine lacks sandbox.',
      next: expect.stringMatching(/^Allow user namespaces/),
    });
  });

  test('survives an empty PATH', () => {
    delete process.env.PATH;
    expect(missing()).toContain('git');
  });
});

describe('remedies', () => {
  const requirement = (name: string) => REQUIREMENTS.find((each) => each.name === name) ?? expect.fail(name);

  test('install each package once', () => {
    expect(remedies([requirement('xz'), requirement('gpg'), requirement('xz')])).toEqual([
      ['apt-get', 'update'],
      ['apt-get', 'install', '--yes', '--no-install-recommends', 'xz-utils', 'gnupg'],
    ]);
  });

  test('give a range of subordinate ids that nobody has', () => {
    const [command = [], ...rest] = remedies([requirement('subordinate user ids')]);
    expect(rest).toEqual([]);
    const [usermod, , range = '', , sameRange] = command;
    expect([usermod, sameRange]).toEqual(['usermod', range]);
    const [first = 0, last = 0] = range.split('-').map(Number);
    expect(last - first).toBe(65_535);
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
        const [, start, count] = line.split(':').map(Number);
        expect(Number(start) + Number(count)).toBeLessThanOrEqual(first);
      }
    }
  });

  test('are none for what no package brings', () => {
    expect(remedies([requirement('sandbox')])).toEqual([]);
  });
});

describe('installing what is missing', () => {
  const root = process.getuid?.() === 0;
  const said = () => readFileSync(join(dir, 'said'), 'utf8');
  beforeEach(() => {
    program('sudo', 'exec "$@"');
    rmSync(join(bin, 'bwrap'));
  });

  /** An apt-get that notes how it was called and does what the test says. */
  function aptGet(script: string): void {
    program('apt-get', `echo "$DEBIAN_FRONTEND $*" >>${join(dir, 'said')}\n${script}`);
  }

  test('does nothing on a machine that has everything', async () => {
    aptGet('exit 1');
    program('bwrap', real('bwrap'));
    expect(await installHostTools()).toEqual({ ok: true, value: undefined });
    expect(existsSync(join(dir, 'said'))).toBe(false);
  });

  test('runs apt without questions and looks again', async () => {
    aptGet(`[ "$1" = update ] || ln -s /usr/bin/bwrap ${join(bin, 'bwrap')}`);
    expect(await installHostTools()).toEqual({ ok: true, value: undefined });
    expect(said()).toBe(
      'noninteractive update\nnoninteractive install --yes --no-install-recommends bubblewrap\n',
    );
  });

  test('stops at a command that fails, and names it', async () => {
    aptGet('echo fetching; echo "E: no route" >&2; exit 100');
    const told: string[] = [];
    expect(await installHostTools((message) => told.push(message))).toEqual({
      ok: false,
      error: {
        code: 'host/install-failed',
        message: `\`${root ? '' : 'sudo '}apt-get update\` ended with exit code 100.`,
        cause: 'fetching\nE: no route',
        next: 'Run the command by hand and see what it says.',
      },
    });
    expect(told).toEqual([`preparing this machine: ${root ? '' : 'sudo '}apt-get update`]);
    expect(said()).toBe('noninteractive update\n');
  });

  test('does not believe an apt that says it installed what is still not there', async () => {
    aptGet('exit 0');
    expect(await installHostTools()).toMatchObject({
      error: { code: 'host/missing-tool', message: 'This machine lacks bwrap, sandbox.' },
    });
  });
});
