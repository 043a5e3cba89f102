// Garbage collection: keeps the results that workspaces used lately, with what they were made from.
import { existsSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionKey } from '../action/preimage.ts';
import { sha256Of } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { ActionResult } from '../engine/ports.ts';
import type { Layout } from './layout.ts';
import { isLocked, tryLock } from './lock.ts';
import type { Results } from './results.ts';
import { isAlive, type Session, sessionNames } from './session.ts';
import { type Item, itemsIn, treesIn, usedActions } from './usage.ts';

export interface CollectOptions {
  /** Results that a workspace used within this time are kept, and whatever was committed within it. */
  readonly keepMs: number;
  /** Of those, the ones used last, up to this many bytes of content. */
  readonly maxBytes?: number;
}

export interface Collected {
  readonly removed: { readonly count: number; readonly bytes: number };
  readonly kept: { readonly count: number; readonly bytes: number };
}

/** Milliseconds that opening a store waits for a collection to end. */
const WAIT_MS = 60_000;
const POLL_MS = 50;

/**
 * Removes what is not kept. Fails with `store/busy` while another process has the store open: it may be about to
 * read anything. Throws system errors.
 */
export async function collect(
  layout: Layout,
  database: DatabaseSync,
  session: Session,
  results: Results,
  options: CollectOptions,
): Promise<Result<Collected>> {
  const lock = tryLock(layout.collecting);
  if (lock === undefined) return fail(busy(layout.dir, 'Another process collects garbage in this store.'));
  try {
    // Whoever opens the store later sees the lock first.
    const others = sessionNames(layout.staging).filter((name) => name !== session.name);
    if (others.some((name) => isAlive(layout.staging, name))) {
      return fail(busy(layout.dir, 'Another process is using this store.'));
    }
    return ok(await sweep(layout, database, session, mark(layout, database, results, options)));
  } finally {
    lock.release();
  }
}

/** Waits until no garbage is collected. Called with this process's session open. */
export async function waitForCollection(layout: Layout): Promise<Failure | undefined> {
  for (let waited = 0; isLocked(layout.collecting); waited += POLL_MS) {
    if (waited >= WAIT_MS) return busy(layout.dir, 'Garbage is being collected in this store.');
    await delay(POLL_MS);
  }
  return undefined;
}

interface Marks {
  /** Keys whose result file stays, so that `why` can compare with it. */
  readonly keys: ReadonlySet<ActionKey>;
  /** sha-256 of blobs and trees. */
  readonly content: ReadonlySet<string>;
}

function mark(layout: Layout, database: DatabaseSync, results: Results, options: CollectOptions): Marks {
  const since = Date.now() - options.keepMs;
  const sizes = new Map(
    [...itemsIn(layout, 'blobs'), ...treesIn(layout, database)].map((item) => [item.name, item.bytes]),
  );
  const keys = new Set<ActionKey>();
  const content = new Set<string>();
  let bytes = 0;
  for (const { key } of usedActions(database).filter(({ at }) => at >= since)) {
    const result = results.read(key);
    if (typeof result === 'string') continue;
    const added = [...contentOf(result)].filter((name) => !content.has(name));
    const more = added.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    if (bytes + more > (options.maxBytes ?? Number.POSITIVE_INFINITY)) break;
    bytes += more;
    keys.add(key);
    for (const name of added) content.add(name);
  }
  const compared = database.prepare('SELECT key, previous, attempt FROM history WHERE at >= ?').all(since);
  for (const row of compared)
    for (const key of Object.values(row)) if (key !== null) keys.add(key as ActionKey);
  // What was committed lately and belongs to no result yet: downloads, source trees, outputs of a failed run.
  if (options.maxBytes === undefined) {
    const recent = database
      .prepare('SELECT substr(digest, 1, 64) AS name FROM entries WHERE at >= ?')
      .all(since);
    for (const { name } of recent) content.add(name as string);
  }
  return { keys, content };
}

/** Outputs and everything that an execution would need again. */
function* contentOf({ outputs, preimage }: ActionResult): Generator<string> {
  for (const { digest } of Object.values(outputs)) yield sha256Of(digest);
  for (const digest of [...preimage.root, ...Object.values(preimage.inputs)]) yield sha256Of(digest);
}

async function sweep(
  layout: Layout,
  database: DatabaseSync,
  session: Session,
  marks: Marks,
): Promise<Collected> {
  const removed = { count: 0, bytes: 0 };
  const kept = { count: 0, bytes: 0 };
  const judge = async (
    items: readonly Item[],
    wanted: ReadonlySet<string>,
    alsoRemove?: (item: Item) => void,
  ) => {
    for (const item of items) {
      const side = wanted.has(item.name) ? kept : removed;
      side.count += 1;
      side.bytes += item.bytes;
      if (side === kept) continue;
      alsoRemove?.(item);
      await session.remove(item.path);
    }
  };
  const forget = database.prepare('DELETE FROM entries WHERE digest >= ? AND digest < ?');
  // `0` follows `/` in ASCII: the range is that of every digest with this sha-256.
  const forgetItem = ({ name }: Item) => void forget.run(`${name}/`, `${name}0`);
  await judge(itemsIn(layout, 'results'), marks.keys);
  await judge(itemsIn(layout, 'logs'), marks.keys);
  await judge(treesIn(layout, database), marks.content, (item) => {
    forgetItem(item);
    rmSync(`${item.path}.list`, { force: true });
  });
  await judge(itemsIn(layout, 'blobs'), marks.content, forgetItem);
  forgetMissingFiles(database);
  return { removed, kept };
}

/** Drops the stat cache's rows of files that do not exist any more. */
function forgetMissingFiles(database: DatabaseSync): void {
  const remove = database.prepare('DELETE FROM stats WHERE path = ?');
  for (const { path } of database.prepare('SELECT path FROM stats').all()) {
    if (!existsSync(path as string)) remove.run(path as string);
  }
}

function busy(place: string, message: string): Failure {
  return { code: 'store/busy', message, place, next: 'Wait until it has ended, then try again.' };
}
