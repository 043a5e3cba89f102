// A small root for sandbox tests: bash, coreutils and what they link to, copied from this host without a download.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const PROGRAMS = [
  'bash',
  'cat',
  'chmod',
  'chown',
  'env',
  'grep',
  'id',
  'ln',
  'ls',
  'mkdir',
  'mkfifo',
  'mount',
  'mv',
  'readlink',
  'rm',
  'script',
  'setsid',
  'sh',
  'sleep',
  'stat',
  'touch',
  'tty',
  'uname',
  'unshare',
];

/** Makes the root in `directory`, which must not exist. Further programs, static ones, by name and path. */
export function makeSmallRoot(directory: string, further: Readonly<Record<string, string>> = {}): string {
  for (const name of ['usr/bin', 'dev', 'proc', 'tmp', 'run', 'in', 'out', 'build', 'etc', 'var']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  symlinkSync('usr/bin', join(directory, 'bin'));
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/build:/bin/bash\n');
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\n');
  cpSync('/usr/lib/locale/C.utf8', join(directory, 'usr/lib/locale/C.utf8'), { recursive: true });
  for (const name of PROGRAMS) {
    const path = ['/usr/bin', '/bin'].map((at) => join(at, name)).find((at) => existsSync(at));
    if (path === undefined) throw new Error(`this host lacks ${name}`);
    copyInto(directory, path, `/usr/bin/${name}`);
    for (const library of librariesOf(path)) copyInto(directory, library, library);
  }
  for (const [name, path] of Object.entries(further)) copyInto(directory, path, `/usr/bin/${name}`);
  return directory;
}

/** Absolute paths as the loader names them. */
function librariesOf(program: string): string[] {
  const said = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...said.matchAll(/(?:^|\s)(\/\S+) \(0x/g)].map((match) => match[1] as string);
}

function copyInto(root: string, from: string, to: string): void {
  const target = join(root, to);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(from), target);
}

/** Compiles a C program without shared libraries. */
export function compileStatic(source: string, program: string): string {
  execFileSync('gcc', ['-static', '-O1', '-Wall', '-Werror', '-o', program, '-x', 'c', '-'], {
    input: source,
  });
  return program;
}
