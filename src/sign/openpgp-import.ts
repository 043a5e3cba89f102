// Importing an OpenPGP key into the store: a secret key, or a reference to one in an agent. It must sign something first.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { failing, reasonOf } from './failure.ts';
import { withGnupg } from './gnupg.ts';
import { addKey, checkName, keyExists } from './key-directory.ts';
import { DEVELOPMENT_KEY } from './keys.ts';
import { openOpenPgpSigner } from './openpgp.ts';
import { publicKeyOfUser, reachAgent, readFingerprint } from './openpgp-agent.ts';
import {
  describeOpenPgp,
  loadOpenPgpKey,
  loadSecretKey,
  OPENPGP_DEVELOPMENT_KEY,
  type OpenPgpKey,
  openPgpKeyFiles,
  writeOpenPgpKey,
} from './openpgp-keys.ts';
import { publicBlock, signingKeyOf } from './openpgp-listing.ts';
import { absoluteSource, type SecretSource } from './secret.ts';

export type OpenPgpImportFailureCode = 'sign/import-unreadable' | 'sign/key-name-reserved';
const refuse = failing<OpenPgpImportFailureCode>();

export interface CommonImport {
  readonly name: string;
  readonly passphrase: SecretSource | undefined;
  readonly now: Date;
  readonly env: NodeJS.ProcessEnv;
}

export interface OpenPgpImport extends CommonImport {
  /** Secret key as gpg exports it, armoured or binary; mode 0600 or stricter. */
  readonly keyFile: string;
}

export interface AgentImport extends CommonImport {
  /** Absolute directory of the GnuPG whose agent has the key. */
  readonly home: string;
  /** Of the primary key, as gpg or a person writes it. */
  readonly fingerprint: string;
}

/**
 * Copies a secret key into the store after it has made a signature that verifies. Fails with
 * `sign/openpgp-key-unusable`, `sign/openpgp-failed` (a wrong passphrase, for one), `sign/private-file-open`,
 * or as `addKey` does.
 */
export function importOpenPgpKey(keysDir: string, request: OpenPgpImport): Promise<Result<OpenPgpKey>> {
  const { keyFile } = request;
  return addTried(
    keysDir,
    request,
    () => describeSecretKey(request),
    async () => {
      try {
        return ok({ secretKey: await readFile(keyFile) });
      } catch (error) {
        const message = 'The file could not be read.';
        return refuse({ code: 'sign/import-unreadable', message, place: keyFile, cause: reasonOf(error) });
      }
    },
  );
}

/**
 * Records a key that stays in its agent, after it has made a signature that verifies. Fails with
 * `sign/agent-fingerprint-invalid`, `sign/agent-key-unknown`, `sign/agent-unreachable`, or as `importOpenPgpKey` does.
 */
export async function importAgentKey(keysDir: string, request: AgentImport): Promise<Result<OpenPgpKey>> {
  const fingerprint = readFingerprint(request.fingerprint);
  if (!fingerprint.ok) return fingerprint;
  const whole = { ...request, fingerprint: fingerprint.value };
  return addTried(
    keysDir,
    request,
    () => describeAgentKey(whole),
    async () => ok({}),
  );
}

/** Adds what `candidate` describes, once it has signed. */
async function addTried(
  keysDir: string,
  request: CommonImport,
  candidate: () => Promise<Result<OpenPgpKey>>,
  secret: () => Promise<Result<{ readonly secretKey?: Uint8Array }>>,
): Promise<Result<OpenPgpKey>> {
  const { name } = request;
  const named = checkNewName(name);
  if (!named.ok) return named;
  const described = await candidate();
  if (!described.ok) return described;
  const tried = await trySigning(described.value, request);
  if (!tried.ok) return tried;
  const material = await secret();
  if (!material.ok) return material;
  const { record, publicKey } = described.value;
  const added = await addKey(keysDir, name, async (staging) => {
    await writeOpenPgpKey(staging, record, { publicKey, ...material.value });
    return ok();
  });
  if (!added.ok) return added;
  return added.value === 'taken' ? keyExists(keysDir, name) : loadOpenPgpKey(keysDir, name);
}
function checkNewName(name: string): Result<void> {
  if (name !== DEVELOPMENT_KEY && name !== OPENPGP_DEVELOPMENT_KEY) return checkName(name);
  return refuse({
    code: 'sign/key-name-reserved',
    message: `The name "${name}" is that of a development key.`,
    next: 'Choose another name.',
  });
}

/** The key as it will be in the store, but with the secret where it still is. */
function describeSecretKey({ name, keyFile, passphrase, now }: OpenPgpImport): Promise<Result<OpenPgpKey>> {
  return withGnupg(undefined, async (gnupg) => {
    const files = { ...openPgpKeyFiles(gnupg.home), secretKey: keyFile };
    const loaded = await loadSecretKey(gnupg, { files });
    if (!loaded.ok) return loaded;
    const key = await signingKeyOf(gnupg, now, keyFile);
    if (!key.ok) return key;
    const publicKey = await publicBlock(gnupg, key.value.fingerprint, keyFile);
    if (!publicKey.ok) return publicKey;
    const record = { ...describeOpenPgp('secret-key', name, key.value), ...unlockedBy(passphrase) };
    return ok({ record, files, publicKey: publicKey.value });
  });
}

function describeAgentKey(request: AgentImport): Promise<Result<OpenPgpKey>> {
  const { name, home, passphrase, now } = request;
  return withGnupg(undefined, async (gnupg) => {
    const known = await publicKeyOfUser(request, gnupg);
    if (!known.ok) return known;
    const reached = await reachAgent(gnupg, home, known.value);
    if (!reached.ok) return reached;
    const key = await signingKeyOf(gnupg, now, home);
    if (!key.ok) return key;
    const publicKey = await publicBlock(gnupg, key.value.fingerprint, home);
    if (!publicKey.ok) return publicKey;
    const described = describeOpenPgp('secret-key', name, key.value);
    const record = { ...described, kind: 'agent' as const, home, ...unlockedBy(passphrase) };
    return ok({ record, files: openPgpKeyFiles(gnupg.home), publicKey: publicKey.value });
  });
}

function unlockedBy(passphrase: SecretSource | undefined): { readonly passphrase?: SecretSource } {
  return passphrase === undefined ? {} : { passphrase: absoluteSource(passphrase) };
}

async function trySigning(key: OpenPgpKey, { env, now }: CommonImport): Promise<Result<void>> {
  const signer = await openOpenPgpSigner(key, env, now);
  if (!signer.ok) return signer;
  const tried = await withGnupg(undefined, async ({ home }) => {
    const input = join(home, 'trial');
    await writeFile(input, 'trial\n');
    return signer.value.sign('detached', { input, output: `${input}.asc`, epoch: 0 });
  });
  return tried.ok ? ok() : tried;
}
