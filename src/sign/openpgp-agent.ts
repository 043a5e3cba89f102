// OpenPGP keys that stay in a user's gpg-agent, or in a card behind it: reached from a private home, never copied.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { agentSocket, type Gnupg, mustRun } from './gnupg.ts';
import { lastLines, runTool } from './tools.ts';

export type AgentFailureCode =
  | 'sign/agent-unreachable'
  | 'sign/agent-fingerprint-invalid'
  | 'sign/agent-key-unknown';
const refuse = failing<AgentFailureCode>();

/** A whole fingerprint: whoever could choose the rest of a short key ID could choose the key. */
const FINGERPRINT = /^(?:[0-9A-F]{40}|[0-9A-F]{64})$/;

/** A key that a user's GnuPG knows. */
export interface AgentKey {
  /** Absolute directory of the user's GnuPG. */
  readonly home: string;
  /** Of the primary key. */
  readonly fingerprint: string;
}

/** The fingerprint as gpg prints it, with or without blanks and in either case. */
export function readFingerprint(text: string): Result<string> {
  const fingerprint = text.replaceAll(' ', '').toUpperCase();
  if (FINGERPRINT.test(fingerprint)) return ok(fingerprint);
  return refuse({
    code: 'sign/agent-fingerprint-invalid',
    message: `${JSON.stringify(text)} is no fingerprint.`,
    next: 'Give all of its 40 or 64 digits: gpg --list-secret-keys',
  });
}

/** The public key as the user's GnuPG has it, ASCII-armoured. `gnupg`: a private home for scratch. */
export async function publicKeyOfUser(
  { home, fingerprint }: AgentKey,
  gnupg: Gnupg,
): Promise<Result<string>> {
  const file = join(gnupg.home, 'exported');
  const asked = await runTool({
    tool: 'gpg',
    args: [
      ...['--batch', '--no-tty', '--quiet', '--homedir', home, '--armor', '--output', file],
      ...['--export', fingerprint],
    ],
  });
  if (!asked.ok) return asked;
  // Finding nothing is no failure for gpg, which then writes no file.
  const publicKey = await readFile(file, 'utf8').catch(() => undefined);
  if (publicKey !== undefined) return ok(publicKey);
  return refuse({
    code: 'sign/agent-key-unknown',
    message: `GnuPG does not know the key ${fingerprint}.`,
    place: home,
    cause: lastLines(asked.value.output),
    next: 'Name one that `gpg --list-secret-keys` shows, and set GNUPGHOME if it is not in ~/.gnupg.',
  });
}

/**
 * Lets gpg of the private home use the user's agent, which is started if need be. `publicKey`: ASCII-armoured.
 * Fails with `sign/agent-unreachable` or `sign/openpgp-failed`.
 */
export async function reachAgent(gnupg: Gnupg, home: string, publicKey: string): Promise<Result<void>> {
  const launched = await runTool({ tool: 'gpgconf', args: ['--homedir', home, '--launch', 'gpg-agent'] });
  if (!launched.ok) return launched;
  const [socket, own] = [await agentSocket(home), await agentSocket(gnupg.home)];
  if (launched.value.exitCode !== 0 || socket === undefined || own === undefined) {
    return refuse({
      code: 'sign/agent-unreachable',
      message: 'The gpg-agent of the signing key cannot be reached.',
      place: home,
      cause: lastLines(launched.value.output),
      next: 'Check that `gpg --list-secret-keys` works there, and run again.',
    });
  }
  // Libassuan's way to send a client elsewhere ("Socket wrappers" in its manual): only the agent is the user's.
  await writeFile(own, `%Assuan%\nsocket=${socket}\n`, { mode: 0o600 });
  const file = join(gnupg.home, 'public-key');
  await writeFile(file, publicKey);
  const imported = await mustRun(
    gnupg,
    { args: ['--import', '--', file] },
    'the public key could not be read',
    home,
  );
  return imported.ok ? ok() : imported;
}
