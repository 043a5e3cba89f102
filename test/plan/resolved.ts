// Resolved products and locks for tests, made by hand: every choice is stated, nothing is looked up.
import { sha256Hex } from '../../src/base/digest.ts';
import type { LockedDistribution } from '../../src/lock/lockfile.ts';
import type { ResolvedComponent, ResolvedPackage, ResolvedProduct } from '../../src/resolve/resolved.ts';

export const WINDOWS = 'windows/amd64';

/** A Windows package; whatever is given instead wins. */
export function windowsPackage(given: Partial<ResolvedPackage> = {}): ResolvedPackage {
  return {
    target: WINDOWS,
    build: { kind: 'windows' },
    dependsOn: [],
    buildDepends: [],
    shipped: true,
    ...given,
  };
}

/** A component with a local source and one Windows package. */
export function component(name: string, given: Partial<ResolvedComponent> = {}): ResolvedComponent {
  return {
    name,
    summary: `The ${name}`,
    license: 'GPL-2.0-or-later',
    listed: true,
    source: { kind: 'local', path: `/workspace/recipes/${name}/source` },
    recipeDir: `/workspace/recipes/${name}`,
    packages: [windowsPackage()],
    ...given,
  };
}

/** A product without deliverables, for a VMM called `bench`. */
export function product(given: Partial<ResolvedProduct> = {}): ResolvedProduct {
  return {
    name: 'desk',
    title: 'Desk',
    version: '1.2.3',
    publisher: 'Carpenter',
    vmm: { name: 'bench', title: 'Bench', facts: { hosting: 'hosted' } },
    domains: { admin: { os: 'windows' } },
    components: [],
    distributions: {
      'debian-12': {
        name: 'debian-12',
        architecture: 'amd64',
        archives: [
          { url: 'http://deb.example.org', suites: ['bookworm'], components: ['main'], keyring: '/keyring' },
        ],
        roots: { base: ['bash'], 'windows-build': ['gcc', 'make'], installer: ['nsis'] },
      },
    },
    tools: 'debian-12',
    templates: [],
    deliverables: [],
    epoch: 1_700_000_000,
    notices: [],
    ...given,
  };
}

/** What the roots of `product()` were locked to. `further` roots stand on `windows-build`. */
export function lockedDistribution(
  further: Readonly<Record<string, readonly string[]>> = {},
): LockedDistribution {
  const key = (name: string) => `${name}=5.2:amd64`;
  const roots: Record<string, LockedDistribution['roots'][string]> = {
    base: { on: '', requests: ['bash'], packages: [key('bash')] },
    'windows-build': { on: 'base', requests: ['gcc', 'make'], packages: [key('gcc'), key('make')] },
    installer: { on: 'base', requests: ['nsis'], packages: [key('nsis')] },
  };
  for (const [root, names] of Object.entries(further)) {
    roots[root] = { on: 'windows-build', requests: names, packages: names.map(key) };
  }
  const names = Object.values(roots).flatMap(({ requests }) => requests);
  return {
    architecture: 'amd64',
    metadata: [
      {
        archive: 'http://deb.example.org',
        suite: 'bookworm',
        components: ['main'],
        date: '2026-01-01T00:00:00Z',
        sha256: sha256Hex('InRelease'),
        signers: ['A'.repeat(40)],
      },
    ],
    packages: Object.fromEntries(
      names.map((name) => [
        key(name),
        { origin: `http://deb.example.org/${name}.deb`, sha256: sha256Hex(name), size: name.length },
      ]),
    ),
    roots,
  };
}
