// qbuild template NAME
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../../qbuild-command.ts';

export default class Template extends QbuildCommand {
  static override summary = 'Build the disk images of a guest template';

  static override description =
    `Resolves and locks the template's packages, installs them in a sandbox, adds its files, accounts and services,
and makes one disk image for each VMM, in that VMM's format. What is built already is taken from the store.`;

  static override examples = ['<%= config.bin %> template debian-12-minimal --vmm kvm'];

  static override args = {
    template: Args.string({ description: 'name of a template', required: true }),
  };

  static override flags = {
    vmm: Flags.string({ description: 'VMM that the image is for (default: each one, one after the other)' }),
    plan: Flags.boolean({ description: 'show what would run and why, and run nothing', dependsOn: ['vmm'] }),
    json: Flags.boolean({
      description: 'write events to stdout as JSON, one object a line; the last is the result',
    }),
    progress: Flags.boolean({
      description: 'say every ten seconds what long actions are at, also where no terminal shows it',
    }),
    locked: Flags.boolean({ description: 'fail when qbuild.lock would have to change' }),
    offline: Flags.boolean({ description: 'use the store alone; fail and name what is missing' }),
    jobs: Flags.integer({ char: 'j', min: 1, description: 'most actions at once (default: cores)' }),
    out: Flags.string({ description: 'directory for the images (default: out/templates/<name>/<vmm>)' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Template);
    if (flags.plan) return this.showPlan(args.template, flags.vmm ?? '');
    const { buildTemplate } = await import('../../build/templates.ts');
    const { openPresenter } = await import('../../report/open-presenter.ts');
    const presenter = openPresenter({ json: flags.json, progress: flags.progress });
    const report = await buildTemplate(
      {
        directory: process.cwd(),
        template: args.template,
        locked: flags.locked,
        offline: flags.offline,
        keepGoing: false,
        installHostTools: false,
        ...(flags.vmm === undefined ? {} : { vmm: flags.vmm }),
        ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
        ...(flags.out === undefined ? {} : { out: flags.out }),
      },
      presenter.event,
      this.interruption(),
    );
    presenter.end(report);
    this.exitFor(report.failure);
  }

  private async showPlan(product: string, vmm: string): Promise<void> {
    const { forecastProduct } = await import('../../build/actions.ts');
    const { forecastText } = await import('../../report/forecast-text.ts');
    const forecast = await forecastProduct({ directory: process.cwd(), product, vmm }, this.interruption());
    this.log(forecastText(this.unwrap(forecast)));
  }
}
