// qbuild test PRODUCT
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Test extends QbuildCommand {
  static override summary = 'Try what a product delivers in virtual machines';

  static override description =
    `Builds the product, or the images of a template, starts each deliverable in QEMU, talks with it on its serial
console, and says what was seen to hold. Consoles and pictures of screens are kept. Machines have no network and end
with the command. Hardware virtualisation is used where a guest really starts with it, emulation elsewhere.`;

  static override examples = [
    '<%= config.bin %> test qubes-os',
    '<%= config.bin %> test qubes-os --quick --json',
    '<%= config.bin %> test debian-12-minimal --vmm kvm',
  ];

  static override args = {
    product: Args.string({
      description: 'name of a product or a template, or path of a product manifest',
      required: true,
    }),
  };

  static override flags = {
    quick: Flags.boolean({ description: 'only the shortest trials that still start the deliverable' }),
    trial: Flags.string({
      multiple: true,
      description: 'only the trial of this name; can be given repeatedly',
    }),
    vmm: Flags.string({
      description: 'VMM of the template’s image (default: each one, one after the other)',
    }),
    json: Flags.boolean({
      description: 'write events to stdout as JSON, one object a line; the last is the result',
    }),
    locked: Flags.boolean({ description: 'fail when qbuild.lock would have to change' }),
    offline: Flags.boolean({ description: 'use the store alone; fail and name what is missing' }),
    jobs: Flags.integer({ char: 'j', min: 1, description: 'most actions at once (default: cores)' }),
    key: Flags.string({ description: 'name of the key for Windows programs, as for `qbuild product`' }),
    'openpgp-key': Flags.string({ description: 'name of the OpenPGP key, as for `qbuild product`' }),
    out: Flags.string({ description: 'directory for the deliverables, as for `qbuild product`' }),
    logs: Flags.string({ description: 'directory for consoles and pictures (default: out/test/<product>)' }),
    patience: Flags.integer({
      min: 1,
      default: 1,
      description: 'how many times longer than usual a machine may take',
    }),
    'install-host-tools': Flags.boolean({ description: 'first install what `qbuild doctor` finds missing' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Test);
    const { testProduct } = await import('../build/test-product.ts');
    const { openPresenter } = await import('../report/open-presenter.ts');
    const presenter = openPresenter({ json: flags.json });
    const report = await testProduct(
      {
        directory: process.cwd(),
        product: args.product,
        quick: flags.quick,
        trials: flags.trial ?? [],
        patience: flags.patience,
        locked: flags.locked,
        offline: flags.offline,
        installHostTools: flags['install-host-tools'],
        ...(flags.vmm === undefined ? {} : { vmm: flags.vmm }),
        ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
        ...(flags.out === undefined ? {} : { out: flags.out }),
        ...(flags.logs === undefined ? {} : { logs: flags.logs }),
        ...(flags.key === undefined ? {} : { key: flags.key }),
        ...(flags['openpgp-key'] === undefined ? {} : { openPgpKey: flags['openpgp-key'] }),
      },
      presenter.event,
      this.interruption(),
    );
    presenter.end(report);
    this.exitFor(report.failure);
  }
}
