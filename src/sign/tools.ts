// Running the tools that sign: a fixed environment, secrets by file descriptor, and redacted output.
import { execa } from 'execa';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { redact, type Secret, withSecretDescriptor } from './secret.ts';

export type ToolFailureCode = 'host/missing-tool' | 'interrupted/cancelled';
const refuse = failing<ToolFailureCode>();

/** The programs, and the Debian packages that bring them. */
const PACKAGE_OF = {
  osslsigncode: 'osslsigncode',
  openssl: 'openssl',
  gpg: 'gnupg',
  gpgconf: 'gnupg',
  gpgv: 'gpgv',
  rpmsign: 'rpm',
  rpmkeys: 'rpm',
} as const;

export type ToolName = keyof typeof PACKAGE_OF;

/** Where a child process finds the secret that `ToolRun.secret` hands to it. */
export const SECRET_PATH = '/dev/fd/3';

export interface ToolRun {
  readonly tool: ToolName;
  readonly args: readonly string[];
  /** Variables beyond the fixed ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Readable by the child at `SECRET_PATH`, and cleared from the output. */
  readonly secret?: Secret | undefined;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ToolOutcome {
  /** 0 is success; a death by signal is -1. */
  readonly exitCode: number;
  /** Both streams, redacted. */
  readonly output: string;
}

/** Runs a tool to its end; its exit code is data. Fails with `host/missing-tool` or `interrupted/cancelled`. */
export async function runTool(run: ToolRun): Promise<Result<ToolOutcome>> {
  if (run.secret === undefined) return spawn(run, undefined);
  return withSecretDescriptor(run.secret, (fd) => spawn(run, fd));
}

async function spawn(run: ToolRun, fd: number | undefined): Promise<Result<ToolOutcome>> {
  const result = await execa(run.tool, run.args, {
    reject: false,
    all: true,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC', ...run.env },
    // A session of its own has no terminal: a token that misses its PIN fails instead of asking for it.
    detached: true,
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(run.signal === undefined ? {} : { cancelSignal: run.signal }),
    // The types of execa end at descriptor 9; the kernel's do not.
    stdio: fd === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', fd as 3],
  });
  if (result.isCanceled) {
    return refuse({ code: 'interrupted/cancelled', message: 'Signing was interrupted.', place: run.tool });
  }
  if (result.exitCode === undefined && result.signal === undefined) {
    return refuse({
      code: 'host/missing-tool',
      message: `The program ${run.tool} could not be started.`,
      place: run.tool,
      cause: redact(result.originalMessage ?? '', secretsOf(run)),
      next: `Run: apt-get install ${PACKAGE_OF[run.tool]}`,
    });
  }
  return ok({ exitCode: result.exitCode ?? -1, output: redact(result.all ?? '', secretsOf(run)) });
}

function secretsOf(run: ToolRun): readonly Secret[] {
  return run.secret === undefined ? [] : [run.secret];
}

/** The last lines that say something, for the `cause` of a failure. */
export function lastLines(output: string, count = 12): string {
  return output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n');
}
