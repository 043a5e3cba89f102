// The sandbox of this machine: bubblewrap over overlayfs in a user namespace, the same for root and for others.
import { type StdioOptions, spawn } from 'node:child_process';
import { lstatSync, readlinkSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Privilege } from '../action/action.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { Mount, Sandbox, SandboxRequest } from './request.ts';

const ENTER_SCRIPT = fileURLToPath(new URL('./enter.sh', import.meta.url));

/**
 * What every command sees besides its own settings; a change here raises PREIMAGE_FORMAT.
 * HOME is writable and empty, so that tools which insist on one do not fail or look elsewhere.
 */
const FIXED_ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/build',
  TZ: 'UTC',
  LC_ALL: 'C.UTF-8',
  LANG: 'C.UTF-8',
} as const;

const ISOLATION = [
  ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--hostname', 'sandbox', '--die-with-parent', '--new-session', '--clearenv'],
];

/**
 * With CAP_SYS_ADMIN a command could mount an input anew, writable, and so change what the store has; with
 * CAP_SYS_PTRACE it could let a process that has more do it.
 */
const CAPABILITIES = {
  build: ['--cap-drop', 'ALL'],
  configure: ['--cap-add', 'ALL', '--cap-drop', 'CAP_SYS_ADMIN', '--cap-drop', 'CAP_SYS_PTRACE'],
  'first-root': ['--cap-add', 'ALL'],
} as const satisfies Record<Privilege, readonly string[]>;

/** Where bubblewrap writes what became of the sandbox; closed before the command begins. */
const STATUS_DESCRIPTOR = 3;
/** What a shell ends with when it does not find a program (POSIX, 2.8.2). */
const NOT_FOUND = 127;
/** Lines of output that explain why nothing could be started. */
const CAUSE_LINES = 10;

/** A sandbox made by `unshare`, `enter.sh` and `bwrap`. Needs a subuid range for the caller. */
export const bubblewrap: Sandbox = {
  async run(request) {
    const layers = [...request.layers, ...(request.stack?.layers ?? [])];
    const [failure] = layers.flatMap((layer) => unusableAsLayer(layer) ?? []);
    return failure === undefined ? await execute(request) : fail(failure);
  },
};

/** Why nothing at or below a path can be a layer, if so: `host/store-path`. */
export function unusableAsLayer(path: string): Failure | undefined {
  if (!/[:,\\]/.test(path)) return undefined;
  return {
    code: 'host/store-path',
    message:
      'The path of the store contains a character that overlayfs reserves (colon, comma or backslash).',
    place: path,
    next: 'Set QBUILD_STORE to a directory without these characters.',
  };
}

async function execute(request: SandboxRequest): Promise<Result<number>> {
  const log = request.output.kind === 'log' ? await open(request.output.file, 'a') : undefined;
  try {
    if (request.signal.aborted) return cancelled();
    const ended = await spawnAndWait(request, log?.fd);
    if (!ended.ok) return ended;
    const status = parseStatus(ended.value.status);
    // Its first process can outlive bubblewrap by a moment, and so could others that write to the outputs.
    if (status.firstProcess !== undefined) await untilGone(status.firstProcess);
    if (request.signal.aborted) return cancelled();
    return status.exitCode === undefined ? fail(await notRun(request, ended.value)) : ok(status.exitCode);
  } finally {
    await log?.close();
  }
}

interface Ended {
  /** Of the process that started everything. */
  readonly exitCode: number | null;
  /** What bubblewrap wrote to `STATUS_DESCRIPTOR`. */
  readonly status: string;
}

/**
 * The command writes to the log's descriptor itself: nothing is lost when this process dies. It leads a
 * process group of its own, so that Ctrl-C reaches this process alone, which then kills the whole group;
 * inside, the end of bubblewrap ends its process namespace with everything that a command started.
 */
function spawnAndWait(request: SandboxRequest, log: number | undefined): Promise<Result<Ended>> {
  return new Promise((resolve) => {
    const output = log === undefined ? (['inherit', 'inherit', 'inherit'] as const) : ['ignore', log, log];
    const child = spawn('unshare', enterArguments(request), {
      stdio: [...output, 'pipe'] as StdioOptions,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      detached: log !== undefined,
    });
    let status = '';
    child.stdio[STATUS_DESCRIPTOR]?.on('data', (chunk: Buffer) => {
      status += chunk.toString();
    });
    const kill = () => {
      if (child.pid !== undefined) killIfAlive(log === undefined ? child.pid : -child.pid);
    };
    request.signal.addEventListener('abort', kill, { once: true });
    child.once('error', (error) => resolve(fail(notStarted('host/missing-tool', error.message))));
    child.once('close', (exitCode) => {
      request.signal.removeEventListener('abort', kill);
      resolve(ok({ exitCode, status }));
    });
  });
}

/** `id`: of a process, or the negative one of a process group. */
function killIfAlive(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Two JSON objects, a line each: `child-pid` when the first process exists, `exit-code` when the command has run. */
function parseStatus(text: string): { readonly firstProcess?: number; readonly exitCode?: number } {
  const [firstProcess, exitCode] = ['child-pid', 'exit-code'].map((key) => {
    const found = new RegExp(`"${key}": *([0-9]+)`).exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  });
  return { ...(firstProcess && { firstProcess }), ...(exitCode !== undefined && { exitCode }) };
}

/** The kernel ends a process namespace before its first process becomes a zombie (pid_namespaces(7)). */
async function untilGone(process: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${process}/stat`, 'latin1').catch(() => '');
    if (stat === '' || /^.*\) [ZX]/s.test(stat)) return;
    await setTimeout(1);
  }
}

async function notRun(request: SandboxRequest, { exitCode }: Ended): Promise<Failure> {
  const said = request.output.kind === 'log' ? await readFile(request.output.file, 'utf8') : '';
  const cause = said.trimEnd().split('\n').slice(-CAUSE_LINES).join('\n');
  return notStarted(exitCode === NOT_FOUND ? 'host/missing-tool' : 'host/no-sandbox', cause);
}

function notStarted(code: `host/${string}`, cause: string): Failure {
  const message = 'A sandbox could not be started, or was ended from outside.';
  return { code, message, ...(cause !== '' && { cause }), next: 'Run `qbuild doctor`.' };
}

function cancelled(): Result<never> {
  return fail({ code: 'interrupted/cancelled', message: 'The run was interrupted.' });
}

function enterArguments(request: SandboxRequest): string[] {
  const enter = ['--map-auto', '--map-root-user', '--mount', '--', 'bash', ENTER_SCRIPT];
  const inside = insideArguments(request);
  const stack =
    request.stack === undefined ? ['-', '-'] : [lowerOf(request.stack.layers), request.stack.mountPoint];
  if (request.layers.length === 0)
    return [...enter, 'host', '-', '-', '-', '-', ...stack, ...hostTools(), ...inside];
  const mode = { refused: 'readonly', lost: 'scratch', kept: 'keep' }[request.changes.kind];
  const [upper, work] =
    request.changes.kind === 'kept'
      ? [request.changes.upper, request.changes.scratch]
      : ['-', request.mountPoint];
  return [...enter, mode, lowerOf(request.layers), upper, work, request.mountPoint, ...stack, ...inside];
}

/** overlayfs's `lowerdir`: topmost first. */
function lowerOf(layers: readonly string[]): string {
  return layers.toReversed().join(':');
}

function insideArguments(request: SandboxRequest): string[] {
  const environment = { ...FIXED_ENVIRONMENT, ...request.env };
  return [
    ...ISOLATION,
    ...['--dev', '/dev', '--proc', '/proc', '--perms', '1777', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...['--tmpfs', '/in', '--tmpfs', '/out'],
    ...request.mounts.flatMap(mountArguments),
    ...(request.stack === undefined ? [] : ['--ro-bind', request.stack.mountPoint, request.stack.target]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...CAPABILITIES[request.privilege],
    ...(request.layers.length === 0 ? ['--remount-ro', '/'] : []),
    ...['--remount-ro', '/in', '--json-status-fd', String(STATUS_DESCRIPTOR)],
    ...['--chdir', request.cwd, '--', ...request.command],
  ];
}

function mountArguments(mount: Mount): string[] {
  return [mount.writable ? '--bind' : '--ro-bind', mount.source, mount.target];
}

/** The host's programs and libraries, for the one action that has no root yet: making the first layer. */
function hostTools(): string[] {
  const merged = ['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => {
    const entry = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (entry === undefined) return [];
    return entry.isSymbolicLink()
      ? ['--symlink', readlinkSync(`/${name}`), `/${name}`]
      : ['--ro-bind', `/${name}`, `/${name}`];
  });
  const settings = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/passwd', '/etc/group'].flatMap((path) => [
    '--ro-bind-try',
    path,
    path,
  ]);
  return ['--ro-bind', '/usr', '/usr', ...merged, ...settings];
}
