// The plan of RPM packages: what they build on, what their build is told, and their repository.
import { describe, expect, test } from 'vitest';
import { digestOf, makeDigest, sha256Hex } from '../../../src/base/digest.ts';
import { planProduct } from '../../../src/plan/product-plan.ts';
import type { ResolvedComponent, ResolvedPackage } from '../../../src/resolve/resolved.ts';
import { component, lockedDistribution, product } from '../../plan/resolved.ts';

const TARGET = 'debian-12/amd64';
const SIGNER = { fingerprint: 'A'.repeat(40), tool: 'gpg 2.2.40', publicKey: 'the public key' };
const REPOSITORY = {
  kind: 'rpm-repository',
  settings: { distribution: 'debian-12', architecture: 'amd64', url: 'https://rpm.example.org' },
};

function rpm(name: string, given: Partial<ResolvedPackage> = {}): ResolvedComponent {
  const built = { target: TARGET, build: { kind: 'rpm' }, dependsOn: [], buildDepends: [], shipped: true };
  return component(name, { packages: [{ ...built, ...given }] });
}

function plan(components: readonly ResolvedComponent[], deliverables = [REPOSITORY]) {
  const base = lockedDistribution();
  const sets = ['rpm-build', 'rpm-repository'].map((name) => [
    name,
    { on: 'base', requests: ['make'], packages: ['make=5.2:amd64'] },
  ]);
  const locked = { ...base, roots: { ...base.roots, ...Object.fromEntries(sets) } };
  return planProduct({
    product: product({ components, deliverables }),
    lock: { format: 1, distributions: { 'debian-12': locked }, components: {} },
    sources: Object.fromEntries(components.map(({ name }) => [name, { tree: digestOf(name), epoch: 1000 }])),
    signers: { openpgp: SIGNER },
    templateFiles: {},
  });
}

function actions(components: readonly ResolvedComponent[]) {
  const planned = plan(components);
  if (!planned.ok) return expect.fail(planned.error.message);
  const { graph, files } = planned.value;
  return {
    of: (id: string) => graph.actions.get(id) ?? expect.fail(`no ${id}`),
    ids: [...graph.actions.keys()],
    files,
  };
}

describe('the plan of an RPM package', () => {
  test('installs what the product itself makes of what it builds on, and nothing when that is nothing', () => {
    const { of, ids } = actions([rpm('low'), rpm('top', { dependsOn: ['low'] })]);
    expect(ids.filter((id) => id.startsWith('install:'))).toEqual([`install:top:${TARGET}`]);
    expect(of(`install:top:${TARGET}`).inputs['rpms/low']).toEqual({
      from: 'output',
      action: `build:low:${TARGET}`,
      output: 'rpms',
    });
    expect(of(`build:top:${TARGET}`).root.at(-1)).toMatchObject({ action: `install:top:${TARGET}` });
    expect(of(`build:low:${TARGET}`).root.at(-1)).toMatchObject({ action: 'root:debian-12:rpm-build' });
  });

  test('tells its build the spec file and the placeholders of the recipe', () => {
    const placeholders = { VERSION: '1.0', REL: '1' };
    const { of } = actions([rpm('low', { build: { kind: 'rpm', spec: 'rpm/low.spec', placeholders } })]);
    expect(of(`build:low:${TARGET}`).env).toMatchObject({
      QBUILD_SPECS: 'rpm/low.spec',
      QBUILD_PLACEHOLDERS: 'VERSION=1.0\nREL=1',
    });
  });

  test('of a repository that says how it is built is told that, and has the files that it names', () => {
    const file = { name: 'low-1.tar', url: 'https://example.org/low-1.tar', sha256: sha256Hex('x'), size: 1 };
    const builder = {
      version: '1.2',
      release: '3',
      build: ['a.spec', 'b.spec'],
      commands: [],
      treeIsSource: false,
      files: [file],
    };
    const { of } = actions([rpm('low', { builder })]);
    const { env, inputs } = of(`build:low:${TARGET}`);
    expect(env).toMatchObject({ QBUILD_SPECS: 'a.spec\nb.spec', QBUILD_VERSION: '1.2', QBUILD_RELEASE: '3' });
    expect(inputs['files/low-1.tar']).toEqual({ from: 'blob', digest: makeDigest(file.sha256, 1) });
  });
});

describe('the plan of their repository', () => {
  test('signs packages and sources, and publishes what leads to all others last', () => {
    const { of, files } = actions([rpm('low'), rpm('hidden', { shipped: false })]);
    expect(Object.keys(of('repository:rpm:debian-12').inputs).slice(-2)).toEqual([
      'packages/low',
      'source/low',
    ]);
    expect(of(`sign:low:${TARGET}`).params).toMatchObject({ fingerprint: SIGNER.fingerprint });
    expect(files.at(-1)).toMatchObject({ kind: 'rpm-repository', path: 'rpm/debian-12/repodata/repomd.xml' });
  });

  test('without a package is refused', () => {
    expect(plan([rpm('hidden', { shipped: false })])).toMatchObject({
      ok: false,
      error: { code: 'deliverable/empty-repository', place: `rpm-repository of ${TARGET}` },
    });
  });
});
