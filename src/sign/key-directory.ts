// The key store on disk: one private directory a key, with `key.json` and the files of its kind.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '../base/failure.ts';
import { failing, reasonOf } from './failure.ts';
import { checkPrivateDir, commitPrivateDir, ensurePrivateDir } from './private-files.ts';

export type KeyStoreFailureCode =
  | 'sign/key-unknown'
  | 'sign/key-exists'
  | 'sign/key-damaged'
  | 'sign/key-name-invalid'
  | 'sign/key-purpose';
const refuse = failing<KeyStoreFailureCode>();

/** What may be the name of a key and of its directory. */
export const KEY_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What a key signs: Windows programs, or repositories and packages. */
export type KeyPurpose = 'authenticode' | 'openpgp';

const PURPOSES: Readonly<Record<KeyPurpose, string>> = {
  authenticode: 'a code-signing key for Windows programs',
  openpgp: 'an OpenPGP key',
};

/** Names of all keys, sorted; none when the directory does not exist. */
export async function keyNames(keysDir: string): Promise<Result<readonly string[]>> {
  try {
    return ok((await readdir(keysDir)).filter((name) => KEY_NAME.test(name)).sort());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok([]);
    return unreadable(keysDir, keysDir, error);
  }
}

/** What `key.json` says, before its own kind's schema has seen it. */
export interface RawRecord {
  /** Of `key.json`. */
  readonly path: string;
  /** Of the key. */
  readonly dir: string;
  readonly json: { readonly [field: string]: unknown };
}

/**
 * The record of one key by name. Fails with `sign/key-name-invalid`, `sign/key-unknown`, `sign/key-damaged`, or
 * `sign/keys-directory-open` when others could have put it there.
 */
export async function readRecord(keysDir: string, name: string): Promise<Result<RawRecord>> {
  const named = checkName(name);
  if (!named.ok) return named;
  const dir = join(keysDir, name);
  const path = join(dir, 'key.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && !(await isThere(dir));
    if (!isAbsent) return unreadable(keysDir, path, error);
    return refuse({
      code: 'sign/key-unknown',
      message: `There is no signing key "${name}".`,
      place: keysDir,
      next: 'Run: qbuild keys list',
    });
  }
  for (const guarded of [keysDir, dir]) {
    const closed = await checkPrivateDir(guarded);
    if (!closed.ok) return closed;
  }
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return damaged(path, 'It is no JSON object.');
    return ok({ path, dir, json: json as RawRecord['json'] });
  } catch (error) {
    return damaged(path, reasonOf(error));
  }
}

/** The record as its schema has it. A key of another purpose is `sign/key-purpose`. */
export function parseRecord<Record extends { readonly name: string; readonly purpose: KeyPurpose }>(
  { path, json }: RawRecord,
  name: string,
  purpose: KeyPurpose,
  schema: z.ZodType<Record>,
): Result<Record> {
  const other = (Object.keys(PURPOSES) as KeyPurpose[]).find((each) => each === json.purpose);
  if (other !== undefined && other !== purpose) {
    return refuse({
      code: 'sign/key-purpose',
      message: `The key "${name}" is ${PURPOSES[other]}, and ${PURPOSES[purpose]} is needed.`,
      place: path,
      next: 'Choose another key; `qbuild keys list` shows what each is for.',
    });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return damaged(path, z.prettifyError(parsed.error));
  if (parsed.data.name !== name) return damaged(path, `It names itself "${parsed.data.name}".`);
  return ok(parsed.data);
}

function isThere(dir: string): Promise<boolean> {
  return stat(dir).then(
    () => true,
    () => false,
  );
}

/** Says first what is wrong with the store itself, if something is. */
async function unreadable(keysDir: string, path: string, error: unknown): Promise<Result<never>> {
  const usable = await checkPrivateDir(keysDir);
  return usable.ok ? damaged(path, reasonOf(error)) : usable;
}

/** Adds a key in one step. `taken` means that the name existed; then nothing was written. */
export async function addKey(
  keysDir: string,
  name: string,
  fill: (staging: string) => Promise<Result<void>>,
): Promise<Result<'made' | 'taken'>> {
  const named = checkName(name);
  if (!named.ok) return named;
  const dir = await ensurePrivateDir(keysDir);
  if (!dir.ok) return dir;
  return commitPrivateDir(join(keysDir, name), fill);
}

/** Checks what may be the name of a key and of its directory. */
export function checkName(name: string): Result<void> {
  if (KEY_NAME.test(name)) return ok();
  return refuse({
    code: 'sign/key-name-invalid',
    message: `${JSON.stringify(name)} cannot be the name of a key.`,
    next: 'Use up to 63 lower-case letters, digits and hyphens, beginning with a letter or digit.',
  });
}

/** The failure for a name that is in use. */
export function keyExists(keysDir: string, name: string): Result<never> {
  return refuse({
    code: 'sign/key-exists',
    message: `There is a signing key "${name}" already.`,
    place: join(keysDir, name),
    next: 'Choose another name, or remove that directory if the key is not needed any more.',
  });
}

/** The failure for a key whose files are not what they were. */
export function damaged(path: string, cause: string): Result<never> {
  return refuse({
    code: 'sign/key-damaged',
    message: 'The description of a signing key cannot be read.',
    place: path,
    cause,
    next: 'Import the key again under another name, or remove its directory.',
  });
}
