// Signing and verifying real files with the development key and with imported PEM keys.
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticodeSigner, trustOf } from '../../src/sign/authenticode.ts';
import { ensureDevelopmentKey } from '../../src/sign/development-key.ts';
import { importPemKey } from '../../src/sign/import-key.ts';
import type { StoredKey } from '../../src/sign/keys.ts';
import { type Signer, signAll } from '../../src/sign/signer.ts';
import { verifyAuthenticode } from '../../src/sign/verify.ts';
import { Authority, type Identity } from './support/authority.ts';
import {
  buildSignableFiles,
  noise,
  removeDir,
  type SignableFiles,
  scratchDir,
  sha256,
  withOverlay,
} from './support/files.ts';
import { expectNoSecrets, failureIn, success } from './support/outcome.ts';
import { run } from './support/run.ts';

const EPOCH = 1_700_000_000;

let dir: string;
let files: SignableFiles;
let key: StoredKey;
let signer: Signer;
let authority: Authority;
let identity: Identity;

beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  key = await success(ensureDevelopmentKey(join(dir, 'keys'), new Date()));
  signer = await success(openAuthenticodeSigner(key, process.env, new Date()));
  authority = await Authority.make(join(dir, 'ca'), 'Vendor');
  identity = await authority.issue('vendor');
});
afterAll(() => removeDir(dir));

const out = (name: string): string => join(dir, name);
const request = (input: string, output: string) => ({ input, output, epoch: EPOCH });

describe('signing', () => {
  it.each(['exe', 'dll', 'exe32', 'msi', 'bigMsi'] as const)(
    'a file of kind %s gives a file that verifies',
    async (kind) => {
      const signed = await success(signer.sign(request(files[kind], out(`signed.${kind}`))));
      expect(signed.digest.slice(0, 64)).toBe(await sha256(signed.path));
      await success(verifyAuthenticode(signed.path, trustOf(key)));
      await success(verifyAuthenticode(signed.path, { caFile: key.files.ca }));
    },
  );

  it.each(['exe', 'msi'] as const)(
    'a file of kind %s twice gives the same bytes, also when it was signed before',
    async (kind) => {
      const first = await success(signer.sign(request(files[kind], out(`first.${kind}`))));
      const second = await success(signer.sign(request(files[kind], out(`second.${kind}`))));
      const onTop = await success(signer.sign(request(first.path, out(`third.${kind}`))));
      expect([second.digest, onTop.digest]).toEqual([first.digest, first.digest]);
    },
  );

  it('at another time gives other bytes', async () => {
    const first = await success(signer.sign({ ...request(files.exe, out('t1.exe')), epoch: EPOCH }));
    const second = await success(signer.sign({ ...request(files.exe, out('t2.exe')), epoch: EPOCH + 1 }));
    expect(second.digest).not.toBe(first.digest);
  });

  it('carries the description, the URL and the given time', async () => {
    const described = { description: '-out Sample "program"', url: 'https://example.com/?a=b' };
    const signed = await success(signer.sign({ ...request(files.exe, out('described.exe')), ...described }));
    const shown = await run('osslsigncode', ['verify', '-CAfile', key.files.ca, '-in', signed.path]);
    expect(shown).toContain('Text description: -out Sample "program"');
    expect(shown).toContain('URL description: https://example.com/?a=b');
    expect(shown).toContain('Nov 14 22:13:20 2023 GMT');
  });

  it('replaces a file in place and keeps its permission bits', async () => {
    const file = out('-in.place.exe');
    await copyFile(files.exe, file);
    const { mode } = await stat(file);
    await success(signer.sign(request(file, file)));
    await success(verifyAuthenticode(file, trustOf(key)));
    expect((await stat(file)).mode).toBe(mode);
  });

  it('many files at once signs and verifies each', async () => {
    const requests = await Promise.all(
      Array.from({ length: 9 }, async (_, i) =>
        request(await withOverlay(files.exe, out(`many-${i}.exe`), noise(i)), out(`many-signed-${i}.exe`)),
      ),
    );
    const signed = await success(signAll(signer, requests, 4));
    expect(signed.map(({ path }) => path)).toEqual(requests.map(({ output }) => output));
    for (const { path } of signed) await success(verifyAuthenticode(path, trustOf(key)));
  });

  it('no files is no work', async () => {
    expect(await success(signAll(signer, [], 4))).toEqual([]);
  });

  it('stops after a failure and leaves no output of it', async () => {
    await mkdir(out('partial'));
    await writeFile(out('bad.exe'), 'MZ');
    const inputs = [out('bad.exe'), files.exe, files.dll, files.msi];
    const requests = inputs.map((input, i) => request(input, join(out('partial'), String(i))));
    const failure = await failureIn(signAll(signer, requests, 1));
    expect(failure).toMatchObject({ code: 'sign/file-truncated', place: out('bad.exe') });
    expect(await readdir(out('partial'))).toEqual([]);
  });

  it('reports every failure of files that were under way together', async () => {
    await writeFile(out('text1'), 'a');
    await writeFile(out('text2'), 'b');
    const together = { ...signer, concurrency: 2 };
    const requests = ['text1', 'text2'].map((name) => request(out(name), out(`${name}.signed`)));
    const failure = await failureIn(signAll(together, requests, 2));
    expect([failure, ...(failure.others ?? [])].map(({ place }) => place).sort()).toEqual([
      out('text1'),
      out('text2'),
    ]);
  });

  it('that is interrupted says so and leaves nothing', async () => {
    await mkdir(out('interrupted'));
    const failure = await failureIn(
      signer.sign(request(files.exe, join(out('interrupted'), 'a.exe')), AbortSignal.abort()),
    );
    expect(failure.code).toBe('interrupted/cancelled');
    expect(await readdir(out('interrupted'))).toEqual([]);
  });

  it('that is interrupted while the tool works ends the tool', async () => {
    const path = process.env.PATH;
    await mkdir(out('slow'));
    const script = `#!/bin/sh\necho $$ > ${out('slow/pid')}.new && mv ${out('slow/pid')}.new ${out('slow/pid')}\nexec sleep 10000\n`;
    await writeFile(out('slow/osslsigncode'), script, { mode: 0o755 });
    process.env.PATH = `${out('slow')}:${path}`;
    const controller = new AbortController();
    const signing = failureIn(signer.sign(request(files.exe, out('slow/never.exe')), controller.signal));
    const pid = Number(await once(() => readFile(out('slow/pid'), 'utf8')));
    controller.abort();
    expect((await signing).code).toBe('interrupted/cancelled');
    process.env.PATH = path;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect((await readdir(out('slow'))).sort()).toEqual(['osslsigncode', 'pid']);
  });

  it.each([
    ['a text', 'sign/not-signable', async () => Buffer.from('text')],
    ['an object file', 'sign/not-signable', async () => readFile(join(dir, 'start.o'))],
    ['a truncated program', 'sign/file-truncated', async () => (await readFile(files.exe)).subarray(0, 9000)],
    [
      'a truncated database',
      'sign/file-truncated',
      async () => (await readFile(files.msi)).subarray(0, 5000),
    ],
  ])('refuses %s', async (_, code, bytes) => {
    await writeFile(out('refused'), await bytes());
    expect((await failureIn(signer.sign(request(out('refused'), out('refused.signed'))))).code).toBe(code);
    expect(await readdir(dir)).not.toContain('refused.signed');
  });

  it('shows the words of the tool when it fails', async () => {
    const bytes = await readFile(files.msi);
    const directory = (bytes.readUInt32LE(48) + 1) * 512;
    bytes.fill(0xff, directory + 110, directory + 128);
    await writeFile(out('broken.msi'), bytes);
    const failure = await failureIn(signer.sign(request(out('broken.msi'), out('broken.signed'))));
    expect(failure).toMatchObject({ code: 'sign/signing-failed', cause: expect.stringContaining('Failed') });
  });

  it.each([
    [{ description: 'line\nbreak' }],
    [{ description: 'Ünicode' }],
    [{ description: '' }],
    [{ url: 'file:///etc/passwd' }],
    [{ url: 'https://' }],
  ])('refuses %j', async (described) => {
    const failure = await failureIn(signer.sign({ ...request(files.exe, out('x.exe')), ...described }));
    expect(failure.code).toBe('sign/description-invalid');
  });

  it('tells who signs, for the key of an action', () => {
    expect(signer.identity).toEqual({
      key: 'development',
      kind: 'development',
      development: true,
      fingerprint: key.record.fingerprint,
      tool: expect.stringMatching(/^osslsigncode \d+\.\d+/),
    });
  });

  it('gives its tools no variables of the caller', async () => {
    const path = process.env.PATH;
    await mkdir(out('bin'));
    await writeFile(out('bin/osslsigncode'), `#!/bin/sh\n/usr/bin/env > ${out('seen')}\n`, { mode: 0o755 });
    process.env.CI_TOKEN = 'from the pipeline';
    process.env.PATH = `${out('bin')}:${path}`;
    await failureIn(signer.sign(request(files.exe, out('never.exe'))));
    process.env.PATH = path;
    delete process.env.CI_TOKEN;
    const names = (await readFile(out('seen'), 'utf8')).match(/^\w+(?==)/gm);
    expect(names?.filter((name) => !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual([
      'LC_ALL',
      'PATH',
      'TZ',
    ]);
  });

  it('names the package of a tool that is missing', async () => {
    const path = process.env.PATH;
    process.env.PATH = out('nothing here');
    const failure = await failureIn(signer.sign(request(files.exe, out('never.exe'))));
    process.env.PATH = path;
    expect(failure).toMatchObject({ code: 'host/missing-tool', next: 'Run: apt-get install osslsigncode' });
  });
});

/** Waits until `read` succeeds. */
async function once<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch {
      await new Promise((again) => setTimeout(again, 20));
    }
  }
}

describe('an imported PEM key', () => {
  const importAs = (name: string, more: Partial<Parameters<typeof importPemKey>[1]> = {}) =>
    importPemKey(join(dir, 'keys'), {
      name,
      keyFile: identity.key,
      certificateFile: identity.chain,
      now: new Date(),
      env: {},
      ...more,
    });

  it('signs with its intermediate inside, so that the root alone verifies it', async () => {
    const imported = await success(importAs('vendor'));
    expect(imported.record.kind).toBe('pem');
    const vendor = await success(openAuthenticodeSigner(imported, process.env, new Date()));
    expect(vendor.identity.development).toBe(false);
    for (const kind of ['exe', 'msi'] as const) {
      const signed = await success(vendor.sign(request(files[kind], out(`vendor.${kind}`))));
      await success(verifyAuthenticode(signed.path, { caFile: identity.root }));
    }
  });

  it('may be encrypted, with the passphrase in a file or a variable', async () => {
    const passphrase = 'correct horse battery';
    await authority.openssl([
      'pkcs8',
      '-topk8',
      '-in',
      identity.key,
      '-out',
      'encrypted.key',
      '-passout',
      `pass:${passphrase}`,
    ]);
    const keyFile = join(authority.dir, 'encrypted.key');
    const secretFile = out('passphrase');
    await writeFile(secretFile, `${passphrase}\n`, { mode: 0o600 });
    const env = { PASSPHRASE: passphrase };
    for (const [name, source] of [
      ['by-file', { file: relative(process.cwd(), secretFile) }],
      ['by-variable', { environment: 'PASSPHRASE' }],
    ] as const) {
      const imported = await success(importAs(name, { keyFile, passphrase: source, env }));
      const encrypted = await success(openAuthenticodeSigner(imported, env, new Date()));
      await success(encrypted.sign(request(files.exe, out(`${name}.exe`))));
    }
    const missing = await failureIn(importAs('none', { keyFile }));
    const wrong = await failureIn(
      importAs('none', { keyFile, passphrase: { environment: 'P' }, env: { P: 'wrong pass' } }),
    );
    expect([missing.code, wrong.code]).toEqual(['sign/key-encrypted', 'sign/key-encrypted']);
    await expectNoSecrets([missing, wrong], [passphrase, 'wrong pass'], [keyFile]);
  });

  it.each([
    [
      'the key of another certificate',
      'sign/key-mismatch',
      async () => ({ keyFile: (await authority.issue('other')).key }),
    ],
    [
      'a key that others may read',
      'sign/private-file-open',
      async () => ({ keyFile: await copyOf(identity.key, 'open.key', 0o640) }),
    ],
    [
      'a key file without a key',
      'sign/key-unreadable',
      async () => ({ keyFile: await copyOf(identity.chain, 'none.key', 0o600) }),
    ],
    ['a damaged key', 'sign/key-unreadable', async () => ({ keyFile: await damagedKey() })],
    ['a key file that is absent', 'sign/private-file-unreadable', async () => ({ keyFile: out('absent') })],
    [
      'a certificate file that is absent',
      'sign/import-unreadable',
      async () => ({ certificateFile: out('absent') }),
    ],
    [
      'a certificate file without a certificate',
      'sign/certificate-unreadable',
      async () => ({ certificateFile: identity.key }),
    ],
    [
      'a damaged certificate',
      'sign/certificate-unreadable',
      async () => ({ certificateFile: await damagedCertificate() }),
    ],
    [
      'a certificate for servers',
      'sign/certificate-not-code-signing',
      () => issued('server', { usage: 'serverAuth' }),
    ],
    [
      'an expired certificate',
      'sign/certificate-expired',
      () => issued('expired', { until: '20210101000000Z' }),
    ],
    [
      'a certificate of the future',
      'sign/certificate-not-yet-valid',
      () => issued('future', { from: '20900101000000Z', until: '20910101000000Z' }),
    ],
    [
      'an elliptic curve',
      'sign/key-unsuitable',
      () => issued('curve', { algorithm: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] }),
    ],
    ['a short RSA key', 'sign/key-unsuitable', () => issued('short', { algorithm: ['rsa:1024'] })],
    [
      'a chain without its root',
      'sign/certificate-chain-incomplete',
      async () => ({ certificateFile: await leafOnly() }),
    ],
    ['the name of the development key', 'sign/key-name-reserved', async () => ({ name: 'development' })],
    ['a name that is a path', 'sign/key-name-invalid', async () => ({ name: '../../etc' })],
    [
      'a passphrase variable that is not set',
      'sign/secret-missing',
      async () => ({ passphrase: { environment: 'NOT_SET' } }),
    ],
    [
      'an empty passphrase',
      'sign/secret-empty',
      async () => ({ passphrase: { environment: 'EMPTY' }, env: { EMPTY: '' } }),
    ],
    [
      'a passphrase file that others may read',
      'sign/private-file-open',
      async () => ({ passphrase: { file: await copyOf(identity.chain, 'pass', 0o644) } }),
    ],
    [
      'a timestamp address that is no URL',
      'sign/timestamp-url-invalid',
      async () => ({ timestampUrl: 'example' }),
    ],
    [
      'a timestamp address with a password',
      'sign/timestamp-url-invalid',
      async () => ({ timestampUrl: 'http://me:hunter2@ts.example/' }),
    ],
    [
      'a timestamp address of another scheme',
      'sign/timestamp-url-invalid',
      async () => ({ timestampUrl: 'file:///etc/passwd' }),
    ],
    [
      'a timestamp root without a certificate',
      'sign/certificate-unreadable',
      async () => ({ timestampUrl: 'http://ts.example/', timestampCaFile: identity.key }),
    ],
  ])('is refused with %s', async (_, code, change) => {
    const before = await readdir(join(dir, 'keys'));
    const more = await change();
    const failure = await failureIn(importAs('refused', more));
    expect(failure.code).toBe(code);
    expect(await readdir(join(dir, 'keys'))).toEqual(before);
    await expectNoSecrets(failure, ['hunter2'], [identity.key]);
  });

  it('takes issuers from a second file', async () => {
    const imported = await success(
      importAs('two-files', { certificateFile: await leafOnly(), caFile: identity.chain }),
    );
    expect(imported.record.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps its name', async () => {
    await success(importAs('twice'));
    expect((await failureIn(importAs('twice'))).code).toBe('sign/key-exists');
  });

  it('no longer signs when its certificate has expired since', async () => {
    const imported = await success(importAs('aging'));
    const failure = await failureIn(openAuthenticodeSigner(imported, process.env, new Date('2090-01-01')));
    expect(failure.code).toBe('sign/certificate-expired');
  });

  it('whose file was exchanged in the store signs nothing, and the key is in no message', async () => {
    const imported = await success(importAs('exchanged'));
    const other = await authority.issue('exchange');
    await writeFile(imported.files.privateKey, await readFile(other.key));
    const exchanged = await success(openAuthenticodeSigner(imported, process.env, new Date()));
    const failure = await failureIn(exchanged.sign(request(files.exe, out('exchanged.exe'))));
    expect(failure.code).toBe('sign/key-mismatch');
    await writeFile(
      imported.files.privateKey,
      (await readFile(other.key, 'utf8')).replace(/\n(.{20})/, '\n$1!!!!'),
    );
    const damaged = await failureIn(exchanged.sign(request(files.exe, out('exchanged.exe'))));
    expect(damaged.code).toBe('sign/signing-failed');
    await expectNoSecrets([failure, damaged], [], [other.key]);
    expect(await readdir(dir)).not.toContain('exchanged.exe');
  });

  async function issued(name: string, options: Parameters<Authority['issue']>[1]) {
    const { key: keyFile, chain } = await authority.issue(name, options);
    return { keyFile, certificateFile: chain };
  }

  async function copyOf(from: string, name: string, mode: number): Promise<string> {
    await writeFile(out(name), await readFile(from), { mode });
    return out(name);
  }

  async function damagedKey(): Promise<string> {
    await writeFile(
      out('damaged.key'),
      (await readFile(identity.key, 'utf8')).replace(/\n(.{30})/, '\n$1$1'),
      { mode: 0o600 },
    );
    return out('damaged.key');
  }

  async function damagedCertificate(): Promise<string> {
    await writeFile(out('damaged.pem'), (await readFile(identity.chain, 'utf8')).replace(/\nMII/, '\nAAA'));
    return out('damaged.pem');
  }

  async function leafOnly(): Promise<string> {
    const [leaf] = (await readFile(identity.chain, 'utf8')).split(/(?<=-----END CERTIFICATE-----\n)/);
    await writeFile(out('leaf.pem'), leaf as string);
    return out('leaf.pem');
  }
});

describe('verifying', () => {
  it.each(['exe', 'msi'] as const)('tells what is wrong with a file of kind %s', async (kind) => {
    const signed = await success(signer.sign(request(files[kind], out(`v.${kind}`))));
    const bytes = await readFile(signed.path);
    // Inside the first section of the program, inside the cabinet of the database.
    const at = kind === 'exe' ? 2000 : bytes.indexOf('MSCF') + 100;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(out(`altered.${kind}`), bytes);
    const trust = trustOf(key);
    const code = async (file: string, t = trust) => (await failureIn(verifyAuthenticode(file, t))).code;
    expect(await code(out(`altered.${kind}`))).toBe('sign/altered');
    expect(await code(files[kind])).toBe('sign/unsigned');
    expect(await code(signed.path, { ...trust, fingerprint: '0'.repeat(64) })).toBe('sign/wrong-signer');
    expect(await code(signed.path, { caFile: identity.root })).toBe('sign/untrusted');
    expect(await code(signed.path, { ...trust, requireTimestamp: true })).toBe('sign/timestamp-missing');
    expect(await code(out('absent'))).toBe('sign/file-unreadable');
    expect(await code(key.files.ca)).toBe('sign/not-signable');
  });

  it('does not accept an expired certificate', async () => {
    const expired = await authority.issue('stale', { until: '20210101000000Z' });
    const signed = out('stale.exe');
    await run('osslsigncode', [
      'sign',
      '-certs',
      expired.chain,
      '-key',
      expired.key,
      '-in',
      files.exe,
      '-out',
      signed,
    ]);
    expect((await failureIn(verifyAuthenticode(signed, { caFile: expired.root }))).code).toBe(
      'sign/certificate-expired',
    );
  });
});
