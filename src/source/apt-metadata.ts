// The signed Release files behind apt's indexes: which they are, who signed them, when.
import { readFile } from 'node:fs/promises';
import { compareCodeUnits } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { LockedMetadata } from '../lock/lockfile.ts';
import type { ResolvedArchive } from '../resolve/resolved.ts';
import { updateFailure } from './apt-failures.ts';
import type { PrivateApt } from './apt-private.ts';
import { binaryKeyring } from './keyring.ts';
import { aptUrl, type Mirrors } from './mirrors.ts';
import { runTool } from './process.ts';

/**
 * Brings the private apt's indexes up to date and describes the signed metadata that they come from.
 * Failures: `source/bad-signature`, `source/expired-metadata`, `source/unknown-component`, `network/unreachable`, `host/…`.
 */
export async function refreshIndexes(
  apt: PrivateApt,
  mirrors: Mirrors,
  signal: AbortSignal,
): Promise<Result<LockedMetadata[]>> {
  const place = apt.archives.map(({ url }) => aptUrl(url, mirrors)).join(', ');
  for (const archive of apt.archives) {
    const keyring = await binaryKeyring(archive.keyring, apt.dir);
    if (!keyring.ok) return keyring;
  }
  const updated = await apt.run('apt-get', ['update', '-q']);
  if (!updated.ok) return updated;
  if (updated.value.exitCode !== 0) return fail(updateFailure(updated.value.stderr, place));
  const targets = await indexTargets(apt);
  if (!targets.ok) return targets;
  const metadata: LockedMetadata[] = [];
  for (const archive of apt.archives) {
    for (const suite of archive.suites) {
      const described = await describeRelease(
        apt,
        archive,
        suite,
        aptUrl(archive.url, mirrors),
        targets.value,
        signal,
      );
      if (!described.ok) return described;
      metadata.push(described.value);
    }
  }
  return ok(metadata.sort((a, b) => compareCodeUnits(`${a.archive} ${a.suite}`, `${b.archive} ${b.suite}`)));
}

/** One index that apt has: its archive, suite, name below the suite, and file. */
interface IndexTarget {
  readonly url: string;
  readonly suite: string;
  readonly component: string;
  readonly metaKey: string;
  readonly file: string;
}

async function indexTargets(apt: PrivateApt): Promise<Result<IndexTarget[]>> {
  const format = '$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)\t$(METAKEY)\t$(FILENAME)';
  const listed = await apt.run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  if (!listed.ok) return listed;
  const lines = listed.value.stdout.toString('utf8').split('\n');
  return ok(
    lines.filter(Boolean).map((line) => {
      const [url = '', suite = '', component = '', metaKey = '', file = ''] = line.split('\t');
      return { url: url.replace(/\/+$/, ''), suite, component, metaKey, file };
    }),
  );
}

async function describeRelease(
  apt: PrivateApt,
  archive: ResolvedArchive,
  suite: string,
  url: string,
  targets: readonly IndexTarget[],
  signal: AbortSignal,
): Promise<Result<LockedMetadata>> {
  const own = targets.filter((target) => target.url === url && target.suite === suite);
  const missing = archive.components.find((name) => !own.some(({ component }) => component === name));
  const [target] = own;
  if (missing !== undefined || target === undefined) return fail(noSuchComponent(url, suite, missing ?? ''));
  const file = inReleaseOf(target);
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) return fail(unusable(url, suite, 'it has no InRelease file'));
  const signers = await signersOf(file, archive.keyring, apt.dir, url, signal);
  if (!signers.ok) return signers;
  const date = new Date(/^Date: (.+)$/m.exec(content.toString('utf8'))?.[1] ?? '');
  if (Number.isNaN(date.getTime())) return fail(unusable(url, suite, 'its Release file has no date'));
  return ok({
    archive: archive.url,
    suite,
    components: [...archive.components],
    date: date.toISOString().replace(/\.\d+Z$/, 'Z'),
    sha256: sha256Hex(content),
    signers: signers.value,
  });
}

/** apt names all files of a suite by one prefix and the file's own path with `_` for `/`. */
function inReleaseOf(target: IndexTarget): string {
  const suffix = target.metaKey.replaceAll('/', '_');
  return `${target.file.slice(0, target.file.lastIndexOf(suffix))}InRelease`;
}

/** Verifies once more by gpgv, because apt does not tell whose signatures it accepted. */
async function signersOf(
  file: string,
  keyring: string,
  scratch: string,
  place: string,
  signal: AbortSignal,
): Promise<Result<string[]>> {
  const binary = await binaryKeyring(keyring, scratch);
  if (!binary.ok) return binary;
  const args = ['--status-fd', '1', '--keyring', binary.value, file];
  const verified = await runTool('gpgv', { args, env: { GNUPGHOME: scratch }, signal });
  if (!verified.ok) return verified;
  const status = verified.value.stdout.toString('utf8');
  // The last field of VALIDSIG is the primary key's fingerprint (GnuPG's doc/DETAILS).
  const signers = [...status.matchAll(/^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40,64})$/gm)].map(
    (match) => match[1] ?? '',
  );
  if (signers.length === 0) return fail(updateFailure(`NO_PUBKEY\n${verified.value.stderr}`, place));
  return ok([...new Set(signers)].sort(compareCodeUnits));
}

function unusable(place: string, suite: string, why: string): Failure {
  return {
    code: 'source/unusable-index',
    message: `The archive’s suite ${suite} cannot be locked: ${why}.`,
    place,
    next: 'Use an archive whose metadata are signed in an InRelease file with a date.',
  };
}

function noSuchComponent(place: string, suite: string, component: string): Failure {
  return {
    code: 'source/unknown-component',
    message: `The archive’s suite ${suite} has no component ${JSON.stringify(component)} for this architecture.`,
    place,
    next: 'Correct the archive’s components in the distribution manifest.',
  };
}
