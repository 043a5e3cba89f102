// Verifying OpenPGP signatures against exactly one key, by gpgv.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { lastLines, runTool } from './tools.ts';

export type OpenPgpVerifyFailureCode = 'sign/openpgp-unverified';
const refuse = failing<OpenPgpVerifyFailureCode>();

/** A detached signature with what it signs, or a clear-signed text with the file that its text is written to. */
export type Signed =
  | { readonly signature: string; readonly content: string }
  | { readonly signature: string; readonly text: string };

/**
 * Succeeds when there is exactly one signature, it is good, and the key made it. The clock is the real one, so that
 * nobody gets what an expired key signed. Fails with `sign/openpgp-unverified`.
 */
export async function verifyOpenPgp(
  key: { readonly fingerprint: string; readonly publicKey: string },
  signed: Signed,
  signal?: AbortSignal,
): Promise<Result<void>> {
  const home = await mkdtemp(join(tmpdir(), 'qbuild-gpgv-'));
  try {
    const keyring = join(home, 'key.gpg');
    await writeFile(keyring, dearmour(key.publicKey));
    const files = 'content' in signed ? ['--', signed.signature, signed.content] : ['--', signed.signature];
    const text = 'text' in signed ? ['--output', signed.text] : [];
    const args = ['--homedir', home, '--status-fd', '1', '--keyring', keyring, ...text, ...files];
    const verified = await runTool({ tool: 'gpgv', args, signal });
    if (!verified.ok) return verified;
    const { exitCode, output } = verified.value;
    const status = [...output.matchAll(/^\[GNUPG:\] (\S+)(.*)$/gm)];
    const all = (name: string) => status.filter((match) => match[1] === name);
    // The last field of VALIDSIG is the fingerprint of the primary key (GnuPG's doc/DETAILS).
    const signers = all('VALIDSIG').map((match) => match[2]?.trim().split(' ').at(-1));
    const isGood = exitCode === 0 && all('GOODSIG').length === 1 && all('NEWSIG').length === 1;
    if (isGood && signers.length === 1 && signers[0] === key.fingerprint) return ok();
    return refuse({
      code: 'sign/openpgp-unverified',
      message: 'The OpenPGP signature is not a good one by the expected key.',
      place: signed.signature,
      cause: `expected: ${key.fingerprint}\n${lastLines(output.replaceAll(/^\[GNUPG:\].*\n?/gm, ''))}`,
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The packets of one ASCII-armoured block (RFC 9580, section 6): headers end at an empty line, `=` begins the checksum. */
export function dearmour(block: string): Buffer {
  const lines = block.split(/\r?\n/);
  const body = lines.slice(lines.indexOf('') + 1).filter((line) => !/^(?:=|-----)/.test(line));
  return Buffer.from(body.join(''), 'base64');
}
