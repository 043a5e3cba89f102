// Keys as the `keys` commands import and list them: which options go together, and what is told of each key.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importSigningKey, initSigningKeys, type KeyImport, listSigningKeys } from '../../src/build/keys.ts';
import { uriOfLabel } from '../../src/sign/pkcs11.ts';
import {
  Authority,
  type Identity,
  makeToken,
  SOFTHSM_MODULE,
  type Token,
} from '../sign/support/authority.ts';
import { removeDir, scratchDir } from '../sign/support/files.ts';
import { error, value } from '../source/fixture/scratch.ts';

const SECRET = 'correct horse 11aa';
const NOTHING: KeyImport = {
  name: 'release',
  certificateFile: undefined,
  keyFile: undefined,
  caFile: undefined,
  openPgpFile: undefined,
  openPgpAgent: undefined,
  module: undefined,
  uri: undefined,
  secretEnvironment: undefined,
  secretFile: undefined,
  tokenEnvironment: [],
  timestampUrl: undefined,
  timestampCaFile: undefined,
};

const environment = { ...process.env };
/** Short: the socket of an agent lies in it. */
const home = mkdtempSync('/tmp/qbt-');
let dir: string;
let identity: Identity;
let token: Token;
let secretFile: string;

beforeAll(async () => {
  dir = await scratchDir();
  identity = await (await Authority.make(join(dir, 'ca'), 'Test')).issue('release');
  token = await makeToken(join(dir, 'token'), identity.key, SECRET);
  secretFile = join(dir, 'secret');
  writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
});
beforeEach(() => {
  process.env = {
    ...environment,
    GNUPGHOME: home,
    QBUILD_KEYS: join(mkdtempSync(join(dir, 'keys-')), 'keys'),
  };
});
afterAll(async () => {
  process.env = environment;
  for (const what of [['--kill', 'all'], ['--remove-socketdir']])
    execFileSync('gpgconf', ['--homedir', home, ...what]);
  rmSync(home, { recursive: true, force: true });
  await removeDir(dir);
});

const imported = (request: Partial<KeyImport>) => importSigningKey({ ...NOTHING, ...request });
const inFile = () => ({ certificateFile: identity.chain, keyFile: identity.key });

function gpg(...args: string[]): string {
  const fixed = ['--batch', '--quiet', '--pinentry-mode', 'loopback', '--homedir', home];
  return execFileSync('gpg', [...fixed, ...args], { stdio: 'pipe' }).toString();
}

/** Makes a key in the home of the person. Its name is new each time, also when a test is tried once more. */
function generated(what: string): string {
  const name = `${what} ${randomUUID()}`;
  gpg('--passphrase', '', '--quick-generate-key', name, 'ed25519', 'sign', 'never');
  return name;
}

describe('a key in a file', () => {
  test('is told with its subject and listed, and is for release', async () => {
    const line = value(await imported(inFile()));
    expect(line).toContain('release');
    expect(line).not.toContain('not for release');
    expect(value(await listSigningKeys())).toEqual([line]);
    expect(error(await imported(inFile())).code).toBe('sign/key-exists');
  });

  test.each(['environment', 'file'] as const)('has its passphrase in the %s', async (where) => {
    const keyFile = join(dir, `encrypted-by-${where}.pem`);
    const encrypt = ['pkey', '-in', identity.key, '-aes256', '-passout', `pass:${SECRET}`, '-out', keyFile];
    execFileSync('openssl', encrypt);
    execFileSync('chmod', ['600', keyFile]);
    const request = { ...inFile(), keyFile };
    expect(error(await imported(request)).code).toBe('sign/key-encrypted');
    process.env.RELEASE_SECRET = SECRET;
    const secret = where === 'file' ? { secretFile } : { secretEnvironment: 'RELEASE_SECRET' };
    value(await imported({ ...request, ...secret }));
    const record = readFileSync(join(process.env.QBUILD_KEYS ?? '', 'release/key.json'), 'utf8');
    expect(record).toContain(where === 'file' ? secretFile : 'RELEASE_SECRET');
    expect(record).not.toContain(SECRET);
  });

  test('has its issuers, and those of its timestamps, in files of their own', async () => {
    const [leaf = '', ...issuers] = readFileSync(identity.chain, 'utf8').split(/(?=-----BEGIN)/);
    const [certificateFile, caFile] = [join(dir, 'leaf.pem'), join(dir, 'issuers.pem')];
    writeFileSync(certificateFile, leaf);
    writeFileSync(caFile, issuers.join(''));
    const request = { certificateFile, keyFile: identity.key };
    expect(error(await imported(request)).code).toBe('sign/certificate-chain-incomplete');
    const timestamp = { timestampUrl: 'http://ts.example/', timestampCaFile: identity.root };
    value(await imported({ ...request, caFile, ...timestamp }));
    const absent = { ...timestamp, timestampCaFile: join(dir, 'absent.pem') };
    expect(error(await imported({ ...request, name: 'other', caFile, ...absent }))).toMatchObject({
      code: 'sign/import-unreadable',
      place: join(dir, 'absent.pem'),
    });
  });
});

describe('a key in a token', () => {
  const inToken = () => ({
    certificateFile: identity.chain,
    module: SOFTHSM_MODULE,
    uri: uriOfLabel(token.label, token.keyLabel),
    secretFile,
    tokenEnvironment: ['SOFTHSM2_CONF'],
  });

  test('stays there', async () => {
    process.env.SOFTHSM2_CONF = token.env.SOFTHSM2_CONF;
    value(await imported(inToken()));
    expect(value(await listSigningKeys())).toHaveLength(1);
  });

  test('needs both its module and its name', async () => {
    for (const lacking of [{ module: undefined }, { uri: undefined }]) {
      expect(error(await imported({ ...inToken(), ...lacking }))).toEqual({
        code: 'usage/no-key',
        message: 'Neither a key file nor a token was named.',
        next: 'Give --key FILE, or --module and --uri.',
      });
    }
    expect(value(await listSigningKeys())).toEqual([]);
  });
});

describe('an OpenPGP key', () => {
  test('is taken from a file that gpg exported', async () => {
    const name = generated('In a file');
    const openPgpFile = join(dir, 'secret.asc');
    writeFileSync(openPgpFile, gpg('--armor', '--export-secret-keys', `=${name}`), { mode: 0o600 });
    const line = value(await imported({ openPgpFile }));
    expect(line).toContain(name);
    expect(value(await listSigningKeys())).toEqual([line]);
  });

  test('stays in the agent of the person, whose home the environment names', async () => {
    const name = generated('In the agent');
    const [, openPgpAgent = ''] =
      /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys', `=${name}`)) ?? [];
    expect(value(await imported({ openPgpAgent }))).toContain(name);
    const unknown = { openPgpAgent: 'F'.repeat(40), name: 'other' };
    expect(error(await imported(unknown)).code).toBe('sign/agent-key-unknown');
  });
});

describe('a directory of keys', () => {
  test('with a damaged key is not listed', async () => {
    value(await imported(inFile()));
    writeFileSync(join(process.env.QBUILD_KEYS ?? '', 'release/key.json'), '{');
    expect(error(await listSigningKeys()).code).toBe('sign/key-damaged');
  });

  test('that cannot be made has no development keys', async () => {
    const file = join(dir, 'a-file');
    writeFileSync(file, '');
    process.env.QBUILD_KEYS = join(file, 'keys');
    expect(error(await initSigningKeys()).code).toMatch(/^sign\//);
  });

  test('with one damaged development key gets no other', async () => {
    const keys = process.env.QBUILD_KEYS ?? '';
    mkdirSync(join(keys, 'development-openpgp'), { recursive: true });
    execFileSync('chmod', ['-R', '700', keys]);
    writeFileSync(join(keys, 'development-openpgp/key.json'), '{', { mode: 0o600 });
    expect(error(await initSigningKeys()).code).toBe('sign/key-damaged');
  });
});
