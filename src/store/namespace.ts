// Work on files that belong to this user's subordinate ids: it happens in a user namespace that maps them.
// `unshare --map-auto --map-root-user` is also how sandboxes are started, so both see the same ids.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { hasCode } from './faults.ts';
import type { ScanRequest } from './scan.ts';

const ENTER = ['unshare', '--map-auto', '--map-root-user', '--'];

/** Runs a program where this user is root over its own and its subordinate ids; yields its output. Throws system errors. */
export async function runMapped(command: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await run([...ENTER, ...command], stdin);
  if (code !== 0) throw Object.assign(new Error(stderr.trim()), { code: 'EPERM', syscall: 'unshare' });
  return stdout;
}

/** Runs the program of `list-tree.ts` in such a namespace; yields its answer as JSON. Throws system errors. */
export function runListTree(request: ScanRequest): Promise<string> {
  const program = ['./list-tree.ts', './list-tree.js']
    .map((name) => fileURLToPath(new URL(name, import.meta.url)))
    .find((path) => existsSync(path));
  if (program === undefined) throw new Error('the list-tree program is not beside the store');
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', program];
  return runMapped(command, JSON.stringify(request));
}

/** Makes everything on the file system of this directory durable. Throws system errors. */
export async function flushFileSystem(dir: string): Promise<void> {
  const { code, stderr } = await run(['sync', '-f', '--', dir]);
  if (code !== 0) throw Object.assign(new Error(stderr.trim()), { code: 'EIO', syscall: 'syncfs' });
}

/** Deletes a directory with everything in it, whoever owns it. A directory that is not there is no error. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw error;
    await runMapped(['rm', '-rf', '--', path]);
  }
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run([program = '', ...args]: readonly string[], stdin = ''): Promise<Outcome> {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
  // The program may end without reading; its exit code says why.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}
