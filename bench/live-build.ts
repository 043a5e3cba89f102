// live-build, as bench/iso.ts measures it: an ISO of the packages that the lock names for an admin domain, out of one
// archive of them over loopback HTTP.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { keptRoot, LEFT_OUT } from './other-builders.ts';

/** live-build, and what it takes from where it runs when it is told not to install tools into what it makes. */
const TOOLS = [
  ...[
    'live-build',
    'debootstrap',
    'mount',
    'wget',
    'rsync',
    'cpio',
    'xz-utils',
    'zstd',
    'file',
    'fdisk',
    'dctrl-tools',
  ],
  ...['squashfs-tools', 'xorriso', 'isolinux', 'mtools', 'dosfstools', 'debian-archive-keyring'],
  ...['grub-common', 'grub-pc', 'grub-pc-bin', 'grub-efi-amd64-bin', 'grub-efi-ia32-bin'],
].join(',');

export const liveBuildRoot = () => keptRoot('live-build', 'bookworm', TOOLS);

/** Lays the flat repository `work/pool` out as debootstrap wants it: `work/archive`. */
export function makeArchive(work: string): string {
  const archive = join(work, 'archive');
  const suite = join(archive, 'dists/bookworm');
  mkdirSync(join(suite, 'main/binary-amd64'), { recursive: true });
  symlinkSync('../pool', join(archive, 'pool'));
  const packages = readFileSync(join(work, 'pool/Packages'), 'utf8').replaceAll(
    'Filename: ./',
    'Filename: pool/',
  );
  writeFileSync(join(suite, 'main/binary-amd64/Packages'), packages);
  writeFileSync(join(suite, 'main/binary-amd64/Packages.gz'), gzipSync(packages));
  const facts = { Codename: 'bookworm', Suite: 'bookworm', Components: 'main', Architectures: 'amd64' };
  const options = Object.entries(facts).flatMap(([name, value]) => [
    '-o',
    `APT::FTPArchive::Release::${name}=${value}`,
  ]);
  const release = execFileSync('apt-ftparchive', [...options, 'release', '.'], { cwd: suite });
  writeFileSync(join(suite, 'Release'), release);
  return archive;
}

export interface LiveBuild {
  readonly url: string;
  readonly packages: readonly string[];
  /** Directory of what is on qbuild's medium below /qubes, and is ready in both cases. */
  readonly ready: string;
  readonly compression: string;
  readonly level: string | undefined;
  /** Of blocks, as mksquashfs reads it. */
  readonly blocks: string;
}

/** Nothing but what the other medium has: no installer, no firmware, no scripts that start a live system. */
const SETTINGS = [
  ...['--mode debian', '--distribution bookworm', '--archive-areas main'],
  ...['--security false', '--updates false', '--backports false'],
  ...['--apt-secure false', '--apt-recommends false', '--apt-source-archives false', '--apt-indices false'],
  ...['--cache false', '--debootstrap-options --variant=minbase', '--initramfs none', '--initsystem systemd'],
  ...['--linux-packages linux-image', '--linux-flavours amd64', '--debian-installer none'],
  ...['--firmware-chroot false', '--firmware-binary false', '--memtest none', '--loadlin false'],
  ...['--binary-images iso-hybrid', '--uefi-secure-boot disable', '--checksums sha256', '--zsync false'],
  // Its own way, to install the tools into a copy of the system and to remove them, costs it more.
  '--build-with-chroot false',
];

/** Writes the configuration; yields the command that makes the ISO in `work/live`; what was there is moved away. */
export function liveBuildCommand(work: string, root: string, wanted: LiveBuild): string {
  const { url, packages, ready, compression, level, blocks } = wanted;
  const config = join(work, 'live-config');
  const write = (path: string, text: string) => {
    mkdirSync(join(config, path, '..'), { recursive: true });
    writeFileSync(join(config, path), text);
  };
  write('package-lists/system.list.chroot', `${packages.join('\n')}\n`);
  const excluded = LEFT_OUT.map((paths) => `path-exclude=${paths}\n`).join('');
  write(
    'includes.chroot_before_packages/etc/dpkg/dpkg.cfg.d/left-out',
    `${excluded}path-include=/usr/share/doc/*/copyright\n`,
  );
  cpSync(ready, join(config, 'includes.binary/qubes'), { recursive: true });
  const mirrors = ['bootstrap', 'chroot', 'binary'].map((stage) => `--mirror-${stage} ${url}/`);
  const squashfs = [
    `--chroot-squashfs-compression-type ${compression}`,
    ...(level === undefined ? [] : [`--chroot-squashfs-compression-level ${level}`]),
  ];
  const settings = [...SETTINGS, ...mirrors, ...squashfs].join(' ');
  // In the root, with the mounts of a machine. Everything is undone when the mount namespace ends.
  const environment = `PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C MKSQUASHFS_OPTIONS='-b ${blocks}'`;
  // `lb build` by its stages: told to take tools from where it runs, it forgets to say that there is nothing to copy.
  const inside = [
    `cd /work/live && lb config ${settings} --bootloaders 'grub-pc grub-efi' && cp -r /work/live-config/. config/`,
    'lb bootstrap && lb chroot && touch .build/binary_chroot && lb binary',
  ].join(' && ');
  return [
    `[ ! -e ${work}/live ] || mv ${work}/live ${work}/live.$(date +%s); mkdir -p ${work}/live ${root}/work`,
    `mount --rbind /dev ${root}/dev && mount -t proc proc ${root}/proc && mount -t sysfs sysfs ${root}/sys`,
    `mount --bind ${work} ${root}/work`,
    `exec env -i ${environment} chroot ${root} sh -ec "${inside}"`,
  ].join('\n');
}
