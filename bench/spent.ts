// Time and CPU time that child processes take.
import { readFileSync } from 'node:fs';

export interface Spent {
  readonly wallMs: number;
  /** Of all children that were waited for meanwhile, and theirs. */
  readonly cpuMs: number;
}

/** Linux counts in hundredths of a second here, whatever the kernel's own clock (proc(5), `sysconf(_SC_CLK_TCK)`). */
const MS_PER_TICK = 10;

/** CPU milliseconds of children that have ended: fields 16 and 17 of /proc/self/stat. */
export function childrenCpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}

export function spentBy(work: () => void): Spent {
  const [begin, cpu] = [performance.now(), childrenCpuMs()];
  work();
  return { wallMs: performance.now() - begin, cpuMs: childrenCpuMs() - cpu };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
