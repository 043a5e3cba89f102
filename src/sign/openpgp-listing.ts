// What gpg says about a secret key in a private home: its fingerprints, times and user ID.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { type Gnupg, mustRun } from './gnupg.ts';

export type OpenPgpListingFailureCode = 'sign/openpgp-key-unusable';
const refuse = failing<OpenPgpListingFailureCode>();

/** Public facts about a key, and which of its parts signs. */
export interface SigningKey {
  /** Of the primary key. */
  readonly fingerprint: string;
  /** Of the primary key or subkey that signs. */
  readonly signingKey: string;
  /** When the signing key was made, seconds since 1970. */
  readonly created: number;
  /** End of validity, ISO 8601; absent when there is none. */
  readonly notAfter?: string;
  /** The first user ID. */
  readonly subject: string;
}

/** One key or subkey, as gpg's doc/DETAILS describes the fields of `--with-colons`. */
interface Part {
  readonly primary: boolean;
  readonly validity: string;
  readonly created: number;
  /** Seconds since 1970; 0 when it never expires. */
  readonly expires: number;
  readonly capabilities: string;
  readonly hasSecret: boolean;
  fingerprint: string;
}

/**
 * The only secret key in the home, and its newest part that can sign now.
 * Fails with `sign/openpgp-key-unusable` when there is no such key or several.
 */
export async function signingKeyOf(gnupg: Gnupg, now: Date, place: string): Promise<Result<SigningKey>> {
  const args = ['--with-colons', '--list-secret-keys'];
  const listed = await mustRun(gnupg, { args }, 'the key could not be listed', place);
  if (!listed.ok) return listed;
  const { parts, userIds } = parseListing(listed.value);
  const primaries = parts.filter((part) => part.primary);
  const [primary] = primaries;
  if (primary === undefined || primaries.length > 1) {
    return unusable(place, `The file has ${primaries.length} secret keys; one is expected.`);
  }
  const seconds = now.getTime() / 1000;
  const valid = (part: Part) =>
    !/[rein]/.test(part.validity) && (part.expires === 0 || part.expires > seconds);
  if (!valid(primary)) return unusable(place, 'The key has expired or was revoked.');
  const able = parts.filter((part) => valid(part) && part.hasSecret && part.capabilities.includes('s'));
  const newest = able.toSorted((a, b) => b.created - a.created)[0];
  if (newest === undefined)
    return unusable(place, 'No part of the key can sign: none is for signing, valid and here.');
  const ends = [primary.expires, newest.expires].filter((end) => end > 0);
  return ok({
    fingerprint: primary.fingerprint,
    signingKey: newest.fingerprint,
    created: newest.created,
    ...(ends.length === 0 ? {} : { notAfter: new Date(Math.min(...ends) * 1000).toISOString() }),
    subject: userIds[0] ?? '',
  });
}

function parseListing(text: string): {
  readonly parts: readonly Part[];
  readonly userIds: readonly string[];
} {
  const parts: Part[] = [];
  const userIds: string[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const [type = '', validity = ''] = fields;
    if (type === 'sec' || type === 'ssb') {
      parts.push({
        primary: type === 'sec',
        validity,
        created: Number(fields[5]),
        expires: Number(fields[6]),
        capabilities: fields[11] ?? '',
        // `+`: the secret is here; `#`: only its stub; else the serial number of the card that has it.
        hasSecret: /^(?:\+|[0-9A-F]{16,})$/.test(fields[14] ?? ''),
        fingerprint: '',
      });
    }
    const last = parts.at(-1);
    if (type === 'fpr' && last?.fingerprint === '') last.fingerprint = fields[9] ?? '';
    if (type === 'uid') userIds.push((fields[9] ?? '').replaceAll('\\x3a', ':'));
  }
  return { parts, userIds };
}

/** The public key in ASCII armour, with no signatures of other people. */
export async function publicBlock(gnupg: Gnupg, fingerprint: string, place: string): Promise<Result<string>> {
  const file = join(gnupg.home, 'public.asc');
  const args = ['--armor', '--export-options', 'export-minimal', '--output', file, '--export', fingerprint];
  const exported = await mustRun(gnupg, { args }, 'the public key could not be exported', place);
  return exported.ok ? ok(await readFile(file, 'utf8')) : exported;
}

function unusable(place: string, cause: string): Result<never> {
  return refuse({
    code: 'sign/openpgp-key-unusable',
    message: 'The OpenPGP key cannot sign.',
    place,
    cause,
    next: 'Export one key with its signing part: gpg --armor --export-secret-keys FINGERPRINT',
  });
}
