// The key store: where it is, who may enter, the development key, and what of a key is published.
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticodeSigner } from '../../src/sign/authenticode.ts';
import { ensureDevelopmentKey } from '../../src/sign/development-key.ts';
import { addKey } from '../../src/sign/key-directory.ts';
import { loadKey } from '../../src/sign/keys.ts';
import { defaultKeysDir } from '../../src/sign/keys-directory.ts';
import { listKeys } from '../../src/sign/list-keys.ts';
import { exportPublic } from '../../src/sign/public-keys.ts';
import { removeDir, scratchDir } from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';

let dir: string;
let keysDir: string;

beforeAll(async () => {
  dir = await scratchDir();
  keysDir = join(dir, 'nested', 'keys');
  await success(ensureDevelopmentKey(keysDir, new Date()));
});
afterAll(() => removeDir(dir));

describe('the place of the key store', () => {
  it.each([
    [{ QBUILD_KEYS: '/q', XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/q'],
    [{ XDG_CONFIG_HOME: '/x', HOME: '/h' }, '/x/qbuild/keys'],
    [{ XDG_CONFIG_HOME: 'relative', HOME: '/h' }, '/h/.config/qbuild/keys'],
    [{ QBUILD_KEYS: '', XDG_CONFIG_HOME: '', HOME: '/h' }, '/h/.config/qbuild/keys'],
  ])('with %j is %s', (env, expected) => expect(defaultKeysDir(env)).toBe(expected));
});

describe('the development key', () => {
  it('says what it is in its certificates and its record', async () => {
    const key = await success(loadKey(keysDir, 'development'));
    expect(key.record.kind).toBe('development');
    expect(key.certificate.subject).toContain('not for release');
    const ca = new X509Certificate(await readFile(key.files.ca));
    expect(ca.subject).toBe('CN=qbuild development CA (not for release)');
    expect(ca.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
    expect(key.certificate.verify(ca.publicKey)).toBe(true);
    expect(key.certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.3']);
  });

  it('is readable by its owner alone, and the key of its authority is gone', async () => {
    const files = await readdir(join(keysDir, 'development'));
    expect(files.sort()).toEqual([
      'ca.pem',
      'certificate.pem',
      'intermediates.pem',
      'key.json',
      'private.pem',
    ]);
    for (const name of files)
      expect((await stat(join(keysDir, 'development', name))).mode & 0o777).toBe(0o600);
    for (const path of [keysDir, join(keysDir, 'development')])
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await readdir(keysDir)).toEqual(['development']);
  });

  it('is made once', async () => {
    const again = await success(ensureDevelopmentKey(keysDir, new Date()));
    expect(again.record).toEqual((await success(loadKey(keysDir, 'development'))).record);
  });

  it('is the same for two processes that use an empty store at once', async () => {
    const shared = join(dir, 'shared');
    const start = () => {
      const child = execa(process.execPath, [join(import.meta.dirname, 'support/first-use.ts'), shared], {
        buffer: false,
      });
      const lines = child.iterable()[Symbol.asyncIterator]();
      return { child, nextLine: async (): Promise<string> => (await lines.next()).value as string };
    };
    const processes = [start(), start()];
    for (const { nextLine } of processes) expect(await nextLine()).toBe('ready');
    for (const { child } of processes) child.stdin.write('go\n');
    const fingerprints = await Promise.all(processes.map(({ nextLine }) => nextLine()));
    await Promise.all(processes.map(({ child }) => child));
    const { record } = await success(loadKey(shared, 'development'));
    expect(fingerprints).toEqual(processes.map(() => JSON.stringify(record.fingerprint)));
    expect(await readdir(shared)).toEqual(['development']);
  });

  it('is refused with the way out when its certificate has expired', async () => {
    const failure = await failureIn(ensureDevelopmentKey(keysDir, new Date('2090-01-01')));
    expect(failure.code).toBe('sign/certificate-expired');
    expect(failure.next).toBe(`Remove ${join(keysDir, 'development')} and run: qbuild keys init`);
  });

  it('is refused when the clock is before its making', async () => {
    const failure = await failureIn(ensureDevelopmentKey(keysDir, new Date('2000-01-01')));
    expect(failure.code).toBe('sign/certificate-not-yet-valid');
  });

  it('leaves nothing behind when it cannot be made', async () => {
    const empty = join(dir, 'cancelled');
    const failure = await failureIn(ensureDevelopmentKey(empty, new Date(), AbortSignal.abort()));
    expect(failure.code).toBe('interrupted/cancelled');
    expect(await readdir(empty)).toEqual([]);
  });
});

describe('the key store', () => {
  it('that does not exist lists no keys', async () => {
    expect(await success(listKeys(join(dir, 'absent')))).toEqual([]);
  });

  it('lists keys by name and overlooks unfinished ones', async () => {
    await mkdir(join(keysDir, '.new-abc'), { mode: 0o700 });
    expect((await success(listKeys(keysDir))).map((key) => key.record.name)).toEqual(['development']);
    await rm(join(keysDir, '.new-abc'), { recursive: true });
  });

  it('has no key of an unknown name', async () => {
    expect((await failureIn(loadKey(keysDir, 'release'))).code).toBe('sign/key-unknown');
  });

  it.each(['', '..', '../development', 'a/b', '-rf', 'UPPER', 'a'.repeat(64)])(
    'takes no key named %j',
    async (name) => {
      expect((await failureIn(loadKey(keysDir, name))).code).toBe('sign/key-name-invalid');
      expect((await failureIn(addKey(keysDir, name, () => expect.unreachable()))).code).toBe(
        'sign/key-name-invalid',
      );
    },
  );

  it.each([
    ['the store', ''],
    ["a key's directory", 'development'],
  ])('is refused when others may enter %s', async (_, name) => {
    await withMode(join(keysDir, name), 0o750, async () => {
      expect((await failureIn(loadKey(keysDir, 'development'))).code).toBe('sign/keys-directory-open');
      const failure = await failureIn(listKeys(keysDir));
      expect(failure).toMatchObject({
        code: 'sign/keys-directory-open',
        next: expect.stringContaining('chmod 700'),
      });
    });
  });

  it('refuses to add to a directory that others may enter', async () => {
    await withMode(keysDir, 0o755, async () => {
      const failure = await failureIn(addKey(keysDir, 'other', () => expect.unreachable()));
      expect(failure.code).toBe('sign/keys-directory-open');
    });
  });

  it('cannot be a file', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '', { mode: 0o600 });
    expect((await failureIn(ensureDevelopmentKey(file, new Date()))).code).toBe(
      'sign/keys-directory-unusable',
    );
    expect((await failureIn(listKeys(file))).code).toBe('sign/keys-directory-unusable');
  });

  it('does not sign with a private key that others may read, or that is a link', async () => {
    const key = await success(loadKey(keysDir, 'development'));
    await withMode(key.files.privateKey, 0o644, async () => {
      const failure = await failureIn(openAuthenticodeSigner(key, process.env, new Date()));
      expect(failure).toMatchObject({
        code: 'sign/private-file-open',
        next: expect.stringContaining('chmod 600'),
      });
    });
    const link = join(dir, 'link.pem');
    await symlink(key.files.privateKey, link);
    const linked = { ...key, files: { ...key.files, privateKey: link } };
    const failure = await failureIn(openAuthenticodeSigner(linked, process.env, new Date()));
    expect(failure.code).toBe('sign/private-file-unreadable');
  });

  it.each([
    ['no JSON', () => '{'],
    ['an unknown member', (text: string) => text.replace('{', '{"pin":"1234",')],
    ['another name', (text: string) => text.replace('"development",\n  "purpose"', '"other",\n  "purpose"')],
    ['another fingerprint', (text: string) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64))],
    ['an unknown format', (text: string) => text.replace('"format": 1', '"format": 2')],
  ])('refuses a record with %s', async (_, change) => {
    const path = join(keysDir, 'development', 'key.json');
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
    expect((await failureIn(listKeys(keysDir))).code).toBe('sign/key-damaged');
    await writeFile(path, text);
  });

  it.each(['key.json', 'certificate.pem', 'intermediates.pem'])(
    'says that a key without its %s is damaged',
    async (name) => {
      const path = join(keysDir, 'development', name);
      const text = await readFile(path);
      await rm(path);
      const loaded = await loadKey(keysDir, 'development');
      const failure = loaded.ok
        ? await failureIn(openAuthenticodeSigner(loaded.value, process.env, new Date()))
        : loaded.error;
      expect(failure.code).toBe('sign/key-damaged');
      await writeFile(path, text, { mode: 0o600 });
    },
  );
});

describe('the public part of a key', () => {
  it('is certificates in both forms and an index that says which key is for development', async () => {
    const key = await success(loadKey(keysDir, 'development'));
    const to = join(dir, 'out', 'keys');
    const exported = await success(exportPublic([key], to));
    const index = JSON.parse(await readFile(join(to, 'keys.json'), 'utf8'));
    expect(index).toEqual({ format: 1, keys: exported });
    expect(index.keys[0]).toMatchObject({
      name: 'development',
      development: true,
      fingerprint: key.record.fingerprint,
    });
    for (const { pem, der } of [index.keys[0].certificate, index.keys[0].ca]) {
      const fromPem = new X509Certificate(await readFile(join(to, pem)));
      expect(fromPem.raw.equals(await readFile(join(to, der)))).toBe(true);
    }
    for (const name of await readdir(to))
      expect(await readFile(join(to, name), 'latin1')).not.toContain('PRIVATE');
  });

  it('is not exported from a store that lost a file, nor into a file', async () => {
    const key = await success(loadKey(keysDir, 'development'));
    const lost = { ...key, files: { ...key.files, ca: join(dir, 'lost.pem') } };
    expect((await failureIn(exportPublic([lost], join(dir, 'out2')))).code).toBe('sign/export-failed');
    const broken = { ...key, files: { ...key.files, ca: key.files.privateKey } };
    expect((await failureIn(exportPublic([broken], join(dir, 'out3')))).code).toBe(
      'sign/certificate-unreadable',
    );
    await writeFile(join(dir, 'occupied'), '');
    expect((await failureIn(exportPublic([key], join(dir, 'occupied')))).code).toBe('sign/export-failed');
  });
});

async function withMode(path: string, mode: number, body: () => Promise<void>): Promise<void> {
  const before = (await stat(path)).mode;
  await chmod(path, mode);
  await body();
  await chmod(path, before);
}
