// qbuild keys init
import { QbuildCommand } from '../../qbuild-command.ts';

export default class KeysInit extends QbuildCommand {
  static override summary =
    'Make the development keys, unless they are there; results signed with them are marked';

  async run(): Promise<void> {
    await this.parse(KeysInit);
    const { initSigningKeys } = await import('../../build/keys.ts');
    for (const line of this.unwrap(await initSigningKeys())) this.log(line);
  }
}
