// Time and CPU time that child processes take.
import { spawnSync } from 'node:child_process';
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

export interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * What a command of bash takes, in a process namespace of its own, so that whatever it starts is counted. Its output
 * goes to `log`; throws with the end of it when the command fails.
 */
export function secondsOf(
  command: string,
  log: string,
  { environment = {}, cwd }: { readonly environment?: Record<string, string>; readonly cwd?: string } = {},
): Seconds {
  const script = `TIMEFORMAT='%R %U %S'; time unshare --fork --pid --mount-proc bash -euo pipefail -c "$0" >"$1" 2>&1`;
  const { status, stderr } = spawnSync('bash', ['-c', script, command, log], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    ...(cwd !== undefined && { cwd }),
  });
  if (status !== 0) throw new Error(`${command}\n${readFileSync(log, 'utf8').slice(-2000)}${stderr}`);
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}
