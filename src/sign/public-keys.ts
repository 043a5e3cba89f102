// The public part of signing keys, for publishing beside what they signed: certificates and an index of them.
import type { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { parseCertificates } from './certificate.ts';
import { assertSystemError, failing, reasonOf } from './failure.ts';
import type { KeyKind, StoredKey } from './keys.ts';
import type { OpenPgpKey, OpenPgpRecord } from './openpgp-keys.ts';

export type PublicKeysFailureCode = 'sign/export-failed';
const refuse = failing<PublicKeysFailureCode>();

/** One entry of `keys.json`. File names are relative to it. */
export type PublicKey = PublicCertificate | PublicOpenPgpKey;

/** `.pem` is for tools, `.cer` (DER) for Windows. */
export interface PublicCertificate {
  readonly name: string;
  readonly purpose: 'authenticode';
  readonly kind: KeyKind;
  /** True: made on a developer's machine; nobody else may trust it. */
  readonly development: boolean;
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter: string;
  readonly certificate: { readonly pem: string; readonly der: string };
  readonly ca: { readonly pem: string; readonly der: string };
  readonly timestamp?: { readonly url: string; readonly ca?: string };
}

/** `armoured` is for people and rpm, `keyring` (the same in binary form) for apt and gpgv. */
export interface PublicOpenPgpKey {
  readonly name: string;
  readonly purpose: 'openpgp';
  readonly kind: OpenPgpRecord['kind'];
  readonly development: boolean;
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter?: string;
  readonly armoured: string;
  readonly keyring: string;
}

/** The entry of an OpenPGP key whose files have the given name and the endings `.asc` and `.gpg`. */
export function describePublicOpenPgp({ record }: OpenPgpKey, file: string): PublicOpenPgpKey {
  const { name, purpose, kind, fingerprint, subject, notAfter } = record;
  return {
    name,
    purpose,
    kind,
    development: kind === 'development',
    fingerprint,
    subject,
    ...(notAfter === undefined ? {} : { notAfter }),
    armoured: `${file}.asc`,
    keyring: `${file}.gpg`,
  };
}

/**
 * Writes certificates and `keys.json` into `dir` (made if missing). The same keys give the same bytes.
 * Fails with `sign/export-failed`, or with `sign/certificate-unreadable` when the store is damaged.
 */
export async function exportPublic(
  keys: readonly StoredKey[],
  dir: string,
): Promise<Result<readonly PublicCertificate[]>> {
  try {
    await mkdir(dir, { recursive: true });
    const entries: PublicCertificate[] = [];
    for (const key of keys) {
      const entry = await exportKey(key, dir);
      if (!entry.ok) return entry;
      entries.push(entry.value);
    }
    await writeFile(join(dir, 'keys.json'), `${JSON.stringify({ format: 1, keys: entries }, null, 2)}\n`);
    return ok(entries);
  } catch (error) {
    assertSystemError(error);
    return refuse({
      code: 'sign/export-failed',
      message: 'The public keys could not be written.',
      place: dir,
      cause: reasonOf(error),
      next: 'Check that the directory is writable and the key store is whole (qbuild keys list).',
    });
  }
}

async function exportKey(
  { record, files, certificate }: StoredKey,
  dir: string,
): Promise<Result<PublicCertificate>> {
  const root = parseCertificates(await readFile(files.ca, 'utf8'), files.ca);
  if (!root.ok) return root;
  const { name, purpose, kind, fingerprint, subject, notAfter, timestamp } = record;
  const entry: PublicCertificate = {
    name,
    purpose,
    kind,
    development: kind === 'development',
    fingerprint,
    subject,
    notAfter,
    certificate: await exportCertificate(certificate, dir, name),
    ca: await exportCertificate(root.value[0], dir, `${name}-ca`),
  };
  if (timestamp === undefined) return ok(entry);
  if (!timestamp.hasCa) return ok({ ...entry, timestamp: { url: timestamp.url } });
  const ca = `${name}-timestamp-ca.pem`;
  await writeFile(join(dir, ca), await readFile(files.timestampCa));
  return ok({ ...entry, timestamp: { url: timestamp.url, ca } });
}

async function exportCertificate(certificate: X509Certificate, dir: string, name: string) {
  const files = { pem: `${name}.pem`, der: `${name}.cer` };
  await writeFile(join(dir, files.pem), certificate.toString());
  await writeFile(join(dir, files.der), certificate.raw);
  return files;
}
