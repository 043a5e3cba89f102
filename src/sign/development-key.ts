// The development key: a certificate authority and one code-signing certificate, made on first use and marked as such.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../base/failure.ts';
import { buildChain, checkDates, parseCertificates } from './certificate.ts';
import { failing } from './failure.ts';
import { addKey } from './key-directory.ts';
import { DEVELOPMENT_KEY, describeChain, keyFiles, loadKey, type StoredKey, writeKey } from './keys.ts';
import { lastLines, runTool } from './tools.ts';

export type DevelopmentKeyFailureCode = 'sign/development-key-failed';
const refuse = failing<DevelopmentKeyFailureCode>();

const VALID_DAYS = '3650';

// Its own configuration, so that the host's openssl.cnf has no say. The authority may issue code-signing
// certificates only, and no further authorities.
const OPENSSL_CONFIG = `
[req]
prompt = no
string_mask = utf8only
distinguished_name = ca_name
[ca_name]
CN = qbuild development CA (not for release)
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;
const LEAF_SUBJECT = '/CN=qbuild development code signing (not for release)';

/**
 * The development key of a store, made now if it is not there. Of two runs at once, both get the same key.
 * Fails with `sign/development-key-failed`, `sign/certificate-expired`, or as `loadKey`, `addKey` and `runTool` do.
 */
export async function ensureDevelopmentKey(
  keysDir: string,
  now: Date,
  signal?: AbortSignal,
): Promise<Result<StoredKey>> {
  const existing = await loadKey(keysDir, DEVELOPMENT_KEY);
  if (!existing.ok && existing.error.code !== 'sign/key-unknown') return existing;
  if (existing.ok) return stillValid(existing.value, now);
  const added = await addKey(keysDir, DEVELOPMENT_KEY, (staging) => fill(staging, signal));
  return added.ok ? loadKey(keysDir, DEVELOPMENT_KEY) : added;
}

async function fill(staging: string, signal: AbortSignal | undefined): Promise<Result<void>> {
  const files = keyFiles(staging);
  await writeFile(join(staging, 'openssl.cnf'), OPENSSL_CONFIG);
  const request = ['req', '-config', 'openssl.cnf', '-newkey', 'rsa:3072', '-nodes', '-sha256'];
  const validity = ['-days', VALID_DAYS, '-sha256'];
  const extensions = ['-extfile', 'openssl.cnf', '-extensions', 'leaf'];
  const issuer = ['-CA', files.ca, '-CAkey', 'ca.key'];
  const steps = [
    [...request, '-x509', '-days', VALID_DAYS, '-extensions', 'ca', '-keyout', 'ca.key', '-out', files.ca],
    [...request, '-subj', LEAF_SUBJECT, '-keyout', files.privateKey, '-out', 'leaf.csr'],
    ['x509', '-req', '-in', 'leaf.csr', ...issuer, ...validity, ...extensions, '-out', files.certificate],
  ];
  for (const args of steps) {
    const run = await runTool({ tool: 'openssl', args, cwd: staging, signal });
    if (!run.ok) return run;
    if (run.value.exitCode !== 0) return failed(lastLines(run.value.output));
  }
  // Nothing else may ever be issued by this authority, so that trusting it on a test machine trusts one key.
  for (const name of ['ca.key', 'leaf.csr', 'openssl.cnf']) await rm(join(staging, name));

  const pem = (await readFile(files.certificate, 'utf8')) + (await readFile(files.ca, 'utf8'));
  const certificates = parseCertificates(pem, staging);
  if (!certificates.ok) return certificates;
  const chain = buildChain(certificates.value[0], certificates.value, staging);
  if (!chain.ok) return chain;
  const record = { kind: 'development', ...describeChain(DEVELOPMENT_KEY, chain.value) } as const;
  await writeKey(staging, record, { chain: chain.value });
  return ok();
}

function stillValid(key: StoredKey, now: Date): Result<StoredKey> {
  const dir = dirname(key.files.certificate);
  const valid = checkDates(key.certificate, now, key.files.certificate);
  if (valid.ok) return ok(key);
  if (valid.error.code !== 'sign/certificate-expired') return valid;
  return err({ ...valid.error, next: `Remove ${dir} and run: qbuild keys init` });
}

function failed(cause: string): Result<never> {
  return refuse({
    code: 'sign/development-key-failed',
    message: 'The development key could not be made.',
    cause,
  });
}
