// How loading, resolving and planning scale: a workspace of 1,000 and of 10,000 components on disk.
// Each size in a process of its own, so that its memory can be told. usage: node bench/plan-product.ts [COMPONENTS]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyOf, preimageOf } from '../src/action/preimage.ts';
import type { Json } from '../src/base/canonical.ts';
import { digestOf } from '../src/base/digest.ts';
import type { Failure, Result } from '../src/base/failure.ts';
import { loadWorkspace } from '../src/manifest/load.ts';
import { planProduct } from '../src/plan/product-plan.ts';
import { resolveProduct } from '../src/resolve/product.ts';
import { lockedDistribution } from '../test/plan/resolved.ts';

const EMPTY = digestOf('');

interface Measured {
  readonly ms: Readonly<Record<string, number>>;
  readonly peakMB: number;
  readonly actions: number;
}

const asked = process.argv[2];
if (asked !== undefined) {
  console.log(JSON.stringify(await measure(Number(asked))));
} else {
  const [small, large] = [1000, 10_000].map(
    (components): Measured =>
      JSON.parse(
        execFileSync(process.execPath, [import.meta.filename, String(components)], { encoding: 'utf8' }),
      ),
  );
  if (small === undefined || large === undefined) throw new Error('nothing was measured');
  for (const [step, ms] of Object.entries(large.ms)) {
    const ratio = ms / (small.ms[step] ?? Number.NaN);
    console.log(
      `${step.padEnd(24)} 10,000 components: ${Math.round(ms)} ms of CPU, ${ratio.toFixed(1)} times 1,000`,
    );
  }
  console.log(`actions                  ${large.actions}`);
  console.log(`peak resident memory     ${large.peakMB} MB; with 1,000 components ${small.peakMB} MB`);
}

/** Components that each build on up to three of the twenty before; every fortieth begins anew: a closure of twenty on average. */
function writeWorkspace(dir: string, components: number): void {
  const write = (path: string, text: string) => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  write('qbuild.yaml', 'kind: workspace\nname: bench\nlayers: [.]\ntools: debian-12\nepoch: 1000000000\n');
  write(
    'distributions/debian-12.yaml',
    `kind: distribution
name: debian-12
architecture: amd64
archives: [{ url: 'http://deb.example.org', suites: [bookworm], components: [main], keyring: /keyring }]
roots: { base: [bash], windows-build: [gcc, make], installer: [nsis] }
`,
  );
  write(
    'products/vmm/bench.yaml',
    'kind: vmm\nname: bench\ntitle: Bench\nhosting: hosted\nlibvirtDriver: x\nguestDisk: raw\ninterfaces: []\ntrustedComputingBase: [all]\n',
  );
  const names = Array.from({ length: components }, (_, index) => `component-${index}`);
  write(
    'products/large.yaml',
    `kind: product
name: large
title: Large
publisher: Bench
version: 1.0.0
vmm: bench
licensing: gpl
domains: { admin: { os: windows } }
components:
${names.map((name) => `  - ${name}\n`).join('')}deliverables: [{ kind: installer, formats: [exe] }]
`,
  );
  for (const [index, name] of names.entries()) {
    const earlier = [1, 7, 19]
      .filter((step) => index % 40 >= step)
      .map((step) => `component-${index - step}`);
    write(
      `recipes/${name}/recipe.yaml`,
      `kind: recipe
name: ${name}
summary: Component ${index}
license: GPL-2.0-or-later
source: { local: source }
dependsOn: [${earlier.sort().join(', ')}]
packages:
  - target: windows/amd64
    build: { kind: windows }
`,
    );
    write(`recipes/${name}/source/Makefile`, 'all:\n');
  }
  write(
    'recipes/component-0/installer.yaml',
    `kind: installer
upgradeCode: 2f0c1c0e-6a53-4a55-9a3e-3d0f3f9d0a11
directory: Large
data: { directory: Large, key: 'Software\\Large' }
helper: bin/helper.exe
licence: share/licence.txt
features: [{ id: core, title: Everything, required: true }]
`,
  );
}

async function measure(components: number): Promise<Measured> {
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'qbuild-plan-'));
  try {
    writeWorkspace(dir, components);
    const ms: Record<string, number> = {};
    async function timed<T>(step: string, work: () => Result<T> | Promise<Result<T>>): Promise<T> {
      const begin = process.cpuUsage();
      const result = await work();
      const { user, system } = process.cpuUsage(begin);
      ms[step] = (user + system) / 1000;
      if (!result.ok) throw new Error(JSON.stringify(result.error satisfies Failure));
      return result.value;
    }
    const parsed = new Map<string, Json>();
    const cache = {
      version: 'bench',
      get: (key: string) => parsed.get(key),
      put: (key: string, value: Json) => void parsed.set(key, value),
    };
    await timed('load, nothing parsed', () => loadWorkspace(dir, cache));
    const workspace = await timed('load, all parsed before', () => loadWorkspace(dir, cache));
    const product = await timed('resolve', () =>
      resolveProduct(workspace, 'large', { buildKinds: new Set(['windows']) }),
    );
    const sources = Object.fromEntries(
      product.components.map(({ name }) => [name, { tree: digestOf(name), epoch: 1 }]),
    );
    const lock = { format: 1, distributions: { 'debian-12': lockedDistribution() }, components: {} } as const;
    const signers = { authenticode: { certificate: 'c0ffee', tool: 'bench' } };
    const { graph } = await timed('plan', () =>
      planProduct({ product, lock, sources, templateFiles: {}, signers }),
    );
    await timed('keys of all actions', () => {
      for (const action of graph.actions.values()) {
        const inputs = Object.keys(action.inputs).map((name) => [name, EMPTY] as const);
        keyOf(
          preimageOf(
            action,
            action.root.map(() => EMPTY),
            Object.fromEntries(inputs),
          ),
        );
      }
      return { ok: true, value: undefined };
    });
    return { ms, peakMB: Math.round(process.resourceUsage().maxRSS / 1024), actions: graph.actions.size };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
