// Reads one manifest file: from the cache when the file did not change, else parsed and validated.
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { Json } from '../base/canonical.ts';
import type { Failure } from '../base/failure.ts';
import { printable, type SourceText } from './place.ts';
import type { DataOf, Kind, Layer, Manifest } from './workspace.ts';

/** Keeps parsed manifests between runs, so that an unchanged workspace loads neither parser nor schemas. */
export interface ManifestCache {
  /** Version of the program: entries of other versions are never read. */
  readonly version: string;
  get(key: string): Json | undefined;
  put(key: string, value: Json): void;
}

/** Bytes; the largest manifest of the family has 4 KiB. */
const MAX_BYTES = 256 * 1024;

/** A file that changed this recently could change again without a new time stamp. Milliseconds; kernel ticks are 4. */
const SETTLE = 20;

export interface Reader {
  /** Directory that labels are relative to. */
  readonly base: string;
  readonly cache?: ManifestCache;
}

export type ReadManifest<K extends Kind> =
  | { readonly manifest: Manifest<K> }
  | { readonly failures: readonly Failure[] };

type Parsed = Pick<SourceText, 'text' | 'values' | 'keys'> & { readonly data: Json };

/** How messages name a file. */
export function labelOf(base: string, path: string): string {
  const label = relative(base, path);
  return printable(label === '..' || label.startsWith(`..${sep}`) ? path : label);
}

/** Reads the manifest at an absolute path, which must really lie in its layer and be a regular file. */
export async function readManifest<K extends Kind>(
  kind: K,
  path: string,
  layer: Layer,
  reader: Reader,
): Promise<ReadManifest<K>> {
  const label = labelOf(reader.base, path);
  let file: number | undefined;
  try {
    if (!isInside(realpathSync.native(layer.dir), realpathSync.native(path)))
      return { failures: [outside(label)] };
    // Not blocking: a named pipe that nobody writes to would never open.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file, { bigint: true });
    if (!stat.isFile()) return { failures: [unreadable(label, 'It is not a regular file.')] };
    if (stat.size > MAX_BYTES) return { failures: [tooLarge(label, stat.size)] };
    const stamp = [stat.size, stat.mtimeNs, stat.ino, stat.ctimeNs].join(':');
    const key = `manifest:${reader.cache?.version}:${kind}:${stamp}:${path}`;
    const cached = reader.cache?.get(key);
    if (isParsed(cached)) return { manifest: manifestOf(kind, cached, { path, label }, layer) };
    const settled = Date.now() - Number(stat.ctimeMs) > SETTLE;
    const parsed = await parse(kind, readFileSync(file), { path, label });
    if ('failures' in parsed) return parsed;
    if (settled) reader.cache?.put(key, parsed as unknown as Json);
    return { manifest: manifestOf(kind, parsed, { path, label }, layer) };
  } catch (error) {
    const cause = causeOf(error);
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { failures: [isMissing ? missing(label) : unreadable(label, cause)] };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** True when `path` is `dir` or below it; both absolute, without symbolic links. */
export function isInside(dir: string, path: string): boolean {
  return path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
}

/** What the operating system said; rethrows what is no such error. */
export function causeOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return `${error.message}.`;
  throw error;
}

type Names = Pick<SourceText, 'path' | 'label'>;

async function parse(
  kind: Kind,
  bytes: Uint8Array,
  names: Names,
): Promise<Parsed | { readonly failures: readonly Failure[] }> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const code = 'manifest/not-utf8';
    return { failures: [{ code, message: 'The file is not UTF-8 text.', place: names.label }] };
  }
  const { readYaml } = await import('./yaml-text.ts');
  const read = readYaml({ label: names.label, text });
  if ('failures' in read) return read;
  const { validate } = await import('./validate.ts');
  const { data, values, keys } = read.yaml;
  const checked = validate(kind, data, { ...names, text, values, keys });
  return 'failures' in checked ? checked : { text, values, keys, data: checked.data as Json };
}

function manifestOf<K extends Kind>(kind: K, parsed: Parsed, names: Names, layer: Layer): Manifest<K> {
  const { data, text, values, keys } = parsed;
  return { kind, data: data as unknown as DataOf[K], source: { ...names, text, values, keys }, layer };
}

function isParsed(value: Json | undefined): value is Json & Parsed {
  return (
    typeof value === 'object' && value !== null && 'text' in value && 'values' in value && 'keys' in value
  );
}

function outside(label: string): Failure {
  return {
    code: 'manifest/outside-layer',
    message: 'A symbolic link leads out of the layer.',
    place: label,
    next: 'Put the file itself into the layer.',
  };
}

function tooLarge(label: string, size: bigint): Failure {
  const message = `The file has ${size} bytes; a manifest has at most ${MAX_BYTES}.`;
  return { code: 'manifest/too-large', message, place: label };
}

function missing(label: string): Failure {
  return { code: 'manifest/missing-file', message: 'There is no such file.', place: label };
}

function unreadable(label: string, cause: string): Failure {
  return { code: 'manifest/unreadable', message: 'The file cannot be read.', place: label, cause };
}
