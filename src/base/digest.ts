// Content digests: sha-256 and size, written `<hex>/<bytes>` as in the Remote Execution API's resource names.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** `<64 hex digits>/<size in bytes>`; a tree's digest is that of its canonical listing. */
export type Digest = `${string}/${number}`;

const DIGEST = /^[0-9a-f]{64}\/(0|[1-9][0-9]*)$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

export function makeDigest(sha256: string, size: number): Digest {
  return `${sha256}/${size}`;
}

/** The hexadecimal sha-256 part. */
export function sha256Of(digest: Digest): string {
  return digest.slice(0, 64);
}

/** The size part, in bytes. */
export function sizeOf(digest: Digest): number {
  return Number(digest.slice(65));
}

export function newSha256(): Hash {
  return createHash('sha256');
}

export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Digest of bytes, or of a text's UTF-8 form. */
export function digestOf(content: string | Uint8Array): Digest {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return makeDigest(sha256Hex(bytes), bytes.byteLength);
}

/** Digest of a file's content, streamed. Rejects when the file cannot be read. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).byteLength;
  }
  return makeDigest(hash.digest('hex'), size);
}
