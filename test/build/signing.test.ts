// Which keys sign a run, what is public about them, and when a key is asked again.
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOfKeys, type KeyChoice, openSigning, type Signing } from '../../src/build/signing.ts';
import { findProgram } from '../../src/host/doctor.ts';
import { importPemKey } from '../../src/sign/import-key.ts';
import type { Scheme } from '../../src/steps/sign-step.ts';
import { Authority } from '../sign/support/authority.ts';
import { removeDir, scratchDir } from '../sign/support/files.ts';
import { error, value } from '../source/fixture/scratch.ts';

const environment = { ...process.env };
let dir: string;
beforeAll(async () => {
  dir = await scratchDir();
});
afterAll(async () => {
  process.env = environment;
  await removeDir(dir);
});

const directories = () => ({
  cache: join(dir, 'cache'),
  store: join(dir, 'cache/store'),
  packages: join(dir, 'cache/packages'),
  keys: join(dir, 'keys'),
});
const opened = (choice: KeyChoice, ...needed: Scheme[]) =>
  openSigning(directories(), choice, new Set(needed), 'desk');
const paths = ({ publicKeys }: Signing) => publicKeys.map(({ path }) => path);

/** The index of the public keys, which is the last of them. */
function index({ publicKeys }: Signing) {
  return JSON.parse(Buffer.from(publicKeys.at(-1)?.base64 ?? '', 'base64').toString());
}

test('a product that signs nothing needs no key, and makes none', async () => {
  const signing = value(await opened({}));
  expect(signing).toMatchObject({ signers: {}, development: false, publicKeys: [] });
  expect(readdirSync(dir)).toEqual([]);
});

describe('without a choice', () => {
  test('development keys are made, of the schemes that are needed, and told to be such', async () => {
    const programs = value(await opened({}, 'authenticode'));
    expect(programs.development).toBe(true);
    expect(Object.keys(programs.signers)).toEqual(['authenticode']);
    expect(readdirSync(directories().keys)).toEqual(['development']);
    const both = value(await opened({}, 'authenticode', 'openpgp'));
    expect(Object.keys(both.signers)).toEqual(['authenticode', 'openpgp']);
    expect(paths(both)).toEqual(expect.arrayContaining(['keys/desk.asc', 'keys/desk.gpg', 'keys/keys.json']));
    expect(index(both)).toMatchObject({ format: 1, keys: [expect.anything(), expect.anything()] });
  });

  test('a key is asked again only when it changed, or what is kept of it is damaged', async () => {
    const asked = value(await opened({}, 'openpgp')).signers;
    const directory = join(directories().cache, 'signers');
    const keep = (change: (text: string) => string) => {
      for (const name of readdirSync(directory)) {
        const file = join(directory, name);
        writeFileSync(file, change(readFileSync(file, 'utf8')));
      }
    };
    keep((text) => text.replace(/"tool":"[^"]*"/, '"tool":"kept"'));
    expect(value(await opened({}, 'openpgp')).signers.openpgp?.tool).toBe('kept');
    const publicKey = join(directories().keys, 'development-openpgp/public.asc');
    utimesSync(publicKey, 1, 1);
    expect(value(await opened({}, 'openpgp')).signers).toEqual(asked);
    keep(() => '{');
    expect(value(await opened({}, 'openpgp')).signers).toEqual(asked);
  });

  test('a key is opened once for all that it signs', async () => {
    const { open } = value(await opened({}, 'openpgp'));
    expect(value(await open.openpgp())).toBe(value(await open.openpgp()));
  });
});

describe('a key that was chosen', () => {
  test('signs with the timestamps that it was imported with, and is no development key', async () => {
    const identity = await (await Authority.make(join(dir, 'ca'), 'Test')).issue('release');
    const timestampUrl = 'http://ts.example/';
    const request = { certificateFile: identity.chain, timestampUrl, timestampCaFile: identity.root };
    const now = new Date();
    const keys = directories().keys;
    value(await importPemKey(keys, { name: 'release', keyFile: identity.key, now, env: {}, ...request }));
    const signing = value(await opened({ key: 'release' }, 'authenticode'));
    expect(signing.development).toBe(false);
    expect(signing.signers.authenticode).toMatchObject({ timestampUrl });
    expect(index(signing).keys).toHaveLength(1);
  });

  test('and is not there fails, with the command that lists keys', async () => {
    for (const [choice, scheme] of [
      [{ key: 'relaese' }, 'authenticode'],
      [{ openPgpKey: 'relaese' }, 'openpgp'],
    ] as const) {
      expect(error(await opened(choice, scheme))).toMatchObject({
        code: 'sign/key-unknown',
        next: expect.stringContaining('qbuild keys'),
      });
    }
  });

  test('and is of the other scheme fails', async () => {
    value(await opened({}, 'authenticode', 'openpgp'));
    for (const [choice, scheme] of [
      [{ key: 'development-openpgp' }, 'authenticode'],
      [{ openPgpKey: 'development' }, 'openpgp'],
    ] as const) {
      expect(error(await opened(choice, scheme)).code).toBe('sign/key-purpose');
    }
  });
});

test('the files that a run watches are those of the keys, and the programs that are there', () => {
  const watched = (choice: KeyChoice) => filesOfKeys(directories(), choice);
  const program = findProgram('gpg') ?? '';
  expect(watched({ key: 'mine' })).toEqual(
    expect.arrayContaining([
      join(directories().keys, 'mine/key.json'),
      join(directories().keys, 'development-openpgp/public.asc'),
      program,
    ]),
  );
  process.env.PATH = dir;
  expect(watched({})).not.toContain(program);
  expect(watched({}).every((path) => path.startsWith(directories().keys))).toBe(true);
});
