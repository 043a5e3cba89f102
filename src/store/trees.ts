// Directories in the store by the digest of their canonical listing.
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, digestOf } from '../base/digest.ts';
import { fail, joinFailures, ok, type Result } from '../base/failure.ts';
import type { Condition } from './blobs.ts';
import type { Entries } from './entries.ts';
import { hasCode } from './faults.ts';
import { flush } from './hash.ts';
import type { Layout } from './layout.ts';
import type { Answer } from './list-tree.ts';
import { type Listing, listingText, parseHeader, parseListing, type TreeKind } from './listing.ts';
import { flushFileSystem, runListTree } from './namespace.ts';
import { type Scan, type ScanRequest, scan } from './scan.ts';
import type { Session } from './session.ts';

export interface Trees {
  /** Moves a directory of the store's file system in, normalised. Throws system errors. */
  take(dir: string, kind: TreeKind, epoch: number): Promise<Result<Digest>>;
  /** Compares the metadata of everything below with the commit record; content only when they differ. */
  check(digest: Digest): Promise<Condition>;
  /** Compares the content. */
  rehash(digest: Digest): Promise<Condition>;
  listing(digest: Digest): Listing | undefined;
}

export function treesOf(layout: Layout, entries: Entries, session: Session): Trees {
  /** Sound when last looked at in this process: the walk costs, and nobody writes there. */
  const checked = new Set<Digest>();

  async function take(dir: string, kind: TreeKind, epoch: number): Promise<Result<Digest>> {
    const found = await scanAs({ dir, kind, epoch, mode: 'take' });
    const [first, ...rest] = found.problems;
    if (first !== undefined) return fail(joinFailures([first, ...rest]));
    const text = listingText(found.listing);
    const digest = digestOf(text);
    if ((await check(digest)) === 'sound') {
      await session.remove(dir);
      return ok(digest);
    }
    if (!found.flushed) await flushFileSystem(dir);
    mkdirSync(dirname(layout.tree(digest)), { recursive: true });
    writeListing(digest, text);
    try {
      renameSync(dir, layout.tree(digest));
      entries.put(digest, 'tree', found.stamp, found.bytes);
    } catch (error) {
      // Another process has just committed the same tree; its own record is the right one.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      await session.remove(dir);
    }
    flush(dirname(layout.tree(digest)));
    checked.add(digest);
    return ok(digest);
  }

  function writeListing(digest: Digest, text: string): void {
    const temporary = session.temporary();
    writeFileSync(temporary, text, { mode: 0o444, flush: true });
    renameSync(temporary, layout.listing(digest));
  }

  /** The text of a listing that is whole. */
  function textOf(digest: Digest): string | undefined {
    if (!existsSync(layout.listing(digest))) return undefined;
    const text = readFileSync(layout.listing(digest), 'utf8');
    return digestOf(text) === digest ? text : undefined;
  }

  async function check(digest: Digest): Promise<Condition> {
    const dir = layout.tree(digest);
    if (!lstatSync(dir, { throwIfNoEntry: false })?.isDirectory()) return 'absent';
    if (checked.has(digest)) return 'sound';
    const recorded = entries.stamp(digest);
    const expected = parseHeader(textOf(digest) ?? '');
    if (recorded !== undefined && expected !== undefined) {
      const { stamp } = await scanAs({ dir, ...expected, mode: 'stamp' });
      if (stamp === recorded) {
        checked.add(digest);
        return 'sound';
      }
    }
    return rehash(digest);
  }

  async function rehash(digest: Digest): Promise<Condition> {
    const dir = layout.tree(digest);
    if (!lstatSync(dir, { throwIfNoEntry: false })?.isDirectory()) return 'absent';
    const expected = parseHeader(textOf(digest) ?? '');
    if (expected !== undefined) {
      const found = await scanAs({ dir, ...expected, mode: 'check' });
      if (found.problems.length === 0 && digestOf(listingText(found.listing)) === digest) {
        entries.put(digest, 'tree', found.stamp, found.bytes);
        checked.add(digest);
        return 'sound';
      }
    }
    checked.delete(digest);
    entries.delete(digest);
    await session.remove(dir);
    rmSync(layout.listing(digest), { force: true });
    return 'damaged';
  }

  return { take, check, rehash, listing: (digest) => parseListing(textOf(digest) ?? '') };
}

/** Owners in layers are recorded as sandboxes see them; other files of subordinate ids can only be read there. */
async function scanAs(request: ScanRequest): Promise<Scan> {
  if (request.kind === 'tree' || request.mode === 'stamp') {
    try {
      return await scan(request);
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
    }
  }
  const answer = JSON.parse(await runListTree(request)) as Answer;
  if ('bug' in answer) throw new Error(answer.bug);
  if ('error' in answer) {
    const { code, message } = answer.error;
    throw Object.assign(new Error(message), { code, syscall: 'list-tree' });
  }
  return answer.scan;
}
