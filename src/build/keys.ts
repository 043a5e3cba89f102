// The key directory as the `keys` commands see it: public facts only ever leave it.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { ensureDevelopmentKey } from '../sign/development-key.ts';
import { importPemKey, importTokenKey } from '../sign/import-key.ts';
import type { StoredKey } from '../sign/keys.ts';
import { listKeys } from '../sign/list-keys.ts';
import { importAgentKey, importOpenPgpKey } from '../sign/openpgp-import.ts';
import { ensureOpenPgpDevelopmentKey, type OpenPgpKey } from '../sign/openpgp-keys.ts';
import { directoriesOf } from './directories.ts';

/** What `keys import` was told. Paths are relative to the current directory. */
export interface KeyImport {
  readonly name: string;
  /** Needed unless `openPgpFile` is given. */
  readonly certificateFile: string | undefined;
  readonly caFile: string | undefined;
  readonly keyFile: string | undefined;
  /** OpenPGP secret key; then nothing else but the secret is given. */
  readonly openPgpFile: string | undefined;
  /** Fingerprint of an OpenPGP key in the user's gpg-agent; then nothing else but the secret is given. */
  readonly openPgpAgent: string | undefined;
  readonly module: string | undefined;
  readonly uri: string | undefined;
  readonly secretEnvironment: string | undefined;
  readonly secretFile: string | undefined;
  readonly tokenEnvironment: readonly string[];
  readonly timestampUrl: string | undefined;
  readonly timestampCaFile: string | undefined;
}

export async function listSigningKeys(): Promise<Result<readonly string[]>> {
  const keys = await listKeys(directoriesOf(process.env).keys);
  return keys.ok ? ok(keys.value.map(describe)) : keys;
}

/** Makes the development keys that are missing. */
export async function initSigningKeys(): Promise<Result<readonly string[]>> {
  const { keys } = directoriesOf(process.env);
  const authenticode = await ensureDevelopmentKey(keys, new Date());
  if (!authenticode.ok) return authenticode;
  const openpgp = await ensureOpenPgpDevelopmentKey(keys);
  return openpgp.ok ? ok([describe(authenticode.value), describe(openpgp.value)]) : openpgp;
}

export async function importSigningKey(request: KeyImport): Promise<Result<string>> {
  const { keys } = directoriesOf(process.env);
  const { name, openPgpFile, openPgpAgent, certificateFile } = request;
  const openPgp = { name, passphrase: secretOf(request), now: new Date(), env: process.env };
  if (openPgpFile !== undefined) {
    const imported = await importOpenPgpKey(keys, { ...openPgp, keyFile: resolve(openPgpFile) });
    return imported.ok ? ok(describe(imported.value)) : imported;
  }
  if (openPgpAgent !== undefined) {
    const imported = await importAgentKey(keys, {
      ...openPgp,
      home: resolve(process.env.GNUPGHOME ?? join(homedir(), '.gnupg')),
      fingerprint: openPgpAgent,
    });
    return imported.ok ? ok(describe(imported.value)) : imported;
  }
  if (certificateFile === undefined) {
    return fail({
      code: 'usage/no-key',
      message: 'No key was named.',
      next: 'Give --certificate with --key or --module, or --openpgp, or --openpgp-agent.',
    });
  }
  const common = {
    name,
    certificateFile: resolve(certificateFile),
    caFile: request.caFile && resolve(request.caFile),
    timestampUrl: request.timestampUrl,
    timestampCaFile: request.timestampCaFile && resolve(request.timestampCaFile),
    now: new Date(),
    env: process.env,
  };
  const secret = secretOf(request);
  if (request.keyFile !== undefined) {
    const keyFile = resolve(request.keyFile);
    const imported = await importPemKey(keys, { ...common, keyFile, passphrase: secret });
    return imported.ok ? ok(describe(imported.value)) : imported;
  }
  if (request.module !== undefined && request.uri !== undefined) {
    const { module, uri, tokenEnvironment } = request;
    const token = { module, uri, pin: secret, environment: tokenEnvironment };
    const imported = await importTokenKey(keys, { ...common, token });
    return imported.ok ? ok(describe(imported.value)) : imported;
  }
  return fail({
    code: 'usage/no-key',
    message: 'Neither a key file nor a token was named.',
    next: 'Give --key FILE, or --module and --uri.',
  });
}

function secretOf(request: KeyImport) {
  if (request.secretEnvironment !== undefined) return { environment: request.secretEnvironment };
  if (request.secretFile !== undefined) return { file: resolve(request.secretFile) };
  return undefined;
}

function describe({ record }: StoredKey | OpenPgpKey): string {
  const marked = record.kind === 'development' ? ' (not for release)' : '';
  const end = record.notAfter === undefined ? 'without end' : `until ${record.notAfter}`;
  return `${record.name}  ${record.kind}${marked}  ${record.purpose}  ${record.fingerprint}  ${end}  ${record.subject}`;
}
