// What an ISO costs: against live-build with the same packages, and against mksquashfs and xorriso alone.
//
// usage: node bench/iso.ts [ROUNDS [development|release]]   as root; needs mmdebstrap, apt-utils and bubblewrap
//
// Everything is downloaded, and the product's own packages are built, before anything is measured; the tools are there:
// qbuild's roots of them, and live-build in a root of its own. Both stay for the next time. Each round measures all
// of them in turn.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '../src/base/digest.ts';
import type { ActionResult } from '../src/engine/ports.ts';
import { type Compression, levelsOf } from '../src/steps/iso/compression.ts';
import { layoutOf } from '../src/store/layout.ts';
import { parseRun, type RunEvent, Workbench } from '../test/e2e/workbench.ts';
import { serveArchive } from './archive-server.ts';
import { liveBuildCommand, liveBuildRoot, makeArchive } from './live-build.ts';
import { CACHE, makePool } from './other-builders.ts';
import { Rounds } from './rounds.ts';
import { type Seconds, secondsOf } from './spent.ts';

const NAME = 'disc';
const SYSTEM = 'admin-xen';
const ROOT = `template:${SYSTEM}:linux-image-amd64`;
/** Of the admin domain and of the live system alone: images of guests have a bench of their own. */
const COMPONENTS = [
  ...[
    'core-admin',
    'core-admin-linux',
    'core-agent-linux',
    'core-vchan-xen',
    'desktop-linux-xfce4',
    'gui-common',
  ],
  ...[
    'gui-daemon',
    'linux-dom0-updates',
    'linux-installer-qubes-os',
    'linux-kernel',
    'linux-utils',
    'linux-yum',
  ],
  ...['qubes-app-linux-pdf-converter', 'qubes-app-linux-split-gpg', 'qubes-app-thunderbird', 'qubes-manager'],
  'vmm-xen',
];
/** A file of a component that is in the admin domain, and not in the live system. */
const EDITED = 'recipes/linux-dom0-updates/source/share/80-dom0-updates.policy';
const LABEL = 'DISC_1';
const ROUNDS = 2;

/** Actions of the ISO, and the roots of its system. What builds the product's own packages is neither. */
const SYSTEM_ROOTS = /^root:debian-12:(base|guest|guest:.*|template:.*)$/;
const OF_THE_SYSTEM = /^(initramfs|customise|live|boot|esp):/;
const OF_THE_MEDIUM = /^(squashfs|initramfs:bound|repository|sign|facts|sums|check:packages|check:iso|iso):/;

const count = Number(process.argv[2] ?? ROUNDS);
const compression = (process.argv[3] ?? 'development') as Compression;
const project = join(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'qbuild-bench-'));
const log = join(work, 'log');
const rounds = new Rounds();
const kept = join(CACHE, 'iso');
rmSync(join(kept, 'workspace'), { recursive: true, force: true });
const forgotten = join(kept, 'forgotten');
rmSync(forgotten, { recursive: true, force: true });
mkdirSync(forgotten, { recursive: true });
const bench = new Workbench({ dir: kept }).copyProject();
const store = layoutOf(bench.store);
const squashfsOptions = levelsOf(compression).squashfs;

function build(): Seconds {
  const { workspace: cwd, environment } = bench;
  return secondsOf(`${project}/qbuild product ${NAME} --json`, log, { cwd, environment });
}

const events = (): readonly RunEvent[] => parseRun(readFileSync(log, 'utf8')).events;
const ran = (type: string) =>
  events().flatMap((event) => (event.type === type ? [String(event.action)] : []));

function writeProduct(): void {
  bench.write(
    `products/${NAME}.yaml`,
    `kind: product\nname: ${NAME}\ntitle: Disc\npublisher: Bench\nversion: 1.0.0\nvmm: xen\nlicensing: gpl
domains:
  admin: { os: debian-12, template: ${SYSTEM} }
  gui: { os: debian-12, sameAs: admin }
components: [${COMPONENTS.join(', ')}]
deliverables:
  - { kind: iso, label: ${LABEL}, live: [linux-installer-qubes-os], compression: ${compression} }\n`,
  );
}

/** What the store says of an action of that run. */
function resultOf(event: RunEvent): ActionResult {
  return JSON.parse(readFileSync(store.result(String(event.key)), 'utf8'));
}

/**
 * Removes what is published, and takes from the store what these actions made; of roots also the packages that they were
 * made of. It is moved away and emptied, and deleted in the end: where many files were just deleted, ext4 looks long for a
 * place for each new one (an eighth of a cold build's CPU time), and who builds something for the first time has deleted
 * nothing.
 */
function forget(all: readonly RunEvent[], ...patterns: readonly RegExp[]): void {
  rmSync(join(bench.workspace, 'out'), { recursive: true, force: true });
  const known = all.filter(({ type }) => type === 'finished' || type === 'cached');
  for (const event of known) {
    if (!patterns.some((pattern) => pattern.test(String(event.action)))) continue;
    const { outputs, preimage } = resultOf(event);
    const made = Object.values(outputs).map(({ digest }) => digest);
    const from = SYSTEM_ROOTS.test(String(event.action)) ? Object.values(preimage.inputs) : [];
    const paths = [...made, ...from].flatMap((digest) => [
      store.blob(digest),
      store.tree(digest),
      store.listing(digest),
    ]);
    for (const path of [...paths, store.result(String(event.key))]) {
      if (existsSync(path)) renameSync(path, join(mkdtempSync(join(forgotten, 'each-')), 'of-the-store'));
    }
  }
  empty(forgotten);
}

/** Gives back the room that files take, but not the files. */
function empty(dir: string): void {
  execFileSync('find', [dir, '-type', 'f', '-size', '+0', '-exec', 'truncate', '--size=0', '{}', '+']);
}

/** Of the last run: how long the actions took in their sandboxes, and what passed until the next could begin. */
function printActions(): void {
  const at = (type: string, { action }: RunEvent) =>
    Number(events().find((each) => each.type === type && each.action === action)?.atMs);
  for (const event of events().filter(({ type }) => type === 'finished')) {
    const [started, finished, took] = [at('started', event), at('finished', event), Number(event.durationMs)];
    const [inside, after] = [took, finished - started - took].map((ms) => (ms / 1000).toFixed(2));
    const from = (started / 1000).toFixed(2).padStart(6);
    console.log(`    from ${from} s: ${inside} s, kept in ${after} s  ${event.action}`);
  }
}

/** What is on the medium: `work/medium`; and of that what live-build’s has, too: `work/ready`. */
function unpackIso(): void {
  const iso = join(bench.workspace, `out/${NAME}/${NAME}-1.0.0.iso`);
  execFileSync('rm', ['-rf', ...['medium', 'ready'].map((each) => join(work, each))]);
  const extract = ['-extract', '/', `${work}/medium`, '-extract_boot_images', `${work}/boot-images`];
  execFileSync('xorriso', ['-osirrox', 'on', '-indev', iso, ...extract], { stdio: 'pipe' });
  const shell = `
    chmod -R u+w medium
    head -c 512 "$1" >mbr
    mv medium/qubes/system.squashfs medium/qubes/live.squashfs .
    mkdir ready && cp -r medium/qubes/packages ready/`;
  execFileSync('bash', ['-euo', 'pipefail', '-c', shell, 'bash', iso], { cwd: work, stdio: 'pipe' });
}

/** The trees of its systems, for those that begin with them: `work/system` and `work/live-layer`. */
function unpackSystems(): void {
  for (const [squashfs, tree] of [
    ['system', 'system'],
    ['live', 'live-layer'],
  ] as const) {
    const to = join(work, tree);
    execFileSync(
      'unsquashfs',
      ['-no-progress', '-quiet', '-force', '-d', to, join(work, `${squashfs}.squashfs`)],
      { stdio: 'pipe' },
    );
  }
}

/** mksquashfs of the two trees, then xorriso, with the programs and arguments of qbuild; to the disk. */
function floorCommand(tools: readonly string[]): string {
  const squashfs = (tree: string, file: string) =>
    `mksquashfs /work/${tree} /work/medium/qubes/${file}.squashfs ${squashfsOptions} -noappend -no-progress -quiet`;
  const inside = [
    'rm -f /work/medium/qubes/*.squashfs /work/floor.iso',
    squashfs('system', 'system'),
    squashfs('live-layer', 'live'),
    `xorriso -as mkisofs -quiet -r -iso-level 3 -V ${LABEL} -volset ${LABEL} -partition_offset 16
      --grub2-mbr /work/mbr -b EFI/bios.img -c EFI/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table
      --grub2-boot-info -append_partition 2 0xef /work/boot-images/gpt_part2_efi.img -appended_part_as_gpt
      -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot
      -o /work/floor.iso /work/medium`.replaceAll(/\s+/g, ' '),
    'sync -f /work/floor.iso',
  ].join(' && ');
  return [
    `mkdir -p ${work}/tools && mount -t tmpfs tmpfs ${work}/tools && cd ${work}/tools && mkdir upper workdir root`,
    `mount -t overlay overlay -o userxattr,lowerdir=${tools.join(':')},upperdir=upper,workdir=workdir root`,
    `mkdir -p root/work root/proc && mount --bind ${work} root/work && mount -t proc proc root/proc`,
    `chroot root bash -euo pipefail -c '${inside}'`,
  ].join('\n');
}

/** Builds everything once; yields the events of that run, and the layers of qbuild's tools for ISOs, highest first. */
function warmUp(): { readonly first: readonly RunEvent[]; readonly tools: readonly string[] } {
  writeProduct();
  build();
  const first = events();
  const tools = ['root:debian-13:iso', 'root:debian-13:base'].map((id) => {
    const event = first.find(({ type, action }) => /finished|cached/.test(type) && action === id);
    const layer = event && Object.values(resultOf(event).outputs)[0];
    if (layer === undefined) throw new Error(`the run made no ${id}`);
    return join(bench.store, 'trees', sha256Of(layer.digest).slice(0, 2), sha256Of(layer.digest));
  });
  return { first, tools };
}

function measureQbuild(round: number, all: readonly RunEvent[]): void {
  forget(all, SYSTEM_ROOTS, OF_THE_SYSTEM, OF_THE_MEDIUM);
  rounds.measure('qbuild, nothing of the system', build);
  printActions();
  forget(events(), OF_THE_MEDIUM);
  rounds.measure('qbuild, the system is there', build);
  printActions();
  bench.edit(EDITED, (text) => text.replace(/\.$/m, String(round)));
  rounds.measure('qbuild, one byte of one package', build);
  printActions();
  bench.edit(EDITED, (text) => text.replace(/\d$/m, '.'));
  rounds.measure('qbuild, and back', build);
  console.log(`    ran: ${ran('finished').join(', ') || 'nothing'}`);
  // What runs like it can be recognised by is remembered by the first that finds nothing to do.
  rounds.measure('qbuild, nothing to do', build);
  rounds.measure('qbuild, nothing to do again', build);
}

try {
  const root = liveBuildRoot();
  const { first, tools } = warmUp();
  const packages = makePool(
    work,
    join(bench.workspace, 'qbuild.lock'),
    ROOT,
    bench.environment.QBUILD_PACKAGES as string,
  );
  unpackIso();
  console.log(`${packages.length} packages, downloaded`);
  const server = await serveArchive(makeArchive(work));
  const words = squashfsOptions.split(' ');
  const option = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const liveBuild = liveBuildCommand(work, root, {
    url: server.url,
    packages,
    ready: join(work, 'ready'),
    compression: option('-comp') ?? '',
    level: option('-Xcompression-level'),
    blocks: option('-b') ?? '',
  });
  for (let round = 1; round <= count; round++) {
    console.log(`round ${round}`);
    rounds.measure('live-build', () => secondsOf(liveBuild, log));
    empty(join(work, 'live'));
    unpackSystems();
    rounds.measure('mksquashfs and xorriso alone', () => secondsOf(floorCommand(tools), log));
    for (const tree of ['system', 'live-layer']) empty(join(work, tree));
    measureQbuild(round, first);
  }
  await server.stop();
  rounds.printBest(`the best of ${count} rounds, ${compression}`, {
    'live-build': 'live-build',
    'mksquashfs and xorriso alone': 'mksquashfs and xorriso',
  });
} finally {
  for (const dir of [work, forgotten]) rmSync(dir, { recursive: true, force: true });
}
