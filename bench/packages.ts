// What the Debian packages of a product cost from nothing, against plain dpkg-buildpackage in roots that are ready.
//
// usage: node bench/packages.ts [DIRECTORY [PRODUCT]]       as root
//
// DIRECTORY is a workspace with a lock; default: a product of this project's components, in a copy of it. The number of
// qbuild has everything in it: roots, source packages, the signed repository; downloads should be there already.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseRun, Workbench } from '../test/e2e/workbench.ts';

const OWN = 'linux-packages';
const COMPONENTS = ['core-agent-linux', 'core-vchan-kvm', 'gui-agent-linux', 'gui-common', 'linux-utils'];

interface Spent {
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
}

const project = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'qbuild-bench-'));
const [directory, product = OWN] = process.argv.slice(2);
const bench = new Workbench();
if (directory === undefined) {
  bench.copyProject();
  bench.write(
    `products/${OWN}.yaml`,
    `kind: product\nname: ${OWN}\ntitle: Packages\npublisher: Bench\nversion: 1.0.0\nvmm: kvm\nlicensing: gpl
components: [${COMPONENTS.join(', ')}]\ndeliverables: [{ kind: apt-repository, distribution: debian-12 }]\n`,
  );
}
const workspace = directory === undefined ? bench.workspace : resolve(directory);

/** Runs qbuild in a process namespace of its own, so that whatever it starts is counted. */
function qbuild(...args: string[]): Spent & { readonly output: string } {
  const script = `TIMEFORMAT='%R %U %S'; time unshare --fork --pid --mount-proc "$0" "$@" >${work}/output 2>${work}/errors`;
  const { status, stderr } = spawnSync('bash', ['-c', script, join(project, 'qbuild'), ...args], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, ...bench.environment },
  });
  const output = readFileSync(join(work, 'output'), 'utf8');
  if (status !== 0)
    throw new Error(`${args.join(' ')}\n${output.slice(-2000)}${readFileSync(join(work, 'errors'), 'utf8')}`);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { wall, cpu: user + system, output };
}

/** dpkg-buildpackage alone in the root of a build, with its environment as a person would have it. */
function plain(action: string): Spent {
  const commands = `
    cd /build && cp -r /in/source tree && chmod -R u+w tree && cd tree
    if [ -n "$QBUILD_PACKAGING" ]; then cp -r --no-target-directory "$QBUILD_PACKAGING/debian" debian; fi
    chmod +x debian/rules; unset GLIBC_TUNABLES; export DEB_BUILD_OPTIONS="parallel=$(nproc)"
    TIMEFORMAT='plain: %R %U %S'
    time dpkg-buildpackage --build=binary --unsigned-changes --root-command=fakeroot >/build/log 2>&1 || tail -n 20 /build/log\n`;
  const { stdout, stderr } = spawnSync(join(project, 'qbuild'), ['shell', action, '--product', product], {
    cwd: workspace,
    encoding: 'utf8',
    input: commands,
    env: { ...process.env, ...bench.environment },
  });
  const [, wall, user, system] = /plain: (\S+) (\S+) (\S+)/.exec(stdout + stderr) ?? [];
  if (wall === undefined) throw new Error(`${action}: ${stdout}${stderr}`);
  return { wall: Number(wall), cpu: Number(user) + Number(system) };
}

function print(name: string, { wall, cpu }: Spent, against?: Spent): void {
  const ratio =
    against === undefined
      ? ''
      : `  ${(wall / against.wall).toFixed(2)} of the plain builds’ wall, ${(cpu / against.cpu).toFixed(2)} of their CPU`;
  console.log(
    `${name.padEnd(44)} ${wall.toFixed(1).padStart(6)} s wall ${cpu.toFixed(1).padStart(6)} s CPU${ratio}`,
  );
}

try {
  if (directory === undefined) qbuild('lock', product);
  const cold = qbuild('product', product, '--json');
  const { events } = parseRun(cold.output);
  const builds = events.flatMap(({ type, action }) =>
    type === 'started' && /^build:.*:debian-/.test(String(action)) ? [String(action)] : [],
  );
  const sum = builds.map(plain).reduce((a, b) => ({ wall: a.wall + b.wall, cpu: a.cpu + b.cpu }));
  print(`dpkg-buildpackage, ${builds.length} times in ready roots`, sum);
  print('qbuild, nothing in the store', cold, sum);
  for (const [kind, name] of [
    ['root', 'roots'],
    ['install', 'the product’s own packages in roots'],
    ['build', 'builds'],
    ['repository', 'the repository'],
  ]) {
    const spent = events.filter(
      ({ type, action }) => type === 'finished' && String(action).startsWith(`${kind}:`),
    );
    const wall = spent.reduce((total, { durationMs }) => total + Number(durationMs), 0) / 1000;
    console.log(`  of it ${name}: ${spent.length} actions, ${wall.toFixed(1)} s wall when added`);
  }
  print('qbuild, nothing to do', qbuild('product', product, '--json'), sum);
} finally {
  execFileSync('rm', ['-rf', work]);
  bench.remove();
}
