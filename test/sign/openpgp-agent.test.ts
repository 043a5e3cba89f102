// OpenPGP keys in the gpg-agent of a user: a real agent in a home of its own, and what it and others see of qbuild.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOpenPgpSigner } from '../../src/sign/openpgp.ts';
import { type AgentImport, importAgentKey, importOpenPgpKey } from '../../src/sign/openpgp-import.ts';
import { loadOpenPgpKey } from '../../src/sign/openpgp-keys.ts';
import { removeDir, scratchDir } from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';

const EPOCH = 1_767_225_600;
const PASSPHRASE = 'battery staple 51d0';

let dir: string;
let keysDir: string;
let release: string;
/** Short: a socket lies in it. */
const home = mkdtempSync('/tmp/qbt-');

function gpg(...args: string[]): string {
  const fixed = ['--batch', '--quiet', '--homedir', home, '--pinentry-mode', 'loopback'];
  return execFileSync('gpg', [...fixed, ...args], { stdio: 'pipe' }).toString();
}

/** Makes a key in the user's GnuPG; yields its fingerprint. */
function make(name: string, passphrase = ''): string {
  // Once more when the test is tried once more.
  gpg('--yes', '--passphrase', passphrase, '--quick-generate-key', name, 'ed25519', 'sign', 'never');
  return /^fpr:+([0-9A-F]{40}):/m.exec(gpg('--with-colons', '--list-keys', `=${name}`))?.[1] ?? '';
}

/** Makes the agent forget the passphrases that it was given. */
function forget(): void {
  execFileSync('gpg-connect-agent', ['--homedir', home, 'reloadagent', '/bye'], { stdio: 'pipe' });
}

function agent(): string {
  const said = execFileSync('gpg-connect-agent', [
    '--homedir',
    home,
    '--no-autostart',
    'getinfo pid',
    '/bye',
  ]);
  return /^D (\d+)/m.exec(said.toString())?.[1] ?? 'none';
}

const importAs = (name: string, fingerprint: string, more: Partial<AgentImport> = {}) =>
  importAgentKey(keysDir, {
    name,
    home,
    fingerprint,
    passphrase: undefined,
    now: new Date(),
    env: {},
    ...more,
  });

beforeAll(async () => {
  dir = await scratchDir();
  keysDir = join(dir, 'keys');
  release = join(dir, 'Release');
  await writeFile(release, 'Suite: stable\n');
});
afterAll(async () => {
  for (const what of [['--kill', 'all'], ['--remove-socketdir']])
    execFileSync('gpgconf', ['--homedir', home, ...what]);
  rmSync(home, { recursive: true, force: true });
  await removeDir(dir);
});

describe('a key in an agent', () => {
  it('signs, and its secret half stays where it is', async () => {
    const fingerprint = make('stays');
    const before = agent();
    const imported = await success(importAs('stays', fingerprint.replace(/(.{4})/g, '$1 ').toLowerCase()));
    expect(imported.record).toMatchObject({ kind: 'agent', home, fingerprint, subject: 'stays' });
    expect(readdirSync(join(keysDir, 'stays')).sort()).toEqual(['key.json', 'public.asc']);
    expect(readFileSync(join(keysDir, 'stays', 'public.asc'), 'utf8')).not.toContain('PRIVATE');
    const signer = await success(openOpenPgpSigner(imported, {}, new Date()));
    const output = join(dir, 'stays.asc');
    await success(signer.sign('detached', { input: release, output, epoch: EPOCH }));
    expect(agent()).toBe(before);
    expect(before).not.toBe('none');
  });

  it('makes the bytes that the same key makes when it is imported', async () => {
    const fingerprint = make('twin');
    const file = join(dir, 'twin.secret');
    await writeFile(file, gpg('--passphrase', '', '--armor', '--export-secret-keys', fingerprint), {
      mode: 0o600,
    });
    const common = { passphrase: undefined, now: new Date(), env: {} };
    const [one, two] = [
      await success(importAs('twin', fingerprint)),
      await success(importOpenPgpKey(keysDir, { name: 'twin-copy', keyFile: file, ...common })),
    ];
    const made: Buffer[] = [];
    for (const key of [one, two]) {
      const signer = await success(openOpenPgpSigner(key, {}, new Date()));
      const output = join(dir, `${key.record.name}.asc`);
      await success(signer.sign('clear', { input: release, output, epoch: EPOCH }));
      made.push(readFileSync(output));
    }
    expect(made[0]).toEqual(made[1]);
  });

  it('with a passphrase is unlocked by it, and without says what gpg says', async () => {
    const fingerprint = make('locked', PASSPHRASE);
    forget();
    // A pinentry that cannot ask, as on a machine without terminal.
    await writeFile(join(home, 'gpg-agent.conf'), 'pinentry-program /bin/false\n');
    forget();
    expect((await failureIn(importAs('locked', fingerprint))).code).toBe('sign/openpgp-failed');
    const secret = { passphrase: { environment: 'SECRET' }, env: { SECRET: PASSPHRASE } };
    await success(importAs('locked', fingerprint, secret));
    expect(readFileSync(join(keysDir, 'locked', 'key.json'), 'utf8')).not.toContain(PASSPHRASE);
  });

  it('is refused when nobody knows it, when it is named by less than all digits, and after its secret is gone', async () => {
    expect((await failureIn(importAs('none', '0'.repeat(40)))).code).toBe('sign/agent-key-unknown');
    expect((await failureIn(importAs('short', 'DEADBEEF'))).code).toBe('sign/agent-fingerprint-invalid');
    expect((await failureIn(importAs('option', '--homedir'))).code).toBe('sign/agent-fingerprint-invalid');
    const fingerprint = make('gone');
    await success(importAs('gone', fingerprint));
    gpg('--yes', '--delete-secret-keys', fingerprint);
    expect((await failureIn(importAs('again', fingerprint))).code).toBe('sign/openpgp-key-unusable');
    const key = await success(loadOpenPgpKey(keysDir, 'gone'));
    const signer = await success(openOpenPgpSigner(key, {}, new Date()));
    const output = join(dir, 'gone.asc');
    const failure = await failureIn(signer.sign('detached', { input: release, output, epoch: EPOCH }));
    expect([failure.code, readdirSync(dir).includes('gone.asc')]).toEqual(['sign/openpgp-failed', false]);
  });

  it('is refused when the directory of its GnuPG is not there any more', async () => {
    const fingerprint = make('moved');
    const failure = await failureIn(importAs('moved', fingerprint, { home: join(dir, 'nowhere') }));
    expect(failure.code).toBe('sign/agent-key-unknown');
  });
});
