// Configurations of qubes-builderv2 as workspaces: what is carried over, and what is said of the rest.
import { describe, expect, test } from 'vitest';
import { mergeConfigurations, workspaceFromBuilder } from '../../src/manifest/builder-v2.ts';

const CONFIG = {
  git: { baseurl: 'https://git.example', prefix: 'Acme/acme-', branch: 'release4.2', maintainers: ['0064'] },
  'backend-vmm': 'xen',
  'qubes-release': 'r4.2',
  debug: true,
  distributions: ['host-fc37', 'vm-bookworm', 'vm-trixie.x86_64', 'vm-bookworm.ppc64le'],
  components: [
    { 'builder-debian': { packages: false, branch: 'main' } },
    'core-qubesdb',
    {
      'linux-kernel': {
        branch: 'stable',
        timeout: 21600,
        url: 'https://git.example/k',
        'fetch-versions-only': true,
      },
    },
    'UPPER_case',
  ],
  stages: ['fetch'],
  surprise: 1,
};

describe('a configuration of qubes-builderv2', () => {
  const imported = workspaceFromBuilder(CONFIG, 1_700_000_000);

  test('becomes recipes with the sources that it names', () => {
    expect(imported.files['recipes/acme-core-qubesdb/recipe.yaml']).toContain(
      'source: { git: "https://git.example/Acme/acme-core-qubesdb.git", branch: release4.2 }',
    );
    expect(imported.files['recipes/acme-linux-kernel/recipe.yaml']).toContain(
      'source: { git: "https://git.example/k", branch: stable }',
    );
    expect(Object.keys(imported.files)).not.toContain('recipes/acme-builder-debian/recipe.yaml');
  });

  test('becomes a product for each Debian distribution of virtual machines', () => {
    expect(imported.products).toEqual(['qubes-vm-packages-bookworm', 'qubes-vm-packages-trixie']);
    expect(imported.distributions).toEqual(['debian-12', 'debian-13']);
    expect(imported.files['products/qubes-vm-packages-bookworm.yaml']).toContain('version: 4.2.0\n');
    expect(imported.files['qbuild.yaml']).toContain('epoch: 1700000000\n');
  });

  test('says of everything else why it is left out, and of nothing that only changes how a run looks', () => {
    expect(imported.leftOut).toEqual([
      'distributions: host-fc37: only Debian 12 and 13 for virtual machines on amd64 are built',
      'distributions: vm-bookworm.ppc64le: only Debian 12 and 13 for virtual machines on amd64 are built',
      'components: builder-debian: it has no packages, only rules of qubes-builderv2',
      'components: linux-kernel: fetch-versions-only: name tags in the recipes',
      'components: UPPER_case: "acme-upper_case" cannot be the name of a component',
      'git: maintainers: put their keys into files that recipes name with `signedBy`',
      'stages: there are no stages: whatever is out of date runs',
      'surprise: qbuild knows nothing like it',
    ]);
  });

  test('joins what it includes, and adds to lists with +', () => {
    const merged = mergeConfigurations([
      { git: { prefix: 'A/a-' }, components: ['one'], 'qubes-release': 'r4.2' },
      { git: { branch: 'b' }, '+components': ['two'], 'qubes-release': 'r4.3', include: ['x.yml'] },
    ]);
    expect(merged).toEqual({
      git: { prefix: 'A/a-', branch: 'b' },
      components: ['one', 'two'],
      'qubes-release': 'r4.3',
    });
  });

  test('writes hostile text as text', () => {
    const { files } = workspaceFromBuilder(
      {
        distributions: ['vm-bookworm'],
        'qubes-release': '4.2\nkind: evil',
        components: [
          { a: { url: 'https://x/"\n- evil: yes', branch: '--upload-pack=evil' } },
          '../../etc/passwd',
        ],
      },
      0,
    );
    expect(files['recipes/qubes-a/recipe.yaml']).toContain(
      'source: { git: "https://x/\\"\\n- evil: yes", branch: "--upload-pack=evil" }',
    );
    expect(files['products/qubes-vm-packages-bookworm.yaml']).toContain(
      'title: "Qubes 4.2\\nkind: evil packages for debian-12"',
    );
    expect(Object.keys(files).sort()).toEqual([
      'products/qubes-vm-packages-bookworm.yaml',
      'qbuild.yaml',
      'recipes/qubes-a/recipe.yaml',
    ]);
  });
});
