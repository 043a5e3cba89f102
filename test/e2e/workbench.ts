// A workbench for end-to-end tests: a copy of the workspace, a store of its own, and qbuild as users start it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export const SMALL_TEMPLATE = 'debian-12-minimal';

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunResult {
  readonly ok: boolean;
  readonly product: string;
  readonly version: string;
  readonly deliverables: readonly { kind: string; path: string; sha256: string; size: number }[];
  readonly actions: { readonly run: number; readonly cached: number; readonly failed: number };
  readonly failure?: {
    readonly code: string;
    readonly message: string;
    readonly place?: string;
    readonly next?: string;
    readonly cause?: string;
  };
}

export interface ProductRun {
  readonly events: RunEvent[];
  readonly result: RunResult;
  readonly exitCode: number | null;
}

export type RunEvent = { readonly type: string } & Record<string, unknown>;

export class Workbench {
  readonly workspace: string;
  readonly environment: Record<string, string>;

  /** Everything below it is the test's; `remove` deletes it. */
  readonly dir: string;

  /** Downloads are shared with the user's own runs, so that tests download nothing twice; a store with `like`. */
  constructor(options: { readonly dir?: string; readonly keys?: string; readonly like?: Workbench } = {}) {
    this.dir = options.dir ?? mkdtempSync(join(tmpdir(), 'qbuild-e2e-'));
    this.workspace = join(this.dir, 'workspace');
    mkdirSync(this.workspace, { recursive: true });
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
    this.environment = {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: this.dir,
      QBUILD_CACHE: join(this.dir, 'cache'),
      QBUILD_PACKAGES: process.env.QBUILD_PACKAGES ?? join(cache, 'qbuild', 'packages'),
      QBUILD_KEYS: options.keys ?? join(this.dir, 'keys'),
      ...options.like?.environment,
    };
  }

  get store(): string {
    return this.environment.QBUILD_STORE ?? join(this.environment.QBUILD_CACHE as string, 'store');
  }

  remove(): void {
    if (process.getuid?.() !== 0) {
      // Layers have files of subordinate ids, which only their namespace may delete.
      const find = ['find', this.dir, '-mindepth', '1', '-delete'];
      execFileSync('unshare', ['--map-auto', '--map-root-user', '--', ...find]);
    }
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The project's own workspace, as git sees it: manifests, recipes and the lock, or other paths. */
  copyProject(
    wanted = /^(\.gitignore|qbuild\.yaml|qbuild\.lock|recipes\/|products\/|distributions\/|templates\/)/,
  ): this {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: PROJECT,
    });
    for (const file of listed.toString().split('\0')) {
      if (wanted.test(file) && existsSync(join(PROJECT, file))) {
        mkdirSync(dirname(join(this.workspace, file)), { recursive: true });
        cpSync(join(PROJECT, file), join(this.workspace, file));
      }
    }
    return this;
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.workspace, path)), { recursive: true });
    writeFileSync(join(this.workspace, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.workspace, path), 'utf8');
  }

  edit(path: string, change: (text: string) => string): void {
    const before = this.read(path);
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${path} changed nothing`);
    this.write(path, after);
  }

  /** Lets the product of that name ship the smallest template instead of its own, which takes minutes to make. */
  withSmallTemplate(product: string): this {
    this.edit(`products/${product}.yaml`, (text) =>
      text.replace(/^templates: .*$/m, `templates: [${SMALL_TEMPLATE}]`),
    );
    return this;
  }

  /** Starts qbuild; what `input` holds is its standard input. */
  start(args: readonly string[], env: Record<string, string> = {}, input?: string): ChildProcess {
    const child = spawn(join(PROJECT, 'qbuild'), args, {
      cwd: this.workspace,
      env: { ...this.environment, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(input);
    return child;
  }

  async run(args: readonly string[], env: Record<string, string> = {}, input?: string): Promise<Outcome> {
    return finished(this.start(args, env, input));
  }

  /** `qbuild product … --json`: all events, the result last. */
  async product(...args: string[]): Promise<ProductRun> {
    return this.productWith({}, ...args);
  }

  async productWith(env: Record<string, string>, ...args: string[]): Promise<ProductRun> {
    const { exitCode, stdout, stderr } = await this.run(['product', ...args, '--json'], env);
    return { ...parseRun(stdout, stderr), exitCode };
  }
}

export async function finished(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  return { exitCode, stdout, stderr };
}

/** What `--json` wrote: all events, and the result, which is the last. */
export function parseRun(stdout: string, stderr = ''): { events: RunEvent[]; result: RunResult } {
  const lines = stdout.split('\n').filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as RunEvent);
  const result = events.at(-1) as unknown as RunResult & { type: string };
  if (result?.type !== 'result') throw new Error(`no result line; stderr: ${stderr}`);
  return { events, result };
}

/** Ids of the actions that an event type names, in order. */
export function actionsOf(events: readonly RunEvent[], type: string): string[] {
  return events.filter((event) => event.type === type).map((event) => String(event.action));
}
