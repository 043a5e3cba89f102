// Differences between locks in words that fit a review and a failure.
import { fail, ok, type Result } from '../base/failure.ts';
import type { LockDifference, PackageAt } from './differences.ts';
import { type Lock, own } from './lockfile.ts';
import {
  isArchive,
  type LockNeeds,
  missingFromLock,
  nothingMissing,
  type RootNeed,
  type SourceNeed,
} from './needs.ts';

/** One line for each difference, and a last one with the sum of package sizes. */
export function describeDifferences(differences: readonly LockDifference[]): string[] {
  const lines = differences.map(describe);
  const bytes = differences.reduce((sum, difference) => sum + growth(difference), 0);
  if (bytes !== 0) lines.push(`packages: ${bytes > 0 ? '+' : '−'}${megabytes(Math.abs(bytes))}`);
  return lines;
}

/** Whether the lock answers everything; what it lacks is the failure `lock/would-change` of `--locked`. */
export function requireComplete(lock: Lock, needs: LockNeeds, place: string): Result<void> {
  const missing = missingFromLock(lock, needs);
  if (nothingMissing(missing)) return ok();
  const roots = Object.entries(missing.distributions).flatMap(([distribution, need]) =>
    Object.entries(need.roots).map(([name, root]) => {
      const known = own(own(lock.distributions, distribution)?.roots ?? {}, name);
      return `${distribution}: root ${name} ${known === undefined ? 'is new' : 'changes'} (${asked(known, root)})`;
    }),
  );
  const sources = Object.entries(missing.sources).map(([component, need]) => `${component}: ${named(need)}`);
  return fail({
    code: 'lock/would-change',
    message: 'The lock would change, and `--locked` forbids that.',
    place,
    cause: [...roots, ...sources].join('\n'),
    next: 'Run `qbuild lock`, review the differences, and commit the lock.',
  });
}

function named(need: SourceNeed): string {
  if (isArchive(need)) return `${need.url} sha256 ${need.sha256}`;
  const signed = need.signedBy === undefined ? '' : `, signed by ${need.signedBy.join(' or ')}`;
  return `${need.url} ${need.ref.kind} ${need.ref.name}${signed}`;
}

function asked(known: RootNeed | undefined, wanted: RootNeed): string {
  const added = wanted.requests.filter((request) => !known?.requests.includes(request));
  const removed = known?.requests.filter((request) => !wanted.requests.includes(request)) ?? [];
  const changes = [...added.map((name) => `+${name}`), ...removed.map((name) => `−${name}`)];
  return changes.join(' ') || 'what it stands on changes';
}

function describe(difference: LockDifference): string {
  switch (difference.kind) {
    case 'distribution-added':
      return `${difference.distribution}: added`;
    case 'distribution-removed':
      return `${difference.distribution}: removed`;
    case 'architecture-changed':
      return `${difference.distribution}: ${difference.from} → ${difference.to}`;
    case 'package-added':
      return `${difference.distribution}: + ${titled(difference.package)} (${origin(difference.package)})`;
    case 'package-removed':
      return `${difference.distribution}: − ${titled(difference.package)}`;
    case 'package-changed': {
      const { distribution, from, to } = difference;
      return `${distribution}: ${from.name} ${from.version} → ${to.version} (${origin(to)})`;
    }
    case 'package-altered':
      return `${difference.distribution}: ${titled(difference.to)} has other bytes under the same version!`;
    case 'package-moved':
      return `${difference.distribution}: ${titled(difference.to)} comes from ${difference.to.origin}`;
    case 'metadata-changed':
      return `${difference.distribution}: ${difference.suite} of ${difference.from || 'nothing'} → ${difference.to || 'nothing'}`;
    case 'component-added':
      return `${difference.component}: + ${difference.at}`;
    case 'component-removed':
      return `${difference.component}: − ${difference.at}`;
    case 'component-changed':
      return `${difference.component}: ${difference.fields.map(({ field, from, to }) => `${field} ${from || 'none'} → ${to || 'none'}`).join(', ')}`;
    default: {
      const { distribution, root, added, removed } = difference;
      const sign = { 'root-added': '+ ', 'root-removed': '− ', 'root-changed': '' }[difference.kind];
      const requests = [...added.map((name) => `+${name}`), ...removed.map((name) => `−${name}`)];
      return `${distribution}: ${sign}root ${root} (${requests.join(' ') || 'other packages'})`;
    }
  }
}

function titled({ name, version }: PackageAt): string {
  return `${name} ${version}`;
}

/** The archive without the path of the file, which says nothing more than the version. */
function origin(at: PackageAt): string {
  const pool = at.origin.indexOf('/pool/');
  return `${pool < 0 ? at.origin : at.origin.slice(0, pool)}, ${megabytes(at.size)}`;
}

function growth(difference: LockDifference): number {
  switch (difference.kind) {
    case 'package-added':
      return difference.package.size;
    case 'package-removed':
      return -difference.package.size;
    case 'package-changed':
    case 'package-altered':
      return difference.to.size - difference.from.size;
    default:
      return 0;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
}
