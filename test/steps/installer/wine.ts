// Private Windows installations for tests: a Wine prefix made once a machine, copied by hard links.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../../src/base/digest.ts';

const WINE = '/usr/lib/wine/wine64';
const WINESERVER = '/usr/lib/wine/wineserver';

function environment(dir: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    // Otherwise Wine refuses file names beyond ASCII.
    LC_ALL: 'C.UTF-8',
    HOME: join(dir, 'home'),
    WINEPREFIX: join(dir, 'prefix'),
    WINEDEBUG: '-all',
    // No download of Mono and Gecko, no entries in the desktop's own menu.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
  };
}

function wine(dir: string, args: readonly string[], command?: string): string {
  // The server stays for a minute after a program, so that services go on running between programs.
  // It ends with 2 when it runs already.
  spawnSync(WINESERVER, ['-p60'], { env: environment(dir), stdio: 'ignore' });
  // Output goes to a file: what a program leaves running would keep a pipe open.
  const log = join(dir, 'output');
  const file = openSync(log, 'w');
  try {
    const env = { ...environment(dir), ...(command === undefined ? {} : { OBSERVE_COMMAND: command }) };
    const ended = spawnSync(WINE, args, { env, stdio: ['ignore', file, 'ignore'] });
    if (ended.status !== 0)
      throw new Error(`${args[0]} ended with ${ended.status ?? ended.signal}: ${readFileSync(log, 'utf8')}`);
  } finally {
    closeSync(file);
  }
  return readFileSync(log, 'utf8').replaceAll('\r', '');
}

function endServer(dir: string): void {
  // Ends with 1 when none runs, which is what is wanted.
  spawnSync(WINESERVER, ['-k', '-w'], { env: environment(dir), stdio: 'ignore' });
}

/** The template prefix, made when it is missing; another process may be making it at the same time. */
function template(): string {
  const version = execFileSync(WINE, ['--version'], { encoding: 'utf8' }).trim();
  const ready = join(tmpdir(), `qbuild-${userInfo().username}-${version.replaceAll(/[^\w.-]/g, '_')}`);
  if (existsSync(ready)) return ready;
  const dir = mkdtempSync(`${ready}-`);
  mkdirSync(join(dir, 'home'));
  wine(dir, ['wineboot', '-i']);
  // Debian's Wine says that it is Windows 7 unless asked.
  wine(dir, ['winecfg', '/v', 'win10']);
  endServer(dir);
  try {
    renameSync(dir, ready);
  } catch {
    rmSync(dir, { recursive: true, force: true });
  }
  return ready;
}

/** Directories whose servers must not outlive the tests. */
const started = new Set<string>();
process.once('exit', () => {
  for (const dir of started) endServer(dir);
});

export interface Wine {
  /** Absolute path of something on drive C:, written with `/`. */
  readonly c: (path: string) => string;
  /** Starts a program and gives back what it printed. */
  readonly run: (...args: readonly string[]) => string;
  /** Starts a program and waits; its whole exit code. The words are its command line as they are. */
  readonly exitCode: (program: string, ...words: readonly string[]) => number;
  /** A registry value as text; undefined when it is absent. An empty name is the key's own value. */
  readonly registry: (key: string, name: string) => string | undefined;
  /** A service's state as Windows numbers it: 1 stopped, 4 running; undefined when there is none. */
  readonly service: (name: string) => number | undefined;
  /** Everything ends at once, as in a power failure; the next program starts it again. */
  readonly cutPower: () => void;
  readonly environment: Readonly<Record<string, string>>;
}

/** A fresh Windows below `dir`. `observer` is observe.exe. Ends with the test process at the latest. */
export function startWine(dir: string, observer: string): Wine {
  const from = template();
  // What an earlier try of the same test left there.
  endServer(dir);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'prefix'), { recursive: true });
  cpSync(join(from, 'home'), join(dir, 'home'), { recursive: true });
  execFileSync('cp', ['-al', join(from, 'prefix/drive_c'), join(dir, 'prefix/drive_c')]);
  cpSync(join(from, 'prefix/dosdevices'), join(dir, 'prefix/dosdevices'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const name of ['system.reg', 'user.reg', 'userdef.reg', '.update-timestamp'])
    copyFileSync(join(from, 'prefix', name), join(dir, 'prefix', name));
  const run = (...args: readonly string[]) => wine(dir, args);
  started.add(dir);
  return {
    c: (path) => join(dir, 'prefix/drive_c', path),
    run,
    exitCode: (program, ...words) =>
      Number(wine(dir, [observer, 'run'], [`"${windowsPath(program)}"`, ...words].join(' ')).trim()),
    registry: (key, name) => readRegistry(run, key, name),
    service: (name) => {
      const state = run(observer, 'service', name).trim();
      return state === 'absent' ? undefined : Number(state);
    },
    cutPower: () => endServer(dir),
    environment: environment(dir),
  };
}

/** Wine shows the machine's own files as drive Z:. */
function windowsPath(path: string): string {
  return path.startsWith('/') ? `Z:${path.replaceAll('/', '\\')}` : path;
}

function readRegistry(run: Wine['run'], key: string, name: string): string | undefined {
  try {
    const text = run('reg', 'query', key, ...(name === '' ? ['/ve'] : ['/v', name]));
    return /\n {4}.*? {4}REG_\w+ {4}(.*)\n/.exec(text)?.[1];
  } catch {
    return undefined; // `reg` ends with 1 when there is no such value
  }
}

/** Everything that an installation may leave on drive C:, without Windows' own and temporary files. */
export function traces(wine: Wine): Record<string, string> {
  return listing(wine.c('.'), /^(windows|users\/[^/]+\/Temp|service-ran\.txt)$/);
}

/** Relative paths of all files and directories below `dir` but those left out, with the sha-256 of each file. */
export function listing(dir: string, leftOut?: RegExp): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (below: string) => {
    for (const name of readdirSync(join(dir, below)).sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      if (leftOut?.test(path)) continue;
      const full = join(dir, path);
      if (lstatSync(full).isDirectory()) {
        found[`${path}/`] = '';
        visit(path);
      } else found[path] = lstatSync(full).isFile() ? sha256Hex(readFileSync(full)) : 'link';
    }
  };
  if (existsSync(dir)) visit('');
  return found;
}
