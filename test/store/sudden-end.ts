// Commits, and kills itself with SIGKILL just before a given change of the disk.
// usage: node sudden-end.ts STORE NUMBER — a number beyond the last change: prints how many there were
import fs, { mkdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

const CHANGES = [
  ...['chmodSync', 'fsyncSync', 'lchownSync', 'linkSync', 'lutimesSync', 'mkdirSync', 'renameSync', 'rmSync'],
  ...['utimesSync', 'writeFileSync'],
];
const [dir = '', last = ''] = process.argv.slice(2);
let changes = 0;
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of CHANGES) {
  const original = functions[name] as (...args: unknown[]) => unknown;
  functions[name] = (...args) => {
    changes += 1;
    if (changes === Number(last)) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
const write = { mkdirSync, writeFileSync };
syncBuiltinESMExports();

const { openStore } = await import('../../src/store/disk-store.ts');
const { actionOf } = await import('./fixture-action.ts');
const { keyOf, preimageOf } = await import('../../src/action/preimage.ts');

const store = await openStore(dir, { workspace: '/workspace' });
if (!store.ok) throw new Error(store.error.message);
const action = actionOf('a', { f: 'file', t: 'tree' });
const preimage = preimageOf(action, [], {});
const staging = await store.value.staging('a');
if (!staging.ok) throw new Error(staging.error.message);
write.mkdirSync(join(staging.value.dir, 'out/t/sub'), { recursive: true });
write.writeFileSync(join(staging.value.dir, 'out/f'), 'file');
write.writeFileSync(join(staging.value.dir, 'out/t/sub/g'), 'in a tree', { mode: 0o600 });
const result = await store.value.commit(action, keyOf(preimage), preimage, staging.value, 1);
if (!result.ok) throw new Error(result.error.message);
await staging.value.discard();
store.value.remember('a', result.value.key, 1);
await store.value.close();
console.log(changes);
