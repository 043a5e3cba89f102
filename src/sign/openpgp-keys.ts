// OpenPGP keys of the key store: record and files; the development key, which is made on first use.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '../base/failure.ts';
import { reasonOf } from './failure.ts';
import { type Gnupg, mustRun, withGnupg } from './gnupg.ts';
import { addKey, damaged, KEY_NAME, parseRecord, readRecord } from './key-directory.ts';
import { reachAgent } from './openpgp-agent.ts';
import { publicBlock, type SigningKey, signingKeyOf } from './openpgp-listing.ts';
import { checkPrivateFile } from './private-files.ts';
import { secretSourceSchema } from './secret.ts';

/** The OpenPGP key that is made on first use and must never be trusted outside a development machine. */
export const OPENPGP_DEVELOPMENT_KEY = 'development-openpgp';

const USER_ID = 'qbuild development signing (not for release)';

/**
 * When the development key claims to have been made: 2000-01-01. Signatures carry a build's epoch, which may be older
 * than the moment of first use, and a signature must not be older than its key.
 */
const DEVELOPMENT_KEY_TIME = 946_684_800;

const fingerprint = z.string().regex(/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/);

const facts = {
  format: z.literal(1).describe('version of this file'),
  name: z.string().regex(KEY_NAME),
  purpose: z.literal('openpgp'),
  fingerprint: fingerprint.describe('of the primary key'),
  signingKey: fingerprint.describe('of the primary key or subkey that makes the signatures'),
  created: z
    .int()
    .min(0)
    .describe('when the signing key was made, seconds since 1970: no signature is older'),
  notAfter: z.string().optional().describe('end of validity, ISO 8601'),
  subject: z.string().describe('first user ID'),
  passphrase: secretSourceSchema.optional(),
};

/** `key.json` of an OpenPGP key. It names where the passphrase is and never holds it. */
export const openPgpRecordSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('development'), ...facts }),
  z.strictObject({ kind: z.literal('secret-key'), ...facts }),
  z.strictObject({
    kind: z.literal('agent'),
    home: z.string().startsWith('/').describe('directory of the GnuPG whose agent has the key'),
    ...facts,
  }),
]);
export type OpenPgpRecord = z.infer<typeof openPgpRecordSchema>;

/** An OpenPGP key of the store: its record and the absolute paths of its files. */
export interface OpenPgpKey {
  readonly record: OpenPgpRecord;
  readonly files: OpenPgpKeyFiles;
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
}

export interface OpenPgpKeyFiles {
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
  /** The secret key as it was imported, armoured or binary; not there when an agent has it. */
  readonly secretKey: string;
}

export function openPgpKeyFiles(dir: string): OpenPgpKeyFiles {
  return { publicKey: join(dir, 'public.asc'), secretKey: join(dir, 'secret.pgp') };
}

/** One key by name. Fails as `readRecord` does, with `sign/key-purpose` or `sign/key-damaged`. */
export async function loadOpenPgpKey(keysDir: string, name: string): Promise<Result<OpenPgpKey>> {
  const raw = await readRecord(keysDir, name);
  if (!raw.ok) return raw;
  const record = parseRecord(raw.value, name, 'openpgp', openPgpRecordSchema);
  if (!record.ok) return record;
  const files = openPgpKeyFiles(raw.value.dir);
  try {
    return ok({ record: record.value, files, publicKey: await readFile(files.publicKey, 'utf8') });
  } catch (error) {
    return damaged(files.publicKey, reasonOf(error));
  }
}

/** Fills the directory of a new key. */
export async function writeOpenPgpKey(
  staging: string,
  record: OpenPgpRecord,
  material: { readonly publicKey: string; readonly secretKey?: Uint8Array },
): Promise<void> {
  const files = openPgpKeyFiles(staging);
  await writeFile(files.publicKey, material.publicKey, { mode: 0o600 });
  if (material.secretKey !== undefined) await writeFile(files.secretKey, material.secretKey, { mode: 0o600 });
  const text = `${JSON.stringify(openPgpRecordSchema.parse(record), null, 2)}\n`;
  await writeFile(join(staging, 'key.json'), text, { mode: 0o600 });
}

/** Makes a private home able to sign with a key. */
export function useKey(gnupg: Gnupg, key: OpenPgpKey): Promise<Result<void>> {
  const { record, publicKey } = key;
  return record.kind === 'agent' ? reachAgent(gnupg, record.home, publicKey) : loadSecretKey(gnupg, key);
}

/** Puts a secret key into a private home, so that it can sign there. */
export async function loadSecretKey(gnupg: Gnupg, key: Pick<OpenPgpKey, 'files'>): Promise<Result<void>> {
  const guarded = await checkPrivateFile(key.files.secretKey);
  if (!guarded.ok) return guarded;
  const args = ['--import', '--', key.files.secretKey];
  const imported = await mustRun(gnupg, { args }, 'the secret key could not be read', key.files.secretKey);
  return imported.ok ? ok() : imported;
}

/**
 * The development key of a store, made now if it is not there. Of two runs at once, both get the same key.
 * Fails with `sign/openpgp-failed`, or as `loadOpenPgpKey` and `addKey` do.
 */
export async function ensureOpenPgpDevelopmentKey(
  keysDir: string,
  signal?: AbortSignal,
): Promise<Result<OpenPgpKey>> {
  const existing = await loadOpenPgpKey(keysDir, OPENPGP_DEVELOPMENT_KEY);
  if (existing.ok || existing.error.code !== 'sign/key-unknown') return existing;
  const added = await addKey(keysDir, OPENPGP_DEVELOPMENT_KEY, (staging) =>
    withGnupg(signal, (gnupg) => makeDevelopmentKey(gnupg, staging)),
  );
  return added.ok ? loadOpenPgpKey(keysDir, OPENPGP_DEVELOPMENT_KEY) : added;
}

/** Ed25519, because its signatures are small and the same each time. Without an end, as its name is warning enough. */
async function makeDevelopmentKey(gnupg: Gnupg, staging: string): Promise<Result<void>> {
  const time = DEVELOPMENT_KEY_TIME;
  const unlocked = ['--pinentry-mode', 'loopback', '--passphrase', ''];
  const generate = [...unlocked, '--quick-generate-key', USER_ID, 'ed25519', 'sign', 'never'];
  const made = await mustRun(
    gnupg,
    { args: generate, time },
    'the development key could not be made',
    staging,
  );
  if (!made.ok) return made;
  const key = await signingKeyOf(gnupg, new Date(time * 1000), staging);
  if (!key.ok) return key;
  const secretFile = join(gnupg.home, 'secret');
  const args = [...unlocked, '--output', secretFile, '--export-secret-keys', key.value.fingerprint];
  const exported = await mustRun(gnupg, { args, time }, 'the development key could not be kept', staging);
  if (!exported.ok) return exported;
  const publicKey = await publicBlock(gnupg, key.value.fingerprint, staging);
  if (!publicKey.ok) return publicKey;
  const record = describeOpenPgp('development', OPENPGP_DEVELOPMENT_KEY, key.value);
  await writeOpenPgpKey(staging, record, {
    publicKey: publicKey.value,
    secretKey: await readFile(secretFile),
  });
  return ok();
}

/** The record of a key without what only its owner knows. */
export function describeOpenPgp(
  kind: 'development' | 'secret-key',
  name: string,
  key: SigningKey,
): OpenPgpRecord {
  return { format: 1, kind, name, purpose: 'openpgp', ...key };
}
