// Words that the trials of an ISO and of what it installs have in common.
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import type { Attached, Step } from '../trial.ts';
import { menuEntries } from './texts.ts';

/** The live system and the installer work in memory. */
export const LIVE_MIB = 2048;
/** What a small laptop has; sparse, so that only what is installed takes room. */
export const DISK_MIB = 32 * 1024;

/** Seconds of a real machine. */
export const FIRMWARE = 60;
export const BOOT = 90;
export const COMMAND = 30;

export const MEDIUM = { medium: { kind: 'published', file: 'iso', format: 'raw' } } as const;
export const AS_CD: Attached = { volume: 'medium', bus: 'cd' };

export const INSTALLER_FAILED = /qubes-install: failed: .*/;

export const says = (title: string, pattern: RegExp, seconds: number): Step => {
  return { do: 'await', title, says: pattern, seconds };
};
export const slow = (title: string, line: string, more: { says?: RegExp; exit?: number } = {}): Step => {
  return { do: 'command', title, command: line, seconds: BOOT, ...more };
};
export const command = (title: string, line: string, more: { says?: RegExp; exit?: number } = {}): Step => {
  return { do: 'command', title, command: line, seconds: COMMAND, ...more };
};

/** Goes down to the entry and starts it. GRUB takes the keys of a terminal on the serial line. */
export function choose(product: ResolvedProduct, id: string): Step[] {
  const entries = menuEntries(product);
  const index = entries.findIndex((each) => each.id === id);
  const last = entries.at(-1)?.name ?? '';
  return [
    says('the boot menu is there', new RegExp(escaped(last)), FIRMWARE),
    { do: 'keys', keys: `${'\u001b[B'.repeat(index)}\r` },
  ];
}

export function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
