// The canonical unsigned form of a file: the bytes that removing its signature gives, however often it was signed.
// A file as the compiler left it is not that form: padding, checksum and an MSI's sector order change on signing.
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { formatOf } from './format.ts';
import { copyWritable, type WrittenFile, writeOutput } from './output-file.ts';
import { makeCanonical } from './pe.ts';
import { lastLines, runTool } from './tools.ts';

export type CanonicalFailureCode = 'sign/canonical-failed';
const refuse = failing<CanonicalFailureCode>();

/**
 * Writes the canonical unsigned form of a signed or unsigned exe, dll or msi to `output` (may be the input).
 * Needs no key. A PE image is rewritten here; an MSI by osslsigncode.
 * Fails as `formatOf`, `readPeLayout` and `runTool` do, or with `sign/canonical-failed`.
 */
export async function canonicalUnsigned(
  input: string,
  output: string,
  signal?: AbortSignal,
): Promise<Result<WrittenFile>> {
  const format = await formatOf(input);
  if (!format.ok) return format;
  return writeOutput(output, input, (temporary) =>
    format.value === 'pe' ? canonicalPe(input, temporary) : canonicalMsi(input, temporary, signal),
  );
}

/** Writes the canonical unsigned form of a PE image to a new file. */
export async function canonicalPe(input: string, temporary: string): Promise<Result<void>> {
  await copyWritable(input, temporary);
  const handle = await open(temporary, 'r+');
  try {
    return await makeCanonical(handle, input);
  } finally {
    await handle.close();
  }
}

/**
 * Signs with a key that is thrown away at once, then removes the signature. osslsigncode writes the whole
 * compound file anew on both, in an order that depends on the content alone: not on the signature's size, the
 * key, or the release (2.5 and 2.9 agree). Removing a signature that is not there is an error in 2.9.
 */
export async function canonicalMsi(
  input: string,
  temporary: string,
  signal?: AbortSignal,
): Promise<Result<void>> {
  const dir = dirname(temporary);
  const key = join(dir, 'throwaway.key');
  const certificate = join(dir, 'throwaway.pem');
  const signed = join(dir, 'signed.msi');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  const steps = [
    { tool: 'openssl', args: ['req', '-x509', ...newKey, '-subj', '/CN=throwaway', '-out', certificate] },
    {
      tool: 'osslsigncode',
      args: ['sign', '-certs', certificate, '-key', key, '-h', 'sha256', '-in', input, '-out', signed],
    },
    { tool: 'osslsigncode', args: ['remove-signature', '-in', signed, '-out', temporary] },
  ] as const;
  for (const { tool, args } of steps) {
    const run = await runTool({ tool, args, signal });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) {
      return refuse({
        code: 'sign/canonical-failed',
        message: `The unsigned form of the MSI could not be made: ${tool} ended with ${run.value.exitCode}.`,
        place: input,
        cause: lastLines(run.value.output),
        next: 'Check with msiinfo that the file is a whole MSI database.',
      });
    }
  }
  return ok();
}
