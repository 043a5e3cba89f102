// Signing RPM packages with rpmsign, which calls gpg in a private home, and verifying them with rpmkeys.
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { gnupgArguments } from './gnupg.ts';
import type { OpenPgpSigner } from './openpgp.ts';
import { lastLines, runTool } from './tools.ts';

export type RpmFailureCode = 'sign/rpm-failed' | 'sign/rpm-unverified' | 'host/missing-tool';
const refuse = failing<RpmFailureCode>();

/**
 * Adds signatures to packages in place. Fails with `sign/rpm-failed`, `sign/rpm-unverified`, or with
 * `host/missing-tool` when the host has no rpm, which only products with RPM packages need.
 */
export async function signRpms(
  signer: OpenPgpSigner,
  files: readonly string[],
  epoch: number,
  signal?: AbortSignal,
): Promise<Result<void>> {
  if (files.length === 0) return ok();
  const gpg = await gpgPath();
  if (!gpg.ok) return gpg;
  const signed = await signer.withKey(signal, async (key) => {
    const { gnupg, signingKey, passphrase, agentAsks, timeFor } = key;
    const words = [
      gpg.value,
      'gpg', // The program's name for itself: rpmsign executes the first word with the others.
      ...gnupgArguments(gnupg.home, { passphrase, agentAsks, time: timeFor(epoch) }),
      ...['--no-armor', '--digest-algo', 'SHA512', '--local-user', `${signingKey}!`],
    ];
    // The names of both files are rpm's to fill in.
    const operands =
      '-sbo %{shescape:%{?__signature_filename}} %{?__plaintext_filename:-- %{shescape:%{__plaintext_filename}}}';
    const macros = [
      `__gpg_sign_cmd ${words.join(' ')} ${operands}`,
      `_gpg_name ${signingKey}`,
      `__gpg ${gpg.value}`,
    ];
    const defines = macros.flatMap((macro) => ['--define', macro]);
    const run = await runTool({
      tool: 'rpmsign',
      args: [...defines, '--addsign', '--', ...files],
      env: { GNUPGHOME: gnupg.home },
      secret: passphrase,
      signal,
    });
    if (!run.ok || run.value.exitCode === 0) return run;
    return refuse({
      code: 'sign/rpm-failed',
      message: 'The packages could not be signed.',
      place: files[0] ?? '',
      cause: lastLines(run.value.output),
    });
  });
  return signed.ok ? verifyRpms(signer.identity, files, signal) : signed;
}

/**
 * Succeeds when each package has a good header signature by the key. The exit code and `digests OK` say nothing: rpm
 * is content with packages that have no signature at all.
 */
export async function verifyRpms(
  key: { readonly fingerprint: string; readonly publicKey: string },
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Result<void>> {
  const scratch = await mkdtemp(join(tmpdir(), 'qbuild-rpm-'));
  try {
    const database = ['--define', `_dbpath ${join(scratch, 'db')}`];
    const keyFile = join(scratch, 'key.asc');
    await writeFile(keyFile, key.publicKey);
    const imported = await runTool({ tool: 'rpmkeys', args: [...database, '--import', keyFile], signal });
    if (!imported.ok) return imported;
    for (const file of files) {
      const args = [...database, '--checksig', '--verbose', '--', file];
      const checked = await runTool({ tool: 'rpmkeys', args, signal });
      if (!checked.ok) return checked;
      const { exitCode, output } = checked.value;
      // No other key is in the database, so a signature that is good is by this one.
      const signatures = output.split('\n').filter((line) => /Signature, key ID/i.test(line));
      if (exitCode === 0 && signatures.length > 0 && signatures.every((line) => line.endsWith(': OK')))
        continue;
      return refuse({
        code: 'sign/rpm-unverified',
        message: 'The package has no good signature by the expected key.',
        place: file,
        cause: `expected: ${key.fingerprint}\n${lastLines(imported.value.output + output)}`,
      });
    }
    return ok();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** rpmsign executes gpg by its path, and Debian's default is one that need not exist. */
async function gpgPath(): Promise<Result<string>> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'gpg');
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return ok(path);
  }
  return refuse({
    code: 'host/missing-tool',
    message: 'The program gpg could not be started.',
    place: 'gpg',
    next: 'Run: apt-get install gnupg',
  });
}
