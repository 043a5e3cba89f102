// Signing files with OpenPGP: detached signatures and clear-signed texts, each verified before it has its name.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing } from './failure.ts';
import { type Gnupg, gnupgVersion, mustRun, withGnupg } from './gnupg.ts';
import { type OpenPgpKey, type OpenPgpRecord, useKey } from './openpgp-keys.ts';
import { verifyOpenPgp } from './openpgp-verify.ts';
import { type WrittenFile, writeOutput } from './output-file.ts';
import { readSecret, type Secret } from './secret.ts';

export type OpenPgpFailureCode = 'sign/openpgp-altered' | 'sign/openpgp-key-expired';
const refuse = failing<OpenPgpFailureCode>();

/** Who signs, in public terms. Whatever changes the signed bytes is here, so that it can be part of an action's key. */
export interface OpenPgpIdentity {
  readonly key: string;
  readonly kind: OpenPgpRecord['kind'];
  /** True for a key that nobody outside a development machine may trust. */
  readonly development: boolean;
  /** Of the primary key, upper-case hexadecimal. */
  readonly fingerprint: string;
  /** Program and version, e.g. `gpg (GnuPG) 2.2.40`. */
  readonly tool: string;
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
}

/** One file to sign. */
export interface OpenPgpRequest {
  readonly input: string;
  readonly output: string;
  /** Seconds since 1970; a signature is never older than its key, so a younger key signs with its own time. */
  readonly epoch: number;
}

export type OpenPgpForm = 'detached' | 'clear';

/** Signs files. The same file, key and release of gpg give the same bytes. */
export interface OpenPgpSigner {
  readonly identity: OpenPgpIdentity;
  sign(form: OpenPgpForm, request: OpenPgpRequest, signal?: AbortSignal): Promise<Result<WrittenFile>>;
  /** Lets `work` use gpg with the secret key in place; for tools that call gpg themselves. */
  withKey<T>(
    signal: AbortSignal | undefined,
    work: (key: KeyInPlace) => Promise<Result<T>>,
  ): Promise<Result<T>>;
}

/** A private gpg home that can sign. */
export interface KeyInPlace {
  readonly gnupg: Gnupg;
  readonly signingKey: string;
  readonly passphrase: Secret | undefined;
  /** The key's own agent asks for what it needs. */
  readonly agentAsks: boolean;
  /** The time for a signature of this epoch, seconds since 1970. */
  readonly timeFor: (epoch: number) => number;
}

/** Fails with `sign/openpgp-key-expired`, `sign/secret-missing`, or `host/missing-tool`. */
export async function openOpenPgpSigner(
  key: OpenPgpKey,
  env: NodeJS.ProcessEnv,
  now: Date,
): Promise<Result<OpenPgpSigner>> {
  const { record, publicKey } = key;
  if (record.notAfter !== undefined && now.getTime() > Date.parse(record.notAfter)) {
    return refuse({
      code: 'sign/openpgp-key-expired',
      message: `The OpenPGP key "${record.name}" expired on ${record.notAfter}.`,
      place: key.files.publicKey,
      next: 'Extend it with gpg and import it again, or choose another key.',
    });
  }
  const tool = await gnupgVersion();
  if (!tool.ok) return tool;
  const passphrase =
    record.passphrase === undefined ? ok(undefined) : await readSecret(record.passphrase, env);
  if (!passphrase.ok) return passphrase;
  const { name, kind, fingerprint } = record;
  const development = kind === 'development';
  const identity = { key: name, kind, development, fingerprint, tool: tool.value, publicKey };
  const withKey: OpenPgpSigner['withKey'] = (signal, work) =>
    withGnupg(signal, async (gnupg) => {
      const loaded = await useKey(gnupg, key);
      if (!loaded.ok) return loaded;
      const timeFor = (epoch: number) => Math.max(epoch, record.created);
      const agentAsks = record.kind === 'agent';
      return work({ gnupg, signingKey: record.signingKey, passphrase: passphrase.value, agentAsks, timeFor });
    });
  return ok({
    identity,
    withKey,
    sign: (form, request, signal) =>
      withKey(signal, (inPlace) => signFile(inPlace, identity, form, request, signal)),
  });
}

async function signFile(
  { gnupg, signingKey, passphrase, agentAsks, timeFor }: KeyInPlace,
  identity: OpenPgpIdentity,
  form: OpenPgpForm,
  { input, output, epoch }: OpenPgpRequest,
  signal: AbortSignal | undefined,
): Promise<Result<WrittenFile>> {
  return writeOutput(output, undefined, async (temporary) => {
    const what = form === 'detached' ? ['--armor', '--detach-sign'] : ['--clear-sign'];
    // `!`: this part of the key and no other.
    const args = [
      '--digest-algo',
      'SHA512',
      '--local-user',
      `${signingKey}!`,
      '--output',
      temporary,
      ...what,
      '--',
      input,
    ];
    const signed = await mustRun(
      gnupg,
      { args, passphrase, agentAsks, time: timeFor(epoch) },
      'the file could not be signed',
      input,
    );
    if (!signed.ok) return signed;
    if (form === 'detached') return verifyOpenPgp(identity, { signature: temporary, content: input }, signal);
    const text = join(gnupg.home, 'text');
    const verified = await verifyOpenPgp(identity, { signature: temporary, text }, signal);
    if (!verified.ok) return verified;
    // Clear-signing drops blanks at the ends of lines: what is not the same text is not signed as it is.
    if ((await readFile(text)).equals(await readFile(input))) return ok();
    return refuse({
      code: 'sign/openpgp-altered',
      message: 'The text cannot be clear-signed as it is.',
      place: input,
      cause: 'Lines end in blanks, or the last one has no line end.',
    });
  });
}
