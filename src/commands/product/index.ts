// qbuild product NAME|PATH
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../../qbuild-command.ts';

export default class Product extends QbuildCommand {
  static override summary = 'Build a product: from its manifest to what a person installs';

  static override description =
    `Reads the product manifest, resolves and locks it, builds every component in a sandbox, signs, and
publishes the deliverables. What is built already is taken from the store.`;

  static override examples = [
    '<%= config.bin %> product qubes-for-hyperv',
    '<%= config.bin %> product qubes-for-hyperv --plan',
    '<%= config.bin %> product qubes-for-hyperv --locked --json',
  ];

  static override args = {
    product: Args.string({ description: 'name of a product, or path of a product manifest', required: true }),
  };

  static override flags = {
    plan: Flags.boolean({ description: 'show what would run and why, and run nothing' }),
    json: Flags.boolean({
      description: 'write events to stdout as JSON, one object a line; the last is the result',
    }),
    progress: Flags.boolean({
      description: 'say every ten seconds what long actions are at, also where no terminal shows it',
    }),
    locked: Flags.boolean({ description: 'fail when qbuild.lock would have to change' }),
    offline: Flags.boolean({ description: 'use the store alone; fail and name what is missing' }),
    jobs: Flags.integer({ char: 'j', min: 1, description: 'most actions at once (default: cores)' }),
    'keep-going': Flags.boolean({
      char: 'k',
      description: 'after a failure, finish what does not depend on it',
    }),
    only: Flags.string({ description: 'build this component and what it needs; publish nothing' }),
    key: Flags.string({ description: 'name of the key for Windows programs (default: the development key)' }),
    'openpgp-key': Flags.string({
      description: 'name of the OpenPGP key for repositories (default: the development key)',
    }),
    out: Flags.string({ description: 'directory for the deliverables (default: out/<product>)' }),
    'install-host-tools': Flags.boolean({ description: 'first install what `qbuild doctor` finds missing' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Product);
    if (flags.plan) return this.showPlan(args.product);
    const { runProduct } = await import('../../build/run-product.ts');
    const { openPresenter } = await import('../../report/open-presenter.ts');
    const presenter = openPresenter({ json: flags.json, progress: flags.progress });
    const report = await runProduct(
      {
        directory: process.cwd(),
        product: args.product,
        locked: flags.locked,
        offline: flags.offline,
        keepGoing: flags['keep-going'],
        installHostTools: flags['install-host-tools'],
        ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
        ...(flags.only === undefined ? {} : { only: flags.only }),
        ...(flags.out === undefined ? {} : { out: flags.out }),
        ...(flags.key === undefined ? {} : { key: flags.key }),
        ...(flags['openpgp-key'] === undefined ? {} : { openPgpKey: flags['openpgp-key'] }),
      },
      presenter.event,
      this.interruption(),
    );
    presenter.end(report);
    this.exitFor(report.failure);
  }

  private async showPlan(product: string): Promise<void> {
    const { forecastProduct } = await import('../../build/actions.ts');
    const { forecastText } = await import('../../report/forecast-text.ts');
    const forecast = await forecastProduct({ directory: process.cwd(), product }, this.interruption());
    this.log(forecastText(this.unwrap(forecast)));
  }
}
