// The manifests of this repository: all load, and the product resolves to what it is meant to be.
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../src/manifest/load.ts';
import type { Workspace } from '../../src/manifest/workspace.ts';
import { resolveProduct } from '../../src/resolve/product.ts';
import type { ResolvedProduct } from '../../src/resolve/resolved.ts';
import { resultOf } from '../manifest/written.ts';

let workspace: Workspace;
let product: ResolvedProduct;

beforeAll(async () => {
  workspace = resultOf(await loadWorkspace(resolve(import.meta.dirname, '../..')));
  const rootSets = ['windows-build', 'installer'];
  product = resultOf(
    resolveProduct(workspace, 'qubes-for-hyperv', { buildKinds: new Set(['windows']), rootSets }),
  );
});

describe('the shipped workspace', () => {
  it('has a profile for each VMM of the family', () => {
    expect([...workspace.vmms.keys()]).toEqual(['hyperv', 'kvm', 'virtualbox', 'vmware', 'windows', 'xen']);
  });
});

describe('qubes-for-hyperv', () => {
  it('lists its fifteen components', () => {
    const listed = product.components.filter((component) => component.listed).map(({ name }) => name);
    expect(listed).toEqual([
      'core-admin',
      'core-admin-windows',
      'core-agent-linux',
      'core-agent-windows',
      'core-vchan-hyperv',
      'desktop-windows',
      'gui-agent-linux',
      'gui-agent-windows',
      'gui-common',
      'gui-daemon',
      'qubes-app-windows-mime-handlers',
      'qubes-builder',
      'qubes-manager',
      'vmm-hyperv',
      'windows-installer-qubes-hyperv',
    ]);
  });

  it('is version 3.0.0, an installer as program and as package', () => {
    expect(product).toMatchObject({
      version: '3.0.0',
      deliverables: [
        {
          kind: 'installer',
          settings: { formats: ['exe', 'msi'], component: 'windows-installer-qubes-hyperv' },
        },
      ],
    });
  });

  it('ships all that it builds but what only others are built from', () => {
    const unshipped = product.components.filter(({ packages }) => packages.some(({ shipped }) => !shipped));
    expect(unshipped.map(({ name, listed }) => [name, listed])).toEqual([
      ['core-admin-linux', false],
      ['core-vchan-socket', false],
    ]);
  });

  it('talks over Hyper-V sockets', () => {
    const daemon = product.components.find(({ name }) => name === 'gui-daemon');
    expect(daemon?.packages[0]?.dependsOn).toEqual(['core-vchan-hyperv', 'gui-common']);
  });

  it('takes the commercial side of what is dual-licensed', () => {
    const licenses = new Set(product.components.map(({ license }) => license));
    expect([...licenses].sort()).toEqual(['GPL-2.0-or-later', 'LicenseRef-Odyssey-Commercial']);
  });

  it('says of each package for Linux guests, and of their image, that it is not built yet', () => {
    const messages = product.notices.map(({ message }) => message);
    expect(messages).toHaveLength(2);
    const named = messages[0]?.split(': ')[1]?.replace('.', '').split(', ');
    expect(named).toEqual(
      expect.arrayContaining(['core-admin', 'core-agent-linux', 'gui-agent-linux', 'qubes-builder']),
    );
    expect(messages[1]).toContain('`debian-12`');
  });
});

describe('qubes-for-kvm', () => {
  it('runs on KVM through the driver and the vchan of that VMM', () => {
    const kvm = resultOf(
      resolveProduct(workspace, 'qubes-for-kvm', { buildKinds: new Set(['deb']), rootSets: ['deb-build'] }),
    );
    expect(kvm.vmm.name).toBe('kvm');
    const daemon = kvm.components.find(({ name }) => name === 'core-admin-linux');
    expect(daemon?.packages[0]?.dependsOn).toContain('core-vchan-kvm');
    expect(kvm.components.map(({ name }) => name)).toContain('vmm-kvm');
  });
});
