// OpenPGP keys and signatures with the real gpg: development keys, imported ones, determinism, verification, secrecy.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDevelopmentKey } from '../../src/sign/development-key.ts';
import { loadKey } from '../../src/sign/keys.ts';
import { listKeys } from '../../src/sign/list-keys.ts';
import { type OpenPgpSigner, openOpenPgpSigner } from '../../src/sign/openpgp.ts';
import { importOpenPgpKey } from '../../src/sign/openpgp-import.ts';
import { ensureOpenPgpDevelopmentKey, loadOpenPgpKey, type OpenPgpKey } from '../../src/sign/openpgp-keys.ts';
import { verifyOpenPgp } from '../../src/sign/openpgp-verify.ts';
import { removeDir, scratchDir } from './support/files.ts';
import { expectNoSecrets, failureIn, success } from './support/outcome.ts';

const EPOCH = 1_767_225_600;
const PASSPHRASE = 'correct horse 7c1f';

let dir: string;
let keysDir: string;
let key: OpenPgpKey;
let signer: OpenPgpSigner;
let release: string;

beforeAll(async () => {
  dir = await scratchDir();
  keysDir = join(dir, 'keys');
  key = await success(ensureOpenPgpDevelopmentKey(keysDir));
  signer = await success(openOpenPgpSigner(key, process.env, new Date()));
  release = join(dir, 'Release');
  await writeFile(release, 'Suite: stable\n- a line that clear-signing escapes\nFrom here\n');
});
afterAll(() => removeDir(dir));

/** A secret key as a person would export it, made with a gpg of their own. */
async function exported(
  name: string,
  options: {
    readonly passphrase?: string;
    readonly made?: string;
    readonly until?: string;
    readonly subkey?: boolean;
    /** What the primary key is for, when it has no subkey. */
    readonly usage?: 'sign' | 'cert';
    /** When a subkey that signs, too, is made. */
    readonly second?: string;
  },
): Promise<string> {
  const {
    passphrase = '',
    made = '20200101T000000',
    until = 'never',
    subkey = false,
    usage = 'sign',
    second,
  } = options;
  const home = mkdtempSync('/tmp/qbt-');
  const gpg = (...args: string[]) => {
    const always = [
      '--batch',
      '--quiet',
      '--homedir',
      home,
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      passphrase,
    ];
    return execFileSync('gpg', [...always, '--faked-system-time', made, ...args], { stdio: 'pipe' });
  };
  try {
    gpg('--quick-generate-key', name, 'ed25519', subkey ? 'cert' : usage, until);
    const fingerprint =
      /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys').toString())?.[1] ?? '';
    if (subkey) gpg('--quick-add-key', fingerprint, 'ed25519', 'sign', until);
    if (second !== undefined)
      gpg('--faked-system-time', second, '--quick-add-key', fingerprint, 'ed25519', 'sign');
    const file = join(dir, `${name}.asc`);
    await writeFile(
      file,
      gpg('--armor', subkey ? '--export-secret-subkeys' : '--export-secret-keys', fingerprint),
      {
        mode: 0o600,
      },
    );
    return file;
  } finally {
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
  }
}

const importAs = (name: string, keyFile: string, more: object = {}) =>
  importOpenPgpKey(keysDir, { name, keyFile, passphrase: undefined, now: new Date(), env: {}, ...more });

describe('the OpenPGP development key', () => {
  it('says what it is in its record and its user ID, and belongs to its owner alone', async () => {
    expect(key.record).toMatchObject({ kind: 'development', purpose: 'openpgp' });
    expect(key.record.subject).toContain('not for release');
    expect(signer.identity.development).toBe(true);
    const files = readdirSync(join(keysDir, 'development-openpgp'));
    expect(files.sort()).toEqual(['key.json', 'public.asc', 'secret.pgp']);
    for (const name of files)
      expect((await stat(join(keysDir, 'development-openpgp', name))).mode & 0o777).toBe(0o600);
    expect(key.publicKey).not.toContain('PRIVATE');
  });

  it('is the same for two first runs at once, and afterwards', async () => {
    const fresh = join(dir, 'at-once');
    const both = await Promise.all([ensureOpenPgpDevelopmentKey(fresh), ensureOpenPgpDevelopmentKey(fresh)]);
    const [one, other] = [await success(both[0]), await success(both[1])];
    expect(one.record.fingerprint).toBe(other.record.fingerprint);
    expect((await success(ensureOpenPgpDevelopmentKey(fresh))).record).toEqual(one.record);
    expect(readdirSync(fresh)).toEqual(['development-openpgp']);
  });

  it('is listed beside code-signing keys, and neither is taken for the other', async () => {
    await success(ensureDevelopmentKey(keysDir, new Date()));
    const purposes = (await success(listKeys(keysDir))).map(({ record }) => [record.name, record.purpose]);
    expect(purposes).toContainEqual(['development', 'authenticode']);
    expect(purposes).toContainEqual(['development-openpgp', 'openpgp']);
    expect((await failureIn(loadKey(keysDir, 'development-openpgp'))).code).toBe('sign/key-purpose');
    expect((await failureIn(loadOpenPgpKey(keysDir, 'development'))).code).toBe('sign/key-purpose');
  });
});

describe('an OpenPGP signature', () => {
  it.each(['detached', 'clear'] as const)('(%s) is the same bytes each time and verifies', async (form) => {
    const outputs = ['one', 'two'].map((name) => join(dir, `${name}.${form}`));
    for (const output of outputs) await success(signer.sign(form, { input: release, output, epoch: EPOCH }));
    const [first = '', second = ''] = outputs;
    expect(await readFile(first)).toEqual(await readFile(second));
    const keyring = join(dir, 'keyring.gpg');
    execFileSync('gpg', [
      '--batch',
      '--yes',
      '--homedir',
      dir,
      '--dearmor',
      '--output',
      keyring,
      key.files.publicKey,
    ]);
    const content = form === 'detached' ? [release] : [];
    const status = execFileSync('gpgv', ['--status-fd', '1', '--keyring', keyring, first, ...content], {
      stdio: 'pipe',
    });
    // Signed at the epoch, with SHA-512 (number 10), by the development key (GnuPG's doc/DETAILS).
    expect(status.toString()).toMatch(
      new RegExp(
        `VALIDSIG ${key.record.fingerprint} 2026-01-01 ${EPOCH} 0 4 0 22 10 .. ${key.record.fingerprint}`,
      ),
    );
  });

  it('of a text that clear-signing would change is refused', async () => {
    const input = join(dir, 'blanks');
    await writeFile(input, 'Suite: stable   \n');
    const output = join(dir, 'blanks.asc');
    const failure = await failureIn(signer.sign('clear', { input, output, epoch: EPOCH }));
    expect(failure.code).toBe('sign/openpgp-altered');
    expect(readdirSync(dir)).not.toContain('blanks.asc');
  });

  it('leaves neither agent nor home behind, also when it fails or is cancelled', async () => {
    const cancelled = new AbortController();
    const homes: string[] = [];
    const use = (last: () => void, signal?: AbortSignal) =>
      signer.withKey(signal, async ({ gnupg }) => {
        homes.push(gnupg.home);
        expect(agentsOf(gnupg.home)).toHaveLength(1);
        last();
        return gnupg.run({ args: ['--list-keys'] });
      });
    await success(use(() => {}));
    const failure = await failureIn(use(() => cancelled.abort(), cancelled.signal));
    expect(failure.code).toBe('interrupted/cancelled');
    await expect(use(() => expect.fail('a bug'))).rejects.toThrow('a bug');
    expect(homes).toHaveLength(3);
    for (const home of homes) {
      expect(existsSync(home)).toBe(false);
      await expect.poll(() => agentsOf(home), { timeout: 20_000 }).toEqual([]);
    }
  });

  it('removes first what a killed run left: its home, its secret key and its agent', async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'support/endless-signing.ts'), keysDir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const home = String((await once(child.stdout, 'data'))[0]).trim();
    expect(agentsOf(home)).toHaveLength(1);
    await success(signer.sign('detached', { input: release, output: join(dir, 'meanwhile'), epoch: EPOCH }));
    expect(existsSync(home)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    await success(signer.sign('detached', { input: release, output: join(dir, 'afterwards'), epoch: EPOCH }));
    expect(existsSync(home)).toBe(false);
    await expect.poll(() => agentsOf(home), { timeout: 20_000 }).toEqual([]);
  });

  it('is refused when its content, its key or its number is another', async () => {
    const output = join(dir, 'good.asc');
    await success(signer.sign('detached', { input: release, output, epoch: EPOCH }));
    const altered = join(dir, 'altered');
    await writeFile(altered, 'Suite: other\n');
    const refused = 'sign/openpgp-unverified';
    const check = (
      identity: { fingerprint: string; publicKey: string },
      signature: string,
      content: string,
    ) => verifyOpenPgp(identity, { signature, content });
    await success(check(signer.identity, output, release));
    expect((await failureIn(check(signer.identity, output, altered))).code).toBe(refused);
    const other = await success(ensureOpenPgpDevelopmentKey(join(dir, 'other')));
    const stranger = { fingerprint: other.record.fingerprint, publicKey: other.publicKey };
    expect((await failureIn(check(stranger, output, release))).code).toBe(refused);
    const mixed = { fingerprint: other.record.fingerprint, publicKey: key.publicKey };
    expect((await failureIn(check(mixed, output, release))).code).toBe(refused);
    await writeFile(join(dir, 'none.asc'), '');
    expect((await failureIn(check(signer.identity, join(dir, 'none.asc'), release))).code).toBe(refused);
  });
});

/** Processes of gpg-agent that serve a home. */
function agentsOf(home: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(commandLine)
    .filter((line) => line.includes('gpg-agent') && line.includes(home));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
}

describe('importing an OpenPGP key', () => {
  it('takes one with a passphrase, which only reaches gpg', async () => {
    const file = await exported('locked', { passphrase: PASSPHRASE });
    const env = { SECRET: PASSPHRASE };
    const imported = await success(importAs('locked', file, { passphrase: { environment: 'SECRET' }, env }));
    expect(imported.record).toMatchObject({ kind: 'secret-key', subject: 'locked' });
    expect(await readFile(join(keysDir, 'locked', 'key.json'), 'utf8')).not.toContain(PASSPHRASE);
    const own = await success(openOpenPgpSigner(imported, env, new Date()));
    expect(own.identity.development).toBe(false);
    await success(own.sign('clear', { input: release, output: join(dir, 'locked.out'), epoch: EPOCH }));
  });

  it('refuses a wrong or missing passphrase, and says nothing secret', async () => {
    const file = await exported('refused', { passphrase: PASSPHRASE });
    const env = { SECRET: 'wrong passphrase 99' };
    for (const more of [{ passphrase: { environment: 'SECRET' }, env }, {}]) {
      const failure = await failureIn(importAs('refused', file, more));
      expect(failure.code).toBe('sign/openpgp-failed');
      await expectNoSecrets(failure, [env.SECRET, PASSPHRASE], [file]);
    }
    expect(readdirSync(keysDir)).not.toContain('refused');
  });

  it('takes one whose primary key stayed at home', async () => {
    const imported = await success(importAs('subkey', await exported('subkey', { subkey: true })));
    expect(imported.record.signingKey).not.toBe(imported.record.fingerprint);
    const own = await success(openOpenPgpSigner(imported, {}, new Date()));
    await success(own.sign('detached', { input: release, output: join(dir, 'subkey.out'), epoch: EPOCH }));
  });

  it('signs with the youngest part of it that can', async () => {
    const file = await exported('two', { made: '20200101T000000', second: '20210101T000000' });
    const { record } = await success(importAs('two', file));
    expect(record.signingKey).not.toBe(record.fingerprint);
    expect(record.created).toBe(Date.UTC(2021, 0, 1) / 1000);
    expect(record.notAfter).toBeUndefined();
  });

  it('knows when it ends', async () => {
    const { record } = await success(importAs('ends', await exported('ends', { until: '20890101T000000' })));
    expect(record.notAfter).toBe('2089-01-01T00:00:00.000Z');
  });

  it('refuses one that only certifies', async () => {
    expect(await failureIn(importAs('cert', await exported('cert', { usage: 'cert' })))).toMatchObject({
      code: 'sign/openpgp-key-unusable',
      cause: 'No part of the key can sign: none is for signing, valid and here.',
    });
  });

  it('signs with the time of the key where the epoch is older', async () => {
    const imported = await success(importAs('young', await exported('young', { made: '20260601T000000' })));
    const own = await success(openOpenPgpSigner(imported, {}, new Date('2026-07-01T00:00:00Z')));
    expect(imported.record.created).toBeGreaterThan(EPOCH);
    const [one, two] = [join(dir, 'young.1'), join(dir, 'young.2')];
    for (const output of [one, two])
      await success(own.sign('detached', { input: release, output, epoch: EPOCH }));
    expect(await readFile(one)).toEqual(await readFile(two));
  });

  it('refuses one that has expired, at import and when it signs', async () => {
    const file = await exported('old', { made: '20200101T000000', until: '20210101T000000' });
    expect(await failureIn(importAs('old', file))).toMatchObject({
      code: 'sign/openpgp-key-unusable',
      cause: 'The key has expired or was revoked.',
    });
    const ended = { ...key, record: { ...key.record, notAfter: '2021-01-01T00:00:00.000Z' } };
    expect((await failureIn(openOpenPgpSigner(ended, {}, new Date()))).code).toBe('sign/openpgp-key-expired');
  });

  it('refuses what is no secret key, what others may read, and names that are taken', async () => {
    const file = await exported('fine', {});
    await writeFile(join(dir, 'text.asc'), 'no key\n', { mode: 0o600 });
    expect((await failureIn(importAs('text', join(dir, 'text.asc')))).code).toBe('sign/openpgp-failed');
    await writeFile(join(dir, 'public.asc'), key.publicKey, { mode: 0o600 });
    expect((await failureIn(importAs('public', join(dir, 'public.asc')))).code).toBe(
      'sign/openpgp-key-unusable',
    );
    await success(importAs('fine', file));
    expect((await failureIn(importAs('fine', file))).code).toBe('sign/key-exists');
    expect((await failureIn(importAs('development-openpgp', file))).code).toBe('sign/key-name-reserved');
    await chmod(file, 0o644);
    expect((await failureIn(importAs('open', file))).code).toBe('sign/private-file-open');
  });

  it('touches no keyring of a user', async () => {
    const home = join(dir, 'home');
    await mkdir(home);
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      await success(importAs('quiet', await exported('quiet', {})));
    } finally {
      process.env.HOME = before;
    }
    expect(readdirSync(home)).toEqual([]);
  });
});
