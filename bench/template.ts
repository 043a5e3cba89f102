// What a bootable guest image costs, against mmdebstrap and mkosi, both with mke2fs -d, of the same packages.
//
// usage: node bench/template.ts [ROUNDS]       as root; needs mmdebstrap, apt-utils and bubblewrap
//
// Everything is downloaded before anything is measured, and the tools are there: qbuild's root of them, the host's
// mmdebstrap, and mkosi of Debian 13 in a root of its own, which is kept. qbuild makes a whole disk (partition table,
// boot loaders, qcow2) and checks it; the others a file system. Each round measures all of them in turn.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRun, type RunEvent, Workbench } from '../test/e2e/workbench.ts';
import { makePool, mkosiCommand, mkosiRoot, mmdebstrapCommand } from './other-builders.ts';
import { Rounds } from './rounds.ts';
import { type Seconds, secondsOf } from './spent.ts';

const TEMPLATE = 'debian-12-minimal';
const ROOT = `template:${TEMPLATE}:linux-image-cloud-amd64`;
/** A template that shares its tools with the other one, and nothing else. */
const FOR_TOOLS = 'debian-13-minimal';
const ROUNDS = 2;

const count = Number(process.argv[2] ?? ROUNDS);
const project = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'qbuild-bench-'));
const log = join(work, 'log');
const rounds = new Rounds();

function qbuild({ workspace, environment }: Workbench, ...args: string[]): Seconds {
  return secondsOf(`${project}/qbuild ${args.join(' ')} --json`, log, { cwd: workspace, environment });
}

const build = (bench: Workbench, template = TEMPLATE) => qbuild(bench, 'template', template, '--vmm', 'kvm');

/** Of a directory that another builder made, and what has to go afterwards. */
const fileSystem = `truncate -s 2G ${work}/image; mke2fs -q -t ext4 -d ${work}/out ${work}/image`;
const removeOutput = () => execFileSync('rm', ['-rf', join(work, 'out'), join(work, 'image')]);

function other(name: string, command: string): void {
  rounds.measure(`${name}, then mke2fs -d`, () => secondsOf(`${command}; ${fileSystem}`, log));
  removeOutput();
}

/** What no builder can be faster than: dpkg-deb and tar on all cores, and nothing else. */
function floors(): void {
  const unpack = `dpkg-deb --fsys-tarfile "$0" | tar --extract --directory=${work}/out --file=-`;
  const unpackAll = `printf '%s\\0' ${work}/pool/*.deb | xargs -0 -n 1 -P "$(nproc)" sh -c '${unpack}'`;
  const intoMemory = `mkdir ${work}/out; mount -t tmpfs tmpfs ${work}/out; ${unpackAll}`;
  rounds.measure('dpkg-deb and tar alone, into memory', () => secondsOf(intoMemory, log));
  removeOutput();
  const toDisk = `mkdir ${work}/out; ${unpackAll}; sync -f ${work}/out`;
  rounds.measure('dpkg-deb and tar alone, to the disk', () => secondsOf(toDisk, log));
  removeOutput();
}

/** How long the actions of the last run took in their sandboxes, and what passed until the next could begin. */
function printActions(): void {
  const { events } = parseRun(readFileSync(log, 'utf8'));
  const at = (type: string, { action }: RunEvent) =>
    Number(events.find((each) => each.type === type && each.action === action)?.atMs);
  for (const event of events.filter(({ type }) => type === 'finished')) {
    const [started, finished, ran] = [at('started', event), at('finished', event), Number(event.durationMs)];
    const [inside, after] = [ran, finished - started - ran].map((ms) => (ms / 1000).toFixed(2));
    const from = (started / 1000).toFixed(2).padStart(6);
    console.log(`    from ${from} s: ${inside} s, kept in ${after} s  ${event.action}`);
  }
}

/** From a store that has the tools alone. `locked`: the lock that has one package more. */
function measureQbuild(locked: string): void {
  const bench = new Workbench().copyProject();
  try {
    build(bench, FOR_TOOLS);
    rounds.measure('qbuild, nothing in the store', () => build(bench));
    printActions();
    withOnePackageMore(bench);
    bench.write('qbuild.lock', locked);
    rounds.measure('qbuild, one package more', () => build(bench));
    printActions();
    // What runs like it can be recognised by is remembered by the first that finds nothing to do.
    rounds.measure('qbuild, nothing to do', () => build(bench));
    rounds.measure('qbuild, nothing to do again', () => build(bench));
  } finally {
    bench.remove();
  }
}

function withOnePackageMore(bench: Workbench): void {
  bench.edit(`templates/${TEMPLATE}/template.yaml`, (text) => text.replace('[iproute2,', '[less, iproute2,'));
}

/** Downloads everything, reads every package once, and yields the lock with one package more. */
function warmUp(): string {
  const bench = new Workbench().copyProject();
  try {
    withOnePackageMore(bench);
    secondsOf(`${project}/qbuild lock`, log, { cwd: bench.workspace, environment: bench.environment });
    build(bench, FOR_TOOLS);
    build(bench);
    return bench.read('qbuild.lock');
  } finally {
    bench.remove();
  }
}

try {
  const root = mkosiRoot();
  const locked = warmUp();
  const downloads = new Workbench();
  const names = makePool(
    work,
    join(project, 'qbuild.lock'),
    ROOT,
    downloads.environment.QBUILD_PACKAGES as string,
  );
  downloads.remove();
  console.log(`${names.length} packages, downloaded`);
  for (let round = 1; round <= count; round++) {
    console.log(`round ${round}`);
    other('mmdebstrap', mmdebstrapCommand(work, names));
    other('mkosi', mkosiCommand(work, root, names));
    measureQbuild(locked);
    floors();
  }
  rounds.printBest(`the best of ${count} rounds`, {
    'mkosi, then mke2fs -d': 'mkosi',
    'mmdebstrap, then mke2fs -d': 'mmdebstrap',
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
