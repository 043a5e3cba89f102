// Starts sandboxes whose command does nothing, or the command alone. See sandbox-start.sh.
// usage: node bench/sandbox-start.ts TURNS none|refused|lost
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bubblewrap } from '../src/sandbox/bubblewrap.ts';
import { makeSmallRoot } from '../test/sandbox/small-root.ts';

const [turns, kind] = [Number(process.argv[2]), process.argv[3]];
const dir = mkdtempSync(join(tmpdir(), 'qbuild-bench-'));
try {
  const root = makeSmallRoot(join(dir, 'root'));
  for (const name of ['second', 'out', 'build', 'mount']) mkdirSync(join(dir, name));
  for (let turn = 0; turn < turns; turn++) {
    if (kind === 'none') spawnSync('/bin/bash', ['-c', ':']);
    else await start(root, kind === 'lost' ? 'lost' : 'refused');
  }
} finally {
  rmSync(dir, { recursive: true });
}

/** Two layers and the mounts of a build. */
async function start(root: string, changes: 'refused' | 'lost'): Promise<void> {
  const ended = await bubblewrap.run({
    layers: [root, join(dir, 'second')],
    changes: { kind: changes },
    mountPoint: join(dir, 'mount'),
    mounts: ['out', 'build'].map((name) => ({ source: join(dir, name), target: `/${name}`, writable: true })),
    command: ['/bin/bash', '-c', ':'],
    env: {},
    cwd: '/build',
    privilege: 'build',
    output: { kind: 'log', file: join(dir, 'log') },
    signal: new AbortController().signal,
  });
  if (!ended.ok || ended.value !== 0) throw new Error(JSON.stringify(ended));
}
