// The Authenticode signer: osslsigncode with a key of the store, SHA-256, verified before anybody sees the result.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { err, type Failure, ok, type Result } from '../base/failure.ts';
import { checkDates, keyMismatch } from './certificate.ts';
import { failing, reasonOf } from './failure.ts';
import type { StoredKey } from './keys.ts';
import { type WrittenFile, writeOutput } from './output-file.ts';
import { checkEngine, findModule, readPin, tokenEnvironment, tokenFailure } from './pkcs11.ts';
import { checkPrivateFile } from './private-files.ts';
import { readSecret, type Secret } from './secret.ts';
import type { Signer, SignerIdentity, SignRequest } from './signer.ts';
import { lastLines, runTool, SECRET_PATH } from './tools.ts';
import { checkWhole, type Trust, verifyAuthenticode } from './verify.ts';

export type AuthenticodeFailureCode =
  | 'sign/description-invalid'
  | 'sign/timestamp-failed'
  | 'sign/signing-failed'
  | 'sign/key-damaged';
const refuse = failing<AuthenticodeFailureCode>();

/** A timestamp server is asked this often before signing fails; public ones drop requests now and then. */
const TIMESTAMP_ATTEMPTS = 3;

/**
 * A signer for a key of the store. Whatever can be known beforehand is checked here: dates, permissions, passphrase
 * or PIN source, engine and module; the token itself is first reached by `sign`.
 */
export async function openAuthenticodeSigner(
  key: StoredKey,
  env: NodeJS.ProcessEnv,
  now: Date,
): Promise<Result<Signer>> {
  const valid = checkDates(key.certificate, now, key.files.certificate);
  if (!valid.ok) return valid;
  const access = await openKey(key, env);
  if (!access.ok) return access;
  const issuers = await issuerArguments(key);
  if (!issuers.ok) return issuers;
  const tool = await toolVersion();
  if (!tool.ok) return tool;
  const signing = { key, access: access.value, issuers: issuers.value };
  const isToken = key.record.kind === 'pkcs11';
  const sign = (request: SignRequest, signal?: AbortSignal) => signFile(signing, request, signal);
  return ok({
    identity: identityOf(key, tool.value),
    // Tokens serve one session at a time.
    concurrency: isToken ? 1 : availableParallelism(),
    sign: isToken ? oneAtATime(sign) : sign,
  });
}

function identityOf({ record }: StoredKey, tool: string): SignerIdentity {
  return {
    key: record.name,
    kind: record.kind,
    development: record.kind === 'development',
    fingerprint: record.fingerprint,
    tool,
    ...(record.timestamp === undefined ? {} : { timestampUrl: record.timestamp.url }),
  };
}

/** How osslsigncode reaches the private key. */
interface KeyAccess {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly secret: Secret | undefined;
}

async function openKey({ record, files }: StoredKey, env: NodeJS.ProcessEnv): Promise<Result<KeyAccess>> {
  if (record.kind !== 'pkcs11') {
    const guarded = await checkPrivateFile(files.privateKey);
    if (!guarded.ok) return guarded;
    const source = record.kind === 'pem' ? record.passphrase : undefined;
    const passphrase = source === undefined ? ok(undefined) : await readSecret(source, env);
    if (!passphrase.ok) return passphrase;
    return ok({ args: ['-key', files.privateKey], env: {}, secret: passphrase.value });
  }
  const engine = await checkEngine();
  if (!engine.ok) return engine;
  const module = await findModule(record.module);
  if (!module.ok) return module;
  const passed = tokenEnvironment(record, env);
  if (!passed.ok) return passed;
  const pin = await readPin(record, env);
  if (!pin.ok) return pin;
  const args = ['-pkcs11module', module.value, '-key', record.uri];
  return ok({ args, env: passed.value, secret: pin.value });
}

/** Intermediates travel in the signature; the root does not, because a verifier must have it already. */
async function issuerArguments({ files }: StoredKey): Promise<Result<readonly string[]>> {
  try {
    const pem = await readFile(files.intermediates, 'utf8');
    return ok(pem === '' ? [] : ['-ac', files.intermediates]);
  } catch (error) {
    return refuse({
      code: 'sign/key-damaged',
      message: 'A file of the signing key is missing.',
      place: files.intermediates,
      cause: reasonOf(error),
      next: 'Import the key again under another name.',
    });
  }
}

async function toolVersion(): Promise<Result<string>> {
  const run = await runTool({ tool: 'osslsigncode', args: ['--version'] });
  return run.ok ? ok(run.value.output.match(/osslsigncode [\w.]+/)?.[0] ?? 'osslsigncode') : run;
}

interface Signing {
  readonly key: StoredKey;
  readonly access: KeyAccess;
  readonly issuers: readonly string[];
}

async function signFile(
  signing: Signing,
  request: SignRequest,
  signal?: AbortSignal,
): Promise<Result<WrittenFile>> {
  const described = checkDescription(request);
  if (!described.ok) return described;
  const whole = await checkWhole(request.input);
  if (!whole.ok) return whole;
  const { key, access } = signing;
  return writeOutput(request.output, request.input, async (temporary) => {
    const run = await runTool({
      tool: 'osslsigncode',
      args: signArguments(signing, request, temporary),
      env: { ...access.env, ...proxies(key) },
      secret: access.secret,
      signal,
    });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) return signingFailure(key, request, run.value.output);
    return verifyAuthenticode(temporary, trustOf(key), signal);
  });
}

function signArguments({ key, access, issuers }: Signing, request: SignRequest, temporary: string): string[] {
  const args = ['sign', '-certs', key.files.certificate, ...issuers, ...access.args];
  // /dev/fd paths are opened anew, so each of osslsigncode's reads starts at the beginning.
  if (access.secret !== undefined) args.push('-readpass', SECRET_PATH);
  args.push('-h', 'sha256', '-time', String(request.epoch));
  if (request.description !== undefined) args.push('-n', request.description);
  if (request.url !== undefined) args.push('-i', request.url);
  const { timestamp } = key.record;
  if (timestamp !== undefined) {
    // osslsigncode takes a list of servers and asks one after the other.
    for (let attempt = 0; attempt < TIMESTAMP_ATTEMPTS; attempt++) args.push('-ts', timestamp.url);
  }
  return [...args, '-in', resolve(request.input), '-out', temporary];
}

/** What a file signed with this key must satisfy. */
export function trustOf({ record, files }: StoredKey): Trust {
  return {
    caFile: files.ca,
    fingerprint: record.fingerprint,
    requireTimestamp: record.timestamp !== undefined,
    ...(record.timestamp?.hasCa ? { timestampCaFile: files.timestampCa } : {}),
  };
}

function proxies(key: StoredKey): Record<string, string> {
  if (key.record.timestamp === undefined) return {};
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** osslsigncode writes the description as an ASCII string; other bytes would be garbage in Windows' dialogs. */
function checkDescription({ description, url, input }: SignRequest): Result<void> {
  const isAscii = description === undefined || /^[\x20-\x7e]{1,200}$/.test(description);
  const isWeb = url === undefined || (/^https?:\/\/[\x21-\x7e]+$/.test(url) && URL.canParse(url));
  if (isAscii && isWeb) return ok();
  return refuse({
    code: 'sign/description-invalid',
    message: isAscii
      ? 'The URL is not an http or https URL.'
      : 'The description is not 1 to 200 ASCII characters.',
    place: input,
    cause: JSON.stringify(isAscii ? url : description),
  });
}

function signingFailure(key: StoredKey, request: SignRequest, output: string): Result<never> {
  const { record } = key;
  if (/timestamping failed/.test(output)) {
    return refuse({
      code: 'sign/timestamp-failed',
      message: 'The timestamp server gave no timestamp.',
      place: record.timestamp?.url ?? request.input,
      cause: lastLines(output),
      next: 'Try again later, or import the key with another timestamp server.',
    });
  }
  if (/consistency of a private key/.test(output)) return keyMismatch(key.certificate, record.name);
  const isKeyAccess = /Failed to load private key|Failed to read key or certificates/.test(output);
  if (record.kind === 'pkcs11' && isKeyAccess) return tokenFailure(output, record);
  return refuse({
    code: 'sign/signing-failed',
    message: 'osslsigncode could not sign the file.',
    place: request.input,
    cause: lastLines(output),
  });
}

type Sign = Signer['sign'];

/** Failures after which another attempt would bring the token closer to locking itself. */
const FINAL: ReadonlySet<string> = new Set(['sign/pin-rejected', 'sign/pin-locked']);

/** Queues calls, and after a rejected PIN answers all further ones with the same failure. */
function oneAtATime(sign: Sign): Sign {
  let last: Promise<unknown> = Promise.resolve();
  let final: Failure | undefined;
  return (request, signal) => {
    const result = last.then(async () => {
      if (final !== undefined) return err(final);
      const signed = await sign(request, signal);
      if (!signed.ok && FINAL.has(signed.error.code)) final = signed.error;
      return signed;
    });
    last = result;
    return result;
  };
}
