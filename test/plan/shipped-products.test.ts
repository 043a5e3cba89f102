// The products and templates of the project, planned from its lock: what lies on their media, and what is made of what.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Action, Input } from '../../src/action/action.ts';
import { digestOf } from '../../src/base/digest.ts';
import { lockProducts } from '../../src/build/locking.ts';
import { type OpenWorkspace, openWorkspace, resolveChoice } from '../../src/build/workspace.ts';
import { readLock } from '../../src/lock/file.ts';
import type { Lock } from '../../src/lock/lockfile.ts';
import type { InstallerDefinition } from '../../src/manifest/installer-schema.ts';
import { type ProductPlan, planProduct, schemesOf } from '../../src/plan/product-plan.ts';
import type { ResolvedDeliverable, ResolvedProduct, ResolvedTemplate } from '../../src/resolve/resolved.ts';
import type { DiskStore } from '../../src/store/disk-store.ts';
import { PROJECT } from '../e2e/workbench.ts';
import { never, value } from '../source/fixture/scratch.ts';

const SIGNERS = {
  authenticode: { certificate: 'c0ffee', tool: 'osslsigncode 2.9' },
  openpgp: { fingerprint: 'A'.repeat(40), tool: 'gpg 2.2.40', publicKey: 'the public key' },
};

let opened: OpenWorkspace;
let lock: Lock;
beforeAll(async () => {
  opened = value(await openWorkspace(PROJECT, '/nonexistent'));
  lock = value(await readLock(join(PROJECT, 'qbuild.lock')));
});

/** The product with what the locked sources say of its packages; fails when the lock lacks anything. */
async function linked(name: string, vmm?: string): Promise<ResolvedProduct> {
  const choice = { directory: PROJECT, product: name, ...(vmm !== undefined && { vmm }) };
  const { product } = value(await resolveChoice(opened, choice));
  const nowhere = '/nonexistent';
  const context = {
    directories: { cache: nowhere, store: nowhere, packages: nowhere, keys: nowhere },
    workspaceDir: PROJECT,
    mirrors: {},
    // Nothing has to be fetched.
    store: {} as DiskStore,
    signal: never(),
  };
  const policy = { locked: true, offline: true, update: false, all: false };
  const [found] = value(await lockProducts(lock, [product], policy, context)).products;
  return found ?? expect.fail('the product was lost');
}

function planned(product: ResolvedProduct) {
  const sources = product.components.map(({ name }) => [
    name,
    { tree: digestOf(name), epoch: product.epoch },
  ]);
  const named = product.templates.filter(({ files, hooks }) => files.length + hooks.length > 0);
  return planProduct({
    product,
    lock,
    sources: Object.fromEntries(sources),
    signers: SIGNERS,
    templateFiles: Object.fromEntries(named.map(({ name }) => [name, digestOf(`files of ${name}`)])),
  });
}

const plan = (product: ResolvedProduct): ProductPlan => value(planned(product));

function action({ graph }: ProductPlan, id: string): Action {
  return graph.actions.get(id) ?? expect.fail(`no ${id} in ${[...graph.actions.keys()]}`);
}

const onMedium = ({ inputs }: Action) =>
  Object.keys(inputs).flatMap((name) => (name.startsWith('medium/') ? [name.slice('medium/'.length)] : []));

const madeBy = (input: Input | undefined) => (input?.from === 'output' ? input.action : undefined);

/** With other settings of its first deliverable. */
function withSettings(product: ResolvedProduct, more: ResolvedDeliverable['settings']) {
  const [first, ...rest] = product.deliverables;
  if (first === undefined) return expect.fail('nothing is delivered');
  return { ...product, deliverables: [{ ...first, settings: { ...first.settings, ...more } }, ...rest] };
}

function withTemplates(product: ResolvedProduct, more: Partial<ResolvedTemplate>): ResolvedProduct {
  return { ...product, templates: product.templates.map((each) => ({ ...each, ...more })) };
}

describe('an ISO', () => {
  const BOTH = [
    'boot/vmlinuz',
    'boot/initrd',
    'qubes/system.squashfs',
    'qubes/live.squashfs',
    'boot/grub/grub.cfg',
    'EFI/bios.img',
    'qubes/packages/pool/bookworm',
    'qubes/packages/dists/bookworm',
    'qubes/domains.conf',
    'qubes/keys/openpgp.asc',
    'qubes/product.conf',
    'qubes/templates.conf',
    'qubes/SHA256SUMS',
    'qubes/SHA256SUMS.asc',
  ];

  test.each([
    ['qubes-os', ['boot/xen', 'qubes/windows-tools', 'qubes/windows-tools.conf'], 'img'],
    ['qubes-for-kvm', [], 'qcow2'],
  ])('of %s has these files, and the list of them is signed', async (name, own, format) => {
    const made = plan(await linked(name));
    const iso = action(made, `iso:${name}`);
    const images = ['debian-12-headless', 'debian-12'].map((each) => `qubes/templates/${each}.${format}.zst`);
    const written = onMedium(iso);
    expect(written.sort()).toEqual([...BOTH, ...own, ...images].sort());
    // GRUB's own image cannot be listed: writing the ISO patches it. The rest is the list and its signature.
    const unlisted = written.filter((path) => !onMedium(action(made, `sums:${name}`)).includes(path));
    expect(unlisted).toEqual(['EFI/bios.img', 'qubes/SHA256SUMS', 'qubes/SHA256SUMS.asc']);
    expect(madeBy(action(made, `sign:sums:${name}`).inputs.content)).toBe(`sums:${name}`);
    expect(iso.after).toContain(`check:packages:${name}`);
    expect(madeBy(action(made, `check:iso:${name}`).inputs.iso)).toBe(`iso:${name}`);
    expect(made.files.slice(0, 2)).toMatchObject([
      { kind: 'iso', path: `${name}-3.0.0.iso`, from: { action: `iso:${name}` } },
      { kind: 'signature', path: `${name}-3.0.0.iso.asc`, from: { action: `sign:iso:${name}` } },
    ]);
  });

  test('with Secure Boot has nothing for UEFI that is not signed', async () => {
    const made = plan(await linked('qubes-os'));
    const { inputs } = action(made, 'esp:qubes-os');
    expect(madeBy(inputs['programs/BOOTX64.EFI'])).toBe('sign:shim:qubes-os');
    expect(madeBy(inputs['programs/grubx64.efi'])).toBe('sign:grub:qubes-os');
    expect(madeBy(inputs['programs/rescue.efi'])).toBe('sign:rescue.efi:qubes-os');
    expect(madeBy(action(made, 'iso:qubes-os').inputs.partition)).toBe('esp:qubes-os');
    const image = action(made, 'unified:rescue:qubes-os');
    expect(image.inputs['sections/0-config']).toMatchObject({
      text: expect.stringMatching(/^kernel=vmlinuz boot=qubes-live .* qubes\.rescue /m),
    });
    expect(madeBy(image.inputs.stub)).toBe('squashfs:system:qubes-os');
  });

  test('has the packages of the product and not their sources, and says so of each', async () => {
    const product = await linked('qubes-os');
    const made = plan(product);
    const names = Object.keys(action(made, 'repository:apt:medium:qubes-os').inputs);
    const debs = made.shipped.filter(({ target }) => target === 'debian-12/amd64');
    const shipped = debs.map(({ component }) => `packages/${component}`);
    expect(names.filter((name) => name.includes('/'))).toEqual(shipped);
    expect(shipped).toContain('packages/vmm-xen');
    expect(shipped).not.toContain('packages/core-vchan-socket');
  });

  test('has the system and what runs live in two layers, of which only the second has the installer', async () => {
    const made = plan(await linked('qubes-os'));
    const live = action(made, 'live:qubes-os');
    expect(Object.keys(live.inputs)).toContain('debs/linux-installer-qubes-os');
    expect(live.env.SYSTEM_COMPONENTS?.split('\n')).toContain('core-admin');
    expect(live.env.SYSTEM_WITHOUT?.split('\n')).toContain('qubes-installer');
    const system = action(made, 'squashfs:system:qubes-os');
    expect(Object.values(system.inputs).map(madeBy)).toContain('customise:admin-xen');
    expect(Object.values(system.inputs).map(madeBy)).not.toContain('live:qubes-os');
    expect(system.env.HYPERVISOR).toMatch(/^\/boot\/xen/);
    expect(Object.keys(action(made, 'customise:admin-xen').inputs)).not.toContain('files');
  });

  test('has the signed programs for Windows guests, when they hold their tests', async () => {
    const product = await linked('qubes-os');
    const made = plan(product);
    const trees = Object.entries(action(made, 'windows-tools:qubes-os').inputs).flatMap(([name, input]) =>
      name.startsWith('trees/') ? [[name.slice('trees/'.length), madeBy(input)]] : [],
    );
    const tools = ['core-agent-windows', 'core-vchan-xen', 'gui-agent-windows', 'gui-common'];
    expect(Object.fromEntries(trees)).toEqual(
      Object.fromEntries(tools.map((name) => [name, `sign:${name}:windows/amd64`])),
    );
    const shipped = made.shipped.filter(({ target }) => target === 'windows/amd64');
    expect(shipped.map(({ component }) => component).sort()).toEqual(tools);
    const iso = action(made, 'iso:qubes-os');
    expect(iso.after).toEqual(expect.arrayContaining(tools.map((name) => `check:${name}:windows/amd64`)));
    expect(iso.env.VOLUME_NAMES).toBe('joliet');
    expect(schemesOf(product)).toEqual(new Set(['openpgp', 'authenticode']));
    const without = await linked('qubes-for-kvm');
    expect(action(plan(without), 'iso:qubes-for-kvm').env.VOLUME_NAMES).toBe('');
    const unsigned = withSettings(without, { secureBoot: false });
    expect(schemesOf(unsigned)).toEqual(new Set(['openpgp']));
  });

  test('is as large as its medium, when the product says which', async () => {
    const product = await linked('qubes-for-kvm');
    expect(action(plan(product), 'iso:qubes-for-kvm').env.VOLUME_CAPACITY).toBe('');
    const limited = plan(withSettings(product, { capacity: 700 }));
    expect(action(limited, 'iso:qubes-for-kvm').env.VOLUME_CAPACITY).toBe('700');
  });

  test('without a package for its system is refused', async () => {
    const product = await linked('qubes-os');
    const components = product.components.map((each) => ({ ...each, packages: [] }));
    expect(planned({ ...product, components })).toMatchObject({
      ok: false,
      error: { code: 'deliverable/empty-repository', place: 'iso of debian-12/amd64' },
    });
  });
});

test('a repository ends when its product says so, and with it the plan', async () => {
  const product = await linked('qubes-for-kvm');
  const [iso, repository] = product.deliverables;
  if (iso === undefined || repository === undefined) return expect.fail('not two deliverables');
  const ending = { ...repository, settings: { ...repository.settings, validityDays: 10 } };
  expect(plan({ ...product, deliverables: [iso, ending] }).expires).toBe(product.epoch + 10 * 86_400);
  expect(plan({ ...product, deliverables: [iso] }).expires).toBeUndefined();
});

describe('an installer with guests', () => {
  test('has the image of each as a payload of setup.exe and MSI', async () => {
    const made = plan(await linked('qubes-for-hyperv'));
    const [pack] = [...made.graph.actions.keys()].filter((id) => id.startsWith('payload:'));
    expect(pack).toBe('payload:template-debian-12');
    expect(madeBy(action(made, 'payload:template-debian-12').inputs.image)).toBe('image:debian-12:vhdx');
    for (const id of ['installer:setup', 'installer:msi']) {
      expect(Object.values(action(made, id).inputs).map(madeBy)).toContain(pack);
    }
    // Its parts are known when it is made: they lie beside the installer themselves.
    const payloads = made.files.filter(({ kind }) => kind === 'payload');
    expect(payloads).toContainEqual({
      kind: 'payload',
      path: '',
      id: 'template-debian-12',
      from: expect.anything(),
    });
  });

  test('can have the source of all components beside it, and nothing that nothing makes', async () => {
    const product = await linked('qubes-for-hyperv');
    const definition = product.deliverables[0]?.settings.definition as unknown as InstallerDefinition;
    const withPayload = (id: string) => {
      const feature = definition.features[0]?.id ?? '';
      const payload = { id, file: `${id}.tar`, into: `share/${id}.tar`, feature, optional: true };
      const settings = { definition: { ...definition, payloads: [payload] } };
      return planned(withSettings(product, settings as unknown as ResolvedDeliverable['settings']));
    };
    const made = value(withPayload('source'));
    const [file] = made.files.filter(({ path }) => path === 'source.tar');
    const archive = action(made, file?.from.action ?? '');
    const trees = Object.values(archive.inputs).flatMap((input) =>
      input.from === 'tree' ? [input.digest] : [],
    );
    expect(trees.sort()).toEqual(product.components.map(({ name }) => digestOf(name)).sort());
    expect(withPayload('moon')).toMatchObject({
      ok: false,
      error: {
        code: 'deliverable/unknown-payload',
        place: 'installer.yaml',
        message: expect.stringContaining('moon'),
      },
    });
  });
});

describe('the image of a template', () => {
  test('is made of its own packages, when it has components', async () => {
    const made = plan(await linked('debian-12', 'kvm'));
    const install = action(made, 'install:debian-12');
    expect(Object.keys(install.inputs)).toEqual(
      expect.arrayContaining(['core-agent-linux', 'gui-agent-linux'].map((each) => `debs/${each}`)),
    );
    expect(action(made, 'customise:debian-12').root.map(madeBy).at(-1)).toBe('install:debian-12');
    const minimal = plan(await linked('debian-12-minimal', 'kvm'));
    expect([...minimal.graph.actions.keys()].filter((id) => id.startsWith('install:'))).toEqual([]);
  });

  test('whose blocks are checked has an initramfs of its own that opens it, and no menu on its root', async () => {
    const product = await linked('debian-12-minimal', 'kvm');
    const plain = plan(product);
    const checked = plan(withTemplates(product, { verity: true }));
    const image = 'image:debian-12-minimal:qcow2';
    const inputs = (made: ProductPlan, id: string) => Object.keys(action(made, id).inputs);
    expect(plain.graph.actions.has('initramfs:debian-12-minimal')).toBe(false);
    expect(inputs(checked, 'initramfs:debian-12-minimal')).toContain('verity/hooks/verity');
    expect(inputs(plain, image)).not.toContain('verity');
    expect(inputs(checked, image)).toContain('verity');
    expect(action(checked, image).env.VERITY_SALT).toMatch(/^[0-9a-f]{64}$/);
    expect(action(checked, image).inputs['early.cfg']).toMatchObject({
      text: expect.stringContaining('roothash=@ROOT_HASH@'),
    });
    expect(inputs(plain, 'customise:debian-12-minimal')).toContain('grub.cfg');
    expect(inputs(checked, 'customise:debian-12-minimal')).not.toContain('grub.cfg');
  });

  test('that names no files has none', async () => {
    const product = await linked('debian-12-minimal', 'kvm');
    const customise = (of: ResolvedProduct) =>
      Object.keys(action(plan(of), 'customise:debian-12-minimal').inputs);
    expect(customise(product)).toContain('files');
    expect(customise(withTemplates(product, { files: [], hooks: [] }))).not.toContain('files');
  });
});
