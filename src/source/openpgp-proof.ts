// Whose OpenPGP signature something carries: gpgv decides, with the keys that a manifest names and no others.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import { binaryKeyring } from './keyring.ts';
import { runTool } from './process.ts';

/** A public key, or several; `place` is what failures call it. */
export interface NamedKey {
  readonly place: string;
  readonly content: string | Buffer;
}

/** Paths of what is signed and of its detached signature. */
export interface Detached {
  readonly signed: string;
  readonly signature: string;
}

/** The fingerprint of the primary key that signed, or why nobody of the keys did. */
export type Signed = { readonly signer: string } | { readonly refused: string };

/** Reads keys that a manifest names, relative to its `directory`. Failures: `source/missing-keyring`. */
export async function readKeys(
  directory: string | undefined,
  names: readonly string[],
): Promise<Result<NamedKey[]>> {
  if (directory === undefined) throw new Error('a source names keys, and nobody says where they are');
  const keys: NamedKey[] = [];
  for (const name of names) {
    const place = join(directory, name);
    try {
      keys.push({ place, content: await readFile(place) });
    } catch (error) {
      return fail({
        code: 'source/missing-keyring',
        message: 'A public key that a source names cannot be read.',
        place,
        cause: (error as Error).message,
        next: 'Put the public key there, or correct the name of its file in the recipe.',
      });
    }
  }
  return ok(keys);
}

/**
 * Who of `keys` made the signature. The clock is the real one: what has expired, and what a revoked or expired key
 * signed, is refused, although gpgv lets some of it pass. `scratch`: a directory for this alone.
 * Failures: `source/bad-keyring`, `host/…`.
 */
export async function whoSigned(
  { signed, signature }: Detached,
  keys: readonly NamedKey[],
  scratch: string,
  signal: AbortSignal,
): Promise<Result<Signed>> {
  const keyrings: string[] = [];
  for (const [index, key] of keys.entries()) {
    const file = join(scratch, `key-${index}.asc`);
    await writeFile(file, key.content);
    const keyring = await binaryKeyring(file, scratch);
    if (!keyring.ok) {
      const next = 'Put the public key there, in its binary or its ASCII-armoured form.';
      return fail({ ...keyring.error, place: key.place, next });
    }
    keyrings.push('--keyring', keyring.value);
  }
  const args = ['--status-fd', '1', ...keyrings, signature, signed];
  const verified = await runTool('gpgv', { args, env: { GNUPGHOME: scratch }, signal });
  if (!verified.ok) return verified;
  const { exitCode, stdout, stderr } = verified.value;
  const signer = exitCode === 0 ? goodSigner(stdout.toString('utf8')) : undefined;
  return ok(signer === undefined ? { refused: stderr.trim() } : { signer });
}

/**
 * The first good signature's primary key: the last field of VALIDSIG (GnuPG's doc/DETAILS). EXPKEYSIG and REVKEYSIG
 * stand where GOODSIG would; gpgv's exit code is 0 for them, too.
 */
function goodSigner(status: string): string | undefined {
  const [, ...each] = status.split(/^\[GNUPG:\] NEWSIG\b.*$/m);
  const good = each.find((lines) => /^\[GNUPG:\] GOODSIG /m.test(lines));
  return good && /^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40,64})$/m.exec(good)?.[1];
}
