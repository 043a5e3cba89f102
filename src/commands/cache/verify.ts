// qbuild cache verify
import { QbuildCommand } from '../../qbuild-command.ts';

export default class CacheVerify extends QbuildCommand {
  static override summary = 'Re-hash everything in the store and drop what is damaged';

  async run(): Promise<void> {
    await this.parse(CacheVerify);
    const { verifyStore } = await import('../../build/cache.ts');
    const { auditText } = await import('../../report/cache-text.ts');
    this.log(auditText(this.unwrap(await verifyStore(process.cwd(), this.interruption()))));
  }
}
