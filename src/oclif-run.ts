// Any command, found and run by oclif. In a module of its own, so that `qbuild product` starts without it.
import { flush } from '@oclif/core/flush';
import { run } from '@oclif/core/run';

/** `program`: the URL of the bundle's entry. Throws oclif's errors. */
export async function runAnyCommand(argv: readonly string[], program: string): Promise<void> {
  await run([...argv], program);
  await flush();
}
