// Which trials deliverables have.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openWorkspace, resolveChoice } from '../../src/build/workspace.ts';
import { trialPlan } from '../../src/plan/deliverable-trials.ts';
import type { ResolvedProduct, ResolvedTemplate } from '../../src/resolve/resolved.ts';
import { LABEL_COLOURS } from '../../src/steps/iso/window-trial.ts';
import { product } from './resolved.ts';

const directory = fileURLToPath(new URL('../..', import.meta.url));

async function planOf(product: string, vmm?: string) {
  const opened = await openWorkspace(directory, '/nonexistent');
  if (!opened.ok) throw new Error(opened.error.message);
  const resolved = await resolveChoice(opened.value, {
    directory,
    product,
    ...(vmm !== undefined && { vmm }),
  });
  if (!resolved.ok) throw new Error(resolved.error.message);
  return trialPlan(resolved.value.product);
}

describe('the trials of a guest image', () => {
  test.each([
    ['kvm', ['bios', 'uefi'], 'disk-qcow2'],
    ['hyperv', ['uefi', 'secure-boot'], 'disk-vhdx'],
    ['vmware', ['bios', 'uefi'], 'disk-vmdk'],
  ])('for %s are its firmwares', async (vmm, names, file) => {
    const { trials, untried } = await planOf('debian-12-minimal', vmm);
    expect(untried).toEqual([]);
    expect(trials.map(({ name }) => name)).toEqual(names);
    expect(trials.filter(({ quick }) => quick)).toHaveLength(1);
    expect(trials[0]?.volumes.disk).toMatchObject({ kind: 'published', file });
  });

  test('that is an archive of files are none', async () => {
    const { trials, untried } = await planOf('debian-12-minimal', 'windows');
    expect(trials).toEqual([]);
    expect(untried).toMatchObject([{ deliverable: 'guest-image', why: expect.stringMatching(/archive/) }]);
  });
});

test('an installer is tried on Windows, and the plan says so', async () => {
  const { trials, untried } = await planOf('qubes-for-hyperv');
  expect(trials).toEqual([]);
  expect(untried).toMatchObject([{ deliverable: 'installer', next: expect.stringContaining('setup.exe') }]);
});

describe('the trials of an ISO', () => {
  const HYPERVISOR = { image: '/boot/hyp-*.gz', options: [], kernelOptions: [] };
  const deliverables = [{ kind: 'iso', settings: { system: 'admin-bench' } }];
  const guest = { name: 'oak' } as ResolvedTemplate;
  const system = { name: 'admin-bench' } as ResolvedTemplate;
  const plain = product({ deliverables, templates: [system, guest] });
  const hypervised = { ...plain, vmm: { ...plain.vmm, hypervisor: HYPERVISOR } };
  const titles = (of: ResolvedProduct) =>
    trialPlan(of).trials.flatMap(({ starts }) =>
      starts.flatMap(({ steps }) => steps.map((step) => ('title' in step ? step.title : ''))),
    );

  test('begin with the shortest that start it and check it', () => {
    const { trials } = trialPlan(hypervised);
    const names = [
      'boot-bios',
      'verify',
      'boot-uefi',
      'damaged',
      'altered-system',
      'rescue',
      'install',
      'encrypted',
      'upgrade',
    ];
    expect(trials.map(({ name }) => name)).toEqual(names);
    expect(trials.filter(({ quick }) => quick).map(({ name }) => name)).toEqual(['boot-bios', 'verify']);
  });

  test('with Secure Boot are from UEFI with the product’s key, and of an altered medium', () => {
    const secure = {
      ...plain,
      deliverables: [{ kind: 'iso', settings: { system: 'admin-bench', secureBoot: true } }],
    };
    const { trials } = trialPlan(secure);
    const own = trials.filter(({ starts }) => starts[0]?.firmware === 'own-secure-boot');
    expect(own.map(({ name }) => name)).toEqual(['secure-boot', 'secure-boot-altered']);
    expect(own[1]?.volumes.medium).toEqual({ kind: 'altered-efi-partition', file: 'iso' });
  });

  test('start a domain of the first template that is not the admin domain’s, under a hypervisor only', () => {
    expect(titles(hypervised)).toEqual(
      expect.arrayContaining(['it runs under Bench', 'the other may not call it, as the policy denies']),
    );
    expect(titles(plain)).not.toContain('it runs under Bench');
    expect(titles(plain)).not.toContain('a domain is started');
    expect(JSON.stringify(trialPlan(plain).trials)).toContain('qubes-admin create trial --template oak ');
  });

  test('give an encrypted disk the passphrase that it was installed with, after another one', () => {
    const trial = trialPlan(plain).trials.find(({ name }) => name === 'encrypted') ?? expect.fail();
    const { files } = trial.volumes.answers as { files: Record<string, string> };
    const answers = files['answers.conf']?.split('\n');
    const typed = trial.starts
      .slice(1)
      .map(({ steps }) => steps.flatMap((step) => (step.do === 'type' ? [step.line] : [])));
    const passphrase = typed[0]?.[1] ?? expect.fail();
    expect(answers).toEqual(expect.arrayContaining(['encrypt=yes', `passphrase=${passphrase}`]));
    expect(typed[0]?.[0]).not.toBe(passphrase);
    expect(typed[1]).toEqual([passphrase]);
  });

  test('upgrade the disk that an installation was begun anew on, with answers of its own', () => {
    const { starts, volumes } =
      trialPlan(plain).trials.find(({ name }) => name === 'upgrade') ?? expect.fail();
    const attached = starts.map((start) => start.attached.map(({ volume }) => volume));
    const medium = (answers: string) => ['medium', 'disk', answers];
    expect(attached).toEqual([medium('answers'), medium('answers'), ['disk'], medium('upgrade'), ['disk']]);
    expect(volumes.upgrade).toMatchObject({ files: { 'answers.conf': 'mode=upgrade\nafter=poweroff\n' } });
  });

  test('choose the entry of the menu by its place in it', () => {
    const keys = trialPlan(plain).trials.map(({ starts }) =>
      starts[0]?.steps.find((step) => step.do === 'keys'),
    );
    const down = '\u001b[B';
    expect(keys.slice(0, 2)).toEqual([
      { do: 'keys', keys: `${down}${down}\r` },
      { do: 'keys', keys: `${down}\r` },
    ]);
  });

  describe('show a window', () => {
    const app = { os: 'oak', name: 'desk', label: 'yellow', template: 'oak' };
    const gui = { os: 'oak', sameAs: 'admin' };
    const windowed = { ...hypervised, domains: { gui, app } } as ResolvedProduct;
    const windowOf = (of: ResolvedProduct) => trialPlan(of).trials.find(({ name }) => name === 'window');

    test('of the product’s own app domain, in the colour of its label', () => {
      const steps = windowOf(windowed)?.starts.flatMap((start) => start.steps) ?? [];
      expect(steps.find((step) => step.do === 'frame')).toMatchObject({ colour: 'edd400', thickness: 4 });
      expect(JSON.stringify(steps)).toContain('qubes-admin start desk');
      expect(JSON.stringify(windowOf(windowed)?.volumes)).toContain('templates=oak\\n');
    });

    test('not where no domain runs, the screen is another domain’s, or the product has no such domain', () => {
      expect(windowOf({ ...windowed, vmm: plain.vmm })).toBeUndefined();
      expect(
        windowOf({ ...windowed, domains: { app, gui: { os: 'oak', name: 'sys-gui' } } }),
      ).toBeUndefined();
      expect(windowOf({ ...windowed, domains: { gui } })).toBeUndefined();
      const { template: _, ...without } = app;
      expect(windowOf({ ...windowed, domains: { gui, app: without } })).toBeUndefined();
    });

    test('in the colours that core-admin has', () => {
      const source = readFileSync(`${directory}/recipes/core-admin/source/src/label.c`, 'utf8');
      const there = [...source.matchAll(/"(\w+)", 0x([0-9a-f]{6})/g)].map(([, name, colour]) => [
        name,
        colour,
      ]);
      expect(Object.entries(LABEL_COLOURS)).toEqual(there);
    });
  });

  test('use no volume that they do not have', () => {
    for (const { volumes, starts } of trialPlan(hypervised).trials) {
      const used = starts.flatMap(({ attached }) => attached.map(({ volume }) => volume));
      expect(Object.keys(volumes)).toEqual(expect.arrayContaining(used));
    }
  });
});

test('packages are tried on the template that the product names', async () => {
  const { trials } = await planOf('qubes-for-kvm');
  const packages = trials.find(({ name }) => name.startsWith('packages-'));
  expect(packages).toMatchObject({
    title: 'qubes-for-kvm can be installed on debian-12-hosted',
    volumes: { disk: { template: 'debian-12-hosted' }, packages: { kind: 'directory', path: 'apt' } },
  });
});
