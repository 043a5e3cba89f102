// ISOs of products: what they resolve to, and products that cannot have one.
import { describe, expect, it } from 'vitest';
import { resolveProduct } from '../../src/resolve/product.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { edited, type Files, loadSmall, recipe, resultOf } from '../manifest/written.ts';

const ABILITIES = { buildKinds: new Set(['windows', 'deb']), imageKinds: new Set(['iso']) };

const PRODUCT = [
  'kind: product',
  'name: disc',
  'title: Disc',
  'publisher: Carpenter',
  'version: 1.0.0',
  'vmm: hyperv',
  'licensing: gpl',
  'domains:',
  '  admin: { os: debian-12, template: bench }',
  '  net: { os: debian-12, template: oak, name: sys-net, label: red }',
  '  app: { os: debian-12, template: oak, name: work, label: blue }',
  'components: [top, leg, glue]',
  'templates: [oak]',
  'deliverables:',
  '  - { kind: iso, label: DISC_1, live: [leg] }',
  '',
].join('\n');

function template(name: string, more: string): string {
  return `kind: template\nname: ${name}\ntitle: T\ndistribution: debian-12\nsize: 1GiB\npackages: []\nkernel: linux\n${more}`;
}

const deb = (name: string, more = '') =>
  recipe(name, more).replace('windows/amd64', 'debian-12/amd64').replace('kind: windows', 'kind: deb');

const FILES: Files = {
  'products/disc.yaml': PRODUCT,
  'recipes/top/recipe.yaml': deb('top'),
  'recipes/leg/recipe.yaml': deb('leg', 'provides: [joint]\ndependsOn: [glue]\n'),
  'recipes/glue/recipe.yaml': deb('glue'),
  ...Object.fromEntries(['top', 'leg', 'glue'].map((name) => [`recipes/${name}/source/debian/control`, ''])),
  'templates/bench/template.yaml': template('bench', 'components: [top]\n'),
  'templates/oak/template.yaml': template(
    'oak',
    'components: [glue]\nvmmPackages: { hyperv: [tools], xen: [other] }\n',
  ),
  ...edited(
    'distributions/debian-12.yaml',
    '  base: [dpkg]',
    '  base: [dpkg]\n  guest: [udev]\n  image: [mtools]\n  iso: [xorriso]',
  ),
  ...edited('products/vmm/hyperv.yaml', 'guestDisk: vhdx', 'guestDisk: raw\nguestKernel: cloud'),
};

async function disc(changes: Files = {}): Promise<ResolvedProduct> {
  return resultOf(resolveProduct(await loadSmall({ ...FILES, ...changes }), 'disc', ABILITIES));
}

async function refused(from: string, to: string, file = 'products/disc.yaml') {
  const text = FILES[file]?.replace(from, () => to) ?? '';
  expect(text).not.toBe(FILES[file]);
  const result = resolveProduct(await loadSmall({ ...FILES, [file]: text }), 'disc', ABILITIES);
  if (result.ok) throw new Error('it resolved');
  return result.error;
}

describe('an ISO', () => {
  it('has a system, a repository for it, and what the live system has besides', async () => {
    const product = await disc();
    expect(product.deliverables).toEqual([
      {
        kind: 'iso',
        settings: {
          label: 'DISC_1',
          bootLabel: 'BOOT',
          compression: 'development',
          secureBoot: false,
          system: 'bench',
          distribution: 'debian-12',
          architecture: 'amd64',
          suite: 'bookworm',
          live: ['glue', 'leg'],
          windowsTools: [],
        },
      },
    ]);
    expect(product.templates.map(({ name, components }) => ({ name, components }))).toEqual([
      { name: 'bench', components: ['top'] },
      { name: 'oak', components: ['glue'] },
    ]);
    expect(product.notices).toEqual([]);
  });

  it('has guests with the packages of its VMM', async () => {
    expect((await disc()).templates[1]).toMatchObject({ packages: ['tools'], packagesOf: 'hyperv' });
    expect((await disc()).templates[0]).not.toHaveProperty('packagesOf');
  });

  it.each([
    ['bookworm'.padEnd(33, 'X').toUpperCase(), 'has 33 characters; there is room for 32'],
    ['Disc 1', 'has other characters than `A-Z`, `0-9` and `_`'],
  ])('is refused the label %s', async (label, why) => {
    expect(await refused('label: DISC_1', `label: "${label}"`)).toMatchObject({
      code: 'resolve/medium-label',
      message: expect.stringContaining(why),
      place: expect.stringContaining('products/disc.yaml:15'),
    });
  });

  it('is refused a boot label that FAT has no room for', async () => {
    expect(await refused('DISC_1,', 'DISC_1, bootLabel: ABCDEFGHIJKL,')).toMatchObject({
      code: 'resolve/medium-label',
      message: 'The label `ABCDEFGHIJKL` has 12 characters; there is room for 11.',
    });
  });

  it('starts with Secure Boot where the hypervisor is a program for UEFI', async () => {
    const file = 'products/vmm/hyperv.yaml';
    const hypervisor = (more: string) =>
      `${FILES[file]}hypervisor: { image: /boot/hyp.gz, ${more}options: [], kernelOptions: [] }\n`;
    const secure = PRODUCT.replace('live: [leg]', 'secureBoot: true');
    const workspace = await loadSmall({ ...FILES, 'products/disc.yaml': secure, [file]: hypervisor('') });
    expect(resolveProduct(workspace, 'disc', ABILITIES)).toMatchObject({
      error: {
        code: 'resolve/impossible-deliverable',
        message: 'The hypervisor of `hyperv` is no program that Secure Boot could start.',
        place: expect.stringContaining('products/disc.yaml:15'),
      },
    });
    const product = await disc({
      'products/disc.yaml': secure,
      [file]: hypervisor('efiImage: /boot/hyp.efi, '),
    });
    expect(product.deliverables[0]?.settings).toMatchObject({ secureBoot: true });
    expect(product.vmm.hypervisor).toMatchObject({ efiImage: '/boot/hyp.efi' });
  });

  it('needs a template of the admin domain', async () => {
    const next = 'State `domains.admin.template`.';
    expect(await refused(', template: bench', '')).toMatchObject({
      code: 'resolve/impossible-deliverable',
      next,
    });
  });

  it('needs tools for it', async () => {
    expect(await refused('\n  iso: [xorriso]', '', 'distributions/debian-12.yaml')).toMatchObject({
      code: 'resolve/missing-root-set',
    });
  });

  it('is made for no architecture without boot loaders', async () => {
    const file = 'distributions/debian-12.yaml';
    const text = FILES[file]?.replace('architecture: amd64', 'architecture: arm64') ?? '';
    const recipes = ['top', 'leg', 'glue'].map((name) => [
      `recipes/${name}/recipe.yaml`,
      FILES[`recipes/${name}/recipe.yaml`]?.replace('/amd64', '/arm64') ?? '',
    ]);
    const workspace = await loadSmall({ ...FILES, ...Object.fromEntries(recipes), [file]: text });
    expect(resolveProduct(workspace, 'disc', ABILITIES)).toMatchObject({
      error: {
        code: 'resolve/unsupported-architecture',
        message: 'There are no boot loaders for an ISO of `arm64`, only of amd64.',
      },
    });
  });

  it('is refused live components that the product does not list', async () => {
    expect(await refused('live: [leg]', 'live: [lag]')).toMatchObject({
      code: 'resolve/not-listed',
      next: expect.stringContaining('leg'),
    });
  });
});

describe('tools for Windows guests', () => {
  const WITH_TOOLS = PRODUCT.replace('live: [leg]', 'windowsTools: [top]');
  /** Packages for both systems; `top` needs `joint`, which `leg` provides, for Windows alone. */
  const both = (name: string, more: string) =>
    `${deb(name)}  - target: windows/amd64\n    build: { kind: windows }\n${more}`;
  const TOOLS: Files = {
    'products/disc.yaml': WITH_TOOLS,
    'recipes/top/recipe.yaml': both('top', '    dependsOn: [joint]\n'),
    'recipes/leg/recipe.yaml': both('leg', '').replace('packages:', 'provides: [joint]\npackages:'),
    'recipes/glue/recipe.yaml': both('glue', ''),
  };

  it('are built for Windows with what they need there, and nothing else is', async () => {
    const product = await disc(TOOLS);
    expect(product.deliverables[0]?.settings).toMatchObject({ windowsTools: ['leg', 'top'], live: [] });
    const targets = product.components.map(({ name, packages }) => [
      name,
      packages.map(({ target, shipped }) => [target, shipped]),
    ]);
    expect(targets).toEqual([
      ['glue', [['debian-12/amd64', true]]],
      [
        'leg',
        [
          ['debian-12/amd64', true],
          ['windows/amd64', true],
        ],
      ],
      [
        'top',
        [
          ['debian-12/amd64', true],
          ['windows/amd64', true],
        ],
      ],
    ]);
    expect(product.distributions).not.toHaveProperty('windows');
  });

  it('may have packages for no other system', async () => {
    const product = await disc({
      ...TOOLS,
      'recipes/top/recipe.yaml': recipe('top', 'dependsOn: [joint]\n'),
      ...BENCH,
    });
    expect(product.components.find(({ name }) => name === 'top')?.packages).toMatchObject([
      { target: 'windows/amd64', shipped: true, dependsOn: ['leg'] },
    ]);
  });

  /** The system without `top`, which is for Windows then. */
  const BENCH: Files = { 'templates/bench/template.yaml': template('bench', 'components: [glue]\n') };

  const refusal = async (changes: Files) => {
    const result = resolveProduct(await loadSmall({ ...FILES, ...TOOLS, ...changes }), 'disc', ABILITIES);
    return result.ok ? expect.fail('it resolved') : result.error;
  };

  it('are components of the product', async () => {
    const changes = { 'products/disc.yaml': WITH_TOOLS.replace('[top]', '[top, lag]') };
    expect(await refusal(changes)).toMatchObject({
      code: 'resolve/not-listed',
      message: '`lag` is not one of this product’s `components`.',
      place: expect.stringContaining('products/disc.yaml:15'),
      next: expect.stringContaining('leg'),
    });
  });

  it('have packages for Windows', async () => {
    const changes = { 'products/disc.yaml': WITH_TOOLS.replace('[top]', '[glue]') };
    expect(await refusal({ ...changes, 'recipes/glue/recipe.yaml': deb('glue') })).toMatchObject({
      code: 'resolve/impossible-target',
      message: '`glue` has no package for `windows/amd64`, so it is no tool for Windows guests.',
      place: expect.stringContaining('products/disc.yaml:15'),
    });
  });

  it('have what they need there, too', async () => {
    expect(await refusal({ 'recipes/leg/recipe.yaml': deb('leg', 'provides: [joint]\n') })).toMatchObject({
      code: 'resolve/missing-package',
      message: 'No component provides `joint` for target `windows/amd64`.',
    });
  });

  it('are said of ISOs alone', async () => {
    const apt = PRODUCT.replace(
      / {2}- \{ kind: iso.*/,
      '  - { kind: apt-repository, distribution: debian-12, windowsTools: [top] }',
    );
    expect(apt).not.toBe(PRODUCT);
    await expect(disc({ 'products/disc.yaml': apt })).rejects.toThrow(/windowsTools/);
  });
});

describe('domains', () => {
  it('are made of a template of their system that the product has', async () => {
    expect(await refused('template: oak, name: work', 'template: oka, name: work')).toMatchObject({
      code: 'resolve/unknown-template',
    });
    expect(await refused('template: oak, name: work', 'template: bench, name: work')).toMatchObject({
      code: 'resolve/domain-template',
      message: 'The template `bench` is not one of this product’s `templates`.',
    });
    expect(await refused(' template: oak, name: work', ' name: work')).toMatchObject({
      code: 'resolve/domain-template',
      message: 'The domain `work` is made of no template.',
    });
    expect(
      await refused('{ os: debian-12, template: oak, name: work', '{ os: windows, template: oak, name: work'),
    ).toMatchObject({
      code: 'resolve/domain-template',
    });
  });

  it('have a name of their own and a label', async () => {
    expect(await refused('name: work', 'name: sys-net')).toMatchObject({
      code: 'resolve/domain-name',
      message: 'Two domains of this product are called `sys-net`.',
    });
    expect(await refused(', label: blue', '')).toMatchObject({ code: 'resolve/domain-name' });
  });
});

describe('a template for other VMMs', () => {
  it('is refused', async () => {
    expect(
      await refused('kernel: linux\n', 'kernel: linux\nvmm: [xen]\n', 'templates/oak/template.yaml'),
    ).toMatchObject({
      code: 'resolve/wrong-vmm',
      message: 'The template `oak` is for VMM `xen`, not for `hyperv`.',
    });
  });
});
