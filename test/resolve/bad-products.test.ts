// Products that cannot be: each mistake with its exact code, message and place, before anything runs.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import { resolveProduct } from '../../src/resolve/product.ts';
import { edited, errorOf, flat, loadSmall, recipe, SMALL } from '../manifest/written.ts';

const DESK = 'products/desk.yaml';
const TOP = 'recipes/top/recipe.yaml';
const ABILITIES = { buildKinds: new Set(['windows']), rootSets: ['windows-build'] };

type Changes = Readonly<Record<string, string | undefined>>;

async function failures(changes: Changes, name = 'desk'): Promise<readonly Failure[]> {
  return flat(errorOf(resolveProduct(await loadSmall(changes), name, ABILITIES)));
}

/** A component with sources, as files. */
function component(name: string, more = ''): Changes {
  return {
    [`recipes/${name}/recipe.yaml`]: recipe(name, more),
    [`recipes/${name}/source/Makefile`]: 'all:\n',
  };
}

const cases: readonly [title: string, changes: Changes, failure: Partial<Failure>][] = [
  [
    'an unknown component in the list, with the nearest name',
    edited(DESK, '- leg', '- lge'),
    {
      code: 'resolve/unknown-component',
      message: 'There is no component `lge`.',
      place: 'products/desk.yaml:12:5',
      frame: [
        '  10 | components:',
        '  11 |   - top',
        '> 12 |   - lge',
        '     |     ^^^',
        '  13 |   - fitter',
      ].join('\n'),
      next: 'Did you mean `leg`?',
    },
  ],
  [
    'an unknown interface in a recipe',
    { [TOP]: recipe('top', 'dependsOn: [joints]\n') },
    {
      code: 'resolve/unknown-component',
      message: 'There is no component or interface `joints`.',
      place: 'recipes/top/recipe.yaml:6:13',
      next: 'Did you mean `joint`?',
    },
  ],
  [
    'a component listed twice',
    edited(DESK, '- leg', '- leg\n  - leg'),
    {
      code: 'resolve/listed-twice',
      message: '`leg` is listed twice.',
      place: 'products/desk.yaml:13:5',
      next: 'Remove one of both.',
    },
  ],
  [
    'an unknown VMM',
    edited(DESK, 'vmm: hyperv', 'vmm: hyprev'),
    {
      code: 'resolve/unknown-vmm',
      message: 'There is no VMM profile `hyprev`.',
      place: 'products/desk.yaml:6:6',
      next: 'Did you mean `hyperv`?',
    },
  ],
  [
    'an unknown operating system',
    edited(DESK, 'os: windows', 'os: windoes'),
    {
      code: 'resolve/unknown-os',
      message: 'There is no operating system `windoes`.',
      place: 'products/desk.yaml:9:10',
      next: 'Did you mean `windows`?',
    },
  ],
  [
    'a domain that shares one that is not there',
    edited(DESK, 'admin: { os: windows }', 'admin: { os: windows }\n  gui: { os: windows, sameAs: net }'),
    {
      code: 'resolve/unknown-role',
      message: 'There is no domain in this product for the role `net`.',
      place: 'products/desk.yaml:10:8',
    },
  ],
  [
    'a domain that shares one with another operating system',
    edited(DESK, 'admin: { os: windows }', 'admin: { os: windows }\n  gui: { os: debian-12, sameAs: admin }'),
    { code: 'resolve/different-domains', place: 'products/desk.yaml:10:8' },
  ],
  [
    'an unknown template',
    edited(DESK, 'deliverables:', 'templates: [oak]\ndeliverables:'),
    {
      code: 'resolve/unknown-template',
      message: 'There is no template `oak`.',
      place: 'products/desk.yaml:14:13',
    },
  ],
  [
    'a template of an unknown distribution',
    {
      ...edited(DESK, 'deliverables:', 'templates: [oak]\ndeliverables:'),
      'templates/oak/template.yaml':
        'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-21\nsize: 1GiB\npackages: []\n',
    },
    {
      code: 'resolve/unknown-distribution',
      message: 'There is no distribution `debian-21`.',
      place: 'templates/oak/template.yaml:4:15',
      next: 'Did you mean `debian-12`?',
    },
  ],
  [
    'a repository of an unknown distribution',
    edited(DESK, 'deliverables:', 'deliverables:\n  - { kind: apt-repository, distribution: debian-21 }'),
    {
      code: 'resolve/unknown-distribution',
      message: 'There is no distribution `debian-21`.',
      place: 'products/desk.yaml:15:43',
      next: 'Did you mean `debian-12`?',
    },
  ],
  [
    'a repository whose packages are tried on an unknown template',
    edited(
      DESK,
      'deliverables:',
      'deliverables:\n  - { kind: apt-repository, distribution: debian-12, trial: { template: oak, install: [desk] } }',
    ),
    {
      code: 'resolve/unknown-template',
      message: 'There is no template `oak`.',
      place: 'products/desk.yaml:15:73',
    },
  ],
  [
    'a repository whose packages are tried on another distribution',
    {
      'distributions/debian-13.yaml':
        Object.values(edited('distributions/debian-12.yaml', 'name: debian-12', 'name: debian-13'))[0] ?? '',
      'templates/oak/template.yaml':
        'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-13\nsize: 1GiB\npackages: []\n',
      ...edited(
        DESK,
        'deliverables:',
        'deliverables:\n  - { kind: apt-repository, distribution: debian-12, trial: { template: oak, install: [desk] } }',
      ),
    },
    {
      code: 'resolve/trial-template',
      message: 'The template `oak` is made of `debian-13`, and the packages are for `debian-12`.',
      place: 'products/desk.yaml:15:73',
    },
  ],
  [
    'two repositories of one distribution',
    edited(
      DESK,
      'deliverables:',
      'deliverables:\n  - { kind: apt-repository, distribution: debian-12 }\n  - { kind: apt-repository, distribution: debian-12, suite: other }',
    ),
    { code: 'resolve/listed-twice', message: '`apt-repository debian-12` is listed twice.' },
  ],
  [
    'two repositories with the same suite',
    {
      'distributions/debian-13.yaml':
        Object.values(edited('distributions/debian-12.yaml', 'name: debian-12', 'name: debian-13'))[0] ?? '',
      ...edited(
        DESK,
        'deliverables:',
        'deliverables:\n  - { kind: apt-repository, distribution: debian-12 }\n  - { kind: apt-repository, distribution: debian-13 }',
      ),
    },
    {
      code: 'resolve/same-suite',
      message: 'Two repositories of this product have the suite `bookworm`.',
      place: 'products/desk.yaml:16:5',
      next: 'Give one of them another `suite`.',
    },
  ],
  [
    'a template with an unknown component',
    {
      ...edited(DESK, 'deliverables:', 'templates: [oak]\ndeliverables:'),
      'templates/oak/template.yaml': [
        'kind: template',
        'name: oak',
        'title: Oak',
        'distribution: debian-12',
        'size: 1GiB',
        'packages: []',
        'components: [topp]',
        '',
      ].join('\n'),
    },
    {
      code: 'resolve/unknown-component',
      message: 'There is no component `topp`.',
      place: 'templates/oak/template.yaml:7:14',
      next: 'Did you mean `top`?',
    },
  ],
  [
    'a component that is for other VMMs',
    { [TOP]: recipe('top', 'vmm: [xen, kvm]\n') },
    {
      code: 'resolve/wrong-vmm',
      message: '`top` is for VMM `xen`, `kvm`, not for `hyperv`.',
      place: 'products/desk.yaml:11:5',
    },
  ],
  [
    'an interface without provider for the VMM',
    { 'recipes/leg/recipe.yaml': recipe('leg'), ...component('foot', 'provides: [joint]\nvmm: [xen]\n') },
    {
      code: 'resolve/missing-provider',
      message: 'No component provides `joint` on VMM `hyperv`.',
      place: 'products/desk.yaml:6:6',
      cause: 'It is provided by `foot`, for other VMMs only.',
    },
  ],
  [
    'an interface with two providers, both listed',
    { ...component('foot', 'provides: [joint]\n'), ...edited(DESK, '- leg', '- leg\n  - foot') },
    {
      code: 'resolve/two-providers',
      message: 'Several components provide `joint`: `foot`, `leg`.',
      place: 'products/desk.yaml:6:6',
      next: 'Let the product list one of them, or choose with `providers: { joint: foot }`.',
    },
  ],
  [
    'an interface with two providers, neither listed',
    { ...component('foot', 'provides: [joint]\n'), ...edited(DESK, '  - leg\n', '') },
    { code: 'resolve/two-providers', message: 'Several components provide `joint`: `foot`, `leg`.' },
  ],
  [
    'a choice of a provider that is none',
    edited(DESK, 'licensing: gpl', 'licensing: gpl\nproviders: { joint: log }'),
    {
      code: 'resolve/unknown-provider',
      message: '`log` does not provide `joint` on this VMM.',
      place: 'products/desk.yaml:8:21',
      next: 'Did you mean `leg`?',
    },
  ],
  [
    'a choice for an interface that is none',
    edited(DESK, 'licensing: gpl', 'licensing: gpl\nproviders: { joynt: leg }'),
    {
      code: 'resolve/unknown-interface',
      message: 'There is no interface `joynt`.',
      place: 'products/desk.yaml:8:21',
      next: 'Did you mean `joint`?',
    },
  ],
  [
    'a choice of a provider without package for the target',
    {
      'recipes/foot/recipe.yaml': recipe('foot', 'provides: [joint]\n').replace(
        'windows/amd64',
        'debian-12/amd64',
      ),
      ...edited(DESK, 'licensing: gpl', 'licensing: gpl\nproviders: { joint: foot }'),
    },
    {
      code: 'resolve/missing-package',
      message: '`foot`, chosen for `joint`, has no package for `windows/amd64`.',
      place: 'products/desk.yaml:8:21',
    },
  ],
  [
    'components that depend on each other in a circle',
    { [TOP]: recipe('top', 'dependsOn: [joint]\n'), ...component('glue', 'buildsOn: [top]\n') },
    {
      code: 'resolve/dependency-cycle',
      message: 'Components depend on each other in a circle: top → leg → glue → top.',
      place: 'recipes/glue/recipe.yaml:6:12',
    },
  ],
  [
    'a component that depends on itself',
    component('glue', 'dependsOn: [glue]\n'),
    {
      code: 'resolve/dependency-cycle',
      message: 'Components depend on each other in a circle: glue → glue.',
      place: 'recipes/glue/recipe.yaml:6:13',
    },
  ],
  [
    'two packages of one target',
    { [TOP]: `${recipe('top')}  - target: windows/amd64\n    build: { kind: windows }\n` },
    {
      code: 'resolve/duplicate-package',
      message: '`top` has two packages for `windows/amd64`.',
      place: 'recipes/top/recipe.yaml:9:13',
    },
  ],
  [
    'a target that does not exist',
    { [TOP]: recipe('top').replace('windows/amd64', 'windows/arm64') },
    {
      code: 'resolve/impossible-target',
      message: '`top` has packages for `windows/arm64` only; this product needs `windows/amd64`.',
      place: 'products/desk.yaml:11:5',
    },
  ],
  [
    'a misspelt target beside a good one, rather than leaving it out',
    { [TOP]: `${recipe('top')}  - target: debian-21/amd64\n    build: { kind: deb }\n` },
    {
      code: 'resolve/impossible-target',
      message: 'There is no target `debian-21/amd64`.',
      place: 'recipes/top/recipe.yaml:9:13',
      next: 'Did you mean `debian-12/amd64`?',
    },
  ],
  [
    'a build kind that cannot make packages for the target',
    { [TOP]: recipe('top').replace('kind: windows', 'kind: deb') },
    {
      code: 'resolve/impossible-target',
      message: 'The build kind `deb` makes no packages for `windows/amd64`.',
      place: 'recipes/top/recipe.yaml:7:13',
    },
  ],
  [
    'a dependency without package for the target',
    { 'recipes/glue/recipe.yaml': recipe('glue').replace('windows/amd64', 'debian-12/amd64') },
    {
      code: 'resolve/missing-package',
      message: 'No component provides `glue` for target `windows/amd64`.',
      place: 'recipes/leg/recipe.yaml:7:12',
      cause: 'It is provided by `glue`, for other targets only.',
    },
  ],
  [
    "a version beyond Windows Installer's",
    edited(DESK, '1.2.3', '1.256.3'),
    {
      code: 'resolve/version-limit',
      message: 'An installer cannot have version `1.256.3`: Windows allows at most 255.255.65535.',
      place: 'products/desk.yaml:5:10',
    },
  ],
  [
    'an installer of a bare-metal product',
    edited('products/vmm/hyperv.yaml', 'hosting: hosted', 'hosting: bare-metal'),
    {
      code: 'resolve/impossible-deliverable',
      message: 'An installer is for products with a hosted VMM and Windows as admin domain.',
      place: 'products/desk.yaml:15:5',
    },
  ],
  [
    'an installer that nothing defines',
    { 'recipes/fitter/installer.yaml': undefined },
    { code: 'resolve/missing-installer-definition', place: 'products/desk.yaml:15:5' },
  ],
  [
    'an installer that two components define',
    { 'recipes/top/installer.yaml': SMALL['recipes/fitter/installer.yaml'] },
    {
      code: 'resolve/two-installer-definitions',
      message: 'Several components define the installer of this product: `top`, `fitter`.',
      place: 'products/desk.yaml:15:5',
    },
  ],
  [
    'a malformed licence',
    { [TOP]: recipe('top').replace('GPL-2.0-or-later', 'GPL-9') },
    {
      code: 'resolve/malformed-license',
      message: '`GPL-9` is not an SPDX license expression.',
      place: 'recipes/top/recipe.yaml:4:10',
    },
  ],
  [
    'a proprietary component in a free product',
    { [TOP]: recipe('top').replace('GPL-2.0-or-later', 'LicenseRef-Carpenter-Commercial') },
    {
      code: 'resolve/forbidden-license',
      message:
        'A product with `licensing: gpl` cannot contain `top`, licensed `LicenseRef-Carpenter-Commercial`.',
      place: 'recipes/top/recipe.yaml:4:10',
    },
  ],
  [
    'a source that is not there',
    { 'recipes/top/source/Makefile': undefined },
    {
      code: 'resolve/missing-source',
      message: 'The source of `top` is not there.',
      place: 'recipes/top/recipe.yaml:5:18',
    },
  ],
  [
    'a source outside of the layer',
    { [TOP]: recipe('top').replace('local: source', 'local: ../../../../etc') },
    {
      code: 'resolve/outside-layer',
      message: 'The source of `top` leads out of its layer.',
      place: 'recipes/top/recipe.yaml:5:18',
    },
  ],
  [
    'a recipe without licence',
    { [TOP]: recipe('top').replace('license: GPL-2.0-or-later\n', '') },
    {
      code: 'resolve/incomplete-recipe',
      message: 'The recipe of `top` has no `license`.',
      place: 'recipes/top/recipe.yaml:2:7',
    },
  ],
  [
    'a recipe without source',
    { [TOP]: recipe('top').replace('source: { local: source }\n', '') },
    { code: 'resolve/incomplete-recipe', message: 'The recipe of `top` has no `source`.' },
  ],
  [
    'a product without version',
    edited(DESK, 'version: 1.2.3\n', ''),
    {
      code: 'resolve/incomplete-product',
      message: 'The product `desk` has no `version`, and neither has what it extends.',
      place: 'products/desk.yaml:2:7',
    },
  ],
  [
    'a product without admin domain',
    edited(DESK, 'admin: { os', 'app: { os'),
    { code: 'resolve/incomplete-product', message: expect.stringContaining('`domains.admin`') },
  ],
  [
    'a keyring that no layer has',
    { 'keys/archive.gpg': undefined, 'keys/archives.gpg': '' },
    {
      code: 'resolve/unknown-keyring',
      message: 'There is no keyring `archive.gpg`.',
      place: 'distributions/debian-12.yaml:8:14',
      next: 'Did you mean `archives.gpg`?',
    },
  ],
  [
    'a workspace whose tools are of an unknown distribution',
    edited('qbuild.yaml', 'tools: debian-12', 'tools: debian-13'),
    {
      code: 'resolve/unknown-distribution',
      message: 'There is no distribution `debian-13`.',
      place: 'qbuild.yaml:4:8',
      next: 'Did you mean `debian-12`?',
    },
  ],
  [
    'a tools distribution without a root set that builds need',
    edited('distributions/debian-12.yaml', 'windows-build', 'windows-built'),
    {
      code: 'resolve/missing-root-set',
      message: 'The distribution `debian-12` has no root set `windows-build`, which builds need.',
      place: 'distributions/debian-12.yaml:10:3',
    },
  ],
];

describe('a product that says nothing', () => {
  it('is told of every key that it needs', async () => {
    const found = await failures({ 'products/bare.yaml': 'kind: product\nname: bare\n' }, 'bare');
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['resolve/incomplete-product']));
    expect(found.map(({ message }) => /no `([^`]+)`/.exec(message)?.[1]).sort()).toEqual([
      'components',
      'deliverables',
      'domains.admin',
      'licensing',
      'publisher',
      'title',
      'version',
      'vmm',
    ]);
  });
});

describe('a product with a mistake', () => {
  it.each(cases)('%s is refused at its place', async (_, changes, expected) => {
    const found = await failures(changes);
    expect(found.map(({ code }) => code)).toContain(expected.code);
    expect(found.find(({ code }) => code === expected.code)).toMatchObject(expected);
  });

  it('says all of them in one pass', async () => {
    const found = await failures({
      ...edited(DESK, 'version: 1.2.3', 'version: 1.2.70000'),
      [TOP]: recipe('top', 'dependsOn: [joints]\n').replace('GPL-2.0-or-later', 'GPL'),
      ...component('glue', 'dependsOn: [leg]\n'),
      'recipes/fitter/source/Makefile': undefined,
    });
    expect(found.map(({ code }) => code).sort()).toEqual([
      'resolve/dependency-cycle',
      'resolve/malformed-license',
      'resolve/missing-source',
      'resolve/unknown-component',
      'resolve/version-limit',
    ]);
  });

  it('is refused by an unknown name with the nearest product', async () => {
    expect(await failures({}, 'dsek')).toEqual([
      {
        code: 'resolve/unknown-product',
        message: 'There is no product `dsek`.',
        next: 'Did you mean `desk`?',
      },
    ]);
  });

  it('reports a thousand unknown names as a hundred failures', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `  - none-${index}`).join('\n');
    expect(await failures(edited(DESK, '  - leg', names))).toHaveLength(100);
  });
});
