// Signatures apart from the file: with one, anybody can turn rebuilt unsigned bytes into the signed bytes.
import { open, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { canonicalMsi, canonicalPe } from './canonical.ts';
import { failing } from './failure.ts';
import { formatOf, unreadable } from './format.ts';
import { type WrittenFile, writeOutput } from './output-file.ts';
import { appendSignature, derSequence, readSignature } from './pe.ts';
import { lastLines, runTool } from './tools.ts';
import { digestMatches } from './verify.ts';

export type DetachedFailureCode =
  | 'sign/unsigned'
  | 'sign/signature-damaged'
  | 'sign/signature-mismatch'
  | 'sign/attach-failed';
const refuse = failing<DetachedFailureCode>();

/**
 * Writes the PKCS #7 signature (DER) of a signed file to `output`.
 * Fails as `formatOf` and `readPeLayout` do, or with `sign/unsigned` or `sign/signature-damaged`.
 */
export async function extractSignature(signed: string, output: string): Promise<Result<WrittenFile>> {
  const format = await formatOf(signed);
  if (!format.ok) return format;
  return writeOutput(output, undefined, (temporary) =>
    format.value === 'pe' ? extractFromPe(signed, temporary) : extractFromMsi(signed, temporary),
  );
}

async function extractFromPe(signed: string, temporary: string): Promise<Result<void>> {
  const handle = await open(signed, 'r');
  try {
    const der = await readSignature(handle, signed);
    if (!der.ok) return der;
    const out = await open(temporary, 'wx', 0o600);
    try {
      await out.writeFile(der.value);
    } finally {
      await out.close();
    }
    return ok();
  } finally {
    await handle.close();
  }
}

async function extractFromMsi(signed: string, temporary: string): Promise<Result<void>> {
  const args = ['extract-signature', '-in', resolve(signed), '-out', temporary];
  const run = await runTool({ tool: 'osslsigncode', args });
  if (!run.ok) return run;
  if (run.value.exitCode === 0) return ok();
  if (/MSI file has no signature/i.test(run.value.output)) {
    return refuse({ code: 'sign/unsigned', message: 'The file has no signature.', place: signed });
  }
  return refuse({
    code: 'sign/signature-damaged',
    message: 'The signature could not be read.',
    place: signed,
    cause: lastLines(run.value.output),
  });
}

/**
 * Joins an unsigned file (canonical or not) and a detached signature to the signed file. Whether the signer is
 * trusted is for `verifyAuthenticode` to say; that the signature is one of these bytes is checked here.
 * Fails with `sign/signature-damaged`, `sign/signature-mismatch`, `sign/attach-failed`, or as `canonicalUnsigned`.
 */
export async function attachSignature(
  unsigned: string,
  signature: string,
  output: string,
): Promise<Result<WrittenFile>> {
  const format = await formatOf(unsigned);
  if (!format.ok) return format;
  const der = await readDetached(signature);
  if (!der.ok) return der;
  return writeOutput(output, unsigned, async (temporary) => {
    const attached =
      format.value === 'pe'
        ? await attachToPe(unsigned, der.value, temporary)
        : await attachToMsi(unsigned, signature, temporary);
    if (!attached.ok) return attached;
    const matches = await digestMatches(temporary);
    if (!matches.ok) return matches;
    if (matches.value) return ok();
    return refuse({
      code: 'sign/signature-mismatch',
      message: 'The signature was made for other bytes than these.',
      place: unsigned,
      next: 'Rebuild the exact version that was signed, or fetch the signature that belongs to this build.',
    });
  });
}

async function readDetached(signature: string): Promise<Result<Buffer>> {
  try {
    const bytes = await readFile(signature);
    if (derSequence(bytes)?.length === bytes.length) return ok(bytes);
  } catch (error) {
    return unreadable(signature, error);
  }
  return refuse({
    code: 'sign/signature-damaged',
    message: 'The detached signature is not exactly one PKCS #7 structure in DER.',
    place: signature,
  });
}

async function attachToPe(unsigned: string, der: Buffer, temporary: string): Promise<Result<void>> {
  const canonical = await canonicalPe(unsigned, temporary);
  if (!canonical.ok) return canonical;
  const handle = await open(temporary, 'r+');
  try {
    return await appendSignature(handle, unsigned, der);
  } finally {
    await handle.close();
  }
}

async function attachToMsi(unsigned: string, signature: string, temporary: string): Promise<Result<void>> {
  const canonical = join(dirname(temporary), 'canonical.msi');
  const made = await canonicalMsi(unsigned, canonical);
  if (!made.ok) return made;
  const args = ['attach-signature', '-sigin', resolve(signature), '-in', canonical, '-out', temporary];
  const run = await runTool({ tool: 'osslsigncode', args });
  if (!run.ok) return run;
  // osslsigncode writes the file, then verifies it, and its exit code is about the signer whom nobody told it
  // to trust. So the exit code says nothing here; a signature that can be read back does.
  const readBack = await extractFromMsi(temporary, join(dirname(temporary), 'read-back'));
  if (readBack.ok) return ok();
  return refuse({
    code: 'sign/attach-failed',
    message: 'The signature could not be joined to the MSI.',
    place: unsigned,
    cause: lastLines(run.value.output),
  });
}
