// Signed apt repositories: made twice they are the same, and the real apt installs from them and refuses forgeries.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LockedMetadata } from '../../../src/lock/lockfile.ts';
import { dearmour } from '../../../src/sign/openpgp-verify.ts';
import { resolveDistribution } from '../../../src/source/apt-resolver.ts';
import { aptRepositoryStep } from '../../../src/steps/apt-repository/index.ts';
import type { BuiltPackage } from '../../../src/steps/package-step.ts';
import { error, never, scratch, value } from '../../source/fixture/scratch.ts';
import { type Given, makeDeb, RepositoryBench } from '../repository.ts';
import { AptClient } from './client.ts';

const TARGET = 'debian-12/amd64';
const SETTINGS = {
  distribution: 'debian-12',
  architecture: 'amd64',
  suite: 'bookworm',
  component: 'main',
  validityDays: 365,
  url: 'file:///srv/desk/apt',
};
/** Yesterday, so that a repository is valid now. */
const EPOCH = Math.floor(Date.now() / 1000) - 86_400;

let bench: RepositoryBench;
let packages: readonly BuiltPackage[];
let out: string;

beforeAll(async () => {
  bench = await RepositoryBench.open();
  packages = await twoComponents('1.0');
  out = bench.fresh();
  await published(packages, out);
});

async function debs(make: (directory: string) => void, source?: string): Promise<BuiltPackage> {
  const directory = bench.fresh();
  make(directory);
  return bench.built('deb', TARGET, directory, source);
}

async function twoComponents(version: string): Promise<readonly BuiltPackage[]> {
  const library = await debs((directory) => {
    makeDeb(directory, 'libdesk', version);
    makeDeb(directory, 'desk-doc', version, { Architecture: 'all' });
  });
  const program = await debs(
    (directory) => makeDeb(directory, 'desk', version, { Depends: 'libdesk', Source: 'desk' }),
    sourcePackage(version),
  );
  return [library, program];
}

/** A native source package and a record of its build, as dpkg-source makes them. */
function sourcePackage(version: string): string {
  const directory = bench.fresh();
  const tree = join(scratch(), `desk-${version}`);
  mkdirSync(join(tree, 'debian/source'), { recursive: true });
  writeFileSync(join(tree, 'debian/source/format'), '3.0 (native)\n');
  writeFileSync(
    join(tree, 'debian/control'),
    'Source: desk\nMaintainer: T <t@t>\n\nPackage: desk\nArchitecture: any\n',
  );
  const entry = `desk (${version}) unstable; urgency=low\n\n  * One.\n\n -- T <t@t>  Thu, 01 Jan 2026 00:00:00 +0000\n`;
  writeFileSync(join(tree, 'debian/changelog'), entry);
  execFileSync('dpkg-source', ['--build', tree], { cwd: directory, stdio: 'pipe' });
  writeFileSync(join(directory, `desk_${version}_amd64.buildinfo`), 'Format: 1.0\n');
  return directory;
}

async function published(
  from: readonly BuiltPackage[],
  to: string,
  given: Given = {},
  settings = {},
): Promise<void> {
  const dated = { epoch: EPOCH, ...given };
  const plan = value(bench.plan(aptRepositoryStep, { ...SETTINGS, ...settings }, from, dated));
  value(await bench.publish(plan, to, dated));
}

/** A copy of a published repository to tamper with. */
function copied(from = out): string {
  const copy = scratch();
  cpSync(from, copy, { recursive: true });
  return copy;
}

/** A client that has the ready-made description, with the place where the repository lies in this test. */
function clientOf(directory: string, change = (sources: string) => sources): AptClient {
  const sources = readFileSync(join(directory, 'apt/desk-bookworm.sources'), 'utf8');
  return new AptClient(change(sources.replace('file:///srv/desk/apt', `file://${directory}/apt`)));
}

function listed(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

describe('a published apt repository', () => {
  test('has pool, indexes by name and by hash, a snapshot, and Release in both signed forms', () => {
    const names = listed(out).map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'));
    expect(names.filter((name) => name.startsWith('apt/pool'))).toEqual([
      'apt/pool/bookworm/main/component-1/desk-doc_1.0_all.deb',
      'apt/pool/bookworm/main/component-1/libdesk_1.0_amd64.deb',
      'apt/pool/bookworm/main/component-2/desk_1.0.dsc',
      'apt/pool/bookworm/main/component-2/desk_1.0.tar.xz',
      'apt/pool/bookworm/main/component-2/desk_1.0_amd64.deb',
    ]);
    const dist = [
      'InRelease',
      'Release',
      'Release.gpg',
      ...['binary-amd64', 'source'].flatMap((directory) => {
        const index = directory === 'source' ? 'Sources' : 'Packages';
        return [index, `${index}.xz`, 'by-hash/SHA256/HASH', 'by-hash/SHA256/HASH'].map(
          (name) => `main/${directory}/${name}`,
        );
      }),
    ];
    expect(names.filter((name) => name.startsWith('apt/dists'))).toEqual(
      ['1.2.3/', '']
        .flatMap((snapshot) => dist.map((name) => `apt/dists/bookworm/${snapshot}${name}`))
        .sort(),
    );
  });

  test('says in Release who made it, for whom, and until when it is valid', () => {
    const release = readFileSync(join(out, 'apt/dists/bookworm/Release'), 'utf8');
    const date = (seconds: number) => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');
    expect(release.slice(0, release.indexOf('SHA256:'))).toBe(
      [
        'Origin: Carpenter',
        'Label: Desk',
        'Suite: bookworm',
        'Codename: bookworm',
        'Version: 1.2.3',
        `Date: ${date(EPOCH)}`,
        `Valid-Until: ${date(EPOCH + 365 * 86_400)}`,
        'Architectures: amd64',
        'Components: main',
        'Description: Desk 1.2.3 for debian-12',
        'Acquire-By-Hash: yes',
        '',
      ].join('\n'),
    );
  });

  test('is the same bytes when another store makes it with the same key', async () => {
    const first = bench;
    try {
      const other = await RepositoryBench.open();
      bench = Object.assign(other, { signer: first.signer });
      const again = bench.fresh();
      await published(await twoComponents('1.0'), again);
      expect(listed(again)).toEqual(listed(out));
      for (const name of listed(out))
        expect(readFileSync(join(again, name)), name).toEqual(readFileSync(join(out, name)));
    } finally {
      bench = first;
    }
  });

  test('keeps packages, indexes and snapshots of earlier versions, and a client can stay with one', async () => {
    const grown = copied();
    await published(await twoComponents('2.0'), grown, { version: '1.3.0', epoch: EPOCH + 60 });
    for (const name of listed(out)) {
      const current = /^apt\/dists\/bookworm\/(?:Release|InRelease|main\/[^/]+\/[^/]+)/.test(name);
      if (!current || name.includes('/by-hash/')) expect(listed(grown)).toContain(name);
    }
    const newest = clientOf(grown);
    expect(newest.update().output).not.toMatch(/^[EW]:/m);
    newest.install('desk');
    expect(newest.installed('libdesk')).toBe('2.0');
    const staying = clientOf(grown, (sources) =>
      sources.replace('Suites: bookworm', 'Suites: bookworm/1.2.3'),
    );
    expect(staying.update().output).not.toMatch(/^[EW]:/m);
    staying.install('desk');
    expect(staying.installed('libdesk')).toBe('1.0');
  });

  test('needs packages for its distribution, of its architecture, and each once', async () => {
    expect(
      error(bench.plan(aptRepositoryStep, { ...SETTINGS, distribution: 'debian-13' }, packages)),
    ).toMatchObject({
      code: 'deliverable/empty-repository',
      message: 'No package of desk is for debian-13/amd64, so its repository would be empty.',
    });
    const twice = [...packages, await debs((directory) => makeDeb(directory, 'libdesk', '1.0'))];
    const foreign = [await debs((directory) => makeDeb(directory, 'desk', '1.0', { Architecture: 'arm64' }))];
    for (const wrong of [twice, foreign]) {
      const plan = value(bench.plan(aptRepositoryStep, SETTINGS, wrong));
      const into = bench.fresh();
      expect(error(await bench.publish(plan, into))).toMatchObject({
        code: 'action/command-failed',
        place: 'repository:apt:bookworm',
      });
      expect(listed(into)).toEqual([]);
    }
  });
});

describe('the real apt', () => {
  test('installs a package and what it depends on, with verification on and nothing to complain about', () => {
    const client = clientOf(out);
    expect(client.update()).toMatchObject({ exitCode: 0, output: expect.not.stringMatching(/^[EW]:/m) });
    expect(client.install('desk')).toMatchObject({
      exitCode: 0,
      output: expect.not.stringMatching(/^[EW]:/m),
    });
    expect([client.installed('desk'), client.installed('libdesk')]).toEqual(['1.0', '1.0']);
  });

  test('fetches the source of a package', () => {
    const client = clientOf(out, (sources) => sources.replace('Types: deb', 'Types: deb deb-src'));
    expect(client.update().exitCode).toBe(0);
    expect(client.source('desk').exitCode).toBe(0);
    expect(readdirSync(client.dir)).toContain('desk_1.0.tar.xz');
  });

  test('falls back to Release and Release.gpg', () => {
    const copy = copied();
    rmSync(join(copy, 'apt/dists/bookworm/InRelease'));
    expect(clientOf(copy).update()).toMatchObject({ exitCode: 0 });
  });

  test('refuses the repository with another key', async () => {
    const other = await RepositoryBench.open();
    const stranger = other.signer.identity.publicKey.replace(/^$/gm, '.').replace(/^/gm, ' ');
    const client = clientOf(out, (sources) => `${sources.split('Signed-By:')[0]}Signed-By:\n${stranger}`);
    expect(client.update()).toMatchObject({ exitCode: 100, output: expect.stringContaining('NO_PUBKEY') });
    expect(client.install('desk').output).toContain('Unable to locate package desk');
  });

  test.each([
    ['InRelease', /^Suite: bookworm$/m, 'Suite: bullseye', /BADSIG|is not signed/],
    ['main/binary-amd64/Packages', /^Version: 1\.0$/m, 'Version: 9.0', /Hash Sum mismatch|unexpected size/],
  ])('refuses an altered %s', (name, pattern, replacement, complaint) => {
    const copy = copied();
    const directory = join(copy, 'apt/dists/bookworm');
    const path = join(directory, name);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(pattern, replacement));
    expect(readFileSync(path, 'utf8')).not.toBe(text);
    if (name !== 'InRelease') {
      // A mirror that forges has the forged index under every name by which it can be asked for.
      for (const other of readdirSync(join(directory, 'main/binary-amd64/by-hash/SHA256')))
        cpSync(path, join(directory, 'main/binary-amd64/by-hash/SHA256', other));
      rmSync(`${path}.xz`);
    }
    const client = clientOf(copy);
    expect(client.update()).toMatchObject({ exitCode: 100, output: expect.stringMatching(complaint) });
    expect(client.install('desk').exitCode).toBe(100);
  });

  test('refuses an altered package', () => {
    const copy = copied();
    appendFileSync(join(copy, 'apt/pool/bookworm/main/component-1/libdesk_1.0_amd64.deb'), 'x');
    const client = clientOf(copy);
    client.update();
    expect(client.install('libdesk')).toMatchObject({
      exitCode: 100,
      output: expect.stringMatching(/Hash Sum mismatch|unexpected size/),
    });
  });

  test('refuses what is no longer valid', async () => {
    const old = bench.fresh();
    await published(packages, old, { epoch: EPOCH - 10 * 86_400 }, { validityDays: 5 });
    expect(clientOf(old).update()).toMatchObject({
      exitCode: 100,
      output: expect.stringContaining('is expired'),
    });
  });

  test('does not go back to an older state that a mirror serves', async () => {
    const mirror = copied();
    await published(await twoComponents('2.0'), mirror, { version: '1.3.0', epoch: EPOCH + 60 });
    const client = clientOf(mirror);
    expect(client.update().exitCode).toBe(0);
    for (const name of ['InRelease', 'Release', 'Release.gpg'])
      cpSync(join(out, 'apt/dists/bookworm', name), join(mirror, 'apt/dists/bookworm', name));
    client.update();
    client.install('desk');
    expect(client.installed('desk')).toBe('2.0');
  });
});

describe('qbuild as a reader of such a repository', () => {
  const read = (directory: string, seen: readonly LockedMetadata[] = []) => {
    const archives = [
      {
        url: `file://${directory}/apt`,
        suites: ['bookworm'],
        components: ['main'],
        keyring: join(directory, 'keys/desk.gpg'),
      },
    ];
    const distribution = { name: 'desk-1', architecture: 'amd64', archives, roots: {} };
    const roots = { base: { on: '', requests: ['desk'] } };
    const options = { cacheDir: scratch(), mirrors: {}, signal: never(), seen };
    return resolveDistribution(distribution, roots, undefined, options);
  };

  /** A copy with the keyring that a product has beside it. */
  function withKey(from: string, key = bench.signer.identity.publicKey): string {
    const copy = copied(from);
    mkdirSync(join(copy, 'keys'));
    writeFileSync(join(copy, 'keys/desk.gpg'), dearmour(key));
    return copy;
  }

  test('locks what it offers', async () => {
    const locked = value(await read(withKey(out)));
    expect(locked.roots.base?.packages).toEqual(['desk=1.0:amd64', 'libdesk=1.0:amd64']);
    expect(locked.metadata[0]?.signers).toEqual([bench.signer.identity.fingerprint]);
  });

  test('refuses another key, altered indexes, and what is no longer valid', async () => {
    const other = await RepositoryBench.open();
    const stranger = withKey(out, other.signer.identity.publicKey);
    expect(error(await read(stranger)).code).toBe('source/bad-signature');
    const altered = withKey(out);
    for (const name of listed(altered).filter((each) => each.includes('binary-amd64/')))
      appendFileSync(join(altered, name), '\n');
    expect(error(await read(altered)).code).toBe('source/digest-mismatch');
    const old = bench.fresh();
    await published(packages, old, { epoch: EPOCH - 10 * 86_400 }, { validityDays: 5 });
    expect(error(await read(withKey(old))).code).toBe('source/expired-metadata');
  });

  test('refuses an older state than the lock has seen', async () => {
    const newer = bench.fresh();
    await published(packages, newer, { epoch: EPOCH + 60 });
    const mirror = withKey(newer);
    const { metadata } = value(await read(mirror));
    cpSync(join(out, 'apt'), join(mirror, 'apt'), { recursive: true });
    expect(error(await read(mirror, metadata)).code).toBe('source/older-metadata');
  });
});
