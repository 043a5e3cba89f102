// Keys in a token (PKCS#11): finding OpenSSL's engine and the module, and what their errors mean.
import { createPublicKey, type X509Certificate } from 'node:crypto';
import { access, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import { keyMismatch } from './certificate.ts';
import { failing } from './failure.ts';
import { readSecret, type Secret, type SecretSource } from './secret.ts';
import { lastLines, runTool, SECRET_PATH } from './tools.ts';

export type Pkcs11FailureCode =
  | 'host/missing-pkcs11-engine'
  | 'host/missing-pkcs11-module'
  | 'sign/pkcs11-uri-invalid'
  | 'sign/pkcs11-environment-invalid'
  | 'sign/pin-rejected'
  | 'sign/pin-missing'
  | 'sign/pin-locked'
  | 'sign/token-missing'
  | 'sign/token-key-missing'
  | 'sign/token-failed';
const refuse = failing<Pkcs11FailureCode>();

/** How to reach a private key in a token. */
export interface TokenReference {
  /** Absolute path. */
  readonly module: string;
  /** RFC 7512, without a PIN. */
  readonly uri: string;
  /** Absent for tokens that are unlocked in another way. */
  readonly pin?: SecretSource | undefined;
  /** Names of variables that the module needs, such as `SOFTHSM2_CONF`. */
  readonly environment: readonly string[];
}

/** Modules by name, with the Debian package that brings each. */
const PACKAGES: Readonly<Record<string, string>> = {
  'libsofthsm2.so': 'softhsm2',
  'opensc-pkcs11.so': 'opensc-pkcs11',
  'libykcs11.so': 'ykcs11',
  'p11-kit-client.so': 'p11-kit-modules',
  'yubihsm_pkcs11.so': 'yubihsm-pkcs11',
};

/** Where Debian and Fedora put modules. */
function moduleDirs(): string[] {
  const lib = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const roots = [lib, '/usr/lib64', '/usr/lib', '/usr/local/lib'];
  return roots.flatMap((root) => [join(root, 'pkcs11'), join(root, 'softhsm'), root]);
}

/** The absolute path of a module that is given as a path or as a file name. Fails with `host/missing-pkcs11-module`. */
export async function findModule(module: string): Promise<Result<string>> {
  const candidates = isAbsolute(module) ? [module] : moduleDirs().map((dir) => join(dir, module));
  if (isAbsolute(module) || !module.includes('/')) {
    for (const path of candidates) if (await isFile(path)) return ok(path);
  }
  const name = module.slice(module.lastIndexOf('/') + 1);
  const debianPackage = PACKAGES[name];
  return refuse({
    code: 'host/missing-pkcs11-module',
    message: `The PKCS#11 module ${JSON.stringify(module)} was not found.`,
    place: candidates.join(', '),
    next:
      debianPackage === undefined
        ? "Install the token vendor's driver and give the absolute path of its PKCS#11 module."
        : `Run: apt-get install ${debianPackage}`,
  });
}

/**
 * Checks that OpenSSL has its PKCS#11 engine, where osslsigncode will look for it by itself. Naming the engine's
 * file to osslsigncode is no alternative: 2.5 takes the id from the name and ends with "bad engine id".
 */
export async function checkEngine(): Promise<Result<void>> {
  const run = await runTool({ tool: 'openssl', args: ['version', '-e'] });
  if (!run.ok) return run;
  const dir = process.env.OPENSSL_ENGINES ?? run.value.output.match(/"(.+)"/)?.[1] ?? '';
  for (const name of ['pkcs11.so', 'libpkcs11.so']) if (await isFile(join(dir, name))) return ok();
  return refuse({
    code: 'host/missing-pkcs11-engine',
    message: "OpenSSL's PKCS#11 engine is not installed.",
    place: dir,
    next: 'Run: apt-get install libengine-pkcs11-openssl (on Fedora: dnf install openssl-pkcs11)',
  });
}

async function isFile(path: string): Promise<boolean> {
  return access(path)
    .then(() => stat(path))
    .then((info) => info.isFile())
    .catch(() => false);
}

const URI = /^pkcs11:[A-Za-z0-9\-._~%:[\]@!$'()*+,=;&?/]+$/;

/** Checks a key's URI: RFC 7512 syntax, and no PIN or PIN source in it. */
export function checkUri(uri: string): Result<string> {
  // A PIN in the URI would be an argument of a process, which every user of the machine can read.
  const hasPin = /pin-(?:value|source)=/i.test(uri);
  if (!hasPin && URI.test(uri)) return ok(uri);
  return refuse({
    code: 'sign/pkcs11-uri-invalid',
    message: hasPin ? 'The PKCS#11 URI contains a PIN.' : 'The PKCS#11 URI is not valid.',
    next: 'Write it like pkcs11:token=NAME;object=LABEL;type=private, and give the PIN by file or environment variable.',
  });
}

/** The URI of the private key with this label, in the token with this label. */
export function uriOfLabel(token: string, label: string): string {
  return `pkcs11:token=${encodeURIComponent(token)};object=${encodeURIComponent(label)};type=private`;
}

/** What a child process needs in its environment to reach the token. */
export function tokenEnvironment(
  reference: TokenReference,
  env: NodeJS.ProcessEnv,
): Result<Record<string, string>> {
  const pinVariable = reference.pin && 'environment' in reference.pin ? reference.pin.environment : undefined;
  const passed: Record<string, string> = {};
  for (const name of ['HOME', 'OPENSSL_ENGINES', ...reference.environment]) {
    if (name === pinVariable || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return refuse({
        code: 'sign/pkcs11-environment-invalid',
        message: `${JSON.stringify(name)} cannot be passed to the PKCS#11 module.`,
        cause:
          name === pinVariable ? 'It is the variable with the PIN.' : 'It is not the name of a variable.',
      });
    }
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return ok(passed);
}

/** The PIN, if the reference names one. */
export async function readPin(
  reference: TokenReference,
  env: NodeJS.ProcessEnv,
): Promise<Result<Secret | undefined>> {
  return reference.pin === undefined ? ok(undefined) : readSecret(reference.pin, env);
}

/**
 * Checks that the token can be unlocked and that its key is the certificate's. One attempt: a wrong PIN counts.
 * Fails with a `Pkcs11FailureCode` or `sign/key-mismatch`.
 */
export async function checkTokenKey(
  reference: TokenReference,
  certificate: X509Certificate,
  env: NodeJS.ProcessEnv,
): Promise<Result<void>> {
  const engine = await checkEngine();
  if (!engine.ok) return engine;
  const passed = tokenEnvironment(reference, env);
  if (!passed.ok) return passed;
  const pin = await readPin(reference, env);
  if (!pin.ok) return pin;
  const run = await runTool({
    tool: 'openssl',
    args: ['pkey', '-engine', 'pkcs11', '-inform', 'engine', '-in', reference.uri, '-pubout'].concat(
      pin.value === undefined ? [] : ['-passin', `file:${SECRET_PATH}`],
    ),
    env: { ...passed.value, PKCS11_MODULE_PATH: reference.module },
    secret: pin.value,
  });
  if (!run.ok) return run;
  const pem = run.value.output.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/)?.[0];
  if (run.value.exitCode !== 0 || pem === undefined) return tokenFailure(run.value.output, reference);
  return certificate.publicKey.equals(createPublicKey(pem)) ? ok() : keyMismatch(certificate, reference.uri);
}

/** In this order: after a rejected PIN, the engine also says that it found no key. */
const MEANINGS: readonly (readonly [RegExp, Pkcs11FailureCode, string, string])[] = [
  [
    /PIN incorrect/i,
    'sign/pin-rejected',
    'The token rejected the PIN.',
    'Correct the PIN; a token locks after a few wrong ones.',
  ],
  [
    /PIN (?:is )?locked/i,
    'sign/pin-locked',
    'The token is locked.',
    "Unlock it with the token vendor's tool and the security officer's PIN.",
  ],
  [
    /No PIN code was entered|UI_process/i,
    'sign/pin-missing',
    'The token asks for a PIN.',
    'Name the file or environment variable that holds the PIN.',
  ],
  [
    /unable to load (?:PKCS#11 )?module/i,
    'host/missing-pkcs11-module',
    'The PKCS#11 module could not be loaded.',
    "Check that it is a PKCS#11 module for this machine's architecture, and that it can read its configuration: a variable that it needs must be named on import.",
  ],
  [
    /no matching initialized token|No matching token/i,
    'sign/token-missing',
    'The token was not found.',
    "Plug it in, or correct the URI's token attribute. A variable that the module needs must be named on import.",
  ],
  [
    /private key was not found|object not found/i,
    'sign/token-key-missing',
    'The token has no such private key.',
    "Correct the URI's object or id attribute.",
  ],
];

/** What the engine's words mean. */
export function tokenFailure(output: string, reference: TokenReference): Result<never> {
  const cause = lastLines(output);
  for (const [words, code, message, next] of MEANINGS) {
    if (words.test(output)) return refuse({ code, message, place: reference.uri, cause, next });
  }
  return refuse({
    code: 'sign/token-failed',
    message: 'The token could not be used.',
    place: reference.uri,
    cause,
    next: `Check it by hand: pkcs11-tool --module ${reference.module} --list-objects`,
  });
}
