// The canonical listing of a tree or layer: JSON lines, one header and one entry a line, ordered by path.
// Its digest is the digest of the tree, so it says everything about the tree that its reader can observe.
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import { type Digest, digestOf, makeDigest } from '../base/digest.ts';

export type TreeKind = 'tree' | 'layer';

/** One entry below the top directory. `uid` and `gid` are there in layers only. */
export interface Entry {
  /** Relative, `/` between names, never `.` or `..`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'whiteout' | 'fifo' | 'socket';
  /** Permission bits in octal, e.g. `0644`; not for symlinks and whiteouts, whose bits mean nothing. */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Content of a file. */
  readonly sha256?: string;
  readonly size?: number;
  /** A hard link: the same file as this earlier path. */
  readonly sameAs?: string;
  /** Where a symlink points. */
  readonly target?: string;
  /** A directory of a layer that hides the one below it (overlay's `opaque`). */
  readonly opaque?: true;
}

export interface Listing {
  readonly kind: TreeKind;
  /** Modification time of every entry, in seconds since 1970: readers see it, so the digest covers it. */
  readonly epoch: number;
  readonly entries: readonly Entry[];
}

/** Raised when the meaning of a listing changes. */
const LISTING_FORMAT = 1;

/** The canonical text. Entries must be ordered by `compareCodeUnits` of their paths. */
export function listingText({ kind, epoch, entries }: Listing): string {
  const header = canonicalJson({ format: LISTING_FORMAT, kind, epoch });
  return `${[header, ...entries.map((entry) => canonicalJson(entry))].join('\n')}\n`;
}

/** Reads what `listingText` wrote; undefined when it is not such a text. */
export function parseListing(text: string): Listing | undefined {
  const header = parseHeader(text);
  if (header === undefined) return undefined;
  const [, ...lines] = text.trimEnd().split('\n');
  return { ...header, entries: lines.map((line) => JSON.parse(line) as Entry) };
}

/** Reads only what applies to the whole tree. */
export function parseHeader(text: string): Omit<Listing, 'entries'> | undefined {
  try {
    const header = JSON.parse(text.slice(0, text.indexOf('\n')));
    return header?.format === LISTING_FORMAT ? { kind: header.kind, epoch: header.epoch } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function digestOfListing(listing: Listing): Digest {
  return digestOf(listingText(listing));
}

/** A path that was added, removed or altered between two listings. */
export interface ListingDifference {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'altered';
}

/** Paths in which two listings differ, in code-unit order. */
export function listingDifferences(before: Listing, after: Listing): ListingDifference[] {
  const left = new Map(before.entries.map((entry) => [entry.path, canonicalJson(entry)]));
  const right = new Map(after.entries.map((entry) => [entry.path, canonicalJson(entry)]));
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort(compareCodeUnits);
  return paths
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => ({
      path,
      change: !left.has(path) ? 'added' : !right.has(path) ? 'removed' : 'altered',
    }));
}

export interface TreeFile {
  /** Relative to the top of the tree. */
  readonly path: string;
  readonly digest: Digest;
}

/** The regular files. Hard links are files of their own to whoever takes single files out of a tree. */
export function filesOf(listing: Listing | undefined): TreeFile[] {
  const files = new Map<string, TreeFile>();
  for (const { path, type, sha256, size, sameAs } of listing?.entries ?? []) {
    const digest = sameAs === undefined ? makeDigest(sha256 ?? '', size ?? 0) : files.get(sameAs)?.digest;
    if (type === 'file' && digest !== undefined) files.set(path, { path, digest });
  }
  return [...files.values()];
}
