// A process that makes the development key when it is told to; started twice by keys.test.ts.
import { ensureDevelopmentKey } from '../../../src/sign/development-key.ts';

process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const key = await ensureDevelopmentKey(process.argv[2] as string, new Date());
  process.stdout.write(`${JSON.stringify(key.ok ? key.value.record.fingerprint : key.error)}\n`);
  process.exit(key.ok ? 0 : 1);
});
