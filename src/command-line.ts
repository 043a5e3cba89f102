// Hands the command line to oclif and turns whatever escapes a command into a message and an exit code.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { EXIT_CODE } from './base/failure.ts';

/**
 * oclif's errors: those about the command line itself carry the parse result or exit code 2. `EEXIT` only ends
 * a command, which has said all there is to say.
 */
interface CommandError extends Error {
  readonly code?: string;
  readonly parse?: unknown;
  readonly oclif?: { readonly exit?: number };
}

/** Runs one command. Returns the process exit code; see docs/exit-codes.md. */
export async function runCommandLine(argv: readonly string[], program: string): Promise<number> {
  process.stdout.on('error', endWhenNobodyReads);
  try {
    if (isProductRun(argv)) await runProduct(argv.slice(1), program);
    else await (await import('./oclif-run.ts')).runAnyCommand(argv, program);
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    const error = thrown as CommandError;
    if (error.code === 'EEXIT') return error.oclif?.exit ?? EXIT_CODE.internal;
    if (error.parse !== undefined || error.oclif?.exit === EXIT_CODE.usage) {
      process.stderr.write(`qbuild: ${error.message}\n`);
      return EXIT_CODE.usage;
    }
    if (error.oclif?.exit !== undefined) return error.oclif.exit;
    process.stderr.write(`qbuild: this is a bug in qbuild: ${error.stack ?? String(error)}\n`);
    return EXIT_CODE.internal;
  }
}

/** A reader that has seen enough, such as `head`, has closed the pipe: that is no failure. */
function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** `qbuild product NAME …`, and not one of its subcommands or its help. */
function isProductRun([command, first, ...rest]: readonly string[]): boolean {
  if (command !== 'product' || first === undefined || ['list', 'show', 'help'].includes(first)) return false;
  return ![first, ...rest].some((word) => word === '--help' || word === '-h');
}

/**
 * What people start all day: the same command as oclif would find and run, without its search for plugins, hooks
 * and themes, which takes longer than an empty Node.
 */
async function runProduct(argv: readonly string[], program: string): Promise<void> {
  const { default: Product } = await import('./commands/product/index.ts');
  Product.id = 'product';
  const config = new Config({ root: dirname(fileURLToPath(program)) });
  config.bin = 'qbuild';
  // There are no plugins that could have hooks.
  config.runHook = async () => ({ successes: [], failures: [] });
  await new Product([...argv], config).start();
}
