// mmdebstrap and mkosi, as bench/template.ts measures them: of the packages that the lock names for a template, out of
// one local repository of them.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { own, rootLayers, splitPackageKey } from '../src/lock/lockfile.ts';
import { parseLock } from '../src/lock/parse.ts';

const MIRROR = 'http://deb.debian.org/debian';

/** mkosi, what it needs without systemd on the host, and what it looks for in its own root. */
const MKOSI_TOOLS = 'mkosi,systemd,apt,debian-archive-keyring,ca-certificates,cpio,kmod,udev,zstd';

/** What stays between runs. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'qbuild-bench');

/**
 * Makes `work/pool`, a flat repository of the packages of a root that the lock names. `downloads`: files by sha-256, as
 * qbuild keeps them. Yields their names.
 */
export function makePool(work: string, lockFile: string, root: string, downloads: string): readonly string[] {
  const lock = parseLock(readFileSync(lockFile, 'utf8'), lockFile);
  if (!lock.ok) throw new Error(lock.error.message);
  const distribution = own(lock.value.distributions, 'debian-12');
  const layers = distribution && rootLayers(distribution, root);
  if (layers === undefined) throw new Error(`the lock lacks ${root}`);
  const pool = join(work, 'pool');
  mkdirSync(pool);
  const packages = layers.flatMap((layer) => layer.packages);
  for (const { key, digest } of packages) {
    const { name, version, architecture } = splitPackageKey(key);
    const sha256 = digest.slice(0, 64);
    // Debian's archive leaves epochs out of names, too.
    const to = join(pool, `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`);
    linkOrCopy(join(downloads, sha256.slice(0, 2), sha256), to);
  }
  const ftparchive = (...args: string[]) =>
    execFileSync('apt-ftparchive', args, { cwd: pool, maxBuffer: 2 ** 26 });
  writeFileSync(join(pool, 'Packages'), ftparchive('packages', '.'));
  const release = ftparchive('-o', 'APT::FTPArchive::Release::Codename=bookworm', 'release', '.');
  writeFileSync(join(pool, 'Release'), release);
  return packages.map(({ key }) => splitPackageKey(key).name);
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** What qbuild leaves out of its roots; mkosi has an option of its own for all but the translations. */
export const LEFT_OUT = ['man', 'info', 'locale', 'lintian', 'doc/*'].map((name) => `/usr/share/${name}/*`);

/** The command that makes the directory `work/out` with mmdebstrap. */
export function mmdebstrapCommand(work: string, packages: readonly string[]): string {
  return [
    ...['mmdebstrap', '--quiet', '--variant=custom', '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr'],
    ...LEFT_OUT.map((paths) => `--dpkgopt='path-exclude=${paths}'`),
    `--dpkgopt='path-include=/usr/share/doc/*/copyright'`,
    ...[`--include=${packages.join(',')}`, 'bookworm', `${work}/out`],
    `'deb [trusted=yes] copy:${work}/pool ./'`,
  ].join(' ');
}

/** A root of Debian 13 with mkosi; made once, of the network. */
export const mkosiRoot = () => keptRoot('mkosi', 'trixie', MKOSI_TOOLS);

/** A root of Debian with another builder, and `tools`, package names with commas between; made once, of the network. */
export function keptRoot(name: string, suite: string, tools: string): string {
  const root = join(CACHE, name);
  if (existsSync(root)) return root;
  mkdirSync(CACHE, { recursive: true });
  const args = ['--quiet', '--variant=apt', `--include=${tools}`, suite, `${root}.partial`, MIRROR];
  execFileSync('rm', ['-rf', `${root}.partial`]);
  execFileSync('mmdebstrap', args, { stdio: 'inherit' });
  renameSync(`${root}.partial`, root);
  return root;
}

/** The command that makes the directory `work/out` with mkosi, which takes its packages of `work/pool` alone. */
export function mkosiCommand(work: string, root: string, packages: readonly string[]): string {
  // Instead of mkosi's own list, which has the archives of Debian.
  const sources = 'Types: deb\nURIs: file:///work/pool\nSuites: ./\nTrusted: yes\n';
  mkdirSync(join(work, 'sandbox/etc/apt/sources.list.d'), { recursive: true });
  writeFileSync(join(work, 'sandbox/etc/apt/sources.list.d/mkosi.sources'), sources);
  mkdirSync(join(work, 'cache'), { recursive: true });
  return [
    ...['bwrap', '--bind', root, '/', '--bind', work, '/work', '--dev', '/dev', '--proc', '/proc'],
    ...['--perms', '1777', '--tmpfs', '/tmp', '--cap-add', 'ALL', '--unshare-net'],
    ...['--setenv', 'HOME', '/root'],
    ...['mkosi', '--distribution=debian', '--release=bookworm', '--format=directory', '--bootable=no'],
    ...['--with-docs=no', '--local-mirror=file:///work/pool', '--sandbox-tree=/work/sandbox'],
    ...['--package-cache-dir=/work/cache'],
    ...['--workspace-dir=/work', ...packages.map((name) => `--package=${name}`)],
    ...['--output-dir=/work', '--output=out', '--force', 'build'],
  ].join(' ');
}
