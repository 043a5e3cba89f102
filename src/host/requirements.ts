// What a host must have. One row a requirement: how to find out, and the Debian package that brings it.

/** How a requirement is probed. Programs are looked for on PATH. */
export type Probe =
  | { readonly kind: 'program'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** The caller has at least 65536 subordinate user and group ids (subuid(5)). */
  | { readonly kind: 'subordinate-ids' }
  /** A user namespace with bubblewrap inside really starts. */
  | { readonly kind: 'sandbox' };

export interface Requirement {
  readonly name: string;
  readonly why: string;
  readonly probe: Probe;
  /** Debian package; absent where no package helps. */
  readonly package?: string;
  /** The one command that needs it; every command needs what has none. */
  readonly only?: Purpose;
}

/** Commands that need more than building does. */
export type Purpose = 'test';

function program(name: string, package_: string, why: string): Requirement {
  return { name, why, probe: { kind: 'program', name }, package: package_ };
}

/** In the order in which they are reported; `sandbox` comes after the ones that it needs. */
export const REQUIREMENTS: readonly Requirement[] = [
  program('git', 'git', 'lists and fetches sources'),
  program('apt-get', 'apt', 'resolves distribution packages'),
  program('dpkg-deb', 'dpkg', 'unpacks the first layer of a root'),
  program('xz', 'xz-utils', 'unpacks the first layer of a root'),
  program('gpgv', 'gpgv', 'verifies distribution metadata'),
  program('gpg', 'gnupg', 'signs repositories'),
  program('openssl', 'openssl', 'makes development keys'),
  program('osslsigncode', 'osslsigncode', 'signs Windows programs and installers'),
  {
    name: 'Debian archive keyring',
    why: 'verifies Debian’s packages',
    probe: { kind: 'file', path: '/usr/share/keyrings/debian-archive-keyring.gpg' },
    package: 'debian-archive-keyring',
  },
  program('unshare', 'util-linux', 'starts sandboxes'),
  program('mount', 'mount', 'stacks the layers of roots'),
  program('bwrap', 'bubblewrap', 'starts sandboxes'),
  program('newuidmap', 'uidmap', 'gives sandboxes their users'),
  {
    name: 'subordinate user ids',
    why: 'sandboxes have users of their own',
    probe: { kind: 'subordinate-ids' },
  },
  { name: 'sandbox', why: 'every build runs in one', probe: { kind: 'sandbox' } },
  {
    ...program('qemu-system-x86_64', 'qemu-system-x86', 'starts deliverables in virtual machines'),
    only: 'test',
  },
  {
    name: 'OVMF',
    why: 'starts virtual machines as UEFI does',
    probe: { kind: 'file', path: '/usr/share/OVMF/OVMF_CODE_4M.fd' },
    package: 'ovmf',
    only: 'test',
  },
];
