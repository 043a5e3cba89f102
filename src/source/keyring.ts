// Keyrings of archives: found, and in the binary form that gpgv reads.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';

/**
 * Path of the keyring in binary form; an ASCII-armoured one is converted into `scratch`.
 * Failures: `source/missing-keyring`, `source/bad-keyring`.
 */
export async function binaryKeyring(path: string, scratch: string): Promise<Result<string>> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    return fail(missing(path, (error as Error).message));
  }
  if (!content.subarray(0, 64).toString('latin1').startsWith('-----BEGIN PGP')) {
    // Every OpenPGP packet begins with a byte whose highest bit is set (RFC 9580, section 4.2).
    return (content[0] ?? 0) >= 0x80 ? ok(path) : fail(unreadable(path));
  }
  const binary = dearmour(content.toString('latin1'));
  if (binary === undefined) return fail(unreadable(path));
  const converted = join(scratch, `keyring-${sha256Hex(binary).slice(0, 16)}.gpg`);
  await writeFile(converted, binary);
  return ok(converted);
}

/** RFC 9580, section 6: headers end at an empty line, `=` begins the checksum. */
function dearmour(text: string): Buffer | undefined {
  const blocks = [...text.matchAll(/-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP/g)];
  const parts = blocks.map((block) => {
    const lines = (block[1] ?? '').split(/\r?\n/);
    const body = lines.slice(lines.indexOf('') + 1).filter((line) => !line.startsWith('='));
    return Buffer.from(body.join(''), 'base64');
  });
  const binary = Buffer.concat(parts);
  return binary.byteLength === 0 ? undefined : binary;
}

function missing(place: string, cause: string): Failure {
  return {
    code: 'source/missing-keyring',
    message: 'The keyring that verifies the archive cannot be read.',
    place,
    cause,
    next: 'Install it (Debian’s is in the package debian-archive-keyring) or correct `keyring` in the distribution manifest.',
  };
}

function unreadable(place: string): Failure {
  return {
    code: 'source/bad-keyring',
    message: 'The keyring file holds no OpenPGP keys.',
    place,
    next: 'Correct `keyring` in the distribution manifest.',
  };
}
