// The product `shelf`: sources to signed repositories in real roots, installed from by the real dnf and apt.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sh } from '../source/fixture/scratch.ts';
import { AptClient } from '../steps/apt-repository/client.ts';
import { DnfClient } from '../steps/rpm-repository/client.ts';
import { shelfWorkspace } from './shelf.ts';
import { type ProductRun, Workbench } from './workbench.ts';

const bench = new Workbench();
const out = join(bench.workspace, 'out/shelf');
let first: ProductRun;

beforeAll(async () => {
  // Valid for as long as anybody may run this test: the epoch of the workspace is that of the last release.
  shelfWorkspace(bench).edit('products/shelf.yaml', (text) =>
    text.replace('kind: apt-repository,', 'kind: apt-repository, validityDays: 36500,'),
  );
  first = await bench.product('shelf');
});
afterAll(() => bench.remove());

test('both repositories are published, signed with a key that says what it is', () => {
  expect(first.result.failure).toBeUndefined();
  expect(first.result).toMatchObject({ ok: true, developmentKeys: true });
  // No deliverable needs a certificate, so none was made.
  expect(readdirSync(bench.environment.QBUILD_KEYS as string)).toEqual(['development-openpgp']);
  const kinds = first.result.deliverables.map(({ kind }) => kind);
  for (const kind of ['apt-repository', 'apt-sources', 'rpm-repository', 'rpm-repo-file', 'key'])
    expect(kinds).toContain(kind);
  const keyring = join(out, 'keys/shelf.gpg');
  sh('gpgv', ['--keyring', keyring, join(out, 'SHA256SUMS.asc'), join(out, 'SHA256SUMS')]);
  sh('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], {}, out);
});

test('a second run does nothing', async () => {
  const { result } = await bench.product('shelf');
  expect(result).toMatchObject({ ok: true, actions: { run: 0, failed: 0 } });
  expect(result.deliverables).toEqual(first.result.deliverables);
});

test('dnf installs a header from the RPM repository', () => {
  const description = readFileSync(join(out, 'rpm/shelf-debian-12.repo'), 'utf8');
  const client = new DnfClient(description.replaceAll('file:///srv/shelf', `file://${out}`));
  expect(client.install('plank-devel')).toMatchObject({ exitCode: 0 });
  expect(client.has('usr/include/plank.h')).toBe(true);
});

test('a package that builds on another one of the product was built with it, and with its patch', () => {
  const file = join(out, 'rpm/debian-12/packages/board/board-1.0-1.x86_64.rpm');
  const unpacked = bench.dir;
  sh('bash', [
    '-c',
    'rpm2archive --nocompression - <"$1" | tar --extract --directory="$2"',
    '-',
    file,
    unpacked,
  ]);
  expect(sh(join(unpacked, 'usr/bin/board'), [])).toBe('a plank!\n');
});

test('apt installs a package from the apt repository', () => {
  const sources = readFileSync(join(out, 'apt/shelf-bookworm.sources'), 'utf8');
  const client = new AptClient(sources.replace('file:///srv/shelf/apt', `file://${out}/apt`));
  expect(client.update()).toMatchObject({ exitCode: 0, output: expect.not.stringMatching(/^[EW]:/m) });
  expect(client.install('nail')).toMatchObject({ exitCode: 0 });
  expect(readFileSync(join(client.root, 'usr/share/nail/nail.txt'), 'utf8')).toBe('A nail.\n');
});

test('a repository that clients would refuse already is published with a warning', async () => {
  bench.edit('products/shelf.yaml', (text) => text.replace('validityDays: 36500', 'validityDays: 1'));
  const { events, result } = await bench.product('shelf');
  expect(result.ok).toBe(true);
  expect(events.filter(({ code }) => code === 'deliverable/expired')).toMatchObject([
    { type: 'notice', level: 'warning', message: expect.stringContaining('raise `epoch`') },
  ]);
});
