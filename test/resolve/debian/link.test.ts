// Linking: which packages a Debian build takes from its product, and what is left for the distribution.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDebianFacts } from '../../../src/resolve/debian/facts.ts';
import { linkDebian, type PlacedFacts } from '../../../src/resolve/debian/link.ts';
import type { DebianLink, ResolvedPackage, ResolvedProduct } from '../../../src/resolve/resolved.ts';
import { component, product, windowsPackage } from '../../plan/resolved.ts';

const TARGET = 'debian-12/amd64';

interface Stated {
  readonly builds?: string;
  readonly version?: string;
  /** Binary paragraphs after `Package` and `Architecture: any`, by name. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly build?: Partial<ResolvedPackage['build']>;
}

function facts(name: string, { builds = '', version = '1.0', binaries }: Stated): PlacedFacts {
  const control = [
    `Source: ${name}\nBuild-Depends: ${builds}\n`,
    ...Object.entries(binaries).map(
      ([binary, more]) => `Package: ${binary}\nArchitecture: any\n${more}${more === '' ? '' : '\n'}`,
    ),
  ].join('\n');
  const parsed = parseDebianFacts(control, `${name} (${version}) unstable; urgency=low\n`, `/src/${name}`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { facts: parsed.value, place: `/src/${name}` };
}

function link(
  stated: Readonly<Record<string, Stated>>,
  only?: string,
  deliverables: ResolvedProduct['deliverables'] = [],
) {
  const components = Object.entries(stated).map(([name, { build }]) =>
    component(name, {
      packages: [{ ...windowsPackage(), target: TARGET, build: { kind: 'deb', ...build } }, windowsPackage()],
    }),
  );
  const placed = Object.fromEntries(Object.entries(stated).map(([name, each]) => [name, facts(name, each)]));
  return linkDebian(product({ components, deliverables }), placed, only);
}

function linked(
  stated: Readonly<Record<string, Stated>>,
): Record<string, DebianLink & { on: readonly string[] }> {
  const result = link(stated);
  if (!result.ok) throw new Error(`${result.error.code} ${result.error.message}`);
  return Object.fromEntries(
    result.value.components.map(({ name, packages }) => {
      const built = packages.find(({ target }) => target === TARGET);
      if (built?.debian === undefined) throw new Error(`${name} is not linked`);
      return [name, { ...built.debian, on: built.dependsOn }];
    }),
  );
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: substitution variables
const LIBS: Readonly<Record<string, Stated>> = {
  low: {
    builds: 'debhelper, libz-dev, check-low <!nocheck>',
    binaries: {
      liblow1: 'Depends: libz1',
      'liblow-dev': 'Depends: liblow1 (= ${binary:Version}), libq-dev\nProvides: low-headers (= 3)',
      'low-doc': 'Depends: reader',
    },
  },
};

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: substitution variables

describe('a link', () => {
  test('takes what the product makes from it, and the rest from the distribution', () => {
    const { top } = linked({
      ...LIBS,
      top: { builds: 'debhelper (>= 12), liblow-dev', binaries: { top: '' } },
    });
    expect(top).toEqual({
      on: ['low'],
      install: ['liblow-dev', 'liblow1'],
      // Its own relations, those of what it installs, and those that this was built with.
      relations: ['check-low', 'debhelper', 'debhelper (>= 12)', 'libq-dev', 'libz-dev', 'libz1'],
      conflicts: [],
      reserved: ['liblow-dev', 'liblow1', 'low-doc', 'top'],
    });
  });

  test('prefers the product’s own packages, by name or provided name, among alternatives', () => {
    const { top } = linked({
      ...LIBS,
      top: { builds: 'other | low-headers (>= 2) | third', binaries: { top: '' } },
    });
    expect(top?.install).toEqual(['liblow-dev', 'liblow1']);
    expect(top?.relations).not.toContain('other');
  });

  test('reaches through components', () => {
    const { top, middle } = linked({
      ...LIBS,
      middle: { builds: 'liblow-dev, cc', binaries: { 'middle-dev': '' } },
      top: { builds: 'middle-dev', binaries: { top: '' } },
    });
    expect(middle?.on).toEqual(['low']);
    expect(top?.on).toEqual(['middle']);
    // What middle’s libraries turn out to need was there when it was built; its script finds the package itself.
    expect(top?.install).toEqual(['middle-dev']);
    expect(top?.relations).toEqual(expect.arrayContaining(['cc', 'libz-dev']));
  });

  test('leaves out what profiles exclude, and what is built for other architectures', () => {
    const { low } = linked({ low: { ...(LIBS.low as Stated), build: { check: false } } });
    expect(low?.relations).toEqual(['debhelper', 'libz-dev']);
    const { top } = linked({
      low: { binaries: { 'low-tools': 'Build-Profiles: <stage1>' } },
      top: { builds: 'low-tools', binaries: { top: '' } },
    });
    expect([top?.install, top?.relations]).toEqual([[], ['low-tools']]);
  });

  test('lets the recipe allow namesakes of the distribution', () => {
    const { low } = linked({ low: { ...(LIBS.low as Stated), build: { allowDistribution: ['low-doc'] } } });
    expect(low?.reserved).toEqual(['liblow-dev', 'liblow1']);
  });

  test('of one component leaves out what it does not build on, unless a deliverable takes all', () => {
    const stated = {
      ...LIBS,
      aside: { binaries: { aside: '' } },
      top: { builds: 'liblow-dev', binaries: { top: '' } },
    };
    const kept = (deliverables: ResolvedProduct['deliverables']) => {
      const result = link(stated, 'top', deliverables);
      if (!result.ok) throw new Error(result.error.message);
      return result.value.components.map(({ name, packages }) => [name, packages.length]);
    };
    expect(kept([])).toEqual([
      ['low', 2],
      ['aside', 1],
      ['top', 2],
    ]);
    expect(kept([{ kind: 'apt-repository', settings: {} }])).toEqual([
      ['low', 2],
      ['aside', 2],
      ['top', 2],
    ]);
  });
});

test('a package that a build takes by two ways is installed once', () => {
  const top = { builds: 'liblow-dev, liblow1, low-headers', binaries: { top: '' } };
  expect(linked({ ...LIBS, top }).top).toMatchObject({ on: ['low'], install: ['liblow-dev', 'liblow1'] });
});

describe('a link is refused', () => {
  test('where packages need each other to be built, with every step', () => {
    const result = link({
      egg: { builds: 'hen', binaries: { egg: '' } },
      hen: { builds: 'feather', binaries: { hen: 'Depends: egg-shell' } },
      shell: { builds: 'egg', binaries: { 'egg-shell': '' } },
    });
    expect(result).toMatchObject({
      error: {
        code: 'deb/cycle',
        message: 'Debian packages need each other to be built: egg → shell → egg.',
        place: '/src/egg/debian/control',
        cause: 'hen depends on egg-shell\nshell builds on egg',
      },
    });
  });

  test('where a component builds on its own package', () => {
    expect(link({ self: { builds: 'selfie', binaries: { selfie: '' } } })).toMatchObject({
      error: { code: 'deb/cycle', message: 'Debian packages need each other to be built: self → self.' },
    });
  });

  test('where the product’s version does not do', () => {
    const top = { builds: 'liblow-dev (>= 2)', binaries: { top: '' } };
    expect(link({ ...LIBS, top })).toMatchObject({
      error: {
        code: 'deb/version-mismatch',
        message: 'top builds on liblow-dev (>= 2), but this product’s own liblow-dev has version 1.0.',
        place: '/src/top/debian/control',
        cause: 'liblow-dev comes from low: /src/low.',
      },
    });
    // Unless there is another alternative, or the version is provided.
    expect(linked({ ...LIBS, top: { ...top, builds: 'liblow-dev (>= 2) | other' } }).top?.install).toEqual(
      [],
    );
    expect(linked({ ...LIBS, top: { ...top, builds: 'low-headers (>= 2)' } }).top?.on).toEqual(['low']);
  });

  test('where a package provides the name without a version, and one is asked for', () => {
    const low = { version: '9', binaries: { 'low-any': 'Provides: low-api' } };
    const top = (builds: string) => ({ builds, binaries: { top: '' } });
    expect(link({ low, top: top('low-api (>= 1)') })).toMatchObject({
      error: {
        code: 'deb/version-mismatch',
        message: 'top builds on low-api (>= 1), but this product’s own low-any has no version.',
      },
    });
    expect(linked({ low, top: top('low-api') }).top?.install).toEqual(['low-any']);
  });

  test('where a stamped version comes before the one that is asked for', () => {
    const low = { ...(LIBS.low as Stated), build: { stamp: true } };
    const top = (relation: string) => ({ builds: relation, binaries: { top: '' } });
    expect(link({ low, top: top('liblow-dev (>= 1.0)') })).toMatchObject({
      error: { code: 'deb/version-mismatch' },
    });
    expect(linked({ low, top: top('liblow-dev (>= 1.0~)') }).top?.on).toEqual(['low']);
  });

  test('where two components make the same package', () => {
    expect(link({ one: { binaries: { same: '' } }, two: { binaries: { same: '' } } })).toMatchObject({
      error: {
        code: 'deb/duplicate-package',
        message: 'Two components of the product make the binary package same.',
        place: '/src/two/debian/control',
        cause: 'The other one is /src/one/debian/control.',
      },
    });
  });
});

test('links of any product have no circle, and every edge is one that the sources state', () => {
  const size = 7;
  const edges = fc.uniqueArray(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), {
    maxLength: 14,
    selector: ([a, b]) => `${a} ${b}`,
  });
  fc.assert(
    fc.property(edges, (pairs) => {
      const builds = (from: number) =>
        pairs
          .filter(([a]) => a === from)
          .map(([, b]) => `lib${b}-dev`)
          .join(', ');
      const stated = Object.fromEntries(
        Array.from({ length: size }, (_, index) => [
          `c${index}`,
          { builds: builds(index), binaries: { [`lib${index}-dev`]: '' } },
        ]),
      );
      // A graph has a circle exactly when removing nodes without edges never ends with none.
      let open = [...pairs];
      for (let before = -1; before !== open.length; ) {
        before = open.length;
        open = open.filter(([, b]) => open.some(([a]) => a === b));
      }
      const result = link(stated);
      expect(result.ok).toBe(open.length === 0);
      if (!result.ok) return;
      for (const { name, packages } of result.value.components) {
        const own = pairs.filter(([a]) => `c${a}` === name).map(([, b]) => `c${b}`);
        expect(packages[0]?.dependsOn).toEqual([...new Set(own)].sort());
      }
    }),
  );
});
