// Finds out what this host lacks, and installs it where that is possible.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { type Probe, type Purpose, REQUIREMENTS, type Requirement } from './requirements.ts';

export interface Finding {
  readonly requirement: Requirement;
  readonly present: boolean;
}

/** What subuid(5) calls a full range; Debian's adduser gives every user as many. */
const SUBORDINATE_IDS = 65_536;
/** apt says what went wrong in its last lines. */
const OUTPUT_LINES = 10;

/** Probes what every command needs, and with `purpose` what that one needs besides. */
export function examineHost(purpose?: Purpose): Finding[] {
  const wanted = REQUIREMENTS.filter(({ only }) => only === undefined || only === purpose);
  return wanted.map((requirement) => ({ requirement, present: isPresent(requirement.probe) }));
}

/** Commands, as argument arrays, that would install what is missing; run as root. */
export function remedies(missing: readonly Requirement[]): string[][] {
  const packages = [...new Set(missing.flatMap((each) => each.package ?? []))];
  const commands: string[][] = [];
  if (packages.length > 0) {
    commands.push(['apt-get', 'update']);
    commands.push(['apt-get', 'install', '--yes', '--no-install-recommends', ...packages]);
  }
  if (missing.some((each) => each.probe.kind === 'subordinate-ids')) {
    const first = nextSubordinateId();
    const range = `${first}-${first + SUBORDINATE_IDS - 1}`;
    commands.push(['usermod', '--add-subuids', range, '--add-subgids', range, userInfo().username]);
  }
  return commands;
}

/** The failure that names what is missing and the exact commands; undefined on a host that has everything. */
export function hostFailure(findings: readonly Finding[]): Failure | undefined {
  const missing = findings.filter((each) => !each.present).map((each) => each.requirement);
  if (missing.length === 0) return undefined;
  const commands = remedies(missing).map((command) => asRoot(command).join(' '));
  return {
    code: 'host/missing-tool',
    message: `This machine lacks ${missing.map((each) => each.name).join(', ')}.`,
    cause: missing.map((each) => `${each.name}: ${each.why}`).join('\n'),
    next:
      commands.length === 0
        ? 'Allow user namespaces for this user (kernel.unprivileged_userns_clone, AppArmor’s restriction of them); in a container, leave /proc unmasked.'
        : `${isDebian() ? 'Run with --install-host-tools, or run' : 'Install the equivalents of'}: ${commands.join(' && ')}`,
  };
}

/**
 * Installs what is missing with apt and usermod, whose output is shown only when they fail; `tell` hears what happens
 * now. Fails with `host/…` when the host still lacks something.
 */
export async function installHostTools(
  tell: (message: string) => void = () => {},
  purpose?: Purpose,
): Promise<Result<void>> {
  const before = examineHost(purpose);
  const missing = before.filter((each) => !each.present).map((each) => each.requirement);
  if (missing.length === 0) return ok();
  if (!isDebian()) return fail(hostFailure(before) as Failure);
  // Without the packages nobody can tell whether sandboxes start; so probe again after them.
  for (const command of remedies(missing)) {
    const [tool = '', ...args] = asRoot(command);
    const line = [tool, ...args].join(' ');
    tell(`preparing this machine: ${line}`);
    const { exitCode, output } = await run(tool, args);
    if (exitCode !== 0) {
      return fail({
        code: 'host/install-failed',
        message: `\`${line}\` ended with exit code ${exitCode}.`,
        cause: output.trimEnd().split('\n').slice(-OUTPUT_LINES).join('\n'),
        next: 'Run the command by hand and see what it says.',
      });
    }
  }
  const after = hostFailure(examineHost(purpose));
  return after === undefined ? ok() : fail(after);
}

function isPresent(probe: Probe): boolean {
  switch (probe.kind) {
    case 'program':
      return findProgram(probe.name) !== undefined;
    case 'file':
      return existsSync(probe.path);
    case 'subordinate-ids':
      return ['/etc/subuid', '/etc/subgid'].every((file) => subordinateIds(file) >= SUBORDINATE_IDS);
    case 'sandbox':
      return sandboxStarts();
  }
}

/** Where a program is that runs would find: only PATH counts, since nothing else does when it is started. */
export function findProgram(name: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(':');
  return directories.map((directory) => join(directory || '.', name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface IdRange {
  readonly owner: string;
  readonly first: number;
  readonly count: number;
}

function idRanges(file: string): IdRange[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length === 3)
    .map(([owner = '', first, count]) => ({ owner, first: Number(first), count: Number(count) }));
}

function subordinateIds(file: string): number {
  const { username, uid } = userInfo();
  const own = idRanges(file).filter((range) => range.owner === username || range.owner === String(uid));
  return own.reduce((sum, range) => sum + range.count, 0);
}

/** The first id above every range that is taken; subuid ranges customarily begin at 100000. */
function nextSubordinateId(): number {
  const taken = [...idRanges('/etc/subuid'), ...idRanges('/etc/subgid')];
  return Math.max(100_000, ...taken.map((range) => range.first + range.count));
}

/** With the mounts that need most: a container may allow namespaces and refuse a new /proc. */
function sandboxStarts(): boolean {
  const namespaces = ['--map-auto', '--map-root-user', '--mount'];
  const mounts = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
  const probe = spawnSync(
    'unshare',
    [...namespaces, 'bwrap', ...mounts, '--unshare-pid', '--unshare-net', 'true'],
    { stdio: 'ignore' },
  );
  return probe.status === 0;
}

function isDebian(): boolean {
  if (!existsSync('/etc/os-release')) return false;
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

function asRoot(command: readonly string[]): string[] {
  return process.getuid?.() === 0 ? [...command] : ['sudo', ...command];
}

function run(tool: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(tool, args, { stdio: ['inherit', 'pipe', 'pipe'], env });
    let output = '';
    const collect = (chunk: string) => {
      output += chunk;
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => resolve({ exitCode: 127, output: error.message }));
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
