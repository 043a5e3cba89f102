// qbuild template list
import { QbuildCommand } from '../../qbuild-command.ts';

export default class TemplateList extends QbuildCommand {
  static override summary = 'List the templates of this workspace';

  async run(): Promise<void> {
    await this.parse(TemplateList);
    const { listTemplates } = await import('../../build/templates.ts');
    for (const { name, title } of this.unwrap(await listTemplates(process.cwd())))
      this.log(`${name}  ${title}`);
  }
}
