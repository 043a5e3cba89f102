// Which keys sign a run: the ones that were chosen, or development keys, made on first use. Only keys of schemes that
// the product's deliverables need are looked at.
//
// What is public about a key is kept between runs, as long as no file that it was read from changed: a run
// that signs nothing needs neither the key nor the signing tool.
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../base/digest.ts';
import { ok, type Result } from '../base/failure.ts';
import { findProgram } from '../host/doctor.ts';
import type { PublicKey } from '../sign/public-keys.ts';
import type { OpenSigners } from '../sign/sign-runner.ts';
import type { OpenPgpIdentity, Scheme, SignerIdentity, Signers } from '../steps/sign-step.ts';
import { writeCacheFile } from './cache-file.ts';
import type { Directories } from './directories.ts';

/** A file of `keys/` in a published product. */
export interface PublicKeyFile {
  /** Below the output directory. */
  readonly path: string;
  readonly base64: string;
}

/** What anybody may know about a key. */
export interface PublicFacts<Identity> {
  readonly signer: Identity;
  readonly development: boolean;
  /** Its entries in `keys.json`. */
  readonly entries: readonly PublicKey[];
  readonly files: readonly PublicKeyFile[];
}

export interface Signing {
  readonly signers: Signers;
  /** Whether any of the keys is one that nobody outside a development machine may trust. */
  readonly development: boolean;
  /** Keys that verify what is signed, and their index. */
  readonly publicKeys: readonly PublicKeyFile[];
  /** Each opens its key and checks it; the same signer each time. */
  readonly open: OpenSigners;
}

/** Names of keys; a development key where none is given. */
export interface KeyChoice {
  readonly key?: string;
  readonly openPgpKey?: string;
}

/** Must match the names in sign/, which is not loaded for runs that sign nothing. */
const DEVELOPMENT_KEYS = { key: 'development', openPgpKey: 'development-openpgp' };

/** `product`: its name, which the files of its OpenPGP key have. */
export async function openSigning(
  directories: Directories,
  chosen: KeyChoice,
  needed: ReadonlySet<Scheme>,
  product: string,
): Promise<Result<Signing>> {
  const { keys } = directories;
  const { key, openPgpKey } = { ...DEVELOPMENT_KEYS, ...chosen };
  const load = () => import('./open-signer.ts');
  const open: OpenSigners = {
    authenticode: once(async () => (await load()).openAuthenticode(keys, key)),
    openpgp: once(async () => (await load()).openOpenPgp(keys, openPgpKey)),
  };
  const authenticode = await factsIf<SignerIdentity>(
    needed.has('authenticode'),
    { directories, name: key, files: AUTHENTICODE_FILES, tool: 'osslsigncode', variant: '' },
    async () => {
      const signer = await open.authenticode();
      return signer.ok ? (await load()).authenticodeFacts(keys, key, signer.value) : signer;
    },
  );
  if (!authenticode.ok) return authenticode;
  const openpgp = await factsIf<OpenPgpIdentity>(
    needed.has('openpgp'),
    { directories, name: openPgpKey, files: OPENPGP_FILES, tool: 'gpg', variant: product },
    async () => {
      const signer = await open.openpgp();
      return signer.ok ? (await load()).openPgpFacts(keys, openPgpKey, signer.value, product) : signer;
    },
  );
  if (!openpgp.ok) return openpgp;
  const all = [authenticode.value, openpgp.value].filter((facts) => facts !== undefined);
  return ok({
    signers: {
      ...(authenticode.value && { authenticode: authenticode.value.signer }),
      ...(openpgp.value && { openpgp: openpgp.value.signer }),
    },
    development: all.some(({ development }) => development),
    publicKeys: [...all.flatMap(({ files }) => files), ...index(all.flatMap(({ entries }) => entries))],
    open,
  });
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}

function index(keys: readonly PublicKey[]): PublicKeyFile[] {
  if (keys.length === 0) return [];
  const text = `${JSON.stringify({ format: 1, keys }, null, 2)}\n`;
  return [{ path: 'keys/keys.json', base64: Buffer.from(text).toString('base64') }];
}

const AUTHENTICODE_FILES = ['key.json', 'certificate.pem', 'intermediates.pem', 'ca.pem', 'timestamp-ca.pem'];
const OPENPGP_FILES = ['key.json', 'public.asc'];

/** Every file, there or not, that public facts about the chosen keys depend on; absolute paths. */
export function filesOfKeys({ keys }: Directories, chosen: KeyChoice): string[] {
  const { key, openPgpKey } = { ...DEVELOPMENT_KEYS, ...chosen };
  const tools = ['osslsigncode', 'gpg'].flatMap((tool) => findProgram(tool) ?? []);
  return [
    ...AUTHENTICODE_FILES.map((file) => join(keys, key, file)),
    ...OPENPGP_FILES.map((file) => join(keys, openPgpKey, file)),
    ...tools,
  ];
}

/** What the public facts of a key depend on. */
interface Facts {
  readonly directories: Directories;
  readonly name: string;
  readonly files: readonly string[];
  /** The signing program. */
  readonly tool: string;
  /** Tells apart what differs for another reason than the key. */
  readonly variant: string;
}

async function factsIf<Identity>(
  needed: boolean,
  facts: Facts,
  ask: () => Promise<Result<PublicFacts<Identity>>>,
): Promise<Result<PublicFacts<Identity> | undefined>> {
  if (!needed) return ok(undefined);
  const { cache, keys } = facts.directories;
  const file = join(cache, 'signers', `${sha256Hex(`${join(keys, facts.name)}\n${facts.variant}`)}.json`);
  const known = readFacts<Identity>(file, stampsOf(facts));
  if (known !== undefined) return ok(known);
  const asked = await ask();
  if (!asked.ok) return asked;
  writeCacheFile(file, JSON.stringify({ stamps: stampsOf(facts), facts: asked.value }));
  return asked;
}

/** Identity and change time of every file that the public facts depend on. */
function stampsOf({ directories, name, files, tool }: Facts): string {
  const all = [...files.map((file) => join(directories.keys, name, file)), findProgram(tool) ?? ''];
  return all.map((file) => `${file} ${stampOf(file)}`).join('\n');
}

function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return '-'; // Absent, or where this user may not look: whoever opens the key says so.
  }
}

function readFacts<Identity>(file: string, stamps: string): PublicFacts<Identity> | undefined {
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8'));
    return stored.stamps === stamps ? stored.facts : undefined;
  } catch {
    return undefined; // Absent or damaged: the key is asked.
  }
}
