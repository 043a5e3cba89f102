// Downloads files of known digest in parallel: resumes, retries, and hands on only what has exactly the wanted bytes.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, sizeOf } from '../base/digest.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { attempt, type RefusalCode } from './attempt.ts';
import { diskFailure } from './disk-failure.ts';
import { type Client, httpClient } from './http.ts';
import { PartialFile } from './partial.ts';
import { addToPool, takeFromPool } from './pool.ts';

export interface Wanted {
  readonly digest: Digest;
  /** For progress and failures: a package, a source archive. */
  readonly name: string;
  /** Tried in order, `http:`, `https:` or `file:`; without any, only the pool can have it. */
  readonly urls: readonly string[];
}

export interface DownloadOptions {
  /** Where incomplete files are kept between runs; on the store's file system, so that moving in is a rename. */
  readonly partialDir: string;
  /** Complete files by sha-256, shared by stores and workspaces; verified before use. */
  readonly poolDir?: string;
  readonly signal: AbortSignal;
  /** Called at most ten times a second, and at the end. */
  readonly progress: (what: string, doneBytes: number, totalBytes: number) => void;
  /** Downloads at once. Default 8. */
  readonly connections?: number;
  /** Attempts in a row that bring hardly anything before a URL is given up. Default 5. */
  readonly attempts?: number;
  /** Silence in milliseconds before a connection is given up. Default 30,000. */
  readonly stallMs?: number;
  /** First pause between attempts in milliseconds, doubled each time. Default 500. */
  readonly pauseMs?: number;
}

/** Takes over the file at `path`, whose bytes have been verified. */
export type Keep = (path: string, wanted: Wanted) => Promise<Result<unknown>>;

/**
 * Brings every wanted file to `keep`. Failures: `network/unreachable`, `network/offline-missing`, `network/not-found`, `network/refused`,
 * `source/digest-mismatch`, `host/no-space`, `host/unwritable-cache`, `interrupted/cancelled`, and those of `keep`.
 */
export async function downloadAll(
  wanted: readonly Wanted[],
  options: DownloadOptions,
  keep: Keep,
): Promise<Result<void>> {
  const connections = options.connections ?? 8;
  const client = httpClient(connections, options.stallMs ?? 30_000);
  const progress = new Progress(wanted, options.progress);
  // The largest first, so that the end of the run is not one long download alone.
  const queue = [...wanted].sort((a, b) => sizeOf(b.digest) - sizeOf(a.digest));
  const failures: Failure[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const done = await obtain(next, options, client, progress, keep);
      if (done.ok) continue;
      failures.push(done.error);
      // A file that a mirror lacks says nothing about the others; a network that is down does.
      if (!ABOUT_ONE_FILE.has(done.error.code)) queue.length = 0;
    }
  };
  await Promise.all(Array.from({ length: Math.min(connections, queue.length) }, worker));
  client.close();
  progress.say('');
  const [first, ...rest] = failures;
  return first === undefined ? ok() : fail(joinFailures([first, ...rest]));
}

const ABOUT_ONE_FILE = new Set<string>([
  'network/not-found',
  'network/offline-missing',
  'network/refused',
  'source/digest-mismatch',
] satisfies GivenUp['code'][]);

async function obtain(
  wanted: Wanted,
  options: DownloadOptions,
  client: Client,
  progress: Progress,
  keep: Keep,
): Promise<Result<unknown>> {
  const { digest, name } = wanted;
  let partial: PartialFile | undefined;
  try {
    partial = await PartialFile.open(options.partialDir, digest);
    if (options.poolDir !== undefined && (await takeFromPool(options.poolDir, digest, partial.path))) {
      progress.at(name, digest, sizeOf(digest));
    } else {
      const fetched = await fromAnyUrl(wanted, partial, options, client, progress);
      if (!fetched.ok) return fetched;
      if (options.poolDir !== undefined) await addToPool(options.poolDir, digest, partial.path);
    }
    await partial.close();
    return await keep(partial.path, wanted);
  } catch (error) {
    return fail(diskFailure('downloads', options.partialDir, error as NodeJS.ErrnoException));
  } finally {
    await partial?.close();
  }
}

async function fromAnyUrl(
  wanted: Wanted,
  partial: PartialFile,
  options: DownloadOptions,
  client: Client,
  progress: Progress,
): Promise<Result<void>> {
  const causes: string[] = [];
  let code: GivenUp['code'] | undefined;
  for (const url of wanted.urls) {
    const outcome = await fromUrl(url, wanted, partial, options, client, progress);
    if (outcome === 'complete') return ok();
    if (options.signal.aborted) return fail(cancelled(wanted));
    causes.push(outcome.cause);
    code ??= outcome.code;
  }
  return fail(unobtainable(wanted, code ?? 'network/offline-missing', causes));
}

interface GivenUp {
  readonly code: RefusalCode | 'network/unreachable' | 'network/offline-missing';
  readonly cause: string;
}

/** Tries one URL until it has brought the file, refused it, or brought nothing several times in a row. */
async function fromUrl(
  url: string,
  wanted: Wanted,
  partial: PartialFile,
  options: DownloadOptions,
  client: Client,
  progress: Progress,
): Promise<'complete' | GivenUp> {
  const { attempts = 5, pauseMs = 500, signal } = options;
  for (let idle = 0; ; ) {
    const before = partial.size;
    const received = () => progress.at(wanted.name, wanted.digest, partial.size);
    const outcome = await attempt(url, partial, wanted.digest, client, signal, received);
    if (outcome.state === 'complete') return 'complete';
    if (outcome.state === 'refused') {
      const resumed = before > 0;
      if (outcome.code === 'source/digest-mismatch') await partial.restart();
      // What an earlier run or another mirror left may be the wrong part: once more from the first byte.
      if (outcome.code === 'source/digest-mismatch' && resumed) continue;
      return outcome;
    }
    idle = partial.size - before >= WORTHWHILE ? 0 : idle + 1;
    if (idle >= attempts || signal.aborted) return { code: 'network/unreachable', cause: outcome.cause };
    // Up to a quarter more, so that parallel downloads do not return all at once.
    await sleep(pauseMs * 2 ** idle * (1 + Math.random() / 4), undefined, { signal }).catch(() => undefined);
  }
}

/** Bytes that make an attempt count as progress; a connection that drops after less each time is a dead one. */
const WORTHWHILE = 64 << 10;

/** Sums the bytes of all downloads and passes them on at a bearable rate. */
class Progress {
  readonly #total: number;
  readonly #done = new Map<Digest, number>();
  readonly #listener: DownloadOptions['progress'];
  #spoke = 0;

  constructor(wanted: readonly Wanted[], listener: DownloadOptions['progress']) {
    this.#total = wanted.reduce((sum, { digest }) => sum + sizeOf(digest), 0);
    this.#listener = listener;
  }

  at(name: string, digest: Digest, bytes: number): void {
    this.#done.set(digest, bytes);
    if (performance.now() - this.#spoke >= 100) this.say(name);
  }

  say(name: string): void {
    this.#spoke = performance.now();
    this.#listener(
      name,
      [...this.#done.values()].reduce((sum, bytes) => sum + bytes, 0),
      this.#total,
    );
  }
}

function unobtainable(wanted: Wanted, code: GivenUp['code'], causes: readonly string[]): Failure {
  const [message, next] = EXPLANATION[code];
  return {
    code,
    message: `${wanted.name}: ${message}`,
    ...(wanted.urls[0] === undefined ? {} : { place: wanted.urls[0] }),
    ...(causes.length === 0 ? {} : { cause: causes.join('\n') }),
    next,
  };
}

const EXPLANATION: Readonly<Record<GivenUp['code'], readonly [string, string]>> = {
  'network/offline-missing': ['neither in the store nor in a cache.', 'Run once without `--offline`.'],
  'network/not-found': [
    'the mirror no longer has this locked file.',
    'Run `qbuild lock --update` to lock what the archive offers now, or add a mirror that keeps old versions.',
  ],
  'network/refused': [
    'the server refuses to give it.',
    'Check the URL, the proxy settings and any access rules.',
  ],
  'network/unreachable': [
    'it could not be downloaded.',
    'Check the network and the proxy settings, then run again.',
  ],
  'source/digest-mismatch': [
    'the server gives other bytes than the locked ones.',
    'Use another mirror; if upstream replaced the file, review why and run `qbuild lock --update`.',
  ],
};

function cancelled(wanted: Wanted): Failure {
  return { code: 'interrupted/cancelled', message: 'The download was cancelled.', place: wanted.name };
}
