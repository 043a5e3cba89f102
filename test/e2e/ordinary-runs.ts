// Runs of an ordinary user over a copy of a workbench's workspace, with a store of its own.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrdinaryUser } from '../sandbox/ordinary-user.ts';
import { finished, type ProductRun, parseRun, type Workbench } from './workbench.ts';

export class OrdinaryRuns {
  readonly user = new OrdinaryUser().copyProject('dist');
  readonly #env: Record<string, string>;

  constructor(bench: Workbench) {
    const { home } = this.user;
    // What runs have made is large, and not what they are given.
    const filter = (path: string) => path !== join(bench.workspace, 'out');
    cpSync(bench.workspace, join(home, 'workspace'), { recursive: true, filter });
    this.#env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      QBUILD_CACHE: join(home, 'cache'),
      QBUILD_PACKAGES: join(home, 'packages'),
    };
    copyPackages(bench, join(home, 'packages'));
    this.user.own(home);
  }

  get store(): string {
    return join(this.user.home, 'cache/store');
  }

  async product(args: readonly string[], further: Record<string, string> = {}): Promise<ProductRun> {
    return this.run(['product', ...args], further);
  }

  /** A command that has `--json`. */
  async run(command: readonly string[], further: Record<string, string> = {}): Promise<ProductRun> {
    const main = join(this.user.dir, 'dist/main.js');
    const child = this.user.spawn([this.user.node, main, ...command, '--json'], {
      cwd: join(this.user.home, 'workspace'),
      env: { ...this.#env, ...further },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { exitCode, stdout, stderr } = await finished(child);
    return { ...parseRun(stdout, stderr), exitCode };
  }

  remove(): void {
    this.user.remove();
  }
}

/** Downloads that the lock names, so that they are not downloaded again. */
function copyPackages(from: Workbench, to: string): void {
  const pool = from.environment.QBUILD_PACKAGES ?? '';
  for (const [, sha256 = ''] of from.read('qbuild.lock').matchAll(/"sha256": ?"([0-9a-f]{64})"/g)) {
    const path = join(sha256.slice(0, 2), sha256);
    if (!existsSync(join(pool, path))) continue;
    mkdirSync(join(to, sha256.slice(0, 2)), { recursive: true });
    cpSync(join(pool, path), join(to, path));
  }
}

/** What every result in a store says it made, by key. */
export function outputsByKey(store: string): Map<string, unknown> {
  const files = readdirSync(join(store, 'results'), { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8')))
      .map((result) => [result.key, result.outputs]),
  );
}
