// Turns what apt prints into failures that a person can act on.
import type { Failure } from '../base/failure.ts';

interface Trouble {
  readonly code: Failure['code'];
  /** What apt prints; the first row that matches counts. */
  readonly printed: RegExp;
  readonly message: string;
  readonly next: string;
}

const TROUBLES: readonly Trouble[] = [
  {
    code: 'source/expired-signature',
    printed: /EXPKEYSIG|EXPSIG/,
    message: 'The archive is signed by a key of its keyring that has expired, or by a signature that has.',
    next: 'Get the archive’s current keyring, or check this machine’s clock.',
  },
  {
    code: 'source/bad-signature',
    printed: /NO_PUBKEY|BADSIG|not signed|couldn't be verified|could not be verified|Clearsigned file/,
    message: 'The archive is not signed by a key of its keyring.',
    next: 'Check the archive’s keyring in the distribution manifest; if it is right, do not use this mirror.',
  },
  {
    code: 'source/expired-metadata',
    printed: /is expired|Valid-Until/,
    message:
      'The archive’s signed metadata have expired: the mirror is outdated, or someone replays old metadata.',
    next: 'Use another mirror, or check this machine’s clock.',
  },
  {
    code: 'source/expired-metadata',
    printed: /is not valid yet/,
    message: 'The archive’s signed metadata are from the future.',
    next: 'Check this machine’s clock.',
  },
  {
    code: 'source/digest-mismatch',
    printed: /Hash Sum mismatch|unexpected size|Mirror sync in progress/,
    message: 'The archive’s indexes are not those that its signed metadata name.',
    next: 'Try again in some minutes (a mirror may be updating), or use another mirror.',
  },
  {
    code: 'network/not-found',
    printed: /does not have a Release file/,
    message: 'There is no archive at this URL, or it does not have this suite.',
    next: 'Correct the archive’s URL or suites in the distribution manifest.',
  },
];

const UNREACHABLE: Omit<Trouble, 'printed'> = {
  code: 'network/unreachable',
  message: 'The archive’s metadata could not be fetched.',
  next: 'Check the network, the proxy settings and the archive’s URL in the distribution manifest.',
};

/** The failure for an `apt-get update` that ended badly; `place` when apt names no URL. */
export function updateFailure(stderr: string, place: string): Failure {
  const cause = complaints(stderr);
  const { code, message, next } = TROUBLES.find(({ printed }) => printed.test(cause)) ?? UNREACHABLE;
  return { code, message, place: urlIn(cause) ?? place, cause, next };
}

/** The name in apt's complaint about a package that does not exist, if that is what it complains about. */
export function unknownPackageIn(stderr: string): string | undefined {
  return (
    /Unable to locate package (\S+)/.exec(stderr)?.[1] ??
    /Package '([^']+)' has no installation candidate/.exec(stderr)?.[1] ??
    /Version '[^']*' for '([^']+)' was not found/.exec(stderr)?.[1]
  );
}

/** The failure for a package set that apt cannot solve. */
export function unsolvable(root: string, distribution: string, stdout: string, stderr: string): Failure {
  const explanation = stdout.slice(Math.max(0, stdout.indexOf('The following packages have unmet')));
  return {
    code: 'source/unresolvable',
    message: `The packages of root ${root} cannot be installed together.`,
    place: distribution,
    cause: [explanation.trim(), complaints(stderr)].filter((text) => text !== '').join('\n'),
    next: 'Change the list of packages in the distribution manifest or the recipe’s buildDepends.',
  };
}

/** apt's errors and warnings, without its notices. */
function complaints(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^(?:N:|Reading |Building )/.test(line));
  return [...new Set(lines)].join('\n');
}

function urlIn(text: string): string | undefined {
  return /(?:https?|file):\/[^\s']+/.exec(text)?.[0];
}
