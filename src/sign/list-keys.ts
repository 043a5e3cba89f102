// All keys of the key store, whatever they sign.
import { ok, type Result } from '../base/failure.ts';
import { keyNames, readRecord } from './key-directory.ts';
import { loadKey, type StoredKey } from './keys.ts';
import { loadOpenPgpKey, type OpenPgpKey } from './openpgp-keys.ts';

/** Sorted by name; none when the directory does not exist. Fails on the first damaged one. */
export async function listKeys(keysDir: string): Promise<Result<readonly (StoredKey | OpenPgpKey)[]>> {
  const names = await keyNames(keysDir);
  if (!names.ok) return names;
  const keys: (StoredKey | OpenPgpKey)[] = [];
  for (const name of names.value) {
    const raw = await readRecord(keysDir, name);
    if (!raw.ok) return raw;
    const load = raw.value.json.purpose === 'openpgp' ? loadOpenPgpKey : loadKey;
    const key = await load(keysDir, name);
    if (!key.ok) return key;
    keys.push(key.value);
  }
  return ok(keys);
}
