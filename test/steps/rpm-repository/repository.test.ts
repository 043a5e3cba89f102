// RPM packages and their repositories: made twice they are the same, and the real dnf installs from them and refuses
// forgeries.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openOpenPgpSigner } from '../../../src/sign/openpgp.ts';
import { importOpenPgpKey } from '../../../src/sign/openpgp-import.ts';
import { dearmour } from '../../../src/sign/openpgp-verify.ts';
import { signRpms, verifyRpms } from '../../../src/sign/rpm.ts';
import type { BuiltPackage } from '../../../src/steps/package-step.ts';
import { rpmStep } from '../../../src/steps/rpm/index.ts';
import { rpmRepositoryStep } from '../../../src/steps/rpm-repository/index.ts';
import { error, scratch, sh, value } from '../../source/fixture/scratch.ts';
import { RepositoryBench } from '../repository.ts';
import { DnfClient } from './client.ts';

const TARGET = 'rock-1/amd64';
const SETTINGS = { distribution: 'rock-1', architecture: 'amd64', url: 'file:///srv/desk/rpm/rock-1' };

const SPEC = `Name: desk
Version: 1.0
Release: 1
Summary: A desk
License: GPL-2.0-or-later
Source0: https://example.org/%{name}-%{version}.tar.gz
Source1: extra.txt
Patch0: more.patch
BuildArch: noarch
%description
A desk.
%prep
%setup -q
%patch0 -p1
%build
%install
install -D -m 644 desk.txt %{buildroot}/usr/share/desk/desk.txt
install -D -m 644 %{SOURCE1} %{buildroot}/usr/share/desk/extra.txt
%files
/usr/share/desk
`;
const SOURCE = {
  'desk.txt': 'A desk.\n',
  'rpm/desk.spec': SPEC,
  'rpm/extra.txt': 'More.\n',
  'rpm/more.patch': '--- a/desk.txt\n+++ b/desk.txt\n@@ -1 +1 @@\n-A desk.\n+A patched desk.\n',
};

let bench: RepositoryBench;
let out: string;

beforeAll(async () => {
  bench = await RepositoryBench.open();
  out = bench.fresh();
  await published(out, await desk());
});

function sourceWith(files: Readonly<Record<string, string>>, directory = bench.fresh()): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

const desk = (files: Readonly<Record<string, string>> = SOURCE, build = {}) =>
  bench.described(rpmStep, 'desk', TARGET, sourceWith(files), build);

async function published(to: string, built: BuiltPackage, version = '1.2.3'): Promise<void> {
  const plan = value(bench.plan(rpmRepositoryStep, SETTINGS, [built], { version }));
  value(await bench.publish(plan, to, { version }, [built]));
}

function copied(): string {
  const copy = scratch();
  cpSync(out, copy, { recursive: true });
  return copy;
}

function clientOf(directory: string, change = (text: string) => text): DnfClient {
  const text = readFileSync(join(directory, 'rpm/desk-rock-1.repo'), 'utf8');
  return new DnfClient(change(text.replaceAll('file:///srv/desk', `file://${directory}`)));
}

function listed(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

const PACKAGE = 'rpm/rock-1/packages/desk/desk-1.0-1.noarch.rpm';

describe('a published RPM repository', () => {
  test('has packages, their sources, metadata, a snapshot, the key, and a description', () => {
    const names = listed(out)
      .filter((name) => name.startsWith('rpm/'))
      .map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'))
      .sort();
    const metadata = ['HASH-filelists.xml.gz', 'HASH-other.xml.gz', 'HASH-primary.xml.gz'];
    const repodata = [...metadata, 'repomd.xml', 'repomd.xml.asc'].map((name) => `repodata/${name}`);
    expect(names).toEqual(
      [
        'rpm/desk-rock-1.repo',
        'rpm/rock-1/RPM-GPG-KEY',
        PACKAGE,
        'rpm/rock-1/source/desk/desk-1.0-1.src.rpm',
        ...repodata.flatMap((name) => [`rpm/rock-1/${name}`, `rpm/rock-1/1.2.3/${name}`]),
      ].sort(),
    );
  });

  test('is the same bytes when another store makes it with the same key', async () => {
    const first = bench;
    try {
      bench = Object.assign(await RepositoryBench.open(), { signer: first.signer });
      const again = bench.fresh();
      await published(again, await desk());
      expect(listed(again)).toEqual(listed(out));
      for (const name of listed(out))
        expect(readFileSync(join(again, name)), name).toEqual(readFileSync(join(out, name)));
    } finally {
      bench = first;
    }
  });

  test('has the epoch as the date of its packages, and nothing of this machine', () => {
    const query = '%{buildhost} %{buildtime} %{filemtimes}';
    expect(sh('rpm', ['--query', '--package', '--queryformat', query, join(out, PACKAGE)])).toBe(
      'sandbox 1700000000 1700000000',
    );
  });
});

describe('building an RPM package', () => {
  test.each([
    ['no spec file', { 'desk.txt': '' }, {}, 'the source has 0 spec files'],
    ['two spec files', { 'a.spec': SPEC, 'b.spec': SPEC }, {}, 'the source has 2 spec files (a.spec b.spec)'],
    [
      'a source that is not there',
      { 'rpm/desk.spec': SPEC, 'rpm/more.patch': '' },
      {},
      'rpm/desk.spec names the Source1 extra.txt, which is not in the tree',
    ],
    [
      'another spec file than the recipe says',
      SOURCE,
      { spec: 'other.spec' },
      'the source has no file other.spec; correct `spec` in the recipe',
    ],
  ])('fails with %s', async (_, files, build, said) => {
    const built = await desk(files, build);
    const plan = value(bench.plan(rpmRepositoryStep, SETTINGS, [built]));
    const into = bench.fresh();
    expect(error(await bench.publish(plan, into, {}, [built]))).toMatchObject({
      code: 'action/command-failed',
      place: 'build:desk:rock-1/amd64',
      cause: expect.stringContaining(said),
    });
    expect(listed(into)).toEqual([]);
  });
});

describe('a signed package', () => {
  test('is refused without a signature, with one of another key, and when it was altered', async () => {
    const { identity } = bench.signer;
    value(await verifyRpms(identity, [join(out, PACKAGE)]));
    const directory = scratch();
    const unsigned = join(directory, 'unsigned.rpm');
    cpSync(join(out, PACKAGE), unsigned);
    sh('rpmsign', ['--delsign', unsigned]);
    const altered = join(directory, 'altered.rpm');
    cpSync(join(out, PACKAGE), altered);
    appendFileSync(altered, 'x');
    for (const file of [unsigned, altered])
      expect(error(await verifyRpms(identity, [file])), file).toMatchObject({
        code: 'sign/rpm-unverified',
        place: file,
      });
    const other = await RepositoryBench.open();
    expect(error(await verifyRpms(other.signer.identity, [join(out, PACKAGE)])).code).toBe(
      'sign/rpm-unverified',
    );
  });

  test('is made by a key with a passphrase, too', async () => {
    const home = scratch();
    const env = { SECRET: 'correct horse 7c1f' };
    const always = ['--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback'];
    const gpg = (...args: string[]) => sh('gpg', [...always, '--passphrase', env.SECRET, ...args]);
    gpg('--quick-generate-key', 'locked', 'ed25519', 'sign', 'never');
    const keyFile = join(home, 'locked.asc');
    writeFileSync(keyFile, gpg('--armor', '--export-secret-keys'), { mode: 0o600 });
    sh('gpgconf', ['--homedir', home, '--kill', 'all']);
    const secret = { name: 'locked', keyFile, passphrase: { environment: 'SECRET' }, now: new Date(), env };
    const key = value(await importOpenPgpKey(join(home, 'keys'), secret));
    const signer = value(await openOpenPgpSigner(key, env, new Date()));
    const file = join(home, 'desk.rpm');
    cpSync(join(out, PACKAGE), file);
    sh('rpmsign', ['--delsign', file]);
    value(await signRpms(signer, [file], 0));
    value(await verifyRpms(signer.identity, [file]));
  });

  test('needs rpm on the host, and the failure names its package', async () => {
    const path = process.env.PATH;
    const tools = scratch();
    for (const tool of ['gpg', 'gpgconf', 'gpg-agent', 'gpgv']) {
      const found = spawnSync('which', [tool], { encoding: 'utf8' }).stdout.trim();
      writeFileSync(join(tools, tool), `#!/bin/sh\nexec ${found} "$@"\n`, { mode: 0o755 });
    }
    process.env.PATH = tools;
    try {
      expect(error(await signRpms(bench.signer, [join(out, PACKAGE)], 0))).toMatchObject({
        code: 'host/missing-tool',
        next: 'Run: apt-get install rpm',
      });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('the real dnf', () => {
  test('installs with verification of metadata and packages on', () => {
    const client = clientOf(out);
    expect(client.install('desk')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('Importing GPG key'),
    });
    expect(readFileSync(join(client.root, 'usr/share/desk/desk.txt'), 'utf8')).toBe('A patched desk.\n');
  });

  test('installs from the snapshot of an earlier version', async () => {
    const grown = copied();
    const newer = { ...SOURCE, 'rpm/desk.spec': SPEC.replace('Version: 1.0', 'Version: 2.0') };
    await published(grown, await desk(newer), '1.3.0');
    expect(listed(grown)).toContain(PACKAGE);
    const newest = clientOf(grown);
    expect(newest.install('desk')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('desk-2.0-1'),
    });
    const staying = clientOf(grown, (text) => text.replace(/^baseurl=.*$/m, '$&/1.2.3'));
    expect(staying.install('desk')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('desk-1.0-1'),
    });
  });

  test('refuses another key', async () => {
    const copy = copied();
    const other = await RepositoryBench.open();
    writeFileSync(join(copy, 'rpm/rock-1/RPM-GPG-KEY'), other.signer.identity.publicKey);
    const client = clientOf(copy);
    const { exitCode, output } = client.install('desk');
    expect({ exitCode, installed: client.has('usr/share/desk') }).toEqual({ exitCode: 1, installed: false });
    expect(output).toMatch(/repomd\.xml GPG signature verification error|Bad GPG signature/);
  });

  test('refuses altered metadata', () => {
    const copy = copied();
    appendFileSync(join(copy, 'rpm/rock-1/repodata/repomd.xml'), '<!-- -->\n');
    const { exitCode, output } = clientOf(copy).install('desk');
    expect(exitCode).toBe(1);
    expect(output).toMatch(/repomd\.xml GPG signature verification error|Bad GPG signature/);
  });

  test('refuses an altered package, and one without a signature', () => {
    const copy = copied();
    appendFileSync(join(copy, PACKAGE), 'x');
    const client = clientOf(copy);
    expect(client.install('desk').exitCode).toBe(1);
    expect(client.has('usr/share/desk')).toBe(false);
    const unsigned = copied();
    sh('rpmsign', ['--delsign', join(unsigned, PACKAGE)]);
    sh('createrepo_c', ['--quiet', join(unsigned, 'rpm/rock-1')]);
    const careless = clientOf(unsigned, (text) => text.replace('repo_gpgcheck=1', 'repo_gpgcheck=0'));
    expect(careless.install('desk')).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/is not signed/),
    });
  });
});

test('the key beside the deliverables is the key of the repository', () => {
  const key = readFileSync(join(out, 'rpm/rock-1/RPM-GPG-KEY'), 'utf8');
  expect(dearmour(key).equals(dearmour(bench.signer.identity.publicKey))).toBe(true);
});
