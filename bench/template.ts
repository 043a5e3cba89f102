// What a bootable guest image costs, against mmdebstrap and mkosi, both with mke2fs -d, of the same packages.
//
// usage: node bench/template.ts       as root; needs mmdebstrap, apt-utils and bubblewrap
//
// Everything is downloaded before anything is measured, and the tools are there: qbuild's root of them, the host's
// mmdebstrap, and mkosi of Debian 13, which needs no systemd on the host, in a root of its own. qbuild makes a whole
// disk (partition table, boot loaders, qcow2) and checks it; the others a file system.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { own, rootLayers, splitPackageKey } from '../src/lock/lockfile.ts';
import { parseLock } from '../src/lock/parse.ts';
import { Workbench } from '../test/e2e/workbench.ts';

const TEMPLATE = 'debian-12-minimal';
const KERNEL = 'linux-image-cloud-amd64';
const MIRROR = 'http://deb.debian.org/debian';

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Seconds; in a process namespace of its own, so that whatever the command starts is counted. */
function spent(command: string, environment: Record<string, string> = {}): Spent {
  const script = `TIMEFORMAT='%R %U %S'; time unshare --fork --pid --mount-proc bash -euo pipefail -c "$0" >"$1" 2>&1`;
  const log = join(work, 'log');
  const { status, stderr } = spawnSync('bash', ['-c', script, command, log], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  if (status !== 0) throw new Error(`${command}\n${readFileSync(log, 'utf8').slice(-2000)}`);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}

/** With the ratio to each of the others. */
function print(name: string, { wall, cpu }: Spent, others: Readonly<Record<string, Spent>> = {}): void {
  const ratios = Object.entries(others).map(([other, than]) => {
    const [ofWall, ofCpu] = [wall / than.wall, cpu / than.cpu].map((ratio) => ratio.toFixed(2));
    return `  ${ofWall} of ${other}’s wall, ${ofCpu} of its CPU`;
  });
  const figures = `${wall.toFixed(1).padStart(6)} s wall ${cpu.toFixed(1).padStart(6)} s CPU`;
  console.log(`${name.padEnd(30)} ${figures}${ratios.join(';')}`);
}

const bench = new Workbench().copyProject();
const work = mkdtempSync(join(bench.dir, 'work-'));
const project = join(import.meta.dirname, '..');
const template = (name: string) => `cd ${bench.workspace}; ${project}/qbuild template ${name} --vmm kvm`;

/** The template's packages as files in one directory, and their names. */
function poolOf(): readonly string[] {
  const lock = parseLock(readFileSync(join(project, 'qbuild.lock'), 'utf8'), 'qbuild.lock');
  if (!lock.ok) throw new Error(lock.error.message);
  const distribution = own(lock.value.distributions, 'debian-12');
  const layers = distribution && rootLayers(distribution, `template:${TEMPLATE}:${KERNEL}`);
  if (layers === undefined) throw new Error('the lock lacks the template');
  mkdirSync(join(work, 'pool'));
  const packages = layers.flatMap((layer) => layer.packages);
  for (const { key, digest } of packages) {
    const { name, version, architecture } = splitPackageKey(key);
    const sha256 = digest.slice(0, 64);
    const from = join(bench.environment.QBUILD_PACKAGES ?? '', sha256.slice(0, 2), sha256);
    const to = join(work, 'pool', `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
    try {
      linkSync(from, to);
    } catch {
      copyFileSync(from, to);
    }
  }
  return packages.map(({ key }) => splitPackageKey(key).name);
}

/** A flat repository of the pool, which apt takes without asking the network. */
function makeRepository(): void {
  const index = execFileSync('apt-ftparchive', ['packages', '.'], {
    cwd: join(work, 'pool'),
    maxBuffer: 2 ** 26,
  });
  writeFileSync(join(work, 'pool', 'Packages'), index);
  const release = ['-o', 'APT::FTPArchive::Release::Codename=bookworm', 'release', '.'];
  writeFileSync(
    join(work, 'pool', 'Release'),
    execFileSync('apt-ftparchive', release, { cwd: join(work, 'pool') }),
  );
}

/** mkosi's tools, and the archives that it takes packages of. */
function makeMkosiRoot(): void {
  const tools = 'mkosi,systemd,apt,debian-archive-keyring,ca-certificates,cpio,kmod,udev,zstd';
  spent(`mmdebstrap --quiet --variant=apt --include=${tools} trixie ${work}/mkosi ${MIRROR}`);
  const sources = ['bookworm bookworm-updates', 'bookworm-security'].map((suites, index) =>
    [
      'Types: deb',
      `URIs: ${MIRROR}${index === 0 ? '' : '-security'}`,
      `Suites: ${suites}`,
      'Components: main',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
    ].join('\n'),
  );
  // Instead of mkosi's own list, which has the archive of debug symbols.
  mkdirSync(join(work, 'sandbox/etc/apt/sources.list.d'), { recursive: true });
  writeFileSync(join(work, 'sandbox/etc/apt/sources.list.d/mkosi.sources'), sources.join('\n'));
}

/** The command that makes `work/out` of the packages, from what mkosi has downloaded before as far as it can. */
function mkosi(packages: readonly string[]): string {
  mkdirSync(join(work, 'cache'), { recursive: true });
  const enter = [
    ...['bwrap', '--bind', `${work}/mkosi`, '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--perms', '1777', '--tmpfs', '/tmp', '--ro-bind', '/etc/resolv.conf', '/etc/resolv.conf'],
    ...['--bind', work, '/work', '--chdir', '/work', '--cap-add', 'ALL', '--setenv', 'HOME', '/root'],
  ];
  const options = [
    ...['mkosi', '--distribution=debian', '--release=bookworm', '--format=directory', '--bootable=no'],
    ...['--sandbox-tree=/work/sandbox', '--package-cache-dir=/work/cache', '--workspace-dir=/work'],
    ...packages.map((name) => `--package=${name}`),
    ...['--output-dir=/work', '--output=out', '--force', 'build'],
  ];
  return [...enter, ...options].join(' ');
}

try {
  const environment = bench.environment;
  spent(template('debian-13-minimal'), environment); // Makes the tools root, and nothing that the other one needs.
  const names = poolOf();
  makeRepository();
  console.log(`${names.length} packages, downloaded`);

  const all = names.join(',');
  const image = `truncate -s 2G ${work}/image; mke2fs -q -t ext4 -d ${work}/out ${work}/image; rm -rf ${work}/out ${work}/image`;
  const bare = spent(
    `mmdebstrap --quiet --variant=custom --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --include=${all} bookworm ${work}/out 'deb [trusted=yes] copy:${work}/pool ./'; ${image}`,
  );
  print('mmdebstrap, then mke2fs -d', bare);
  makeMkosiRoot();
  const build = `${mkosi(names)}; ${image}`;
  spent(build); // Downloads.
  const others = { mmdebstrap: bare, mkosi: spent(build) };
  print('mkosi, then mke2fs -d', others.mkosi);
  print('qbuild, nothing in the store', spent(template(TEMPLATE), environment), others);
  bench.edit(`templates/${TEMPLATE}/template.yaml`, (text) => text.replace('[iproute2,', '[less, iproute2,'));
  spent(`cd ${bench.workspace}; ${project}/qbuild lock`, environment); // Resolves and downloads nothing but an index.
  // mkosi begins anew for it.
  print('qbuild, one package more', spent(template(TEMPLATE), environment), others);
  print('qbuild, nothing to do', spent(template(TEMPLATE), environment), others);
  print('qbuild, nothing to do again', spent(template(TEMPLATE), environment), others);
} finally {
  bench.remove();
  rmSync(work, { recursive: true, force: true });
}
