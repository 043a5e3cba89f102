// Makes two runs take turns at a directory that both may change: a lock that the kernel drops with its holder.
import { spawn } from 'node:child_process';
import { type Failure, fail, type Result } from '../base/failure.ts';
import { cleanEnvironment } from './process.ts';

/**
 * Runs `body` while holding an exclusive lock on the file at `path`, which is created when missing and
 * whose directory exists. Waits for another holder. Failures: `host/missing-tool`, `interrupted/cancelled`, the body's.
 */
export async function exclusively<T>(
  path: string,
  signal: AbortSignal,
  body: () => Promise<Result<T>>,
): Promise<Result<T>> {
  // Node has no flock(2). util-linux has: it holds the lock for as long as `cat` waits for our end of the pipe,
  // so that the lock goes with this process, however it ends.
  const holder = spawn('flock', ['--no-fork', path, 'cat'], {
    env: cleanEnvironment({}),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    holder.once('error', () => resolve());
    holder.once('close', () => resolve());
  });
  const stop = () => holder.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  try {
    holder.stdin.on('error', () => undefined);
    holder.stdin.write('held\n');
    const held = await Promise.race([
      new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true))),
      ended.then(() => false as const),
    ]);
    if (!held) return fail(signal.aborted ? cancelled(path) : unlockable(path));
    return await body();
  } finally {
    signal.removeEventListener('abort', stop);
    holder.stdin.end();
    await ended;
  }
}

function cancelled(place: string): Failure {
  return {
    code: 'interrupted/cancelled',
    message: 'The run was cancelled while it waited for another.',
    place,
  };
}

function unlockable(place: string): Failure {
  return {
    code: 'host/missing-tool',
    message: 'A lock that keeps two runs apart could not be taken.',
    place,
    next: 'Check that `flock` is installed (`apt-get install util-linux`) and that the directory can be written.',
  };
}
