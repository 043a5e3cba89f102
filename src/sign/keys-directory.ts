// Where the key store is; apart from the store itself, because every run asks and few runs sign.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** `$QBUILD_KEYS`, else `$XDG_CONFIG_HOME/qbuild/keys`, else `~/.config/qbuild/keys`. */
export function defaultKeysDir(env: NodeJS.ProcessEnv): string {
  if (env.QBUILD_KEYS) return resolve(env.QBUILD_KEYS);
  // The base directory specification says to ignore a relative value.
  const xdg = env.XDG_CONFIG_HOME && isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : undefined;
  return join(xdg ?? join(env.HOME ?? homedir(), '.config'), 'qbuild', 'keys');
}
