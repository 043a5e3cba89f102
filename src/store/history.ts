// What a workspace remembers of its actions: last key, the one before, duration, and the last key executed.
import type { DatabaseSync } from 'node:sqlite';
import type { ActionId } from '../action/action.ts';
import type { ActionKey } from '../action/preimage.ts';
import type { Remembered } from '../engine/ports.ts';
import { transaction } from './database.ts';
import { isSystemError } from './faults.ts';

export interface History {
  get(action: ActionId): Remembered | undefined;
  /** A duration of 0 (taken from the store) keeps the known one. */
  remember(action: ActionId, key: ActionKey, durationMs: number): void;
  attempt(action: ActionId, key: ActionKey): void;
  attempted(action: ActionId): ActionKey | undefined;
  /** Writes what was remembered since the last time. */
  flush(): void;
}

interface Row {
  action: ActionId;
  key: ActionKey | null;
  previous: ActionKey | null;
  duration: number;
  attempt: ActionKey | null;
  at: number;
}

/** Milliseconds after which a mere use of a result is recorded again; garbage collection counts in days. */
const FRESH_MS = 3_600_000;

export function historyOf(database: DatabaseSync, workspace: string): History {
  const upsert = database.prepare(
    `INSERT OR REPLACE INTO history (workspace, action, key, previous, duration, attempt, at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const changed = new Set<ActionId>();
  let loaded: Map<ActionId, Row> | undefined;
  let scheduled = false;

  function rows(): Map<ActionId, Row> {
    if (loaded === undefined) {
      const all = database.prepare('SELECT * FROM history WHERE workspace = ?').all(workspace);
      loaded = new Map((all as unknown as Row[]).map((row) => [row.action, row]));
    }
    return loaded;
  }

  function row(action: ActionId): Row {
    let known = rows().get(action);
    if (known === undefined) {
      known = { action, key: null, previous: null, duration: 0, attempt: null, at: 0 };
      rows().set(action, known);
    }
    return known;
  }

  function change(action: ActionId): void {
    if (!scheduled) setImmediate(flush);
    scheduled = true;
    changed.add(action);
  }

  function flush(): void {
    scheduled = false;
    if (changed.size === 0 || !database.isOpen) return;
    try {
      transaction(database, () => {
        for (const action of changed) {
          const { key, previous, duration, attempt, at } = row(action);
          upsert.run(workspace, action, key, previous, duration, attempt, at);
        }
      });
      changed.clear();
    } catch (error) {
      // History only speeds up and explains: a run does not fail for it.
      if (!isSystemError(error)) throw error;
    }
  }

  return {
    flush,
    get(action) {
      const known = rows().get(action);
      if (known === undefined || known.key === null) return undefined;
      const { key, duration, previous } = known;
      return { key, durationMs: duration, ...(previous !== null && { previous }) };
    },
    remember(action, key, durationMs) {
      const known = row(action);
      const now = Date.now();
      if (known.key === key && durationMs === 0 && now - known.at < FRESH_MS) return;
      if (known.key !== null && known.key !== key) known.previous = known.key;
      known.key = key;
      known.at = now;
      if (durationMs > 0) known.duration = durationMs;
      change(action);
    },
    attempt(action, key) {
      row(action).attempt = key;
      change(action);
    },
    attempted: (action) => rows().get(action)?.attempt ?? undefined,
  };
}
