// qbuild completion SHELL
import * as Args from '@oclif/core/args';
import { QbuildCommand } from '../qbuild-command.ts';

export default class Completion extends QbuildCommand {
  static override summary = 'Print a completion script for a shell';

  static override examples = ['source <(<%= config.bin %> completion bash)'];

  static override args = {
    shell: Args.string({ description: 'which shell', options: ['bash', 'zsh', 'fish'], required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import('../report/completion.ts');
    const commands = this.config.commands.map(({ id, summary, flags }) => ({
      words: id.split(':'),
      summary: summary ?? '',
      flags: Object.keys(flags),
    }));
    process.stdout.write(completionScript(args.shell as 'bash' | 'zsh' | 'fish', commands));
  }
}
