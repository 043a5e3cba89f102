// Runs a host tool (apt, gpgv, git) to its end with a clean environment, bounded output and a killable process group.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';

export interface ToolRun {
  readonly args: readonly string[];
  /** Added to `PATH`, `LC_ALL=C.UTF-8` and the proxy settings; nothing else of the host's environment is passed. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ToolOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Debian package that brings a tool, for the failure that misses it. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'apt-cache': 'apt',
  gpgv: 'gpgv',
  git: 'git',
  flock: 'util-linux',
};

const PASSED = ['PATH', 'SSH_AUTH_SOCK', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTPS_PROXY', 'NO_PROXY'];

/** More than any listing that we ask for: the whole of Debian's package names is 1 MB. */
const OUTPUT_LIMIT = 256 << 20;

/** Any exit code is a value. Failures: `host/missing-tool`, `host/tool-failed`, `interrupted/cancelled`. */
export function runTool(tool: string, run: ToolRun): Promise<Result<ToolOutput>> {
  if (run.signal?.aborted) return Promise.resolve(fail(cancelled(tool)));
  return new Promise((resolve) => {
    const child = spawn(tool, run.args, {
      cwd: run.cwd,
      env: cleanEnvironment(run.env ?? {}),
      stdio: 'pipe',
      // A group of its own, so that cancelling reaches apt's methods and git's helpers.
      detached: true,
    });
    const stdout = collect(child.stdout, () => kill());
    const stderr = collect(child.stderr, () => kill());
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    };
    run.signal?.addEventListener('abort', kill, { once: true });
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.stdin ?? '');
    child.on('error', (error) => resolve(fail(unstartable(tool, error, run.cwd))));
    child.on('close', (code, killedBy) => {
      run.signal?.removeEventListener('abort', kill);
      if (run.signal?.aborted) resolve(fail(cancelled(tool)));
      else if (stdout.overflow || stderr.overflow) resolve(fail(toolFailed(tool, 'it printed too much')));
      else if (code === null) resolve(fail(toolFailed(tool, `it was killed by ${killedBy}`)));
      else resolve(ok({ exitCode: code, stdout: stdout.bytes(), stderr: stderr.bytes().toString('utf8') }));
    });
  });
}

/** The environment for host tools: the same words from every tool in every locale. */
export function cleanEnvironment(added: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C.UTF-8', HOME: process.env.HOME ?? '/nonexistent' };
  for (const name of PASSED) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, ...added };
}

function collect(stream: NodeJS.ReadableStream, stop: () => void) {
  const chunks: Buffer[] = [];
  let size = 0;
  const collected = { overflow: false, bytes: () => Buffer.concat(chunks) };
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size <= OUTPUT_LIMIT) chunks.push(chunk);
    else if (!collected.overflow) {
      collected.overflow = true;
      stop();
    }
  });
  return collected;
}

function cancelled(tool: string): Failure {
  return {
    code: 'interrupted/cancelled',
    message: `\`${tool}\` was stopped, because the run was cancelled.`,
  };
}

function toolFailed(tool: string, why: string): Failure {
  return { code: 'host/tool-failed', message: `\`${tool}\` did not finish: ${why}.` };
}

function unstartable(tool: string, error: NodeJS.ErrnoException, cwd: string | undefined): Failure {
  // spawn reports a missing working directory as a missing program.
  if (error.code !== 'ENOENT' || (cwd !== undefined && !existsSync(cwd)))
    return toolFailed(tool, error.message);
  const from = PACKAGE_OF[tool];
  return {
    code: 'host/missing-tool',
    message: `The program \`${tool}\` is not installed.`,
    next:
      from === undefined
        ? 'Run `qbuild doctor`.'
        : `Run \`apt-get install ${from}\`, or see \`qbuild doctor\`.`,
  };
}
