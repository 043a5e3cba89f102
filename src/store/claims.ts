// Who executes a key: at most one process among those that share the store. A claim ends with its process.
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionKey } from '../action/preimage.ts';
import type { Claim } from '../engine/ports.ts';
import { transaction } from './database.ts';
import { isSystemError } from './faults.ts';
import { isAlive, type Session } from './session.ts';

export interface Claims {
  claim(key: ActionKey): Claim | undefined;
  unclaimed(key: ActionKey, signal: AbortSignal): Promise<void>;
}

/** Milliseconds between two looks at another process's claim: short beside any action that is worth sharing. */
const POLL_MS = 100;

export function claimsOf(database: DatabaseSync, staging: string, session: Session): Claims {
  const select = database.prepare('SELECT session FROM claims WHERE key = ?');
  const insert = database.prepare('INSERT OR REPLACE INTO claims (key, session) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM claims WHERE key = ? AND session = ?');

  function isClaimed(key: ActionKey): boolean {
    const holder = select.get(key)?.session as string | undefined;
    return holder !== undefined && (holder === session.name || isAlive(staging, holder));
  }

  function release(key: ActionKey): void {
    try {
      remove.run(key, session.name);
    } catch (error) {
      // It ends with this process then.
      if (!isSystemError(error)) throw error;
    }
  }

  return {
    claim(key) {
      try {
        return transaction(database, () => {
          if (isClaimed(key)) return undefined;
          insert.run(key, session.name);
          return { release: () => release(key) };
        });
      } catch (error) {
        if (!isSystemError(error)) throw error;
        // Claims only save work: without room for one, both processes execute and one commit wins.
        return { release: () => {} };
      }
    },
    async unclaimed(key, signal) {
      while (!signal.aborted && isClaimed(key)) {
        await delay(POLL_MS, undefined, { signal }).catch(() => {});
      }
    },
  };
}
