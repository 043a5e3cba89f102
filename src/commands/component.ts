// qbuild component NAME
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Component extends QbuildCommand {
  static override summary = 'Build and test one component of a product, and what it builds on';

  static override args = { component: Args.string({ description: 'name of a component', required: true }) };

  static override flags = {
    product: Flags.string({
      description: 'product it is built for (default: the one built last in this workspace)',
    }),
    json: Flags.boolean({ description: 'write events to stdout as JSON, one object a line' }),
    progress: Flags.boolean({
      description: 'say every ten seconds what long actions are at, also where no terminal shows it',
    }),
    locked: Flags.boolean({ description: 'fail when qbuild.lock would have to change' }),
    offline: Flags.boolean({ description: 'use the store alone; fail and name what is missing' }),
    jobs: Flags.integer({ char: 'j', min: 1, description: 'most actions at once (default: cores)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Component);
    const { buildProduct } = await import('../build/product.ts');
    const { lastChoice } = await import('../build/last-product.ts');
    const { openPresenter } = await import('../report/open-presenter.ts');
    const choice =
      flags.product === undefined ? this.unwrap(lastChoice(process.cwd())) : { product: flags.product };
    const presenter = openPresenter({ json: flags.json, progress: flags.progress });
    const report = await buildProduct(
      {
        directory: process.cwd(),
        ...choice,
        only: args.component,
        locked: flags.locked,
        offline: flags.offline,
        keepGoing: false,
        installHostTools: false,
        ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
      },
      presenter.event,
      this.interruption(),
    );
    presenter.end(report);
    this.exitFor(report.failure);
  }
}
