// Resolves package sets with the real apt against signed metadata: names in, exact packages out.
import { join } from 'node:path';
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import {
  type LockedDistribution,
  type LockedMetadata,
  type LockedPackage,
  type LockedRoot,
  type PackageKey,
  packageKey,
  rootLayers,
} from '../lock/lockfile.ts';
import { keepRoots, type RootNeed } from '../lock/needs.ts';
import { isMalformed, parseRelations } from '../resolve/debian/relations.ts';
import type { ResolvedArchive, ResolvedDistribution } from '../resolve/resolved.ts';
import { chainsToFault } from './apt-chain.ts';
import { unknownPackageIn, unsolvable } from './apt-failures.ts';
import { refreshIndexes } from './apt-metadata.ts';
import { unknownPackage } from './apt-names.ts';
import { type PrivateApt, privateApt } from './apt-private.ts';
import { heldStatus, keepDescriptions, outdated, type Packages, withdrawn } from './apt-status.ts';
import { exclusively } from './exclusive.ts';
import { aptUrl, type Mirrors } from './mirrors.ts';

export interface AptOptions {
  /** Directory for apt's indexes; may be shared by runs and workspaces. */
  readonly cacheDir: string;
  readonly mirrors: Mirrors;
  readonly signal: AbortSignal;
  /** Signed metadata that the lock has seen: older ones are refused. */
  readonly seen?: readonly LockedMetadata[];
}

/**
 * Resolves `roots` of a distribution, lower ones first; each is one solve. Roots of `keep` that are not among
 * them stay as they are, and new ones may stand on them; without it everything is resolved afresh.
 * Failures: those of `refreshIndexes`, `source/unknown-package`, `source/unresolvable`, `lock/outdated`, `source/older-metadata`.
 */
export async function resolveDistribution(
  distribution: ResolvedDistribution,
  roots: Readonly<Record<string, RootNeed>>,
  keep: LockedDistribution | undefined,
  options: AptOptions,
): Promise<Result<LockedDistribution>> {
  const { architecture, archives } = distribution;
  const apt = await privateApt(options.cacheDir, architecture, archives, options.mirrors, options.signal);
  if (!apt.ok) return apt;
  return exclusively(join(apt.value.dir, 'turn'), options.signal, async () => {
    const metadata = await refreshIndexes(apt.value, options.mirrors, options.signal);
    if (!metadata.ok) return metadata;
    const rollback = olderThanSeen(metadata.value, options.seen ?? []);
    if (rollback !== undefined) return fail(rollback);
    const older = keep === undefined ? NOTHING : keepRoots(keep, (name) => !standsOnAny(keep, name, roots));
    const earlier = Object.keys(older.roots).length > 0 ? older.metadata : [];
    let locked: LockedDistribution = { ...older, architecture, metadata: unite(earlier, metadata.value) };
    for (const [name, need] of lowestFirst(roots)) {
      const solved = await solve(apt.value, distribution, name, need, locked, options.mirrors);
      if (!solved.ok) return solved;
      const replaced = Object.keys(solved.value.packages).find((key) => {
        const known = locked.packages[key];
        return known !== undefined && known.sha256 !== solved.value.packages[key]?.sha256;
      });
      if (replaced !== undefined) return fail(replacedPackage(replaced, distribution.name));
      locked = {
        ...locked,
        packages: { ...locked.packages, ...solved.value.packages },
        roots: { ...locked.roots, [name]: solved.value.root },
      };
    }
    const kept = await keepDescriptions(apt.value, locked.packages);
    return kept.ok ? ok(locked) : kept;
  });
}

/**
 * Whoever serves an archive can hold updates back by serving what was signed before. Dates are compared for each
 * suite, whatever mirror they came from.
 */
function olderThanSeen(
  offered: readonly LockedMetadata[],
  seen: readonly LockedMetadata[],
): Failure | undefined {
  for (const { archive, suite, date } of offered) {
    const same = seen.filter((each) => each.archive === archive && each.suite === suite);
    // RFC 3339 in UTC: the order of the texts is that of the times.
    const newest = same
      .map((each) => each.date)
      .sort(compareCodeUnits)
      .at(-1);
    if (newest === undefined || date >= newest) continue;
    return {
      code: 'source/older-metadata',
      message: `The archive offers its suite ${suite} as of ${date}, and qbuild.lock has seen it as of ${newest}.`,
      place: archive,
      cause: 'The mirror is behind, or someone replays old metadata to hold updates back.',
      next: 'Try again later, or use another mirror.',
    };
  }
  return undefined;
}

const NOTHING = { metadata: [], packages: {}, roots: {} };

/** Whether a root or one below it is among those to resolve: what stands on other packages must be solved again. */
function standsOnAny(
  locked: LockedDistribution,
  root: string,
  roots: Readonly<Record<string, RootNeed>>,
): boolean {
  if (root === '') return false;
  return Object.hasOwn(roots, root) || standsOnAny(locked, locked.roots[root]?.on ?? '', roots);
}

interface Solved {
  readonly root: LockedRoot;
  readonly packages: Packages;
}

async function solve(
  apt: PrivateApt,
  distribution: ResolvedDistribution,
  name: string,
  need: RootNeed,
  locked: LockedDistribution,
  mirrors: Mirrors,
): Promise<Result<Solved>> {
  const odd = need.requests.find((request) => !(need.relations ? isRelation : isName)(request));
  if (odd !== undefined) return fail(unusableRequest(odd, name, distribution.name));
  const below = packagesBelow(locked, need.on);
  const status = await heldStatus(apt, distribution.name, below);
  if (!status.ok) return status;
  // Names come first: what they bring satisfies alternatives that essential packages would else choose themselves.
  const wanted = need.on === '' ? [...need.requests, '?essential'] : need.requests;
  const state = `Dir::State::status=${status.value}`;
  const verb = need.relations ? 'satisfy' : 'install';
  const args = [verb, '--yes', '--no-remove', '--print-uris', '-q', '-o', state, '--', ...wanted];
  const solved = await apt.run('apt-get', args);
  if (!solved.ok) return solved;
  const { exitCode, stderr } = solved.value;
  const stdout = solved.value.stdout.toString('utf8');
  if (exitCode !== 0) {
    const unknown = unknownPackageIn(stderr);
    if (unknown !== undefined)
      return fail(await unknownPackage(apt, unknown, stdout, name, distribution.name));
    const chain = await chainsToFault(apt, need.requests, stdout);
    const failure = unsolvable(name, distribution.name, [stdout, ...chain].join('\n'), stderr);
    const gone = await withdrawn(apt, below);
    if (!gone.ok || gone.value.length === 0) return gone.ok ? fail(failure) : gone;
    return fail(outdated(distribution.name, gone.value, failure.cause ?? ''));
  }
  const packages: Record<PackageKey, LockedPackage> = {};
  for (const line of stdout.split('\n').filter((text) => text.startsWith("'"))) {
    const found = offered(line, distribution.archives, mirrors);
    if (found === undefined) return fail(unusableIndex(line, distribution.name));
    packages[found.key] = found.locked;
  }
  const root = {
    on: need.on,
    requests: need.requests,
    packages: Object.keys(packages).sort(compareCodeUnits),
  };
  return ok({ root, packages });
}

function packagesBelow(locked: LockedDistribution, root: string): Packages {
  const keys = (rootLayers(locked, root) ?? []).flatMap((layer) => layer.packages.map(({ key }) => key));
  return Object.fromEntries(Object.entries(locked.packages).filter(([key]) => keys.includes(key)));
}

/** A name as Debian's policy has it (5.6.1), with an architecture or version; nothing that apt reads as a modifier. */
const REQUEST = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~-]+)?$/;

function isName(request: string): boolean {
  return REQUEST.test(request);
}

/** One that apt would not read as several, nor as an option. */
function isRelation(request: string): boolean {
  const parsed = parseRelations(request.replace(/^Conflicts: /, ''));
  return !isMalformed(parsed) && parsed.length === 1 && !request.includes('${');
}

/** `'URL' name_version_architecture.deb size SHA256:hex`, as `--print-uris` has it; `:` in versions is `%3a`. */
const OFFER = /^'([^']+)' ([^_\s]+)_([^_\s]+)_([^_\s]+)\.deb (\d+) SHA256:([0-9a-f]{64})$/;

function offered(
  line: string,
  archives: readonly ResolvedArchive[],
  mirrors: Mirrors,
): { key: PackageKey; locked: LockedPackage } | undefined {
  const [, url, name, version, architecture, size, sha256] = OFFER.exec(line) ?? [];
  if (!url || !name || !version || !architecture || !size || !sha256) return undefined;
  const archive = archives.find((candidate) => url.startsWith(`${aptUrl(candidate.url, mirrors)}/`));
  if (archive === undefined) return undefined;
  const origin = archive.url + url.slice(aptUrl(archive.url, mirrors).length);
  const key = packageKey({ name, version: decodeURIComponent(version), architecture });
  return { key, locked: { origin, sha256, size: Number(size) } };
}

function lowestFirst(roots: Readonly<Record<string, RootNeed>>): [string, RootNeed][] {
  const depth = (need: RootNeed | undefined): number => (need === undefined ? 0 : 1 + depth(roots[need.on]));
  return Object.entries(roots).sort(
    ([a, left], [b, right]) => depth(left) - depth(right) || compareCodeUnits(a, b),
  );
}

function unite(older: readonly LockedMetadata[], newer: readonly LockedMetadata[]): LockedMetadata[] {
  const all = new Map([...older, ...newer].map((entry) => [canonicalJson(entry), entry]));
  return [...all].sort(([a], [b]) => compareCodeUnits(a, b)).map(([, entry]) => entry);
}

function unusableRequest(request: string, root: string, distribution: string): Failure {
  return {
    code: 'source/unknown-package',
    message: `${JSON.stringify(request)} cannot be the name of a package.`,
    place: `root ${root} of ${distribution}`,
    next: 'Correct the list of packages in the distribution manifest or the recipe’s buildDepends.',
  };
}

function replacedPackage(key: PackageKey, distribution: string): Failure {
  return {
    code: 'source/digest-mismatch',
    message: `The archive offers other bytes as ${key} than the locked ones.`,
    place: distribution,
    next: `Ask the archive why; then run \`qbuild lock --update\`.`,
  };
}

function unusableIndex(line: string, distribution: string): Failure {
  return {
    code: 'source/unusable-index',
    message: 'The archive’s index does not name a package by URL, size and sha-256.',
    place: distribution,
    cause: line,
    next: 'Use an archive whose Packages files have SHA256 fields.',
  };
}
