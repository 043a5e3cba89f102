// What is in the store and how much room it takes: for `cache list`, and the ground of garbage collection.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ActionId } from '../action/action.ts';
import type { ActionKey } from '../action/preimage.ts';
import type { Layout } from './layout.ts';

export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export interface Usage {
  readonly blobs: Amount;
  readonly trees: Amount;
  readonly results: Amount;
  readonly logs: Amount;
  /** Actions of all workspaces, the one used last first. */
  readonly actions: readonly UsedAction[];
}

export interface UsedAction {
  readonly workspace: string;
  readonly action: ActionId;
  readonly key: ActionKey;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Something in the store: its sha-256 or key, its path, and its size without file system overhead. */
export interface Item {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** Throws system errors. */
export function usageOf(layout: Layout, database: DatabaseSync): Usage {
  const sum = (items: readonly Item[]): Amount => ({
    count: items.length,
    bytes: items.reduce((total, { bytes }) => total + bytes, 0),
  });
  return {
    blobs: sum(itemsIn(layout, 'blobs')),
    trees: sum(treesIn(layout, database)),
    results: sum(itemsIn(layout, 'results')),
    logs: sum(itemsIn(layout, 'logs')),
    actions: usedActions(database),
  };
}

export function usedActions(database: DatabaseSync): UsedAction[] {
  return database
    .prepare('SELECT workspace, action, key, at FROM history WHERE key IS NOT NULL ORDER BY at DESC')
    .all() as unknown as UsedAction[];
}

/** The files of a folder, by name without suffix. */
export function itemsIn(layout: Layout, folder: 'blobs' | 'results' | 'logs'): Item[] {
  return pathsIn(join(layout.dir, folder)).map((path) => ({
    name: nameOf(path),
    path,
    bytes: lstatSync(path, { throwIfNoEntry: false })?.size ?? 0,
  }));
}

/** Trees and layers; their size is that of the commit record, 0 without one. */
export function treesIn(layout: Layout, database: DatabaseSync): Item[] {
  const rows = database
    .prepare("SELECT substr(digest, 1, 64) AS name, bytes FROM entries WHERE kind = 'tree'")
    .all();
  const sizes = new Map(rows.map(({ name, bytes }) => [name as string, bytes as number]));
  return pathsIn(join(layout.dir, 'trees'))
    .filter((path) => !path.endsWith('.list'))
    .map((path) => ({ name: nameOf(path), path, bytes: sizes.get(nameOf(path)) ?? 0 }));
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder).flatMap((shard) =>
    readdirSync(join(folder, shard)).map((name) => join(folder, shard, name)),
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
}
