// One attempt to continue a download from one URL, and what its outcome means: done, worth another attempt, or not.
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Digest, sizeOf } from '../base/digest.ts';
import { type Client, RefusedRedirect, type Response } from './http.ts';
import type { PartialFile } from './partial.ts';

export type Outcome =
  | { readonly state: 'complete' }
  /** Something that passes: a broken connection, an overloaded server. */
  | { readonly state: 'broken'; readonly cause: string }
  /** This URL will not give the file. */
  | { readonly state: 'refused'; readonly code: RefusalCode; readonly cause: string };

export type RefusalCode = 'network/not-found' | 'network/refused' | 'source/digest-mismatch';

/** Appends to `partial` what is missing of `digest`. Rejects only for errors of the local disk. */
export async function attempt(
  url: string,
  partial: PartialFile,
  digest: Digest,
  client: Client,
  signal: AbortSignal,
  received: () => void,
): Promise<Outcome> {
  if (partial.size === sizeOf(digest)) return verdict(partial, digest);
  const body = url.startsWith('file:')
    ? fromFile(url, partial)
    : await fromHttp(url, partial, digest, client, signal);
  if ('state' in body) return body;
  for (;;) {
    let step: IteratorResult<Buffer>;
    try {
      step = await body.next();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone(url, 'no such file');
      return broken(url, (error as Error).message);
    }
    if (step.done) break;
    await partial.append(step.value);
    received();
    if (partial.size > sizeOf(digest)) {
      await body.return?.(undefined);
      return mismatch(url, `more than ${sizeOf(digest)} bytes`);
    }
  }
  if (partial.size < sizeOf(digest))
    return broken(url, `ended after ${partial.size} of ${sizeOf(digest)} bytes`);
  return verdict(partial, digest);
}

function fromFile(url: string, partial: PartialFile): AsyncIterator<Buffer> {
  return createReadStream(fileURLToPath(url), { start: partial.size })[Symbol.asyncIterator]();
}

async function fromHttp(
  url: string,
  partial: PartialFile,
  digest: Digest,
  client: Client,
  signal: AbortSignal,
): Promise<AsyncIterator<Buffer> | Outcome> {
  let response: Response;
  try {
    const headers = partial.size > 0 ? { range: `bytes=${partial.size}-` } : {};
    response = await client.get(url, headers, signal);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RefusedRedirect)
      return { state: 'refused', code: 'network/refused', cause: message };
    return broken(url, message);
  }
  const refusal = await accept(response, partial, digest);
  if (refusal === undefined) return response.body[Symbol.asyncIterator]();
  response.discard();
  return refusal;
}

/** Decides by status and lengths whether the body continues, begins afresh or is not wanted. */
async function accept(
  response: Response,
  partial: PartialFile,
  digest: Digest,
): Promise<Outcome | undefined> {
  const { status, headers, url } = response;
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (status === 206) {
    const start = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
    if (Number(start) === partial.size) return undefined;
    await partial.restart();
    return broken(url, 'answered with another range than asked for');
  }
  if (status === 416) {
    await partial.restart();
    return broken(url, 'cannot continue where the download stopped');
  }
  if (status === 200) {
    if (partial.size > 0) await partial.restart();
    if (length !== undefined && length !== sizeOf(digest)) {
      return mismatch(url, `${length} bytes instead of ${sizeOf(digest)}`);
    }
    return undefined;
  }
  if (status === 404 || status === 410) return gone(url, `HTTP ${status}`);
  // RFC 9110: 408 and 429 ask to come again; of 4xx the others are about the request itself.
  if (status >= 500 || status === 408 || status === 429) return broken(url, `HTTP ${status}`);
  return { state: 'refused', code: 'network/refused', cause: `${url}: HTTP ${status}` };
}

function verdict(partial: PartialFile, digest: Digest): Outcome {
  if (partial.digest() === digest) return { state: 'complete' };
  return {
    state: 'refused',
    code: 'source/digest-mismatch',
    cause: `${partial.digest()} instead of ${digest}`,
  };
}

function gone(url: string, why: string): Outcome {
  return { state: 'refused', code: 'network/not-found', cause: `${url}: ${why}` };
}

function broken(url: string, why: string): Outcome {
  return { state: 'broken', cause: `${url}: ${why}` };
}

function mismatch(url: string, why: string): Outcome {
  return { state: 'refused', code: 'source/digest-mismatch', cause: `${url}: ${why}` };
}
