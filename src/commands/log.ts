// qbuild log ACTION
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Log extends QbuildCommand {
  static override summary = 'Print the log of an action’s last execution';

  static override args = { action: Args.string({ description: 'id of an action', required: true }) };

  static override flags = {
    product: Flags.string({
      description: 'product to look at (default: the one built last in this workspace)',
    }),
    path: Flags.boolean({ description: 'print where the log is instead' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Log);
    const { logOfAction } = await import('../build/actions.ts');
    const log = this.unwrap(
      await logOfAction(
        {
          directory: process.cwd(),
          ...(flags.product === undefined ? {} : { product: flags.product }),
        },
        args.action,
        this.interruption(),
      ),
    );
    if (flags.path) this.log(log);
    else await pipeline(createReadStream(log), process.stdout, { end: false });
  }
}
