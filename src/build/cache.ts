// Opens the store for the commands that look after it.
import { fail, type Result } from '../base/failure.ts';
import type { Audit } from '../store/audit.ts';
import { type DiskStore, openStore } from '../store/disk-store.ts';
import { directoriesOf } from './directories.ts';

export async function withStore<T>(
  workspace: string,
  use: (store: DiskStore) => Promise<Result<T>>,
): Promise<Result<T>> {
  const store = await openStore(directoriesOf(process.env).store, { workspace });
  if (!store.ok) return store;
  try {
    return await use(store.value);
  } finally {
    await store.value.close();
  }
}

/** Fails with `interrupted/cancelled` when it did not come to its end. */
export function verifyStore(workspace: string, signal: AbortSignal): Promise<Result<Audit>> {
  return withStore(workspace, async (store) => {
    const audit = await store.audit(signal);
    if (!audit.ok || !signal.aborted) return audit;
    return fail({ code: 'interrupted/cancelled', message: 'The verification was interrupted.' });
  });
}
