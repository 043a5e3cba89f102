// qbuild shell ACTION
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Shell extends QbuildCommand {
  static override summary = 'Open a shell in an action’s sandbox, with its root, inputs and environment';

  static override description =
    `Builds what the action needs first. The action’s own command is \`bash /in/script\`; inputs are below
/in, outputs belong below /out. Whatever is made in the shell is thrown away when it ends.`;

  static override args = { action: Args.string({ description: 'id of an action', required: true }) };

  static override flags = {
    product: Flags.string({
      description: 'product to look at (default: the one built last in this workspace)',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Shell);
    const { shellInAction } = await import('../build/actions.ts');
    const { openPresenter } = await import('../report/open-presenter.ts');
    // Plain lines: nothing may redraw the screen while the shell has it.
    const presenter = openPresenter({ live: false });
    const ended = await shellInAction(
      {
        directory: process.cwd(),
        ...(flags.product === undefined ? {} : { product: flags.product }),
      },
      args.action,
      presenter.event,
      this.interruption(),
    );
    this.exit(this.unwrap(ended));
  }
}
