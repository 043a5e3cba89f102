// Code-signing keys of the key store: record, certificates, and the key unless a token has it.
import type { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '../base/failure.ts';
import { type Chain, fingerprintOf, oneLine, parseCertificates } from './certificate.ts';
import { reasonOf } from './failure.ts';
import { damaged, KEY_NAME, parseRecord, readRecord } from './key-directory.ts';
import { secretSourceSchema } from './secret.ts';

/** The key that is made on first use and must never be trusted outside a development machine. */
export const DEVELOPMENT_KEY = 'development';

const common = {
  format: z.literal(1).describe('version of this file'),
  name: z.string().regex(KEY_NAME),
  purpose: z.literal('authenticode'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('sha-256 of the certificate in DER form'),
  subject: z.string(),
  notAfter: z.string().describe('end of validity, ISO 8601'),
  timestamp: z
    .strictObject({ url: z.url(), hasCa: z.boolean() })
    .optional()
    .describe('RFC 3161 server; with hasCa its root is in timestamp-ca.pem'),
};

/** `key.json`. It names where secrets are and never holds one. */
export const keyRecordSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('development'), ...common }),
  z.strictObject({ kind: z.literal('pem'), passphrase: secretSourceSchema.optional(), ...common }),
  z.strictObject({
    kind: z.literal('pkcs11'),
    module: z.string().startsWith('/').describe('absolute path of the PKCS#11 module'),
    uri: z.string().startsWith('pkcs11:').describe('RFC 7512 URI of the private key, without a PIN'),
    pin: secretSourceSchema.optional(),
    environment: z.array(z.string()).describe('variables that the module needs, by name'),
    ...common,
  }),
]);
export type KeyRecord = z.infer<typeof keyRecordSchema>;
export type KeyKind = KeyRecord['kind'];
export type Timestamp = NonNullable<KeyRecord['timestamp']>;

/** A key of the store: its record and the absolute paths of its files. */
export interface StoredKey {
  readonly record: KeyRecord;
  readonly files: KeyFiles;
  /** The signing certificate. */
  readonly certificate: X509Certificate;
}

/** All PEM. */
export interface KeyFiles {
  /** The signing certificate. */
  readonly certificate: string;
  /** Intermediate certificates, possibly none. */
  readonly intermediates: string;
  /** The self-signed root that verifies the signatures. */
  readonly ca: string;
  /** Exists unless the key is in a token. */
  readonly privateKey: string;
  /** Exists when `timestamp.hasCa`. */
  readonly timestampCa: string;
}

export function keyFiles(dir: string): KeyFiles {
  return {
    certificate: join(dir, 'certificate.pem'),
    intermediates: join(dir, 'intermediates.pem'),
    ca: join(dir, 'ca.pem'),
    privateKey: join(dir, 'private.pem'),
    timestampCa: join(dir, 'timestamp-ca.pem'),
  };
}

/**
 * One key by name. Fails as `readRecord` does, with `sign/key-purpose` for a key of another kind, or with
 * `sign/key-damaged`.
 */
export async function loadKey(keysDir: string, name: string): Promise<Result<StoredKey>> {
  const raw = await readRecord(keysDir, name);
  if (!raw.ok) return raw;
  const record = parseRecord(raw.value, name, 'authenticode', keyRecordSchema);
  if (!record.ok) return record;
  const files = keyFiles(raw.value.dir);
  const certificate = await readCertificate(files.certificate);
  if (!certificate.ok) return certificate;
  if (fingerprintOf(certificate.value) !== record.value.fingerprint) {
    return damaged(raw.value.path, `${files.certificate} has another fingerprint.`);
  }
  return ok({ record: record.value, files, certificate: certificate.value });
}

async function readCertificate(path: string): Promise<Result<X509Certificate>> {
  try {
    const certificates = parseCertificates(await readFile(path, 'utf8'), path);
    return certificates.ok ? ok(certificates.value[0]) : certificates;
  } catch (error) {
    return damaged(path, reasonOf(error));
  }
}

/** What a new key consists of, beside its record. */
export interface KeyMaterial {
  readonly chain: Chain;
  /** PEM; absent when a token has the key, or when it is in its place already. */
  readonly privateKey?: string;
  readonly timestampCa?: string;
}

/** Fills the directory of a new key. */
export async function writeKey(staging: string, record: KeyRecord, material: KeyMaterial): Promise<void> {
  const { chain, privateKey, timestampCa } = material;
  const files = keyFiles(staging);
  const write = (path: string, text: string): Promise<void> => writeFile(path, text, { mode: 0o600 });
  await write(files.certificate, chain.leaf.toString());
  await write(files.intermediates, chain.intermediates.map(String).join(''));
  await write(files.ca, chain.root.toString());
  if (privateKey !== undefined) await write(files.privateKey, privateKey);
  if (timestampCa !== undefined) await write(files.timestampCa, timestampCa);
  await write(join(staging, 'key.json'), `${JSON.stringify(keyRecordSchema.parse(record), null, 2)}\n`);
}

/** The part of a record that follows from the certificates. */
export function describeChain(name: string, chain: Chain) {
  return {
    format: 1 as const,
    name,
    purpose: 'authenticode' as const,
    fingerprint: fingerprintOf(chain.leaf),
    subject: oneLine(chain.leaf.subject),
    notAfter: new Date(chain.leaf.validTo).toISOString(),
  };
}
