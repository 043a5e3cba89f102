// The components' Linux packages as a person gets them: built, published as a signed repository, and installed by the
// real apt and dpkg into a new Debian that trusts nothing but that repository's key.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import { actionsOf, type ProductRun, Workbench } from './workbench.ts';

const INSPECT = join(import.meta.dirname, 'linux-packages/inspect.sh');
const HOSTED = join(import.meta.dirname, 'linux-packages/hosted.sh');
const DEBIAN = 'deb http://deb.debian.org/debian bookworm main';
const MMDEBSTRAP = [
  '--variant=minbase',
  // The test's directories are nobody else's, not even those of apt's own user.
  '--aptopt=APT::Sandbox::User "root"',
];
const INSTALLED = [
  'libvchan-kvm',
  'qbuild',
  'qubes-agent-updates',
  'qubes-core-admin-linux',
  'qubes-core-agent',
  'qubes-desktop-linux-kde',
  'qubes-desktop-linux-xfce4',
  'qubes-gpg-split',
  'qubes-gpg-split-dom0',
  'qubes-dom0-updates',
  'qubes-gui-agent',
  'qubes-gui-daemon',
  'qubes-manager',
  'qubes-pdf-converter',
  'qubes-pdf-converter-dom0',
  'qubes-tor',
  'qubes-repositories',
  'qubes-templates',
  'qubes-utils',
  'thunderbird-qubes',
];

const PRODUCT = `kind: product
name: linux-packages
title: Linux packages
publisher: Tests
version: 1.0.0
vmm: kvm
licensing: gpl
domains:
  admin: { os: debian-12 }
components:
  - core-admin
  - core-admin-linux
  - core-agent-linux
  - core-vchan-kvm
  - desktop-linux-kde
  - desktop-linux-xfce4
  - gui-agent-linux
  - gui-common
  - gui-daemon
  - linux-dom0-updates
  - linux-template-builder
  - linux-utils
  - linux-yum
  - qubes-app-linux-pdf-converter
  - qubes-app-linux-split-gpg
  - qubes-app-linux-tor
  - qubes-app-thunderbird
  - qubes-builder
  - qubes-manager
  - vmm-kvm
deliverables: [{ kind: apt-repository, distribution: debian-12 }]
`;

const bench = new Workbench().copyProject(/./);
const out = join(bench.workspace, 'out/linux-packages');
let built: ProductRun;

beforeAll(async () => {
  bench.write('products/linux-packages.yaml', PRODUCT);
  // Before anything is built, because the workspace is a source: qbuild's own.
  const other = PRODUCT.replaceAll('linux-packages', 'xen-packages').replace('vmm: kvm', 'vmm: xen');
  const xen = other.replace('core-vchan-kvm', 'core-vchan-xen').replace('  - vmm-kvm\n', '');
  bench.write('products/xen-packages.yaml', xen);
  // Packages are what is tested; a host that starts domains is another matter.
  bench.edit('products/vmm/xen.yaml', (text) => text.replace('[vchan, vmm]', '[vchan]'));
  built = await bench.product('linux-packages');
});
afterAll(() => bench.remove());

/** SHA-256 of a repository's packages by file name. */
function digests(product: string): Record<string, string> {
  const pool = join(product, 'apt/pool');
  const files = readdirSync(pool, { recursive: true, encoding: 'utf8' });
  const debs = files.filter((file) => file.endsWith('.deb'));
  return Object.fromEntries(debs.map((file) => [basename(file), sha256Hex(readFileSync(join(pool, file)))]));
}

/** mmdebstrap of Debian's archive and the product's: the real apt and dpkg, as whoever runs the tests. */
function debian(target: string, apt: string, packages: readonly string[], ...options: string[]) {
  const key = join(out, 'keys/linux-packages.gpg');
  const args = [
    ...MMDEBSTRAP,
    `--include=${packages.join(',')}`,
    ...options,
    'bookworm',
    target,
    DEBIAN,
    // Not `file:`, which dpkg would look for inside of the new root.
    `deb [signed-by=${key}] copy://${apt} bookworm main`,
  ];
  return spawnSync('mmdebstrap', args, { encoding: 'utf8' });
}

/** A report of lines "name: value". */
function reported(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2).trim()];
    }),
  );
}

/** What inspect.sh says of a new Debian with the packages. */
function install(packages: readonly string[]): Record<string, string> {
  const report = join(bench.dir, 'report');
  const hook = `--customize-hook=${INSPECT} "$1" ${report} ${join(out, 'keys/linux-packages.asc')}`;
  const made = debian('/dev/null', join(out, 'apt'), ['systemd', ...packages], hook);
  expect(made.status, made.stderr).toBe(0);
  return reported(report);
}

test('every component is built and published', () => {
  expect(built.result.failure).toBeUndefined();
  const names = Object.keys(digests(out)).map((file) => file.split('_')[0]);
  expect(names).toEqual(expect.arrayContaining(INSTALLED));
  expect(names).toEqual(expect.arrayContaining(['libqrexec-dev', 'libqubes-admin-dev']));
});

test('each of them ran its own tests, among them calls between domains that the policy decided', () => {
  const log = execFileSync('grep', ['-rlx', 'calls (relay): good', join(bench.store, 'logs')], {
    encoding: 'utf8',
  });
  expect(log.trim()).not.toBe('');
});

describe('on a machine with all of them', () => {
  let seen: Record<string, string>;
  beforeAll(() => {
    seen = install(INSTALLED);
  });

  test('dpkg finds nothing amiss', () => {
    expect(seen.audit).toBe('');
  });

  test('programs find the vchan of the VMM and everything else that they need', () => {
    expect(seen['vchan-owner']).toMatch(/^libvchan-kvm:amd64: /);
    const programs = Object.keys(seen).filter((name) => name.startsWith('needs of '));
    expect(programs).toHaveLength(9);
    for (const program of programs) expect(seen[program], program).toMatch(/^0( |$)/);
    expect(seen['needs of /usr/lib/qubes/qrexec-agent']).toBe('0 /lib/x86_64-linux-gnu/libvchan.so.1');
  });

  test('services start with the machine', () => {
    expect(seen['unit qubes-qrexec-agent']).toBe('/lib/systemd/system/qubes-qrexec-agent.service');
    expect(seen['unit qubes-qrexec-daemon']).toBe('/lib/systemd/system/qubes-qrexec-daemon.service');
    expect(seen['unit qubes-domain-identity']).toBe('/lib/systemd/system/qubes-domain-identity.service');
    expect(seen['unit qubes-private-volume']).toBe('/lib/systemd/system/qubes-private-volume.service');
    expect(seen['unit qubes-gui-agent']).toBe('/lib/systemd/system/qubes-gui-agent.service');
    // Whoever sees the screen may use it: a person decides.
    expect(seen['unit qubes-desktop@']).toBe('');
    expect(seen.group).toMatch(/^qubes:x:\d+:$/);
  });

  test('domains can be made, and the policy denies what nothing allows', () => {
    expect(seen.create).toBe('');
    expect(seen.list).toContain('work|1|Halted|StandaloneVM|red|');
    expect(seen.denied).toContain('(exit code 8)');
    // Nobody serves it: a problem, and not a crash.
    expect(seen.agent).toContain('(exit code 125)');
    expect(seen.identity).toMatch(/\(exit code 3\)$/);
  });

  test('menus of domains can be made', () => {
    expect(seen.menus).toContain('applications/qubes-domain.work.start.desktop');
    expect(seen['label-icons']).toBe('8');
  });

  test('no network service of a Tor gateway starts without its packet filter', () => {
    for (const by of [
      'multi-user.target.wants',
      'networking.service.requires',
      'systemd-networkd.service.requires',
    ]) {
      expect(seen['tor-firewall']).toContain(`/${by}/`);
    }
  });

  test('services for applications are there, with their policies', () => {
    expect(seen.attachments).toBe('{"error":"the extension ended before the attachment did"}');
    expect(seen.extension).toBe('/usr/share/webext/qubes-attachments@odyssey.invalid.xpi');
    expect(seen['pdf-client']).toContain('usage: qvm-convert-pdf');
    expect(seen['pdf-policy']).toMatch(/^allow .*80-pdf-converter\.policy/);
    expect(seen['gpg-client']).toContain('set QUBES_GPG_DOMAIN');
    expect(seen['gpg-policy']).toMatch(/^ask .*80-split-gpg\.policy.*\(exit code 9\)$/);
  });

  test('apt has the admin domain’s packages downloaded by another domain, when one is named', () => {
    expect(seen['dom0-update']).toMatch(/no update domain is named.*\(exit code 100\)$/);
  });

  test('templates are known, and a repository has the key that it is given', () => {
    expect(seen.templates).toMatch(/debian-12\tdebian-12\t20GiB\t-/);
    expect(seen.repository).toMatch(/^[0-9A-F]{40} *$/);
    expect(seen['repository-definition']).toBe('Signed-By: /etc/apt/keyrings/qubes-current.asc');
  });

  test('qbuild works with its own Node', () => {
    expect(seen.qbuild).toMatch(/^qbuild\/\d+\.\d+\.\d+ linux-x64 node-v24\./);
    expect(JSON.parse(seen['qbuild-schema'] ?? '')).toMatchObject({ type: 'object' });
    // Users and sandboxes are the machine's; programs come with the package.
    const missing = [...(seen['qbuild-doctor'] ?? '').matchAll(/MISSING {2}([^:]+):/g)].map(
      ([, name]) => name,
    );
    expect(['subordinate user ids', 'sandbox']).toEqual(expect.arrayContaining(missing));
    expect(seen['qbuild-doctor']).toContain('ok       git:');
  });
});

describe('on a Debian that is there already', () => {
  let seen: Record<string, string>;
  beforeAll(() => {
    const report = join(bench.dir, 'hosted');
    const hook = `--customize-hook=${HOSTED} "$1" ${out} ${report} qubes-for-kvm`;
    const made = spawnSync(
      'mmdebstrap',
      [...MMDEBSTRAP, '--include=systemd,ca-certificates', hook, 'bookworm', '/dev/null', DEBIAN],
      {
        encoding: 'utf8',
      },
    );
    expect(made.status, made.stderr).toBe(0);
    seen = reported(report);
  });

  test('apt takes the packages only with the key of the product', () => {
    expect(seen.unsigned).toMatch(/NO_PUBKEY|not signed/);
    expect(seen.unsigned).toMatch(/\(exit code 100\)$/);
    expect(seen.origin).toMatch(/Installed: 3\.0\.0 .*file:\/srv\/linux-packages\/apt/);
    expect(seen.audit).toBe('');
  });

  test('its services start with the machine', () => {
    expect(seen['unit qubes-qrexec-daemon']).toBe('enabled');
    expect(seen['unit libvirtd']).toBe('enabled');
  });

  test('domains are made, and their machines go to libvirt, which does not run there', () => {
    expect(seen.list).toBe('dom0|0|Running|AdminVM|black||');
    expect(seen.create).toBe('');
    expect(seen.driver).toBe('');
    expect(seen.start).toMatch(/libvirt-sock.*\(exit code 10\)$/);
    expect(seen.document).toMatch(/root image.*\(exit code 3\)$/);
    expect(seen.check).toContain('good  system calls of QEMU are filtered');
  });
});

test('the packages for another VMM are the same but for its vchan, which alone is built', async () => {
  const { events, result } = await bench.product('xen-packages');
  expect(result.failure).toBeUndefined();
  const built = actionsOf(events, 'started').filter((action) => /^(?:build|install):/.test(action));
  expect(built.sort()).toEqual([
    'build:core-vchan-xen:debian-12/amd64',
    'install:core-vchan-xen:debian-12/amd64',
  ]);
  const theirs = digests(join(bench.workspace, 'out/xen-packages'));
  const ours = digests(out);
  const differing = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter(
    (name) => ours[name] !== theirs[name],
  );
  expect(differing.sort()).toEqual([
    'libvchan-kvm-dbgsym_4.1.0_amd64.deb',
    'libvchan-kvm_4.1.0_amd64.deb',
    'libvchan-xen-dbgsym_4.1.0_amd64.deb',
    'libvchan-xen_4.1.0_amd64.deb',
    'qubes-for-kvm_3.0.0_all.deb',
    'qubes-vmm-kvm-dbgsym_3.0.0_amd64.deb',
    'qubes-vmm-kvm_3.0.0_amd64.deb',
  ]);
});

test('an altered package is not installed', () => {
  const pool = join(out, 'apt/pool');
  const files = readdirSync(pool, { recursive: true, encoding: 'utf8' });
  const [agent] = files.filter((file) => file.includes('/qubes-core-agent_'));
  expect(agent).toBeDefined();
  const altered = join(bench.dir, 'altered');
  mkdirSync(altered);
  execFileSync('cp', ['-r', join(out, 'apt'), altered]);
  execFileSync('sh', ['-c', 'printf x >>"$1"', 'sh', join(altered, 'apt/pool', agent ?? '')]);
  const made = debian(join(altered, 'root.tar'), join(altered, 'apt'), ['qubes-core-agent']);
  expect(made.status).not.toBe(0);
  expect(made.stderr).toMatch(/(?:Hash Sum mismatch|unexpected size)/);
});
