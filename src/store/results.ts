// Results of actions by key, one JSON file each, beside the preimage that the key was made of.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ActionKey } from '../action/preimage.ts';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import type { ActionResult } from '../engine/ports.ts';
import { hasCode } from './faults.ts';
import { flush } from './hash.ts';
import type { Layout } from './layout.ts';
import type { Session } from './session.ts';

export interface Results {
  /** The result as it was written; `damaged` when the file does not hold one of this key. Throws system errors. */
  read(key: ActionKey): ActionResult | 'absent' | 'damaged';
  write(result: ActionResult): void;
  drop(key: ActionKey): void;
}

export function resultsOf(layout: Layout, session: Session): Results {
  return {
    read(key) {
      try {
        return parse(readFileSync(layout.result(key), 'utf8'), key) ?? 'damaged';
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return 'absent';
        throw error;
      }
    },
    write(result) {
      const path = layout.result(result.key);
      const temporary = session.temporary();
      writeFileSync(temporary, textOf(result), { flush: true });
      mkdirSync(dirname(path), { recursive: true });
      renameSync(temporary, path);
      flush(dirname(path));
    },
    drop: (key) => rmSync(layout.result(key), { force: true }),
  };
}

/** The last member, `sum`, is the sha-256 of all text before it: cheaper to check than the key of the preimage. */
const SUM_LENGTH = ',"sum":""}\n'.length + 64;

function textOf(result: ActionResult): string {
  const text = canonicalJson(result).slice(0, -1);
  return `${text},"sum":"${sha256Hex(text)}"}\n`;
}

function parse(text: string, key: ActionKey): ActionResult | undefined {
  const summed = text.slice(0, -SUM_LENGTH);
  if (text.slice(-SUM_LENGTH) !== `,"sum":"${sha256Hex(summed)}"}\n`) return undefined;
  const result = JSON.parse(`${summed}}`) as ActionResult;
  return result.key === key ? result : undefined;
}
