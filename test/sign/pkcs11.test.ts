// Keys in a token: SoftHSM stands for the hardware.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticodeSigner, trustOf } from '../../src/sign/authenticode.ts';
import { importPemKey, importTokenKey } from '../../src/sign/import-key.ts';
import type { StoredKey } from '../../src/sign/keys.ts';
import { checkEngine, checkUri, findModule, tokenFailure, uriOfLabel } from '../../src/sign/pkcs11.ts';
import { signAll } from '../../src/sign/signer.ts';
import { verifyAuthenticode } from '../../src/sign/verify.ts';
import { Authority, type Identity, makeToken, SOFTHSM_MODULE, type Token } from './support/authority.ts';
import { buildSignableFiles, removeDir, type SignableFiles, scratchDir } from './support/files.ts';
import { expectNoSecrets, failureIn, success } from './support/outcome.ts';

const PIN = 'p1n-of-the-token';

let dir: string;
let files: SignableFiles;
let identity: Identity;
let token: Token;
let pinFile: string;

beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  identity = await (await Authority.make(join(dir, 'ca'), 'Token')).issue('token-signer');
  token = await makeToken(join(dir, 'token'), identity.key, PIN);
  pinFile = join(dir, 'pin');
  await writeFile(pinFile, `${PIN}\n`, { mode: 0o600 });
});
afterAll(() => removeDir(dir));

type TokenImport = Parameters<typeof importTokenKey>[1];

const importAs = (
  name: string,
  reference: Partial<TokenImport['token']> = {},
  more: Partial<TokenImport> = {},
) =>
  importTokenKey(join(dir, 'keys'), {
    name,
    certificateFile: identity.chain,
    token: {
      module: SOFTHSM_MODULE,
      uri: uriOfLabel(token.label, token.keyLabel),
      pin: { file: pinFile },
      environment: ['SOFTHSM2_CONF'],
      ...reference,
    },
    now: new Date(),
    env: token.env,
    ...more,
  });

const open = async (key: StoredKey, env = token.env) => success(openAuthenticodeSigner(key, env, new Date()));

describe('a key in a token', () => {
  it('signs the same bytes as the same key in a file', async () => {
    const inToken = await success(importAs('in-token'));
    expect(inToken.record).toMatchObject({
      kind: 'pkcs11',
      module: expect.stringMatching(/^\/.*libsofthsm2\.so$/),
    });
    const inFile = await success(
      importPemKey(join(dir, 'keys'), {
        name: 'in-file',
        keyFile: identity.key,
        certificateFile: identity.chain,
        now: new Date(),
        env: {},
      }),
    );
    for (const kind of ['exe', 'msi'] as const) {
      const request = { input: files[kind], epoch: 1_700_000_000 };
      const byToken = await success(
        (await open(inToken)).sign({ ...request, output: join(dir, `by-token.${kind}`) }),
      );
      const byFile = await success(
        (await open(inFile)).sign({ ...request, output: join(dir, `by-file.${kind}`) }),
      );
      expect(byToken.digest).toBe(byFile.digest);
      await success(verifyAuthenticode(byToken.path, trustOf(inToken)));
    }
  });

  it('is unlocked by a PIN from a variable that only this program sees', async () => {
    const env = { ...token.env, TOKEN_PIN: PIN };
    const key = await success(importAs('by-variable', { pin: { environment: 'TOKEN_PIN' } }, { env }));
    const signer = await open(key, env);
    const requests = ['exe', 'dll', 'msi'].map((kind) => ({
      input: files[kind as keyof SignableFiles],
      output: join(dir, `variable.${kind}`),
      epoch: 1,
    }));
    expect(signer.concurrency).toBe(1);
    await success(signAll(signer, requests, 8));
    const refused = await failureIn(
      importAs('leaky', { pin: { environment: 'TOKEN_PIN' }, environment: ['TOKEN_PIN'] }, { env }),
    );
    expect(refused.code).toBe('sign/pkcs11-environment-invalid');
  });

  it('leaves nothing of itself or its PIN in the store', async () => {
    await success(importAs('traceless'));
    const stored = join(dir, 'keys', 'traceless');
    expect((await readdir(stored)).sort()).toEqual([
      'ca.pem',
      'certificate.pem',
      'intermediates.pem',
      'key.json',
    ]);
    await expectNoSecrets(await readFile(join(stored, 'key.json'), 'utf8'), [PIN], [identity.key]);
  });

  it.each([
    ['a PIN that is wrong', 'sign/pin-rejected', { pin: { environment: 'WRONG_PIN' } }],
    ['no PIN', 'sign/pin-missing', { pin: undefined }],
    [
      'a label that the token does not have',
      'sign/token-key-missing',
      { uri: 'pkcs11:token=test%20token;object=nothing;type=private' },
    ],
    [
      'a token that is not there',
      'sign/token-missing',
      { uri: 'pkcs11:token=nowhere;object=x;type=private' },
    ],
    ['a module that is absent', 'host/missing-pkcs11-module', { module: '/nowhere/libsofthsm2.so' }],
    ['a file that is no module', 'host/missing-pkcs11-module', { module: '/etc/hostname' }],
    ['a relative path to a module', 'host/missing-pkcs11-module', { module: '../libsofthsm2.so' }],
    ['a PIN in the URI', 'sign/pkcs11-uri-invalid', { uri: `pkcs11:token=t?pin-value=${PIN}` }],
    ['no PKCS#11 URI', 'sign/pkcs11-uri-invalid', { uri: 'label' }],
    ['a variable name that is none', 'sign/pkcs11-environment-invalid', { environment: ['A=B'] }],
  ])('is refused with %s', async (_, code, reference) => {
    const env = { ...token.env, WRONG_PIN: 'wrong-pin-of-token' };
    const failure = await failureIn(importAs('refused', reference as Partial<TokenImport['token']>, { env }));
    expect(failure.code).toBe(code);
    await expectNoSecrets(failure, [PIN, 'wrong-pin-of-token'], [identity.key]);
    expect(await readdir(join(dir, 'keys'))).not.toContain('refused');
  });

  it("is refused with another key's certificate", async () => {
    const other = await (await Authority.make(join(dir, 'other-ca'), 'Other')).issue('other');
    const failure = await failureIn(importAs('refused', {}, { certificateFile: other.chain }));
    expect(failure.code).toBe('sign/key-mismatch');
  });

  it('is asked once only when its PIN is rejected, however many files wait', async () => {
    const env = { ...token.env, TOKEN_PIN: PIN };
    const key = await success(importAs('changed-pin', { pin: { environment: 'TOKEN_PIN' } }, { env }));
    const calls = join(dir, 'calls');
    const signer = await withCountingTool(calls, async () => {
      const wrong = await open(key, { ...env, TOKEN_PIN: 'a-wrong-pin' });
      const sign = (i: number) =>
        wrong.sign({ input: files.exe, output: join(dir, `never-${i}.exe`), epoch: 1 });
      return Promise.all([1, 2, 3].map(async (i) => failureIn(sign(i))));
    });
    expect(signer.map(({ code }) => code)).toEqual([
      'sign/pin-rejected',
      'sign/pin-rejected',
      'sign/pin-rejected',
    ]);
    expect((await readFile(calls, 'utf8')).match(/^sign$/gm)).toHaveLength(1);
    await expectNoSecrets(signer, [PIN, 'a-wrong-pin'], [identity.key]);
  });

  it('does not reach the arguments of a process, nor its environment', async () => {
    const env = { ...token.env, TOKEN_PIN: PIN };
    const key = await success(importAs('watched', { pin: { environment: 'TOKEN_PIN' } }, { env }));
    const seen = join(dir, 'seen');
    await withTool(
      `tr '\\0' '\\n' < /proc/self/environ >> ${seen}; printf '%s\\n' "$@" >> ${seen}`,
      async () => {
        const signer = await open(key, env);
        await success(signer.sign({ input: files.exe, output: join(dir, 'watched.exe'), epoch: 1 }));
      },
    );
    const text = await readFile(seen, 'utf8');
    expect(text).toContain('SOFTHSM2_CONF=');
    expect(text).toContain('/dev/fd/3');
    expect(text).not.toContain(PIN);
  });

  it('needs its engine, and says which package has it', async () => {
    const before = process.env.OPENSSL_ENGINES;
    process.env.OPENSSL_ENGINES = dir;
    const failure = await failureIn(checkEngine());
    if (before === undefined) delete process.env.OPENSSL_ENGINES;
    else process.env.OPENSSL_ENGINES = before;
    expect(failure).toMatchObject({
      code: 'host/missing-pkcs11-engine',
      next: expect.stringContaining('libengine-pkcs11-openssl'),
    });
  });

  it('whose module was removed since cannot sign', async () => {
    const module = join(dir, 'moved.so');
    await copyFile(await success(findModule(SOFTHSM_MODULE)), module);
    const key = await success(importAs('moved', { module }));
    await removeDir(module);
    expect((await failureIn(openAuthenticodeSigner(key, token.env, new Date()))).code).toBe(
      'host/missing-pkcs11-module',
    );
  });

  /** Puts a script before the real osslsigncode that runs `body` of shell and then the tool. */
  async function withTool<T>(script: string, body: () => Promise<T>): Promise<T> {
    const before = process.env.PATH;
    const bin = join(dir, 'bin');
    await mkdir(bin, { recursive: true });
    await writeFile(
      join(bin, 'osslsigncode'),
      `#!/bin/sh\n${script}\nPATH='${before}' exec osslsigncode "$@"\n`,
      { mode: 0o755 },
    );
    process.env.PATH = `${bin}:${before}`;
    try {
      return await body();
    } finally {
      process.env.PATH = before;
    }
  }

  function withCountingTool<T>(calls: string, body: () => Promise<T>): Promise<T> {
    return withTool(`echo "$1" >> ${calls}`, body);
  }
});

describe('a PKCS#11 URI', () => {
  it('of labels survives characters that separate', async () => {
    expect(uriOfLabel('a;b', 'c?pin-value=1')).toBe(
      'pkcs11:token=a%3Bb;object=c%3Fpin-value%3D1;type=private',
    );
    await success(checkUri(uriOfLabel('a;b c', 'ü')));
  });

  it.each([
    'pkcs11:',
    'pkcs11:a b',
    'pkcs11:object=a\nb',
    'file:/x',
    'pkcs11:object=x?PIN-SOURCE=file:/etc/shadow',
  ])('%j is refused', async (uri) => {
    expect((await failureIn(checkUri(uri))).code).toBe('sign/pkcs11-uri-invalid');
  });
});

describe("a token's error", () => {
  const reference = { module: '/m.so', uri: 'pkcs11:object=x', environment: [] };

  it.each([
    ['error:430000A4:PKCS#11 module:ERR_CKR_error:PIN locked:p11_slot.c:208:', 'sign/pin-locked'],
    ['error:42000032:PKCS#11 module:ERR_CKR_error:Device removed:p11_rsa.c:120:', 'sign/token-failed'],
  ])('%j is %s', async (words, code) => {
    expect((await failureIn(tokenFailure(words, reference))).code).toBe(code);
  });
});

describe('a module', () => {
  it('of a known vendor is missing with the package to install', async () => {
    const failure = await failureIn(findModule('libykcs11.so'));
    expect(failure).toMatchObject({
      code: 'host/missing-pkcs11-module',
      next: 'Run: apt-get install ykcs11',
    });
  });
});
