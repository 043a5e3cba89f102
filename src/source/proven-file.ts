// Files that a repository names and vouches for: downloaded with a bound, believed when a checksum or signature of the
// repository's own keys holds, then pinned by sha-256.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDigest } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { Store } from '../engine/ports.ts';
import type { AskedFile } from '../resolve/builder-file.ts';
import type { BuilderFile } from '../resolve/resolved.ts';
import { diskFailure } from './disk-failure.ts';
import { httpClient } from './http.ts';
import { type Mirrors, mirrored } from './mirrors.ts';
import { type NamedKey, whoSigned } from './openpgp-proof.ts';
import { treeText } from './tree-text.ts';

export interface Obtaining {
  readonly store: Pick<Store, 'putFile' | 'staging'>;
  readonly mirrors: Mirrors;
  readonly signal: AbortSignal;
}

/** Bytes. Twice the largest kernel and browser archives. */
const MAX_FILE = 4 * 2 ** 30;
/** Bytes of a detached signature with several signers. */
const MAX_SIGNATURE = 64 * 1024;
const STALL_MS = 30_000;

/**
 * Downloads one file, proves it and puts it into the store. Paths of proofs are below `directory`.
 * Failures: `source/digest-mismatch`, `source/bad-signature`, `source/bad-builder-file`, `source/bad-keyring`,
 * `source/too-large`, `network/unreachable`, `network/refused`, `network/not-found`, `host/no-space`,
 * `host/unwritable-cache`, the store's.
 */
export async function obtainFile(
  directory: string,
  file: AskedFile,
  place: string,
  { store, mirrors, signal }: Obtaining,
): Promise<Result<BuilderFile>> {
  const staging = await store.staging('download');
  if (!staging.ok) return staging;
  try {
    const path = join(staging.value.dir, 'file');
    const fetched = await fetchTo(file.url, path, MAX_FILE, mirrors, signal);
    if (!fetched.ok) return fetched;
    const { sha256, sha512, size } = fetched.value;
    const { proof } = file;
    const proven =
      proof.kind === 'signature'
        ? await checkSignature(directory, file.url, path, proof, place, { mirrors, signal })
        : checkSum(directory, file.url, proof, proof.kind === 'sha256' ? sha256 : sha512, place);
    if (!proven.ok) return proven;
    const stored = await store.putFile(path, makeDigest(sha256, size));
    return stored.ok ? ok({ name: file.name, url: file.url, sha256, size }) : stored;
  } finally {
    await staging.value.discard();
  }
}

/** A checksum file has the sum alone, or lines of `sum  name`; one sum must be the only one in it. */
function checkSum(
  directory: string,
  url: string,
  proof: { readonly kind: 'sha256' | 'sha512'; readonly path: string },
  found: string,
  place: string,
): Result<void> {
  const text = treeText(directory, proof.path, place);
  if (!text.ok) return text;
  const digits = proof.kind === 'sha256' ? 64 : 128;
  const sums = [...(text.value ?? '').matchAll(/(?<![0-9A-Fa-f])[0-9A-Fa-f]{64,128}(?![0-9A-Fa-f])/g)];
  const [sum] = sums;
  if (sum === undefined || sums.length > 1 || sum[0].length !== digits) {
    return fail({
      code: 'source/bad-builder-file',
      message: `The file \`${proof.path}\` does not hold one ${proof.kind} checksum.`,
      place,
      next: 'Use another tag, or write a recipe without `builder`.',
    });
  }
  if (sum[0].toLowerCase() === found) return ok();
  return fail({
    code: 'source/digest-mismatch',
    message: `The file has another ${proof.kind} checksum than the repository says.`,
    place: url,
    cause: `expected ${sum[0]}, found ${found}`,
    next: 'Do not use it before its owner has explained the difference.',
  });
}

async function checkSignature(
  directory: string,
  url: string,
  path: string,
  proof: { readonly url: string; readonly keys: readonly string[] },
  place: string,
  reaching: Pick<Obtaining, 'mirrors' | 'signal'>,
): Promise<Result<void>> {
  const keys: NamedKey[] = [];
  for (const key of proof.keys) {
    const text = treeText(directory, key, place);
    if (!text.ok) return text;
    keys.push({ place: `${place}/${key}`, content: text.value ?? '' });
  }
  return proveSignature({ path, url, signature: proof.url, keys }, reaching);
}

/**
 * Fetches the detached OpenPGP signature of the file at `path`, which came from `url`, and requires that one of the keys
 * made it. Failures: `source/bad-signature`, `source/bad-keyring`, `source/too-large`, `network/…`, `host/…`.
 */
export async function proveSignature(
  { path, url, signature, keys }: SignedFile,
  { mirrors, signal }: Pick<Obtaining, 'mirrors' | 'signal'>,
): Promise<Result<void>> {
  const scratch = await mkdtemp(join(tmpdir(), 'qbuild-signature-'));
  try {
    const detached = join(scratch, 'signature');
    const fetched = await fetchTo(signature, detached, MAX_SIGNATURE, mirrors, signal);
    if (!fetched.ok) return fetched;
    const signed = await whoSigned({ signed: path, signature: detached }, keys, scratch, signal);
    if (!signed.ok) return signed;
    if ('signer' in signed.value) return ok();
    return fail({
      code: 'source/bad-signature',
      message: 'The file is not signed by a key that its source names.',
      place: url,
      cause: signed.value.refused,
      next: 'Do not use it before its owner has explained this.',
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export interface SignedFile {
  readonly path: string;
  readonly url: string;
  /** URL of the signature. */
  readonly signature: string;
  readonly keys: readonly NamedKey[];
}

interface Fetched {
  readonly sha256: string;
  readonly sha512: string;
  readonly size: number;
}

async function fetchTo(
  url: string,
  path: string,
  limit: number,
  mirrors: Mirrors,
  signal: AbortSignal,
): Promise<Result<Fetched>> {
  const from = mirrored(url, mirrors);
  const hashes = { sha256: createHash('sha256'), sha512: createHash('sha512') };
  const client = httpClient(1, STALL_MS);
  const opened = await onDisk(open(path, 'wx', 0o644), path);
  if (!opened.ok) return opened;
  const handle = opened.value;
  let size = 0;
  try {
    const body = await bodyOf(from, client, signal);
    if (!body.ok) return body;
    for await (const chunk of body.value as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > limit) return fail(tooLarge(from, limit));
      hashes.sha256.update(chunk);
      hashes.sha512.update(chunk);
      const written = await onDisk(handle.writeFile(chunk), path);
      if (!written.ok) return written;
    }
    return ok({ sha256: hashes.sha256.digest('hex'), sha512: hashes.sha512.digest('hex'), size });
  } catch (error) {
    if (signal.aborted) return fail({ code: 'interrupted/cancelled', message: 'A download was cancelled.' });
    const { code, message } = error as NodeJS.ErrnoException;
    return fail(unreachable(code === 'ENOENT' ? 'network/not-found' : 'network/unreachable', from, message));
  } finally {
    await handle.close();
    client.close();
  }
}

/** A full or unwritable disk is no failure of the network. */
async function onDisk<T>(work: Promise<T>, place: string): Promise<Result<T>> {
  try {
    return ok(await work);
  } catch (error) {
    return fail(diskFailure('a download', place, error as NodeJS.ErrnoException));
  }
}

async function bodyOf(
  url: string,
  client: ReturnType<typeof httpClient>,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<Buffer>>> {
  if (url.startsWith('file:')) return ok(createReadStream(fileURLToPath(url)));
  const response = await client.get(url, {}, signal);
  if (response.status === 200) return ok(response.body);
  response.discard();
  const code = response.status === 404 ? 'network/not-found' : 'network/refused';
  return fail(unreachable(code, url, `The server answered ${response.status}.`));
}

function unreachable(
  code: 'network/not-found' | 'network/refused' | 'network/unreachable',
  place: string,
  cause: string,
): Failure {
  return {
    code,
    message: 'A file that a repository names cannot be downloaded.',
    place,
    cause,
    next: 'Check the network, or name a copy with `mirrors` in qbuild.yaml.',
  };
}

function tooLarge(place: string, limit: number): Failure {
  return {
    code: 'source/too-large',
    message: `The file has more than ${limit} bytes.`,
    place,
    next: 'Do not use it before its owner has explained this.',
  };
}
