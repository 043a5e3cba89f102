// What resolving yields: closure, providers, targets, licences, layers, mirrors, notices.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveProduct } from '../../src/resolve/product.ts';
import type { ResolvedComponent, ResolvedProduct } from '../../src/resolve/resolved.ts';
import { resolveTemplateProduct } from '../../src/resolve/template.ts';
import { edited, loadSmall, recipe, resultOf } from '../manifest/written.ts';
import { workspaceOf } from './synthetic.ts';

const DESK = 'products/desk.yaml';
const WINDOWS = { buildKinds: new Set(['windows']) };

async function resolved(changes: Readonly<Record<string, string | undefined>>, name = 'desk') {
  return resultOf(resolveProduct(await loadSmall(changes), name, WINDOWS));
}

function named(product: ResolvedProduct, name: string): ResolvedComponent | undefined {
  return product.components.find((component) => component.name === name);
}

const names = (product: ResolvedProduct) => product.components.map(({ name }) => name);

describe('a resolved product', () => {
  it('is plain data with every choice made', async () => {
    const workspace = await loadSmall();
    const product = resultOf(resolveProduct(workspace, 'desk', WINDOWS));
    const { dir } = workspace;
    const component = (name: string, more: Partial<ResolvedComponent>, needs: string[], shipped = true) => ({
      name,
      summary: `A ${name}`,
      license: 'GPL-2.0-or-later',
      listed: true,
      source: { kind: 'local', path: `${dir}/recipes/${name}/source` },
      recipeDir: `${dir}/recipes/${name}`,
      packages: [
        {
          target: 'windows/amd64',
          build: { kind: 'windows' },
          dependsOn: needs,
          buildDepends: [],
          shipped,
        },
      ],
      ...more,
    });
    const installer = product.deliverables[0]?.settings.definition;
    expect(product).toEqual({
      name: 'desk',
      title: 'A Desk',
      version: '1.2.3',
      publisher: 'Carpenter',
      vmm: {
        name: 'hyperv',
        title: 'Hyper-V',
        facts: {
          hosting: 'hosted',
          libvirtDriver: 'hyperv',
          guestDisk: 'vhdx',
          trustedComputingBase: ['the hypervisor'],
        },
      },
      domains: { admin: { os: 'windows' } },
      components: [
        component('fitter', {}, []),
        component('glue', { listed: false }, [], false),
        component('leg', {}, ['glue']),
        component('top', {}, ['leg']),
      ],
      distributions: {
        'debian-12': {
          name: 'debian-12',
          architecture: 'amd64',
          archives: [
            {
              url: 'http://deb.debian.org/debian',
              suites: ['bookworm'],
              components: ['main'],
              keyring: `${dir}/keys/archive.gpg`,
            },
          ],
          roots: { base: ['dpkg'], 'windows-build': ['make'] },
        },
      },
      tools: 'debian-12',
      deliverables: [
        { kind: 'installer', settings: { formats: ['exe'], component: 'fitter', definition: installer } },
      ],
      epoch: 1_700_000_000,
      notices: [],
      templates: [],
    });
    expect(installer).toMatchObject({ kind: 'installer', directory: 'Desk', scopes: ['machine', 'user'] });
    expect(JSON.parse(JSON.stringify(product))).toEqual(product);
  });

  it('has repositories for its distributions, with names that clients know', async () => {
    const other = edited('distributions/debian-12.yaml', 'name: debian-12', 'name: debian-13');
    const product = await resolved({
      'distributions/debian-13.yaml': Object.values(other)[0] ?? '',
      ...edited(
        DESK,
        'deliverables:',
        [
          'deliverables:',
          '  - { kind: apt-repository, distribution: debian-12 }',
          '  - { kind: apt-repository, distribution: debian-13, suite: desk, component: extra, validityDays: 30, url: "https://deb.example.org/desk" }',
        ].join('\n'),
      ),
    });
    expect(product.deliverables.slice(0, 2)).toEqual([
      {
        kind: 'apt-repository',
        settings: {
          distribution: 'debian-12',
          architecture: 'amd64',
          suite: 'bookworm',
          component: 'main',
          validityDays: 365,
          url: 'file:///srv/desk/apt',
        },
      },
      {
        kind: 'apt-repository',
        settings: {
          distribution: 'debian-13',
          architecture: 'amd64',
          suite: 'desk',
          component: 'extra',
          validityDays: 30,
          url: 'https://deb.example.org/desk',
        },
      },
    ]);
  });

  it('has the provider of an interface that the VMM needs, even if no component does', async () => {
    const product = await resolved({
      'recipes/top/recipe.yaml': recipe('top'),
      ...edited(DESK, '  - leg\n', ''),
    });
    expect(named(product, 'leg')).toMatchObject({ listed: false, packages: [{ shipped: true }] });
  });

  it('has sources at the URLs that recipes name, whatever the mirrors', async () => {
    const product = await resolved({
      'recipes/top/recipe.yaml': recipe('top').replace(
        '{ local: source }',
        '{ git: "https://example.org/group/top", tag: v1.0, subdirectory: wood }',
      ),
      'recipes/leg/recipe.yaml': recipe('leg', 'provides: [joint]\n').replace(
        '{ local: source }',
        '{ git: "https://example.org/leg", branch: main }',
      ),
      ...edited(
        'qbuild.yaml',
        'epoch:',
        'mirrors:\n  "https://example.org/": "https://mirror/all/"\n  "https://example.org/group/": "file:///srv/"\nepoch:',
      ),
    });
    expect(named(product, 'top')?.source).toEqual({
      kind: 'git',
      url: 'https://example.org/group/top',
      ref: { kind: 'tag', name: 'v1.0' },
      subdirectory: 'wood',
    });
    expect(named(product, 'leg')?.source).toEqual({
      kind: 'git',
      url: 'https://example.org/leg',
      ref: { kind: 'branch', name: 'main' },
    });
  });

  it('takes an archive as its recipe pins it, with keys that lie beside the recipe', async () => {
    const sha256 = 'a'.repeat(64);
    const signature = '{ url: "https://example.org/top.tar.xz.asc", keys: [keys/top.asc] }';
    const source = `{ archive: "https://example.org/top.tar.xz", sha256: ${sha256}, size: 7, signature: ${signature} }`;
    const product = await resolved({
      'recipes/top/recipe.yaml': recipe('top').replace('{ local: source }', source),
    });
    const { recipeDir: keysDirectory } = named(product, 'top') ?? expect.fail();
    expect(keysDirectory).toMatch(/\/recipes\/top$/);
    expect(named(product, 'top')?.source).toEqual({
      kind: 'archive',
      url: 'https://example.org/top.tar.xz',
      sha256,
      size: 7,
      signature: { url: 'https://example.org/top.tar.xz.asc', keys: ['keys/top.asc'] },
      keysDirectory,
    });
  });

  it('takes the keys of a git source from beside the manifest that names them', async () => {
    const product = await resolved({
      ...edited(
        DESK,
        'licensing: gpl',
        'licensing: gpl\noverride: { components: { leg: { source: { git: "https://example.org/leg", branch: main, signedBy: [leg.asc] } } } }',
      ),
      'recipes/top/recipe.yaml': recipe('top').replace(
        '{ local: source }',
        '{ git: "https://example.org/top", tag: v1, signedBy: [keys/a.asc, keys/b.asc] }',
      ),
    });
    expect(named(product, 'top')?.source).toEqual({
      kind: 'git',
      url: 'https://example.org/top',
      ref: { kind: 'tag', name: 'v1' },
      signedBy: ['keys/a.asc', 'keys/b.asc'],
      keysDirectory: expect.stringMatching(/\/recipes\/top$/),
    });
    expect(named(product, 'leg')?.source).toMatchObject({
      signedBy: ['leg.asc'],
      keysDirectory: expect.stringMatching(/\/products$/),
    });
  });

  it('builds a component from the source that the product overrides', async () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const product = await resolved(
      edited(
        DESK,
        'licensing: gpl',
        `licensing: gpl\noverride: { components: { top: { source: { git: "https://example.org/top", commit: ${commit} } } } }`,
      ),
    );
    expect(named(product, 'top')?.source).toEqual({
      kind: 'git',
      url: 'https://example.org/top',
      ref: { kind: 'commit', name: commit },
    });
  });

  it('passes build settings, build dependencies and installer contributions on', async () => {
    const product = await resolved({
      'recipes/top/recipe.yaml': `${recipe('top').replace('kind: windows', 'kind: windows, check: false, make: { WITH: oak }')}    buildDepends: [libx11-dev]
installer: { path: [bin] }
`,
    });
    expect(named(product, 'top')?.packages[0]).toMatchObject({
      build: { kind: 'windows', check: false, make: { WITH: 'oak' } },
      buildDepends: ['libx11-dev'],
    });
    expect(named(product, 'top')?.installer).toMatchObject({ path: ['bin'] });
  });
});

describe('a provider', () => {
  const foot = {
    'recipes/foot/recipe.yaml': recipe('foot', 'provides: [joint]\n'),
    'recipes/foot/source/Makefile': 'all:\n',
  };

  it('that the product lists wins over others', async () => {
    const product = await resolved({ ...foot, ...edited(DESK, '- leg', '- foot') });
    expect(named(product, 'top')?.packages[0]?.dependsOn).toEqual(['foot']);
    expect(names(product)).not.toContain('leg');
  });

  it('that the product chooses wins over others that it lists', async () => {
    const product = await resolved({
      ...foot,
      ...edited(DESK, '  - fitter\n', '  - fitter\n  - foot\nproviders: { joint: foot }\n'),
    });
    expect(named(product, 'top')?.packages[0]?.dependsOn).toEqual(['foot']);
  });

  it('for another VMM is not considered', async () => {
    const product = await resolved({
      ...foot,
      'recipes/foot/recipe.yaml': recipe('foot', 'provides: [joint]\nvmm: [xen]\n'),
      ...edited(DESK, '  - leg\n', ''),
    });
    expect(named(product, 'top')?.packages[0]?.dependsOn).toEqual(['leg']);
  });

  it('may stand for a component that is named, as a vendor replaces it', async () => {
    const product = await resolved({
      'recipes/top/recipe.yaml': recipe('top', 'dependsOn: [glue]\n'),
      'recipes/leg/recipe.yaml': recipe('leg', 'provides: [joint]\n'),
      'recipes/resin/recipe.yaml': recipe('resin', 'provides: [glue]\n'),
      'recipes/resin/source/Makefile': 'all:\n',
      ...edited(DESK, '- leg', '- resin'),
    });
    expect(named(product, 'top')?.packages[0]?.dependsOn).toEqual(['resin']);
    expect(names(product)).not.toContain('glue');
  });
});

describe('targets', () => {
  const targets = (product: ResolvedProduct, name: string) =>
    named(product, name)?.packages.map(({ target }) => target);
  const both = (name: string, more = '') =>
    `${recipe(name, more)}  - target: debian-12/amd64\n    build: { kind: deb }\n`;

  it('of guests that nothing can build are left out with a notice', async () => {
    const changes = {
      'recipes/top/recipe.yaml': both('top'),
      ...edited(DESK, 'deliverables:', 'templates: [oak]\ndeliverables:'),
      'templates/oak/template.yaml':
        'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-12\nsize: 1GiB\npackages: []\n',
    };
    const workspace = await loadSmall(changes);
    const now = resultOf(resolveProduct(workspace, 'desk', WINDOWS));
    expect(named(now, 'top')?.packages.map(({ target }) => target)).toEqual(['windows/amd64']);
    expect(now.notices).toEqual([
      {
        code: 'resolve/unsupported-build',
        message: 'Not built for `debian-12/amd64`, because build kind `deb` is not supported yet: top.',
        place: 'recipes/top/recipe.yaml:9:5',
      },
      {
        code: 'resolve/unsupported-template',
        message: 'The template `oak` is not shipped yet; `qbuild template oak` builds its image.',
        place: 'products/desk.yaml:14:13',
      },
    ]);
  });

  it('of guests are those that the images of a deliverable install, and what these are built on', async () => {
    const changes = {
      'recipes/top/recipe.yaml': both('top', 'buildsOn: [glue]\n'),
      'recipes/leg/recipe.yaml': both('leg', 'provides: [joint]\n'),
      'recipes/glue/recipe.yaml': both('glue'),
      ...Object.fromEntries(
        ['top', 'leg', 'glue'].map((name) => [`recipes/${name}/source/debian/control`, '']),
      ),
      ...edited(
        DESK,
        'deliverables:',
        'templates: [oak]\noverride: { templates: { oak: { size: 3GiB } } }\ndeliverables:',
      ),
      ...edited(
        'distributions/debian-12.yaml',
        '  base: [dpkg]',
        '  base: [dpkg]\n  guest: [udev]\n  image: [mtools]',
      ),
      ...edited('products/vmm/hyperv.yaml', 'guestDisk: vhdx', 'guestDisk: vhdx\nguestKernel: cloud'),
      'templates/oak/template.yaml':
        'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-12\nsize: 1GiB\npackages: []\nkernel: linux\ncomponents: [top]\n',
    };
    const workspace = await loadSmall(changes);
    const DEB = { buildKinds: new Set(['windows', 'deb']) };
    const without = resultOf(resolveProduct(workspace, 'desk', DEB));
    expect(without.templates).toEqual([]);
    expect(targets(without, 'top')).toEqual(['windows/amd64']);
    const product = resultOf(
      resolveProduct(workspace, 'desk', { ...DEB, imageKinds: new Set(['installer']) }),
    );
    expect(product.templates).toMatchObject([
      { name: 'oak', format: 'vhdx', kernel: 'linux', size: 3 * 2 ** 30, components: ['top'] },
    ]);
    expect(Object.fromEntries(['top', 'glue', 'leg'].map((name) => [name, targets(product, name)]))).toEqual({
      top: ['debian-12/amd64', 'windows/amd64'],
      glue: ['debian-12/amd64', 'windows/amd64'],
      leg: ['windows/amd64'],
    });
    expect(product.notices).toMatchObject([{ code: 'resolve/unwanted-build' }]);
  });

  it('of guests with a checked root are joined by what opens it, where the distribution has that', async () => {
    const distribution = (more: string) =>
      edited(
        'distributions/debian-12.yaml',
        'roots:\n  base: [dpkg]',
        `${more}roots:\n  base: [dpkg]\n  guest: [udev]\n  image: [mtools]`,
      );
    const oak =
      'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-12\nsize: 1GiB\npackages: [less]\nkernel: linux\nverity: true\n';
    const changes = {
      ...edited('products/vmm/hyperv.yaml', 'guestDisk: vhdx', 'guestDisk: vhdx\nguestKernel: cloud'),
      'templates/oak/template.yaml': oak,
    };
    const resolved = async (more: string) => {
      const workspace = await loadSmall({ ...changes, ...distribution(more) });
      return resolveTemplateProduct(workspace, 'oak', 'hyperv', { buildKinds: new Set() });
    };
    expect(resultOf(await resolved('verity: [cryptsetup-bin]\n')).templates).toMatchObject([
      { verity: true, packages: ['less', 'cryptsetup-bin'] },
    ]);
    expect(await resolved('')).toMatchObject({
      ok: false,
      error: {
        code: 'resolve/missing-verity',
        message: 'The distribution `debian-12` names no packages for `verity`.',
        place: 'templates/oak/template.yaml:8:9',
      },
    });
  });

  it('of guests are built when they are asked for, and have packaging', async () => {
    const changes = {
      'recipes/top/recipe.yaml': both('top'),
      'recipes/leg/recipe.yaml': both('leg', 'provides: [joint]\n'),
      'recipes/top/source/debian/control': 'Source: top\n',
      ...edited(DESK, 'admin: { os: windows }', 'admin: { os: windows }\n  app: { os: debian-12 }'),
    };
    const workspace = await loadSmall(changes);
    const DEB = {
      buildKinds: new Set(['windows', 'deb']),
      targetSets: { deb: ['windows-build'] },
    };
    const unasked = resultOf(resolveProduct(workspace, 'desk', DEB));
    expect(targets(unasked, 'top')).toEqual(['windows/amd64']);
    expect(unasked.notices).toMatchObject([
      {
        code: 'resolve/unwanted-build',
        message:
          'Not built for `debian-12/amd64`, because no deliverable of this product takes these packages: leg, top.',
      },
    ]);
    const asked = resultOf(resolveProduct(workspace, 'desk', { ...DEB, only: 'top' }));
    expect(targets(asked, 'top')).toEqual(['debian-12/amd64', 'windows/amd64']);
    expect(targets(asked, 'leg')).toEqual(['windows/amd64']);
    expect(asked.notices).toMatchObject([
      {
        code: 'resolve/unpackaged',
        message: 'Not built for `debian-12/amd64`, because their sources have no `debian/control`: leg.',
      },
    ]);
    const without = { ...DEB, only: 'top', targetSets: { deb: ['deb-build'] } };
    expect(resolveProduct(workspace, 'desk', without)).toMatchObject({
      error: {
        code: 'resolve/missing-root-set',
        message: 'The distribution `debian-12` has no root set `deb-build`, which builds need.',
      },
    });
  });

  it('of RPM packages are built for an RPM repository, or when they are asked for', async () => {
    const changes = {
      'recipes/top/recipe.yaml': both('top').replace('kind: deb', 'kind: rpm, spec: rpm/top.spec'),
      ...edited(DESK, 'admin: { os: windows }', 'admin: { os: windows }\n  app: { os: debian-12 }'),
    };
    const RPM = { buildKinds: new Set(['windows', 'rpm']) };
    const workspace = await loadSmall(changes);
    const unasked = resultOf(resolveProduct(workspace, 'desk', RPM));
    expect(targets(unasked, 'top')).toEqual(['windows/amd64']);
    expect(unasked.notices).toMatchObject([{ code: 'resolve/unwanted-build' }]);
    const asked = resultOf(resolveProduct(workspace, 'desk', { ...RPM, only: 'top' }));
    expect(targets(asked, 'top')).toEqual(['debian-12/amd64', 'windows/amd64']);
    const repository = '  - { kind: rpm-repository, distribution: debian-12 }';
    const text = Object.values(edited(DESK, 'deliverables:', `deliverables:\n${repository}`))[0] ?? '';
    const published = await loadSmall({ ...changes, [DESK]: text });
    const product = resultOf(resolveProduct(published, 'desk', RPM));
    expect(named(product, 'top')?.packages[0]).toMatchObject({
      target: 'debian-12/amd64',
      build: { kind: 'rpm', spec: 'rpm/top.spec' },
    });
    expect(product.deliverables[0]).toEqual({
      kind: 'rpm-repository',
      settings: {
        distribution: 'debian-12',
        architecture: 'amd64',
        url: 'file:///srv/desk/rpm/debian-12',
      },
    });
  });

  it('of a product of packages alone are those of its repositories; it needs no domains', async () => {
    const changes = {
      'recipes/top/recipe.yaml': both('top'),
      'recipes/top/source/debian/control': 'Source: top\n',
      'products/packages.yaml': [
        'kind: product',
        'name: packages',
        'title: Packages',
        'publisher: Carpenter',
        'version: 1.0.0',
        'vmm: hyperv',
        'licensing: gpl',
        'components: [top]',
        'deliverables:',
        '  - { kind: apt-repository, distribution: debian-12 }',
        '',
      ].join('\n'),
    };
    const workspace = await loadSmall(changes);
    const abilities = { buildKinds: new Set(['windows', 'deb']) };
    const product = resultOf(resolveProduct(workspace, 'packages', abilities));
    expect(product.domains).toEqual({});
    expect(targets(product, 'top')).toEqual(['debian-12/amd64']);
  });

  it('that nothing in the product runs are left out without a word', async () => {
    const product = await resolved({ 'recipes/top/recipe.yaml': both('top') });
    expect(named(product, 'top')?.packages.map(({ target }) => target)).toEqual(['windows/amd64']);
    expect(product.notices).toEqual([]);
  });

  it('need no source where nothing is built yet', async () => {
    const product = await resolved({
      'recipes/top/recipe.yaml': recipe('top')
        .replace('windows/amd64', 'debian-12/amd64')
        .replace('kind: windows', 'kind: deb'),
      'recipes/top/source/Makefile': undefined,
      ...edited(DESK, 'admin: { os: windows }', 'admin: { os: windows }\n  app: { os: debian-12 }'),
    });
    expect(named(product, 'top')).toMatchObject({ listed: true, packages: [] });
  });
});

describe('layers', () => {
  const vendor = edited('qbuild.yaml', 'layers: [.]', 'layers: [., vendor]');

  it('let a recipe keep all that it does not state', async () => {
    const product = await resolved({
      ...vendor,
      'vendor/recipes/top/recipe.yaml': [
        'kind: recipe',
        'name: top',
        'extends: top',
        'summary: A better top',
        'source: { git: "https://example.org/top", tag: v2 }',
        '',
      ].join('\n'),
    });
    expect(named(product, 'top')).toMatchObject({
      summary: 'A better top',
      license: 'GPL-2.0-or-later',
      source: { kind: 'git', ref: { kind: 'tag', name: 'v2' } },
      packages: [{ target: 'windows/amd64', dependsOn: ['leg'] }],
    });
  });

  it('let a recipe without `extends` replace the whole', async () => {
    const product = await resolved({
      ...vendor,
      'vendor/recipes/top/recipe.yaml': recipe('top'),
      'vendor/recipes/top/source/Makefile': 'all:\n',
    });
    expect(named(product, 'top')?.packages[0]?.dependsOn).toEqual([]);
    expect(named(product, 'top')?.recipeDir).toMatch(/vendor\/recipes\/top$/);
  });

  it('let a higher layer bring its own keyring of the same name', async () => {
    const product = await resolved({ ...vendor, 'vendor/keys/archive.gpg': '' });
    expect(product.distributions['debian-12']?.archives[0]?.keyring).toMatch(/vendor\/keys\/archive\.gpg$/);
  });

  it.each([
    ['leg', 'resolve/extends-other', 'A recipe extends only its own name, `top`, of a lower layer.'],
    ['top', 'resolve/nothing-to-extend', 'No lower layer has a recipe `top` to extend.'],
  ])('refuse a recipe that extends `%s` where it cannot', async (base, code, message) => {
    const workspace = await loadSmall({ 'recipes/top/recipe.yaml': recipe('top', `extends: ${base}\n`) });
    const result = resolveProduct(workspace, 'desk', WINDOWS);
    expect(result).toMatchObject({
      ok: false,
      error: { code, message, place: 'recipes/top/recipe.yaml:6:10' },
    });
  });
});

describe('the closure', () => {
  /** Edges from each component to some of those before it: no cycles. */
  const acyclic = fc
    .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
    .map((lists) =>
      lists.map((list, index) => [...new Set(list.map((to) => to % (index + 1)))].filter((to) => to < index)),
    );

  it('has exactly what can be reached from the list, and ships what is reached without `buildsOn`', () => {
    fc.assert(
      fc.property(acyclic, acyclic, fc.nat(), (runs, builds, pick) => {
        const size = Math.min(runs.length, builds.length);
        const listed = pick % size;
        const workspace = workspaceOf(
          Array.from({ length: size }, (_, index) => ({
            name: `c${index}`,
            dependsOn: (runs[index] ?? []).map((to) => `c${to}`),
            buildsOn: (builds[index] ?? []).map((to) => `c${to}`),
          })),
          [`c${listed}`],
        );
        const product = resultOf(resolveProduct(workspace, 'synthetic', WINDOWS));
        const reach = (edges: (index: number) => readonly number[]) => {
          const seen = new Set<number>();
          const visit = (index: number) => {
            if (seen.has(index)) return;
            seen.add(index);
            for (const to of edges(index)) visit(to);
          };
          visit(listed);
          return [...seen].map((index) => `c${index}`).sort();
        };
        expect(names(product)).toEqual(reach((index) => [...(runs[index] ?? []), ...(builds[index] ?? [])]));
        const shipped = product.components
          .filter(({ packages }) => packages[0]?.shipped)
          .map(({ name }) => name);
        expect(shipped).toEqual(reach((index) => runs[index] ?? []));
        const components = new Set(names(product));
        for (const { packages } of product.components) {
          for (const { dependsOn } of packages)
            for (const name of dependsOn) expect(components).toContain(name);
        }
      }),
    );
  });

  it('has a circle exactly when one of the components can reach itself', () => {
    const edges = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 2 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(edges, (lists) => {
        const reachesItself = lists.some((_, start) => {
          const seen = new Set<number>();
          const pending = [...(lists[start] ?? [])];
          for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
            if (at === start) return true;
            if (seen.has(at)) continue;
            seen.add(at);
            pending.push(...(lists[at] ?? []));
          }
          return false;
        });
        const components = lists.map((list, index) => ({
          name: `c${index}`,
          dependsOn: [...new Set(list)].map((to) => `c${to}`),
        }));
        const workspace = workspaceOf(
          components,
          components.map(({ name }) => name),
        );
        const result = resolveProduct(workspace, 'synthetic', WINDOWS);
        expect(result.ok).toBe(!reachesItself);
        if (!result.ok) expect(result.error.code).toBe('resolve/dependency-cycle');
      }),
    );
  });

  it('follows chains of any length', () => {
    const components = Array.from({ length: 10_000 }, (_, index) => ({
      name: `c${index}`,
      dependsOn: index === 0 ? [] : [`c${index - 1}`],
    }));
    const product = resultOf(resolveProduct(workspaceOf(components, ['c9999']), 'synthetic', WINDOWS));
    expect(product.components).toHaveLength(10_000);
  });
});
