// How long a product run with nothing to do takes, in runs of `node -e 0` in the same minute.
// usage: node bench/no-op.ts PRODUCT        after the product was built
import { spawnSync } from 'node:child_process';
import { median, type Spent, spentBy } from './spent.ts';

const TURNS = 21;
const product = process.argv[2] ?? 'qubes-for-hyperv';

function run(command: string, args: readonly string[]): Spent {
  return spentBy(() => {
    const { status } = spawnSync(command, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  });
}

const qbuild = () => run('./qbuild', ['product', product, '--json']);
const node = () => run(process.execPath, ['-e', '0']);

// The first ones fill caches of the file system.
for (let turn = 0; turn < 3; turn++) [node(), qbuild()];
const turns = Array.from({ length: TURNS }, () => ({ node: node(), qbuild: qbuild() }));
for (const kind of ['wallMs', 'cpuMs'] as const) {
  const [one, other] = [
    median(turns.map((turn) => turn.node[kind])),
    median(turns.map((turn) => turn.qbuild[kind])),
  ];
  const name = kind === 'wallMs' ? 'wall' : 'CPU';
  console.log(
    `${name.padEnd(5)} ${(other / one).toFixed(1)} times node -e 0 (${Math.round(other)} ms to ${Math.round(one)} ms, medians of ${TURNS})`,
  );
}
