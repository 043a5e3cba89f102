// What apt takes as installed while it solves a derived root: the packages of the roots below, held at their versions.
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import { type LockedPackage, type PackageKey, packageKey, splitPackageKey } from '../lock/lockfile.ts';
import type { PrivateApt } from './apt-private.ts';

export type Packages = Readonly<Record<PackageKey, LockedPackage>>;

/**
 * A dpkg status file that has `below` as installed and held.
 * Failures: `lock/outdated` when neither the archive nor the cache describes one of them.
 */
export async function heldStatus(
  apt: PrivateApt,
  distribution: string,
  below: Packages,
): Promise<Result<string>> {
  const keys = Object.keys(below);
  if (keys.length === 0) return ok(join(apt.dir, 'empty-status'));
  const stanzas = await describe(apt, below);
  if (!stanzas.ok) return stanzas;
  const gone = keys.filter((key) => !stanzas.value.has(key));
  if (gone.length > 0) return fail(outdated(distribution, gone, ''));
  const text = keys.map((key) => installed(stanzas.value.get(key) ?? '')).join('\n');
  const path = join(apt.dir, 'status', sha256Hex(text));
  await write(path, text);
  return ok(path);
}

/** Keeps what the archive says about packages now, because it will drop them while locks still have them. */
export async function keepDescriptions(apt: PrivateApt, packages: Packages): Promise<Result<void>> {
  const described = await describe(apt, packages);
  return described.ok ? ok() : described;
}

/** Those of `packages` that the archive no longer offers. */
export async function withdrawn(apt: PrivateApt, packages: Packages): Promise<Result<PackageKey[]>> {
  const offered = await offeredStanzas(apt, Object.keys(packages));
  return offered.ok ? ok(Object.keys(packages).filter((key) => !offered.value.has(key))) : offered;
}

/** The locked packages that a new root would stand on are history for the archive. */
export function outdated(distribution: string, packages: readonly PackageKey[], cause: string): Failure {
  const names =
    packages.slice(0, 5).join(', ') + (packages.length > 5 ? ` and ${packages.length - 5} more` : '');
  return {
    code: 'lock/outdated',
    message: `New packages cannot be added to the locked ones: the archive has moved on from ${names}.`,
    place: distribution,
    ...(cause === '' ? {} : { cause }),
    next: 'Run `qbuild lock --update`.',
  };
}

/** The control stanzas of packages, from the cache or the archive's indexes; without those that neither has. */
async function describe(apt: PrivateApt, packages: Packages): Promise<Result<Map<PackageKey, string>>> {
  // By the package's own digest: whatever archive and version string, its control data are these.
  const place = (locked: LockedPackage) => join(apt.dir, 'stanzas', locked.sha256);
  const stanzas = new Map<PackageKey, string>();
  const unknown: PackageKey[] = [];
  for (const [key, locked] of Object.entries(packages)) {
    const kept = await readFile(place(locked), 'utf8').catch(() => undefined);
    if (kept === undefined) unknown.push(key);
    else stanzas.set(key, kept);
  }
  const offered = await offeredStanzas(apt, unknown);
  if (!offered.ok) return offered;
  for (const [key, stanza] of offered.value) {
    const locked = packages[key];
    if (locked !== undefined) await write(place(locked), stanza);
    stanzas.set(key, stanza);
  }
  return ok(stanzas);
}

async function offeredStanzas(
  apt: PrivateApt,
  keys: readonly PackageKey[],
): Promise<Result<ReadonlyMap<PackageKey, string>>> {
  if (keys.length === 0) return ok(new Map());
  const names = keys.map((key) => {
    const { name, version, architecture } = splitPackageKey(key);
    return `${name}:${architecture}=${version}`;
  });
  const shown = await apt.run('apt-cache', ['show', '--no-all-versions', '--', ...names]);
  if (!shown.ok) return shown;
  const stanzas = shown.value.stdout.toString('utf8').split(/\n\n+/);
  return ok(new Map(stanzas.filter(Boolean).map((stanza) => [stanzaKey(stanza), stanza.trim()])));
}

async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

function stanzaKey(stanza: string): PackageKey {
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(stanza)?.[1] ?? '';
  return packageKey({
    name: field('Package'),
    version: field('Version'),
    architecture: field('Architecture'),
  });
}

/** Held, so that apt refuses a solution that changes it instead of printing one. */
function installed(stanza: string): string {
  return `${stanza.replace(/^Package: .+$/m, '$&\nStatus: hold ok installed')}\n`;
}
