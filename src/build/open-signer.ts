// Opens signing keys for use, and reads what is public about them. Development keys are made when they are missing.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { openAuthenticodeSigner } from '../sign/authenticode.ts';
import { ensureDevelopmentKey } from '../sign/development-key.ts';
import { DEVELOPMENT_KEY, loadKey } from '../sign/keys.ts';
import { type OpenPgpSigner, openOpenPgpSigner } from '../sign/openpgp.ts';
import {
  ensureOpenPgpDevelopmentKey,
  loadOpenPgpKey,
  OPENPGP_DEVELOPMENT_KEY,
  type OpenPgpKey,
} from '../sign/openpgp-keys.ts';
import { dearmour } from '../sign/openpgp-verify.ts';
import { describePublicOpenPgp, exportPublic } from '../sign/public-keys.ts';
import type { Signer } from '../sign/signer.ts';
import type { OpenPgpIdentity, SignerIdentity } from '../steps/sign-step.ts';
import type { PublicFacts, PublicKeyFile } from './signing.ts';

export async function openAuthenticode(keysDir: string, name: string): Promise<Result<Signer>> {
  const key =
    name === DEVELOPMENT_KEY ? await ensureDevelopmentKey(keysDir, new Date()) : await loadKey(keysDir, name);
  if (!key.ok) return key;
  // The time again: a key made just now is not valid at an earlier moment.
  return openAuthenticodeSigner(key.value, process.env, new Date());
}

export async function openOpenPgp(keysDir: string, name: string): Promise<Result<OpenPgpSigner>> {
  const key = await openPgpKey(keysDir, name);
  return key.ok ? openOpenPgpSigner(key.value, process.env, new Date()) : key;
}

function openPgpKey(keysDir: string, name: string): Promise<Result<OpenPgpKey>> {
  if (name === OPENPGP_DEVELOPMENT_KEY) return ensureOpenPgpDevelopmentKey(keysDir);
  return loadOpenPgpKey(keysDir, name);
}

/** The certificates as files below `keys/`, and who signs. */
export async function authenticodeFacts(
  keysDir: string,
  name: string,
  { identity }: Signer,
): Promise<Result<PublicFacts<SignerIdentity>>> {
  const key = await loadKey(keysDir, name);
  if (!key.ok) return key;
  const directory = await mkdtemp(join(tmpdir(), 'qbuild-keys-'));
  try {
    const exported = await exportPublic([key.value], directory);
    if (!exported.ok) return exported;
    const files: PublicKeyFile[] = [];
    for (const file of (await readdir(directory)).sort()) {
      if (file === 'keys.json') continue;
      files.push({ path: `keys/${file}`, base64: await readFile(join(directory, file), 'base64') });
    }
    const signer = {
      certificate: identity.fingerprint,
      tool: identity.tool,
      ...(identity.timestampUrl === undefined ? {} : { timestampUrl: identity.timestampUrl }),
    };
    return ok({ signer, development: identity.development, entries: exported.value, files });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The public key as `keys/<file>.asc` and `.gpg`, and who signs. */
export async function openPgpFacts(
  keysDir: string,
  name: string,
  { identity }: OpenPgpSigner,
  file: string,
): Promise<Result<PublicFacts<OpenPgpIdentity>>> {
  const key = await loadOpenPgpKey(keysDir, name);
  if (!key.ok) return key;
  const entry = describePublicOpenPgp(key.value, file);
  const { fingerprint, tool, publicKey, development } = identity;
  const files = [
    { path: `keys/${entry.armoured}`, base64: Buffer.from(publicKey).toString('base64') },
    { path: `keys/${entry.keyring}`, base64: dearmour(publicKey).toString('base64') },
  ];
  return ok({ signer: { fingerprint, tool, publicKey }, development, entries: [entry], files });
}
