// The Tor gateway's packet filter with real packets: a domain, the gateway and the network as network namespaces.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../recipes/qubes-app-linux-tor/source');

test('what a domain sends reaches Tor or nothing, and only Tor reaches the network', () => {
  const { status, stdout, stderr } = spawnSync('make', ['-C', SOURCE, 'check-network'], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/^network: good$/m);
}, 300_000);
