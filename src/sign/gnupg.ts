// GnuPG in a home of its own that lives for one piece of work: no keyring, configuration or agent of a user takes part.
import { lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { abandonedDirectories, makeMemoryDirectory } from './memory-directory.ts';
import type { Secret } from './secret.ts';
import { lastLines, runTool, SECRET_PATH, type ToolOutcome } from './tools.ts';

export type GnupgFailureCode = 'sign/openpgp-failed';
const refuse = failing<GnupgFailureCode>();

export interface GnupgRun {
  readonly args: readonly string[];
  /** Passphrase of the secret key. */
  readonly passphrase?: Secret | undefined;
  /** The time that gpg sees, seconds since 1970; now when absent. */
  readonly time?: number;
  /** The key is in the agent of a user, which asks for a passphrase by its own means. */
  readonly agentAsks?: boolean;
}

export interface Gnupg {
  /** Absolute path; short, because the agent's socket is in it. Scratch files may lie in it. */
  readonly home: string;
  /** Runs gpg without terminal and prompts; its exit code is data. */
  run(run: GnupgRun): Promise<Result<ToolOutcome>>;
}

/** Makes the home, lets `work` use it, then ends its agent and removes it, whatever happened. */
export async function withGnupg<T>(
  signal: AbortSignal | undefined,
  work: (gnupg: Gnupg) => Promise<Result<T>>,
): Promise<Result<T>> {
  await removeAbandonedHomes();
  const home = await makeMemoryDirectory();
  try {
    return await work({ home, run: (run) => runGpg(home, run, signal) });
  } finally {
    await removeHome(home);
  }
}

/**
 * Not by a run's signal: the agent must end also when the run was cancelled. Where a file takes the place of the socket
 * the agent is a user's, who goes on using it.
 */
async function removeHome(home: string): Promise<void> {
  const socket = await agentSocket(home);
  const found = socket === undefined ? undefined : lstatSync(socket, { throwIfNoEntry: false });
  if (socket !== undefined && found?.isFile()) await rm(socket);
  else await runTool({ tool: 'gpgconf', args: ['--homedir', home, '--kill', 'all'] });
  await runTool({ tool: 'gpgconf', args: ['--homedir', home, '--remove-socketdir'] });
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
}

/** Where the agent of a home listens: in the home, or below /run/user where the system has that. */
export async function agentSocket(home: string): Promise<string | undefined> {
  const listed = await runTool({ tool: 'gpgconf', args: ['--homedir', home, '--list-dirs', 'agent-socket'] });
  const path = listed.ok && listed.value.exitCode === 0 ? listed.value.output.trim() : '';
  return path.startsWith('/') ? path : undefined;
}

/** Secret keys that a killed run left in memory, and the agents that hold them open. */
async function removeAbandonedHomes(): Promise<void> {
  for (const home of abandonedDirectories()) await removeHome(home);
}

function runGpg(home: string, run: GnupgRun, signal: AbortSignal | undefined): Promise<Result<ToolOutcome>> {
  const args = [...gnupgArguments(home, run), ...run.args];
  return runTool({ tool: 'gpg', args, secret: run.passphrase, signal });
}

/** The options of every gpg in a private home; for tools that call it themselves, too. */
export function gnupgArguments(
  home: string,
  { passphrase, time, agentAsks = false }: Omit<GnupgRun, 'args'>,
): string[] {
  const quiet = [
    '--batch',
    '--no-tty',
    '--no-options',
    '--quiet',
    '--homedir',
    home,
    '--trust-model',
    'always',
  ];
  // `!` stops the clock. Since then the key's owner may have extended it: its own signatures may be younger.
  const clock =
    time === undefined
      ? []
      : ['--faked-system-time', `${time}!`, '--ignore-time-conflict', '--ignore-valid-from'];
  const refusing = agentAsks ? [] : ['--pinentry-mode', 'error'];
  const unlock =
    passphrase === undefined ? refusing : ['--pinentry-mode', 'loopback', '--passphrase-file', SECRET_PATH];
  return [...quiet, ...clock, ...unlock];
}

/** Runs gpg and takes anything but exit code 0 as a failure of `what`, a clause such as `the key could not be read`. */
export async function mustRun(
  gnupg: Gnupg,
  run: GnupgRun,
  what: string,
  place: string,
): Promise<Result<string>> {
  const done = await gnupg.run(run);
  if (!done.ok) return done;
  if (done.value.exitCode === 0) return ok(done.value.output);
  return refuse({
    code: 'sign/openpgp-failed',
    message: `With GnuPG, ${what}.`,
    place,
    cause: lastLines(done.value.output),
  });
}

/** Program and version as an action key holds them, e.g. `gpg (GnuPG) 2.2.40`. */
export async function gnupgVersion(signal?: AbortSignal): Promise<Result<string>> {
  const asked = await runTool({ tool: 'gpg', args: ['--no-options', '--version'], signal });
  return asked.ok ? ok(asked.value.output.split('\n')[0] ?? '') : asked;
}
