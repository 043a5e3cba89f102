// Files that a repository vouches for: what is downloaded from where, what proves it, and what is said when it does not.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fail, ok } from '../../src/base/failure.ts';
import type { AskedFile } from '../../src/resolve/builder-file.ts';
import { type Obtaining, obtainFile } from '../../src/source/proven-file.ts';
import { type Key, makeKey } from './fixture/archive.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';
import { type Served, serve } from './fixture/server.ts';

const PLACE = 'https://example.org/saw@v1.0';
const BYTES = 'the archive';
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const SUM: AskedFile['proof'] = { kind: 'sha256', path: 'sum' };

let server: Served;
let offered: string;
let directory: string;
let owner: Key;
beforeAll(async () => {
  [offered, directory] = [scratch(), scratch()];
  server = await serve(offered);
  writeFileSync(join(offered, 'saw.tar'), BYTES);
  owner = makeKey('owner');
  owner.detach(join(offered, 'saw.tar'), join(offered, 'saw.tar.asc'));
  writeFileSync(join(directory, 'sum'), `${SHA256}  saw.tar\n`);
  writeFileSync(join(directory, 'owner.asc'), readFileSync(owner.armoured));
  symlinkSync('/etc/passwd', join(directory, 'outside'));
});
const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

/** A store that takes any file, as what is proved. */
function store(dir = scratch()): Obtaining['store'] {
  return {
    staging: async () => ok({ dir, discard: async () => {} } as never),
    putFile: async (_, digest) => ok(digest as never),
  };
}

function obtained(file: Partial<AskedFile> = {}, more: Partial<Obtaining> = {}) {
  const asked = { url: `${server.url}/saw.tar`, name: 'saw.tar', proof: SUM, ...file };
  return obtainFile(directory, asked, PLACE, { store: store(), mirrors: {}, signal: never(), ...more });
}

describe('a download', () => {
  test('by HTTP is pinned by what it is', async () => {
    const url = `${server.url}/saw.tar`;
    expect(value(await obtained())).toEqual({ name: 'saw.tar', url, sha256: SHA256, size: BYTES.length });
  });

  test.each([
    ['not there', 404, 'network/not-found'],
    ['refused', 403, 'network/refused'],
    ['failing', 500, 'network/refused'],
  ])('that is %s is told with the answer', async (_, status, code) => {
    server.trick('/saw.tar', { status });
    expect(error(await obtained())).toMatchObject({
      code,
      place: `${server.url}/saw.tar`,
      cause: `The server answered ${status}.`,
      next: expect.stringContaining('mirrors'),
    });
  });

  test('that breaks off, or has no server, is unreachable', async () => {
    server.trick('/saw.tar', { breakAfter: 3 });
    expect(error(await obtained()).code).toBe('network/unreachable');
    expect(error(await obtained({ url: 'http://127.0.0.1:9/saw.tar' })).code).toBe('network/unreachable');
    expect(error(await obtained({ url: `file://${offered}` })).code).toBe('network/unreachable');
  });

  test('that is cancelled says so', async () => {
    server.trick('/saw.tar', { stallAfter: 3 });
    const stop = new AbortController();
    const running = obtained({}, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect(error(await running).code).toBe('interrupted/cancelled');
  });

  test('that cannot be written is a failure of the host, and not of the network', async () => {
    const nowhere = { store: store(join(offered, 'absent')) };
    expect(error(await obtained({}, nowhere))).toMatchObject({
      code: 'host/unwritable-cache',
      message: 'There is no place to write a download to.',
    });
  });

  test('for which there is no space left is told, too', () => {
    const dir = scratch();
    const [full, program] = [join(dir, 'full'), join(dir, 'program.mjs')];
    mkdirSync(full);
    writeFileSync(join(dir, 'large'), Buffer.alloc(2 ** 20));
    const module = new URL('../../src/source/proven-file.ts', import.meta.url).href;
    writeFileSync(
      program,
      `import { obtainFile } from ${JSON.stringify(module)};
      const file = { url: ${JSON.stringify(`file://${dir}/large`)}, name: 'large', proof: ${JSON.stringify(SUM)} };
      const staging = { dir: ${JSON.stringify(full)}, async discard() {} };
      const store = { staging: async () => ({ ok: true, value: staging }) };
      const signal = new AbortController().signal;
      console.log(JSON.stringify(await obtainFile('/', file, 'place', { store, mirrors: {}, signal })));`,
    );
    const script = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3"';
    const printed = sh('unshare', ['-rm', 'sh', '-c', script, 'sh', full, process.execPath, program]);
    expect(JSON.parse(printed)).toMatchObject({
      ok: false,
      error: { code: 'host/no-space', place: join(full, 'file') },
    });
  });

  test('is what the store says, when that fails', async () => {
    const failure = { code: 'store/no-space', message: 'Full.' } as const;
    for (const what of ['staging', 'putFile']) {
      const failing = { ...store(), [what]: async () => fail(failure) };
      expect(error(await obtained({}, { store: failing }))).toEqual(failure);
    }
  });
});

describe('a proof', () => {
  const signature = (keys: string[], url = `${server.url}/saw.tar.asc`): AskedFile['proof'] => {
    return { kind: 'signature', url, keys };
  };

  test('by signature holds with a key of the repository', async () => {
    expect(value(await obtained({ proof: signature(['owner.asc']) })).sha256).toBe(SHA256);
  });

  test.each([
    ['absent', 'source/bad-builder-file', PLACE],
    ['outside', 'source/bad-builder-file', `${PLACE}/outside`],
  ])('by a checksum file that is %s is refused', async (name, code, place) => {
    expect(error(await obtained({ proof: { kind: 'sha256', path: name } }))).toMatchObject({ code, place });
  });

  test.each([
    ['absent', 'source/bad-keyring', `${PLACE}/absent`],
    ['outside', 'source/bad-builder-file', `${PLACE}/outside`],
  ])('by a key that is %s is refused', async (name, code, place) => {
    expect(error(await obtained({ proof: signature([name]) }))).toMatchObject({ code, place });
  });

  test('by a signature that is not there, or is no signature by its size, is refused', async () => {
    const url = (name: string) => `${server.url}/${name}`;
    expect(error(await obtained({ proof: signature(['owner.asc'], url('none.asc')) })).code).toBe(
      'network/not-found',
    );
    writeFileSync(join(offered, 'huge.asc'), Buffer.alloc(64 * 1024 + 1));
    expect(error(await obtained({ proof: signature(['owner.asc'], url('huge.asc')) }))).toMatchObject({
      code: 'source/too-large',
      message: 'The file has more than 65536 bytes.',
      place: url('huge.asc'),
    });
  });

  test('by the signature of a key that has expired since, or is revoked, is refused', async () => {
    const old = makeKey('old', { faked: '20200101T000000', until: '20200201T000000' });
    const lost = makeKey('lost');
    for (const [name, key] of Object.entries({ old, lost })) {
      key.detach(join(offered, 'saw.tar'), join(offered, `${name}.asc`));
      writeFileSync(join(directory, `${name}.asc`), readFileSync(key.armoured));
    }
    const by = (name: string) => obtained({ proof: signature([`${name}.asc`], `${server.url}/${name}.asc`) });
    expect(value(await by('lost')).sha256).toBe(SHA256);
    writeFileSync(join(directory, 'lost.asc'), lost.revoked());
    for (const name of ['old', 'lost']) expect(error(await by(name)).code).toBe('source/bad-signature');
  });

  test('by signature needs gpgv', async () => {
    process.env.PATH = offered;
    expect(error(await obtained({ proof: signature(['owner.asc']) })).code).toBe('host/missing-tool');
  });
});
