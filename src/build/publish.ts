// Puts a finished product into its output directory: files, checksums, contents and public keys.
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checksumsText, parseChecksums } from '../attest/checksums.ts';
import { type Digest, digestOf, digestOfFile, makeDigest, sha256Of, sizeOf } from '../base/digest.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import type { PublishedFile } from '../report/presenter.ts';
import { copySparse } from './sparse-copy.ts';

/** One file to publish: from the store, or bytes made for the occasion. */
export interface Publication {
  readonly kind: string;
  /** Below the output directory, with `/`. */
  readonly path: string;
  readonly content: { readonly store: string; readonly digest: Digest } | { readonly bytes: Uint8Array };
}

const CHECKSUMS = 'SHA256SUMS';
const SIGNATURE = `${CHECKSUMS}.asc`;

export interface PublishOptions {
  /** Seconds since 1970, the date of all files. */
  readonly epoch: number;
  /** Directories whose files of earlier runs stay, so that clients which have read an older index find them. */
  readonly keepBelow?: readonly string[];
  /** Signs SHA256SUMS: writes the detached signature of the first path to the second. */
  readonly sign?: ((input: string, output: string) => Promise<Result<unknown>>) | undefined;
}

/**
 * Replaces the files of an earlier run one by one in the given order, each by a rename, and removes those that
 * are no longer made; whatever else lies in `directory` stays. SHA256SUMS is removed first and written last, so
 * that it never speaks of files that are not there. A directory that is up to date is only looked at.
 */
export async function publish(
  directory: string,
  publications: readonly Publication[],
  options: PublishOptions,
): Promise<Result<readonly PublishedFile[]>> {
  const { epoch, keepBelow = [], sign } = options;
  const files = publications.map((each) => published(directory, each));
  const checksums = checksumsText(files.map(({ file, path }) => ({ path, sha256: file.sha256 })));
  try {
    const textBefore = await readIfThere(join(directory, CHECKSUMS));
    const before = new Map(parseChecksums(textBefore).map(({ path, sha256 }) => [path, sha256]));
    const missing = [];
    for (const each of files)
      if (!(await inPlace(each.file, before.get(each.path), epoch))) missing.push(each);
    const hasSignature = await lstat(join(directory, SIGNATURE)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (missing.length > 0 || textBefore !== checksums || hasSignature !== (sign !== undefined)) {
      for (const name of [SIGNATURE, CHECKSUMS]) await rm(join(directory, name), { force: true });
      for (const each of missing) await place(directory, each, epoch);
      const isKept = (path: string) => keepBelow.some((above) => path.startsWith(`${above}/`));
      const earlier = [...before.keys()].filter((path) => !isKept(path));
      await removeStale(directory, earlier, new Set(files.map(({ path }) => path)));
      await writeWhole(join(directory, CHECKSUMS), checksums, epoch);
      const signed = await sign?.(join(directory, CHECKSUMS), join(directory, SIGNATURE));
      if (signed?.ok === false) return signed;
    }
    return ok(files.map(({ file }) => file));
  } catch (error) {
    return fail({
      code: 'deliverable/not-written',
      message: 'The deliverables could not be written.',
      place: directory,
      cause: error instanceof Error ? error.message : String(error),
      next: 'Make room or choose another directory with --out, then run again; nothing is built twice.',
    });
  }
}

interface Placed {
  /** Below the output directory. */
  readonly path: string;
  readonly file: PublishedFile;
  readonly content: Publication['content'];
}

function published(directory: string, { kind, path, content }: Publication): Placed {
  const digest = 'bytes' in content ? digestOf(content.bytes) : content.digest;
  const file = { kind, path: join(directory, path), sha256: sha256Of(digest), size: sizeOf(digest) };
  return { path, file, content };
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * What was published carries the product's date: a file with that date and size is what SHA256SUMS says.
 * Any other is hashed.
 */
async function inPlace(file: PublishedFile, before: string | undefined, epoch: number): Promise<boolean> {
  const found = await lstat(file.path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size !== file.size) return false;
  if (found.mtimeMs === epoch * 1000) return before === file.sha256;
  return (await digestOfFile(file.path)) === makeDigest(file.sha256, file.size);
}

async function place(directory: string, { path, file, content }: Placed, epoch: number): Promise<void> {
  await mkdir(dirname(file.path), { recursive: true });
  if (!(await isReached(directory, path))) {
    throw new Error(
      `A directory of ${file.path} is a symbolic link, and may lead out of the output directory.`,
    );
  }
  if ('bytes' in content) return writeWhole(file.path, content.bytes, epoch);
  const temporary = await temporaryFor(file.path);
  const { size, blocks } = await lstat(content.store);
  // `blocks` are of 512 bytes, whatever the file system's own size is.
  if (blocks * 512 < size) await copySparse(content.store, temporary);
  else await copyFile(content.store, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await finish(temporary, file.path, epoch);
}

async function writeWhole(path: string, content: string | Uint8Array, epoch: number): Promise<void> {
  const temporary = await temporaryFor(path);
  await writeFile(temporary, content, { flag: 'wx' });
  await finish(temporary, path, epoch);
}

/** A name beside `path` that is free: an interrupted run may have left a file, somebody else a symbolic link. */
async function temporaryFor(path: string): Promise<string> {
  const temporary = `${path}.partial`;
  await rm(temporary, { force: true });
  return temporary;
}

async function finish(temporary: string, path: string, epoch: number): Promise<void> {
  await utimes(temporary, epoch, epoch);
  await rename(temporary, path);
}

/** Removes what an earlier run made and this one did not. Paths in SHA256SUMS are not trusted. */
async function removeStale(
  directory: string,
  before: Iterable<string>,
  current: ReadonlySet<string>,
): Promise<void> {
  for (const path of before) {
    if (current.has(path) || !(await isReached(directory, path))) continue;
    const found = await lstat(join(directory, path)).catch(() => undefined);
    if (found === undefined || found.isDirectory()) continue;
    await rm(join(directory, path));
    await removeEmptyAbove(directory, path);
  }
}

/** Whether `path` is a relative one that leads from `directory` through real directories, and not upwards. */
async function isReached(directory: string, path: string): Promise<boolean> {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return false;
  for (let above = dirname(path); above !== '.'; above = dirname(above)) {
    const found = await lstat(join(directory, above)).catch(() => undefined);
    if (found?.isDirectory() !== true) return false;
  }
  return true;
}

async function removeEmptyAbove(directory: string, path: string): Promise<void> {
  for (let above = dirname(path); above !== '.'; above = dirname(above)) {
    const removed = await rmdir(join(directory, above)).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}
