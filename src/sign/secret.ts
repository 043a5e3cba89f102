// Secrets (PINs, passphrases): where they come from, how a child process gets one, and how text is cleared of them.
import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { ok, type Result } from '../base/failure.ts';
import { failing, reasonOf } from './failure.ts';
import { makeMemoryDirectory } from './memory-directory.ts';
import { checkPrivateFile } from './private-files.ts';

export type SecretFailureCode = 'sign/secret-missing' | 'sign/secret-empty';
const refuse = failing<SecretFailureCode>();

/** Where a secret is kept. The secret itself is never part of a configuration. */
export const secretSourceSchema = z.union([
  z.strictObject({ file: z.string().startsWith('/').describe('absolute path of a file with mode 0600') }),
  z.strictObject({
    environment: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
      .describe('name of an environment variable'),
  }),
]);
export type SecretSource = z.infer<typeof secretSourceSchema>;

/** The source as it is recorded: with an absolute path. */
export function absoluteSource(source: SecretSource): SecretSource {
  return 'file' in source ? { file: resolve(source.file) } : source;
}

/** A text that shows itself only when asked to: printing, logging or serialising it gives `[secret]`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/**
 * Reads a secret; one trailing line end of a file is not part of it.
 * Fails with `sign/secret-missing`, `sign/secret-empty`, or as `checkPrivateFile` does.
 */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv): Promise<Result<Secret>> {
  if ('environment' in source) {
    const value = env[source.environment];
    if (value === undefined) return missing(`the environment variable ${source.environment}`);
    return nonEmpty(value, `the environment variable ${source.environment}`);
  }
  const guarded = await checkPrivateFile(source.file);
  if (!guarded.ok) return guarded;
  try {
    return nonEmpty((await readFile(source.file, 'utf8')).replace(/\r?\n$/, ''), source.file);
  } catch (error) {
    return missing(source.file, reasonOf(error));
  }
}

function nonEmpty(text: string, place: string): Result<Secret> {
  if (text !== '') return ok(new Secret(text));
  return refuse({
    code: 'sign/secret-empty',
    message: 'The secret is empty.',
    place,
    next: `Put the PIN or passphrase into ${place}.`,
  });
}

function missing(place: string, cause?: string): Result<never> {
  return refuse({
    code: 'sign/secret-missing',
    message: 'The PIN or passphrase of the signing key could not be read.',
    place,
    ...(cause === undefined ? {} : { cause }),
    next: `Provide ${place}, or import the key again with another source.`,
  });
}

/**
 * Runs `use` with a file descriptor from which a child process can read the secret.
 * The file behind it has no name any more when `use` starts, so a killed run leaves nothing on disk.
 */
export async function withSecretDescriptor<T>(secret: Secret, use: (fd: number) => Promise<T>): Promise<T> {
  const handle = await openUnnamed(secret.reveal());
  try {
    return await use(handle.fd);
  } finally {
    await handle.close();
  }
}

async function openUnnamed(text: string) {
  const dir = await makeMemoryDirectory();
  try {
    const path = join(dir, randomBytes(8).toString('hex'));
    const writer = await open(path, 'wx', 0o600);
    try {
      await writer.writeFile(text);
    } finally {
      await writer.close();
    }
    return await open(path, 'r');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const PRIVATE_KEY_BLOCK =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g;
const PIN_ATTRIBUTE = /(pin-(?:value|source)=)[^;&?\s]*/gi;

/** Clears a tool's text of the given secrets, of private keys in PEM form and of PINs inside PKCS#11 URIs. */
export function redact(text: string, secrets: readonly Secret[]): string {
  let clean = text.replace(PRIVATE_KEY_BLOCK, '[private key]').replace(PIN_ATTRIBUTE, '$1[secret]');
  for (const secret of secrets) clean = clean.replaceAll(secret.reveal(), '[secret]');
  return clean;
}
