// qbuild cache gc
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../../qbuild-command.ts';

const MS_PER_DAY = 86_400_000;
const BYTES_PER_GB = 1_000_000_000;

export default class CacheGc extends QbuildCommand {
  static override summary = 'Remove from the store what no workspace has used lately';

  static override flags = {
    days: Flags.integer({ min: 0, default: 30, description: 'keep what was used within so many days' }),
    'max-gb': Flags.integer({
      min: 0,
      description: 'of that, keep at most so many gigabytes, used last first',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheGc);
    const { withStore } = await import('../../build/cache.ts');
    const { collectedText } = await import('../../report/cache-text.ts');
    const maxGb = flags['max-gb'];
    const collected = await withStore(process.cwd(), (store) =>
      store.collect({
        keepMs: flags.days * MS_PER_DAY,
        ...(maxGb === undefined ? {} : { maxBytes: maxGb * BYTES_PER_GB }),
      }),
    );
    this.log(collectedText(this.unwrap(collected)));
  }
}
