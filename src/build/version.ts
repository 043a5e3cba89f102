// Which program this is, and where it lies: the bundle's content decides what caches of parsed manifests may be used.
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `version+build`, where the build is the bundle's modification time; sources run without a bundle have none. */
export function programVersion(): string {
  const source = (globalThis as { qbuildSource?: string }).qbuildSource;
  if (source === undefined) return 'source';
  const packageJson = new URL('../package.json', source);
  const { version } = JSON.parse(readFileSync(packageJson, 'utf8'));
  return `${version}+${statSync(packageJson).mtimeMs}`;
}

/** Where the program's own manifests are: above its bundle, or above `src/` when it runs without one. */
export function programDirectory(): string {
  const source = (globalThis as { qbuildSource?: string }).qbuildSource;
  return fileURLToPath(source === undefined ? new URL('../../', import.meta.url) : new URL('../../', source));
}
