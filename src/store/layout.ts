// Where things are inside a store directory.
import { join } from 'node:path';
import { type Digest, sha256Of } from '../base/digest.ts';

/** Raised when a program of before could misread what is in the store. */
export const STORE_FORMAT = 1;

export interface Layout {
  readonly dir: string;
  /** JSON `{ "format": …, "uid": … }`. */
  readonly formatFile: string;
  readonly database: string;
  /** One directory per process, with its lock. */
  readonly staging: string;
  /** Locked while garbage is collected. */
  readonly collecting: string;
  readonly folders: readonly string[];
  blob(digest: Digest): string;
  tree(digest: Digest): string;
  /** The canonical listing whose digest is the tree's. */
  listing(digest: Digest): string;
  result(key: string): string;
  log(key: string): string;
}

export function layoutOf(dir: string): Layout {
  const under = (folder: string, name: string, suffix = '') =>
    `${dir}/${folder}/${name.slice(0, 2)}/${name}${suffix}`;
  return {
    dir,
    formatFile: join(dir, 'format.json'),
    database: join(dir, 'index.db'),
    staging: join(dir, 'staging'),
    collecting: join(dir, 'collecting.lock'),
    folders: ['blobs', 'trees', 'results', 'logs', 'staging'].map((folder) => join(dir, folder)),
    blob: (digest) => under('blobs', sha256Of(digest)),
    tree: (digest) => under('trees', sha256Of(digest)),
    listing: (digest) => under('trees', sha256Of(digest), '.list'),
    result: (key) => under('results', key, '.json'),
    log: (key) => under('logs', key, '.log'),
  };
}
