// Where qbuild keeps what outlives a run. Every place can be moved by an environment variable.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { defaultKeysDir } from '../sign/keys-directory.ts';

export interface Directories {
  /** `QBUILD_CACHE`, else `$XDG_CACHE_HOME/qbuild`: apt indexes, git mirrors, downloads; can be deleted. */
  readonly cache: string;
  /** `QBUILD_STORE`, else `store` in the cache directory: blobs, trees and results. */
  readonly store: string;
  /** `QBUILD_PACKAGES`, else `packages` in the cache directory: downloads by sha-256, which stores can share. */
  readonly packages: string;
  /** `QBUILD_KEYS`, else `$XDG_CONFIG_HOME/qbuild/keys`: signing keys. */
  readonly keys: string;
}

export function directoriesOf(env: NodeJS.ProcessEnv): Directories {
  // The XDG base directory specification says to ignore a relative value.
  const xdg =
    env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  const home = xdg ?? join(env.HOME ?? homedir(), '.cache');
  const cache = env.QBUILD_CACHE ? resolve(env.QBUILD_CACHE) : join(home, 'qbuild');
  const store = env.QBUILD_STORE ? resolve(env.QBUILD_STORE) : join(cache, 'store');
  const packages = env.QBUILD_PACKAGES ? resolve(env.QBUILD_PACKAGES) : join(cache, 'packages');
  return { cache, store, packages, keys: defaultKeysDir(env) };
}
