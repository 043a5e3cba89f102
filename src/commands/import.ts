// qbuild import FILE
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Import extends QbuildCommand {
  static override summary = 'Turn a configuration of qubes-builderv2 into a workspace';

  static override description =
    `Writes recipes for its components, a product for each Debian distribution of virtual machines, and says what it could
not carry over. The configuration is left as it is.`;

  static override examples = ['<%= config.bin %> import builder.yml --to my-workspace'];

  static override args = {
    file: Args.string({ description: 'the configuration, usually called builder.yml', required: true }),
  };

  static override flags = {
    to: Flags.string({
      description: 'directory of the new workspace (default: qbuild-workspace)',
      default: 'qbuild-workspace',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Import);
    const { importBuilder } = await import('../build/import-builder.ts');
    const { programDirectory } = await import('../build/version.ts');
    const epoch = Math.floor(Date.now() / 1000);
    const imported = this.unwrap(await importBuilder(args.file, flags.to, programDirectory(), epoch));
    this.log(
      [
        ...imported.leftOut.map((each) => `left out  ${each}`),
        ...imported.products.map((name) => `product   ${name}`),
        `workspace ${flags.to}`,
      ].join('\n'),
    );
  }
}
