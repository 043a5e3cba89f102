// qbuild cache list
import { QbuildCommand } from '../../qbuild-command.ts';

export default class CacheList extends QbuildCommand {
  static override summary = 'Show what is in the store and how much room it takes';

  async run(): Promise<void> {
    await this.parse(CacheList);
    const { withStore } = await import('../../build/cache.ts');
    const { usageText } = await import('../../report/cache-text.ts');
    const usage = await withStore(process.cwd(), async (store) => store.usage());
    this.log(usageText(this.unwrap(usage)));
  }
}
