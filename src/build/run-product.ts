// What `qbuild product` starts: the program that builds is loaded only when there is something to look into.
import type { Emit } from '../action/events.ts';
import type { RunReport } from '../report/presenter.ts';
import type { BuildOptions } from './product.ts';
import { unchangedRun } from './unchanged.ts';

/** Never rejects for what a user can cause: the report says how it ended. */
export async function runProduct(options: BuildOptions, emit: Emit, signal: AbortSignal): Promise<RunReport> {
  if (options.only === undefined && !options.installHostTools) {
    const report = await unchangedRun(options, emit, signal);
    if (report !== undefined) return report;
  }
  const { buildProduct } = await import('./product.ts');
  return buildProduct(options, emit, signal);
}
