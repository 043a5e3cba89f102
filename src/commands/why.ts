// qbuild why ACTION
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Why extends QbuildCommand {
  static override summary =
    'Explain why an action would run, or had to run last: the fields of its key that changed';

  static override examples = ['<%= config.bin %> why build:core-admin:windows/amd64'];

  static override args = { action: Args.string({ description: 'id of an action', required: true }) };

  static override flags = {
    product: Flags.string({
      description: 'product to look at (default: the one built last in this workspace)',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Why);
    const { explainAction } = await import('../build/actions.ts');
    const { explanationText } = await import('../report/forecast-text.ts');
    const explained = await explainAction(
      {
        directory: process.cwd(),
        ...(flags.product === undefined ? {} : { product: flags.product }),
      },
      args.action,
      this.interruption(),
    );
    this.log(explanationText(this.unwrap(explained)));
  }
}
