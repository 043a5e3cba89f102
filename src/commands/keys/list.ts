// qbuild keys list
import { QbuildCommand } from '../../qbuild-command.ts';

export default class KeysList extends QbuildCommand {
  static override summary = 'List the signing keys: public facts only';

  async run(): Promise<void> {
    await this.parse(KeysList);
    const { listSigningKeys } = await import('../../build/keys.ts');
    const keys = this.unwrap(await listSigningKeys());
    if (keys.length === 0) this.log('no keys; `qbuild keys init` makes the development keys');
    for (const line of keys) this.log(line);
  }
}
