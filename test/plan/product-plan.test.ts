// Planning: which actions a resolved product becomes, what they read, and what is shared between products.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action, Graph } from '../../src/action/action.ts';
import { canonicalJson } from '../../src/base/canonical.ts';
import { digestOf } from '../../src/base/digest.ts';
import { networkOf } from '../../src/engine/network.ts';
import { installerDefinition } from '../../src/manifest/installer-schema.ts';
import { type ProductPlan, planProduct, subgraph } from '../../src/plan/product-plan.ts';
import type { ResolvedComponent, ResolvedProduct } from '../../src/resolve/resolved.ts';
import { component, lockedDistribution, product, WINDOWS, windowsPackage } from './resolved.ts';

const SIGNER = { certificate: 'c0ffee', tool: 'osslsigncode 2.9' };

function on(name: string, ...dependsOn: string[]): ResolvedComponent {
  return component(name, { packages: [windowsPackage({ dependsOn: dependsOn.sort() })] });
}

function plan(of: ResolvedProduct, further: Readonly<Record<string, readonly string[]>> = {}): ProductPlan {
  const sources = of.components.map(({ name }) => [name, { tree: digestOf(name), epoch: 1000 }]);
  const planned = planProduct({
    templateFiles: {},
    product: of,
    lock: { format: 1, distributions: { 'debian-12': lockedDistribution(further) }, components: {} },
    sources: Object.fromEntries(sources),
    signers: { authenticode: SIGNER },
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.error));
  return planned.value;
}

function action(from: ProductPlan, id: string): Action {
  return from.graph.actions.get(id) ?? expect.fail(`no ${id} in ${[...from.graph.actions.keys()]}`);
}

const dependenciesOf = (of: Action) => Object.keys(of.inputs).filter((name) => name.startsWith('deps/'));

describe('the plan of a product', () => {
  test('has for each component a build and a check, over roots that the lock pins', () => {
    const planned = plan(product({ components: [on('leaf')] }));
    expect([...planned.graph.actions.keys()]).toEqual([
      'root:debian-12:base',
      'root:debian-12:windows-build',
      'build:leaf:windows/amd64',
      'check:leaf:windows/amd64',
    ]);
    const build = action(planned, 'build:leaf:windows/amd64');
    expect(build.inputs.source).toEqual({ from: 'tree', digest: digestOf('leaf') });
    expect(build.env.SOURCE_DATE_EPOCH).toBe('1000');
    expect(build.root).toEqual([
      { from: 'output', action: 'root:debian-12:base', output: 'layer' },
      { from: 'output', action: 'root:debian-12:windows-build', output: 'layer' },
    ]);
    const root = action(planned, 'root:debian-12:windows-build');
    expect(root.root).toEqual([{ from: 'output', action: 'root:debian-12:base', output: 'layer' }]);
    expect(Object.keys(root.inputs)).toEqual([
      'script',
      'packages/gcc_5.2_amd64.deb',
      'packages/make_5.2_amd64.deb',
    ]);
  });

  test('gives a component everything that it builds on, also through another', () => {
    const planned = plan(product({ components: [on('top', 'middle'), on('middle', 'leaf'), on('leaf')] }));
    expect(dependenciesOf(action(planned, 'build:top:windows/amd64'))).toEqual(['deps/leaf', 'deps/middle']);
    expect(dependenciesOf(action(planned, 'check:top:windows/amd64'))).toEqual(['deps/leaf', 'deps/middle']);
    expect(dependenciesOf(action(planned, 'build:leaf:windows/amd64'))).toEqual([]);
    expect(planned.packages.map((each) => each.component)).toEqual(['leaf', 'middle', 'top']);
    expect(action(planned, 'build:top:windows/amd64').inputs['deps/leaf']).toEqual({
      from: 'output',
      action: 'build:leaf:windows/amd64',
      output: 'dev',
    });
    expect(action(planned, 'check:top:windows/amd64').inputs['deps/leaf']).toEqual({
      from: 'output',
      action: 'check:leaf:windows/amd64',
      output: 'native',
    });
  });

  test('leaves out checks that a recipe does not want', () => {
    const packages = [windowsPackage({ build: { kind: 'windows', check: false } })];
    const planned = plan(product({ components: [component('leaf', { packages }), on('top', 'leaf')] }));
    expect(planned.graph.actions.has('check:leaf:windows/amd64')).toBe(false);
    expect(dependenciesOf(action(planned, 'check:top:windows/amd64'))).toEqual([]);
    expect(dependenciesOf(action(planned, 'build:top:windows/amd64'))).toEqual(['deps/leaf']);
  });

  test('adds a layer for the packages that a recipe asks for, and shares it', () => {
    const packages = [windowsPackage({ buildDepends: ['nasm', 'bison'] })];
    const components = [component('a', { packages }), component('b', { packages }), on('c')];
    const planned = plan(product({ components }), { 'windows-build:bison,nasm': ['bison', 'nasm'] });
    const layer = { from: 'output', action: 'root:debian-12:windows-build:bison,nasm', output: 'layer' };
    expect(action(planned, 'build:a:windows/amd64').root.at(-1)).toEqual(layer);
    expect(action(planned, 'build:b:windows/amd64').root.at(-1)).toEqual(layer);
    expect(action(planned, 'build:c:windows/amd64').root).toHaveLength(2);
    expect([...planned.graph.actions.keys()].filter((id) => id.startsWith('root:'))).toHaveLength(3);
  });

  test('hands the make variables of a recipe to build and check', () => {
    const packages = [windowsPackage({ build: { kind: 'windows', make: { A: '1', B: 'x y' } } })];
    const planned = plan(product({ components: [component('leaf', { packages })] }));
    for (const id of ['build:leaf:windows/amd64', 'check:leaf:windows/amd64']) {
      expect(action(planned, id).env.QBUILD_MAKE).toBe('A=1\nB=x y');
    }
  });

  test('stops at what only a bug can cause', () => {
    expect(() => plan(product({ components: [on('top', 'absent')] }))).toThrow(
      'top:windows/amd64 lacks absent',
    );
    const packages = [windowsPackage({ buildDepends: ['nasm'] })];
    expect(() => plan(product({ components: [component('a', { packages })] }))).toThrow(
      'the lock lacks root',
    );
    const unknown = [windowsPackage({ build: { kind: 'unheard-of' } })];
    expect(() => plan(product({ components: [component('a', { packages: unknown })] }))).toThrow(
      'unheard-of',
    );
  });
});

describe('a deliverable', () => {
  const definition = installerDefinition.parse({
    kind: 'installer',
    upgradeCode: '2f0c1c0e-6a53-4a55-9a3e-3d0f3f9d0a11',
    directory: 'Desk',
    data: { directory: 'Desk', key: 'Software\\Desk' },
    helper: 'bin/helper.exe',
    licence: 'share/licence.txt',
    features: [{ id: 'core', title: 'Everything', required: true }],
  });
  const settings = {
    component: 'setup',
    definition,
  } as unknown as ResolvedProduct['deliverables'][number]['settings'];
  const hidden = component('hidden', { listed: false, packages: [windowsPackage({ shipped: false })] });
  const components = [on('a', 'hidden'), hidden, on('setup')];
  const withFormats = (...formats: string[]) =>
    plan(product({ components, deliverables: [{ kind: 'installer', settings: { ...settings, formats } }] }));

  test('waits for the checks of everything that it ships, and signs it', () => {
    const planned = withFormats('exe', 'msi');
    for (const id of ['installer:setup', 'installer:msi']) {
      expect(action(planned, id).after).toEqual(['check:a:windows/amd64', 'check:setup:windows/amd64']);
    }
    const signed = [...planned.graph.actions.values()].filter(({ runner }) => runner === 'sign');
    expect(signed.map(({ id }) => id)).toEqual([
      'sign:a:windows/amd64',
      'sign:setup:windows/amd64',
      'sign:uninstaller',
      'sign:setup',
      'sign:msi',
    ]);
    for (const { params } of signed) expect(params).toMatchObject(SIGNER);
  });

  test('publishes signed installers and, of everything signed, what was there before', () => {
    const kinds = withFormats('exe', 'msi').files.map(({ kind, path }) => `${kind} ${path}`);
    expect(kinds).toContain('installer-exe setup.exe');
    expect(kinds.filter((each) => each.startsWith('installer-'))).toHaveLength(2);
    expect(kinds).toContain('unsigned-program unsigned/a');
    expect(kinds).toContain('unsigned-installer unsigned/setup.exe');
    expect(kinds.join('\n')).not.toContain('hidden');
  });

  test('has only the formats that the product names', () => {
    const ids = [...withFormats('msi').graph.actions.keys()];
    expect(ids).toContain('installer:msi');
    expect(ids).not.toContain('installer:setup');
  });

  test('keeps signing out of sandboxes: nothing that runs in one knows of the key', () => {
    for (const each of withFormats('exe').graph.actions.values()) {
      if (each.runner === 'sign') expect(Object.keys(each.inputs)).toEqual(['content']);
      else expect(canonicalJson(each as unknown as Record<string, never>)).not.toContain(SIGNER.certificate);
    }
  });
});

describe('a second product', () => {
  const shared = [on('gui'), on('admin', 'gui'), on('agent', 'gui')];
  const forVmm = (name: string) =>
    plan(
      product({
        name: `desk-for-${name}`,
        title: `Desk for ${name}`,
        version: name === 'one' ? '1.0.0' : '2.0.0',
        vmm: { name, title: name, facts: { hosting: name } },
        components: [...shared, on(`vchan-${name}`), on('daemon', 'gui', `vchan-${name}`)],
      }),
    );

  test('with another VMM has the same actions for all that does not depend on it', () => {
    const [one, two] = [forVmm('one').graph.actions, forVmm('two').graph.actions];
    const same = [...one]
      .filter(([id, each]) => canonical(two.get(id)) === canonical(each))
      .map(([id]) => id);
    expect(same.sort()).toEqual([
      'build:admin:windows/amd64',
      'build:agent:windows/amd64',
      'build:gui:windows/amd64',
      'check:admin:windows/amd64',
      'check:agent:windows/amd64',
      'check:gui:windows/amd64',
      'root:debian-12:base',
      'root:debian-12:windows-build',
    ]);
  });
});

function canonical(of: Action | undefined): string {
  return of === undefined ? '' : canonicalJson(of as unknown as Record<string, never>);
}

/** Products of up to a dozen components, each on some of those before it, in any order. */
const products = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((all) => all.map((deps, index) => on(`c${index}`, ...names(deps.filter((dep) => dep < index)))))
  .chain((components) =>
    fc.tuple(fc.constant(components), fc.shuffledSubarray(components, { minLength: components.length })),
  );

function names(indexes: readonly number[]): string[] {
  return [...new Set(indexes)].map((index) => `c${index}`);
}

describe('every plan', () => {
  test('is closed and without cycles, and each input is an output of what it names', () => {
    fc.assert(
      fc.property(products, ([components]) => {
        const { graph } = plan(product({ components }));
        expect(networkOf(graph)).toHaveLength(graph.actions.size);
        for (const each of graph.actions.values()) {
          for (const input of [...each.root, ...Object.values(each.inputs)]) {
            if (input.from !== 'output') continue;
            expect(Object.keys(action({ graph } as ProductPlan, input.action).outputs)).toContain(
              input.output,
            );
          }
        }
      }),
    );
  });

  test('does not depend on the order in which components are listed', () => {
    fc.assert(
      fc.property(products, ([components, shuffled]) => {
        const actions = (of: readonly ResolvedComponent[]) =>
          [...plan(product({ components: of })).graph.actions].map(([, each]) => canonical(each)).sort();
        expect(actions(shuffled)).toEqual(actions(components));
      }),
    );
  });

  test('lists packages after what they build on', () => {
    fc.assert(
      fc.property(products, ([, components]) => {
        const order = plan(product({ components })).packages.map((each) => each.component);
        for (const { name, packages } of components) {
          for (const dependency of packages[0]?.dependsOn ?? []) {
            expect(order.indexOf(dependency)).toBeLessThan(order.indexOf(name));
          }
        }
      }),
    );
  });
});

describe('a part of a graph', () => {
  test('has what was asked for and what that needs, and nothing else', () => {
    fc.assert(
      fc.property(products, fc.nat(11), ([components], index) => {
        const { graph } = plan(product({ components }));
        const wanted = `build:c${index % components.length}:${WINDOWS}`;
        const part = subgraph(graph, [wanted]);
        const order = networkOf(graph, [wanted]).map((node) => node.action.id);
        expect([...part.actions.keys()].sort()).toEqual(order.sort());
      }),
    );
  });

  test('includes what must merely have succeeded before', () => {
    const { graph } = plan(product({ components: [on('a')] }));
    const after = new Map(graph.actions);
    const build = after.get('build:a:windows/amd64') as Action;
    after.set('last', { ...build, id: 'last', root: [], inputs: {}, after: ['check:a:windows/amd64'] });
    const part: Graph = subgraph({ actions: after }, ['last']);
    expect(part.actions.has('check:a:windows/amd64')).toBe(true);
    expect(part.actions.has('build:a:windows/amd64')).toBe(false);
  });

  test('of names that the graph does not have is empty', () => {
    expect(subgraph(plan(product({ components: [on('a')] })).graph, ['absent']).actions.size).toBe(0);
  });
});
