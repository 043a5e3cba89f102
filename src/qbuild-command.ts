// What all commands share: how a failure ends them, and signals that stop a run in good order.
import { Command } from '@oclif/core/command';
import { exitCodeOf, type Failure, type Result } from './base/failure.ts';
import { failureText } from './report/failure-text.ts';

/** A command parses flags, calls one function, and prints what it yields. */
export abstract class QbuildCommand extends Command {
  /** What oclif does with a command that it has found. */
  start(): Promise<unknown> {
    return this._run();
  }

  /** The value, or the end of the process: the failure on stderr and its exit code. */
  protected unwrap<T>(result: Result<T>): T {
    if (result.ok) return result.value;
    process.stderr.write(`${failureText(result.error)}\n`);
    return this.exit(exitCodeOf(result.error));
  }

  /** Ends with the exit code of a failure that a presenter has already shown. */
  protected exitFor(failure: Failure | undefined): void {
    if (failure !== undefined) this.exit(exitCodeOf(failure));
  }

  /**
   * Aborts on the first Ctrl-C or SIGTERM, so that sandboxes end and nothing is half-written; a second one
   * ends the process at once.
   */
  protected interruption(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => controller.abort());
    }
    return controller.signal;
  }
}
