// The plan of Debian packages: roots, the layer with the product's own packages, keys, and refused namesakes.
import { describe, expect, test } from 'vitest';
import { digestOf, sha256Hex } from '../../../src/base/digest.ts';
import { buildRoot } from '../../../src/lock/needs.ts';
import { planProduct } from '../../../src/plan/product-plan.ts';
import type { DebianLink, ResolvedComponent, ResolvedPackage } from '../../../src/resolve/resolved.ts';
import { component, lockedDistribution, product } from '../../plan/resolved.ts';

const TARGET = 'debian-12/amd64';
const LINK: DebianLink = { relations: ['debhelper'], conflicts: [], install: [], reserved: [] };

function deb(name: string, given: Partial<ResolvedPackage> = {}): ResolvedComponent {
  const built = {
    target: TARGET,
    build: { kind: 'deb' },
    dependsOn: [],
    buildDepends: [],
    shipped: true,
    debian: LINK,
  };
  return component(name, { packages: [{ ...built, ...given }] });
}

/** Plans components whose derived root came to `packages`. */
function plan(components: readonly ResolvedComponent[], packages: readonly string[] = ['debhelper']) {
  const of = product({ components });
  const base = lockedDistribution();
  const derived = components
    .flatMap((each) => each.packages)
    .map((each) => buildRoot(each, 'deb-build').name);
  const key = (name: string) => `${name}=5.2:amd64`;
  const locked = {
    ...base,
    packages: {
      ...base.packages,
      ...Object.fromEntries(
        ['dpkg-dev', ...packages].map((name) => [
          key(name),
          { origin: `http://deb.example.org/${name}.deb`, sha256: sha256Hex(name), size: name.length },
        ]),
      ),
    },
    roots: {
      ...base.roots,
      'deb-build': { on: 'base', requests: ['dpkg-dev'], packages: [key('dpkg-dev')] },
      ...Object.fromEntries(
        derived.map((name) => [name, { on: 'deb-build', requests: [], packages: packages.map(key) }]),
      ),
    },
  };
  return planProduct({
    product: of,
    lock: { format: 1, distributions: { 'debian-12': locked }, components: {} },
    sources: Object.fromEntries(
      of.components.map(({ name }) => [name, { tree: digestOf(name), epoch: 1000 }]),
    ),
    signers: {},
    templateFiles: {},
  });
}

function planned(components: readonly ResolvedComponent[], packages?: readonly string[]) {
  const result = plan(components, packages);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const low = deb('low');
const top = deb('top', { dependsOn: ['low'], debian: { ...LINK, install: ['liblow-dev'] } });

describe('the plan of a Debian package', () => {
  test('is one action over the layers of its root', () => {
    const { graph, packages } = planned([low]);
    const derived = `root:debian-12:${buildRoot(low.packages[0] as ResolvedPackage, 'deb-build').name}`;
    expect([...graph.actions.keys()]).toEqual([
      'root:debian-12:base',
      'root:debian-12:deb-build',
      derived,
      `build:low:${TARGET}`,
    ]);
    const build = graph.actions.get(`build:low:${TARGET}`);
    expect(build?.root.map((input) => (input.from === 'output' ? input.action : ''))).toEqual([
      'root:debian-12:base',
      'root:debian-12:deb-build',
      derived,
    ]);
    expect(build?.privilege).toBe('build');
    expect(packages[0]?.content).toEqual({ from: 'output', action: build?.id, output: 'debs' });
    expect(packages[0]?.source).toEqual({ from: 'output', action: build?.id, output: 'source' });
  });

  test('has no layer for what the sets below satisfy already', () => {
    const { graph } = planned([low], []);
    expect([...graph.actions.keys()]).not.toContainEqual(expect.stringContaining('deb-build:'));
  });

  test('has a layer with the product’s packages that it builds on', () => {
    const { graph } = planned([low, top]);
    const install = graph.actions.get(`install:top:${TARGET}`);
    expect(install?.env.QBUILD_INSTALL).toBe('liblow-dev');
    expect(install?.inputs['debs/low']).toEqual({
      from: 'output',
      action: `build:low:${TARGET}`,
      output: 'debs',
    });
    expect(graph.actions.get(`build:top:${TARGET}`)?.root.at(-1)).toEqual({
      from: 'output',
      action: `install:top:${TARGET}`,
      output: 'layer',
    });
  });

  test('is expected to take longer for a source with many files, so that others wait for it less', () => {
    const { graph } = planned([low]);
    expect(graph.actions.get(`build:low:${TARGET}`)?.expectedMs).toBeCloseTo(5000.3);
  });

  test('tells nothing of its source’s date, which the changelog has, and the stamp only of its content', () => {
    const build = { kind: 'deb', stamp: true, check: false, profiles: ['nodoc'] };
    const { graph } = planned([deb('low', { build })]);
    const GLIBC_TUNABLES = 'glibc.malloc.perturb=255:glibc.malloc.tcache_count=0';
    expect(graph.actions.get(`build:low:${TARGET}`)?.env).toEqual({
      GLIBC_TUNABLES,
      QBUILD_PACKAGING: '',
      QBUILD_PROFILES: 'nocheck nodoc',
      QBUILD_VERSION_SUFFIX: `~git${sha256Hex('low').slice(0, 12)}`,
    });
    expect(planned([low]).graph.actions.get(`build:low:${TARGET}`)?.env).toEqual({
      GLIBC_TUNABLES,
      QBUILD_PACKAGING: '',
      QBUILD_PROFILES: '',
      QBUILD_VERSION_SUFFIX: '',
    });
  });

  test('is refused when the distribution’s packages have a name of the product’s', () => {
    const reserving = deb('low', { debian: { ...LINK, reserved: ['liblow1', 'libfoo'] } });
    expect(plan([reserving], ['debhelper', 'libfoo'])).toMatchObject({
      error: {
        code: 'deb/shadowed-package',
        message: 'The build of low would install libfoo of debian-12, which this product makes itself.',
        place: `low for ${TARGET}`,
        next: expect.stringContaining('allowDistribution: [libfoo]'),
      },
    });
    expect(plan([reserving], ['debhelper']).ok).toBe(true);
  });
});

describe('a repository that says itself how it is built', () => {
  const file = {
    name: 'low-1.0.tar.xz',
    url: 'https://example.org/low-1.0.tar.xz',
    sha256: sha256Hex('x'),
    size: 1,
  };
  const builder = {
    version: '1.0',
    release: '2',
    build: ['packaging/debian'],
    commands: ['true @SOURCE_DIR@', 'false'],
    treeIsSource: false,
    files: [file],
  };
  const inputs = (given: object) =>
    planned([deb('low', { builder: { ...builder, ...given } })]).graph.actions.get(`build:low:${TARGET}`);

  test('has its commands, their program and its archive as inputs, so that they are in the key', () => {
    const build = inputs({});
    expect(build?.env.QBUILD_PACKAGING).toBe('packaging');
    expect(build?.inputs.commands).toEqual({ from: 'text', text: 'true @SOURCE_DIR@\nfalse\n' });
    expect(build?.inputs['archive/low-1.0.tar.xz']).toMatchObject({ from: 'blob' });
    expect(Object.keys(build?.inputs ?? {})).toContain('plugins/source_deb/scripts/debian-quilt');
  });

  test('has none of them when it is a tree alone', () => {
    const build = inputs({ commands: [], treeIsSource: true, files: [] });
    expect(Object.keys(build?.inputs ?? {}).sort()).toEqual(['script', 'source']);
  });
});
