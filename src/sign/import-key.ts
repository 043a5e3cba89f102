// Importing a real signing key into the store: a PEM key, or a reference to a key in a token. All checks come first.
import { readFile } from 'node:fs/promises';
import { ok, type Result } from '../base/failure.ts';
import { buildChain, type Chain, checkChain, checkPrivateKey, parseCertificates } from './certificate.ts';
import { failing, reasonOf } from './failure.ts';
import { addKey, checkName, keyExists } from './key-directory.ts';
import {
  DEVELOPMENT_KEY,
  describeChain,
  type KeyMaterial,
  type KeyRecord,
  loadKey,
  type StoredKey,
  type Timestamp,
  writeKey,
} from './keys.ts';
import { checkTokenKey, checkUri, findModule, type TokenReference, tokenEnvironment } from './pkcs11.ts';
import { checkPrivateFile } from './private-files.ts';
import { absoluteSource, readSecret, type SecretSource } from './secret.ts';

export type ImportFailureCode =
  | 'sign/import-unreadable'
  | 'sign/key-name-reserved'
  | 'sign/timestamp-url-invalid';
const refuse = failing<ImportFailureCode>();

/** What both kinds of key need. Files are PEM. */
export interface ImportRequest {
  readonly name: string;
  /** The signing certificate first, then its issuers up to the root. */
  readonly certificateFile: string;
  /** Further issuers, when they are kept apart. */
  readonly caFile?: string | undefined;
  /** RFC 3161 server, `http:` or `https:`. */
  readonly timestampUrl?: string | undefined;
  /** Root of the timestamp server; without it, the system's certificate bundle. */
  readonly timestampCaFile?: string | undefined;
  readonly now: Date;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Copies a PEM key (mode 0600 or stricter, perhaps encrypted) and its certificates into the store.
 * Fails with an `ImportFailureCode`, a `CertificateFailureCode`, `sign/private-file-open`, or as `addKey` does.
 */
export async function importPemKey(
  keysDir: string,
  request: ImportRequest & { readonly keyFile: string; readonly passphrase?: SecretSource | undefined },
): Promise<Result<StoredKey>> {
  const prepared = await prepare(request);
  if (!prepared.ok) return prepared;
  const { chain, timestamp, timestampCa } = prepared.value;

  const guarded = await checkPrivateFile(request.keyFile);
  if (!guarded.ok) return guarded;
  const privateKey = await read(request.keyFile);
  if (!privateKey.ok) return privateKey;
  const { passphrase } = request;
  const secret = passphrase === undefined ? ok(undefined) : await readSecret(passphrase, request.env);
  if (!secret.ok) return secret;
  const matching = checkPrivateKey(privateKey.value, secret.value, chain.leaf, request.keyFile);
  if (!matching.ok) return matching;

  return add(
    keysDir,
    {
      kind: 'pem',
      ...describeChain(request.name, chain),
      ...(passphrase === undefined ? {} : { passphrase: absoluteSource(passphrase) }),
      ...timestamp,
    },
    { chain, privateKey: privateKey.value, ...timestampCa },
  );
}

/**
 * Records a key that stays in its token, after reaching it once. `token.module` may be a mere file name.
 * Fails with an `ImportFailureCode`, a `CertificateFailureCode`, a `Pkcs11FailureCode`, or as `addKey` does.
 */
export async function importTokenKey(
  keysDir: string,
  request: ImportRequest & { readonly token: TokenReference },
): Promise<Result<StoredKey>> {
  const prepared = await prepare(request);
  if (!prepared.ok) return prepared;
  const { chain, timestamp, timestampCa } = prepared.value;

  const uri = checkUri(request.token.uri);
  if (!uri.ok) return uri;
  const module = await findModule(request.token.module);
  if (!module.ok) return module;
  const token = { ...request.token, module: module.value };
  const passed = tokenEnvironment(token, request.env);
  if (!passed.ok) return passed;
  const reachable = await checkTokenKey(token, chain.leaf, request.env);
  if (!reachable.ok) return reachable;

  return add(
    keysDir,
    {
      kind: 'pkcs11',
      ...describeChain(request.name, chain),
      module: token.module,
      uri: token.uri,
      ...(token.pin === undefined ? {} : { pin: absoluteSource(token.pin) }),
      environment: [...token.environment],
      ...timestamp,
    },
    { chain, ...timestampCa },
  );
}

interface Prepared {
  readonly chain: Chain;
  readonly timestamp: { readonly timestamp?: Timestamp };
  readonly timestampCa: { readonly timestampCa?: string };
}

async function prepare(request: ImportRequest): Promise<Result<Prepared>> {
  const named = checkNewName(request.name);
  if (!named.ok) return named;
  const chain = await readChain(request);
  if (!chain.ok) return chain;
  const { timestampUrl, timestampCaFile } = request;
  if (timestampUrl === undefined) return ok({ chain: chain.value, timestamp: {}, timestampCa: {} });
  const url = checkTimestampUrl(timestampUrl);
  if (!url.ok) return url;
  const timestamp = { url: url.value, hasCa: timestampCaFile !== undefined };
  const prepared = { chain: chain.value, timestamp: { timestamp } };
  if (timestampCaFile === undefined) return ok({ ...prepared, timestampCa: {} });
  const roots = await readCertificates(timestampCaFile);
  if (!roots.ok) return roots;
  return ok({ ...prepared, timestampCa: { timestampCa: roots.value.map(String).join('') } });
}

function checkNewName(name: string): Result<void> {
  if (name !== DEVELOPMENT_KEY) return checkName(name);
  return refuse({
    code: 'sign/key-name-reserved',
    message: `The name "${DEVELOPMENT_KEY}" is that of the development key.`,
    next: 'Choose another name.',
  });
}

async function readChain(request: ImportRequest): Promise<Result<Chain>> {
  const { certificateFile, caFile, now } = request;
  const own = await readCertificates(certificateFile);
  if (!own.ok) return own;
  const further = caFile === undefined ? ok([]) : await readCertificates(caFile);
  if (!further.ok) return further;
  const chain = buildChain(own.value[0], [...own.value, ...further.value], certificateFile);
  if (!chain.ok) return chain;
  const usable = checkChain(chain.value, now, certificateFile);
  return usable.ok ? chain : usable;
}

async function readCertificates(path: string) {
  const text = await read(path);
  return text.ok ? parseCertificates(text.value, path) : text;
}

function checkTimestampUrl(text: string): Result<string> {
  const url = URL.parse(text);
  const isPlain = url !== null && url.username === '' && url.password === '';
  if (isPlain && (url.protocol === 'http:' || url.protocol === 'https:')) return ok(url.href);
  return refuse({
    code: 'sign/timestamp-url-invalid',
    message: 'The address of the timestamp server is not usable.',
    cause: url === null ? 'It is not a URL.' : 'It must be http or https, without a user name or password.',
    next: 'Write it like http://timestamp.example.com/',
  });
}

async function add(keysDir: string, record: KeyRecord, material: KeyMaterial): Promise<Result<StoredKey>> {
  const added = await addKey(keysDir, record.name, async (staging) => {
    await writeKey(staging, record, material);
    return ok();
  });
  if (!added.ok) return added;
  return added.value === 'taken' ? keyExists(keysDir, record.name) : loadKey(keysDir, record.name);
}

async function read(path: string): Promise<Result<string>> {
  try {
    return ok(await readFile(path, 'utf8'));
  } catch (error) {
    return refuse({
      code: 'sign/import-unreadable',
      message: 'The file could not be read.',
      place: path,
      cause: reasonOf(error),
    });
  }
}
