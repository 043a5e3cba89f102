// Verifying an Authenticode signature offline: against a CA file, and where wanted one exact signer and a timestamp.
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { formatOf } from './format.ts';
import { readPeLayout } from './pe.ts';
import { lastLines, runTool } from './tools.ts';

export type VerifyFailureCode =
  | 'sign/unsigned'
  | 'sign/altered'
  | 'sign/wrong-signer'
  | 'sign/certificate-expired'
  | 'sign/untrusted'
  | 'sign/timestamp-missing'
  | 'sign/timestamp-untrusted';
const refuse = failing<VerifyFailureCode>();

/** Whom to trust. Files are PEM. */
export interface Trust {
  readonly caFile: string;
  /** Roots of timestamp servers; without it, the system's certificate bundle. */
  readonly timestampCaFile?: string;
  /** sha-256 of the one signing certificate (DER) to accept, in hexadecimal. */
  readonly fingerprint?: string;
  /** Refuse a signature without a trusted timestamp. */
  readonly requireTimestamp?: boolean;
}

/**
 * Checks, one step a line: the file is a whole PE or MSI, it has a signature, the signature is of these bytes,
 * by the wanted signer, whose chain ends in `caFile`, with a trusted timestamp if wanted.
 * Fails with a `VerifyFailureCode`, or as `formatOf`, `readPeLayout` and `runTool` do.
 */
export async function verifyAuthenticode(
  file: string,
  trust: Trust,
  signal?: AbortSignal,
): Promise<Result<void>> {
  const whole = await checkWhole(file);
  if (!whole.ok) return whole;
  const run = await runTool({ tool: 'osslsigncode', args: await verifyArguments(file, trust), signal });
  if (!run.ok) return run;
  const { exitCode, output } = run.value;

  const cause = lastLines(output);
  if (/no signature/i.test(output)) return verdict('sign/unsigned', file);
  if (!hasEqualDigests(output)) return verdict('sign/altered', file, cause);
  if (/Leaf hash match: failed/.test(output)) return verdict('sign/wrong-signer', file, cause);
  if (/Verify error:\s*certificate has expired/.test(output))
    return verdict('sign/certificate-expired', file, cause);
  // Both lines, because the exit code is 0 even when the timestamp's own verification failed.
  if (exitCode !== 0 || !/^Signature verification: ok$/m.test(output))
    return verdict('sign/untrusted', file, cause);
  if (trust.requireTimestamp !== true) return ok();
  if (/Timestamp is not available/.test(output)) return verdict('sign/timestamp-missing', file);
  if (/^Timestamp Server Signature verification: ok$/m.test(output)) return ok();
  return verdict('sign/timestamp-untrusted', file, cause);
}

/** Whether the signature inside the file was made for the file's bytes, whoever made it. */
export async function digestMatches(file: string): Promise<Result<boolean>> {
  const run = await runTool({ tool: 'osslsigncode', args: ['verify', '-in', resolve(file)] });
  return run.ok ? ok(hasEqualDigests(run.value.output)) : run;
}

/** PE images have a "message digest", MSI databases a "DigitalSignature", each once as signed and once as found. */
function hasEqualDigests(output: string): boolean {
  const digest = (which: string): string | undefined =>
    output.match(new RegExp(`^${which} (?:message digest|DigitalSignature) *: *([0-9A-F]+)`, 'm'))?.[1];
  const signed = digest('Current');
  return signed !== undefined && signed === digest('Calculated');
}

/** Checks that the file is a PE image or MSI that was not cut off. */
export async function checkWhole(file: string): Promise<Result<void>> {
  const format = await formatOf(file);
  if (!format.ok) return format;
  if (format.value !== 'pe') return ok();
  const handle = await open(file, 'r');
  try {
    const layout = await readPeLayout(handle, file);
    return layout.ok ? ok() : layout;
  } finally {
    await handle.close();
  }
}

async function verifyArguments(file: string, trust: Trust): Promise<string[]> {
  const args = ['verify', '-CAfile', resolve(trust.caFile)];
  if (trust.timestampCaFile !== undefined) args.push('-TSA-CAfile', resolve(trust.timestampCaFile));
  if (trust.fingerprint !== undefined)
    args.push('-require-leaf-hash', `sha256:${trust.fingerprint.toUpperCase()}`);
  if (await canIgnoreDistributionPoints()) args.push('-ignore-cdp');
  return [...args, '-in', resolve(file)];
}

/** Newer releases fetch the CRLs that a certificate names unless told not to; 2.5 neither does nor has the option. */
async function canIgnoreDistributionPoints(): Promise<boolean> {
  const run = await runTool({ tool: 'osslsigncode', args: ['verify', '--help'] });
  return run.ok && run.value.output.includes('-ignore-cdp');
}

const MESSAGES: Readonly<Record<VerifyFailureCode, string>> = {
  'sign/unsigned': 'The file has no signature.',
  'sign/altered': 'The file was changed after it was signed.',
  'sign/wrong-signer': 'The file is signed, but not with the expected certificate.',
  'sign/certificate-expired':
    'The signing certificate has expired and no timestamp shows that it was valid then.',
  'sign/untrusted': 'The signature does not lead to a trusted certificate authority.',
  'sign/timestamp-missing': 'The signature has no timestamp.',
  'sign/timestamp-untrusted': 'The timestamp does not lead to a trusted certificate authority.',
};

function verdict(code: VerifyFailureCode, place: string, cause?: string): Result<never> {
  return refuse({ code, message: MESSAGES[code], place, ...(cause === undefined ? {} : { cause }) });
}
