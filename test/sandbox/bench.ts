// A place for sandbox tests: a small root, directories for outputs, and requests with everything filled in.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import type { SandboxRequest } from '../../src/sandbox/request.ts';
import { makeSmallRoot } from './small-root.ts';

export interface Ran {
  readonly exitCode: number;
  readonly log: string;
  /** Directory that was mounted at /out. */
  readonly out: string;
}

export class SandboxBench {
  readonly dir = mkdtempSync(join(tmpdir(), 'qbuild-sandbox-'));
  readonly root: string;
  #made = 0;

  constructor(further: Readonly<Record<string, string>> = {}) {
    this.root = makeSmallRoot(join(this.dir, 'root'), further);
  }

  remove(): void {
    if (process.getuid?.() !== 0) {
      // Layers have files of subordinate ids, which only their namespace may delete.
      execFileSync('unshare', [
        '--map-auto',
        '--map-root-user',
        '--',
        'find',
        this.dir,
        '-mindepth',
        '1',
        '-delete',
      ]);
    }
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A fresh empty directory. */
  directory(name: string): string {
    const path = join(this.dir, `${this.#made++}-${name}`);
    mkdirSync(path);
    return path;
  }

  /** A `build` of `script` with bash over the small root; whatever is given instead wins. */
  request(script: string, given: Partial<SandboxRequest> = {}): SandboxRequest & { readonly out: string } {
    const out = this.directory('out');
    const mounts = [
      { source: out, target: '/out', writable: true },
      { source: this.directory('build'), target: '/build', writable: true },
    ];
    const log = join(this.directory('log'), 'log');
    return {
      layers: [this.root],
      changes: { kind: 'refused' },
      mountPoint: this.directory('mount'),
      command: ['/bin/bash', '-c', script],
      env: {},
      cwd: '/build',
      privilege: 'build',
      output: { kind: 'log', file: log },
      signal: new AbortController().signal,
      ...given,
      mounts: [...mounts, ...(given.mounts ?? [])],
      out,
    };
  }

  async run(script: string, given: Partial<SandboxRequest> = {}): Promise<Ran> {
    const request = this.request(script, given);
    const result = await bubblewrap.run(request);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return { exitCode: result.value, log: logOf(request), out: request.out };
  }

  /** A FIFO in a directory that sandboxes can write to: `text` resolves when all writers have closed it. */
  fifo(directory: string): { readonly name: string; readonly text: Promise<string> } {
    const name = `fifo-${this.#made++}`;
    execFileSync('mkfifo', [join(directory, name)]);
    return { name, text: readFile(join(directory, name), 'utf8') };
  }

  /** Writes a request for `driver.ts`; yields the arguments that start it and where the result will be. */
  driver(request: SandboxRequest): { readonly args: readonly string[]; readonly resultFile: string } {
    const dir = this.directory('driver');
    const resultFile = join(dir, 'result.json');
    const { signal: _, ...plain } = request;
    writeFileSync(join(dir, 'request.json'), JSON.stringify({ ...plain, resultFile }));
    return { args: [join(import.meta.dirname, 'driver.ts'), join(dir, 'request.json')], resultFile };
  }
}

export function logOf(request: SandboxRequest): string {
  if (request.output.kind !== 'log') throw new Error('the request has no log');
  return readFileSync(request.output.file, 'utf8');
}

/** A number of seconds that no other process sleeps; finds the processes of one test. */
export function uniqueNap(): string {
  return `9${BigInt(`0x${randomUUID().slice(0, 8)}`)}`;
}

/** Resolves when a process of this host has `text` among its arguments; a shell tells that it goes on before it does. */
export async function started(text: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (processesWith(text).length === 0) {
    if (Date.now() > deadline) throw new Error(`no process with the argument ${text} within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Processes of this host with `text` among their arguments. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^[0-9]+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(text);
    } catch {
      return false;
    }
  });
}
