// qbuild lock [NAME]
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Lock extends QbuildCommand {
  static override summary = 'Record in qbuild.lock exactly what products use, and show what changes';

  static override description =
    `Without a name all products of the workspace are locked. What the lock has already stays as it is unless
--update asks for the newest of everything.`;

  static override args = {
    product: Args.string({ description: 'name of a product, or path of its manifest' }),
  };

  static override flags = {
    update: Flags.boolean({ description: 'resolve everything anew, also what the lock has' }),
    check: Flags.boolean({ description: 'change nothing; fail when the lock would change' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Lock);
    const { lockWorkspace } = await import('../build/products.ts');
    const policy = { locked: flags.check, offline: false, update: flags.update };
    const products = args.product === undefined ? undefined : [args.product];
    const lines = this.unwrap(await lockWorkspace(process.cwd(), products, policy, this.interruption()));
    this.log(lines.length === 0 ? 'qbuild.lock is up to date' : lines.join('\n'));
  }
}
