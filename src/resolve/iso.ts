// The ISO of a product: what is installed from it, under which labels, and why a product cannot have one. Pure.
import { child, type Origin } from '../manifest/place.ts';
import { topmost } from '../manifest/workspace.ts';
import { hasPackage } from './catalog.ts';
import type { Deliverable } from './compose-product.ts';
import type { DeliverableContext } from './deliverables.ts';
import type { ResolvedDeliverable } from './resolved.ts';
import { WINDOWS_TARGET } from './targets.ts';

/** The settings of the deliverable, with every default filled in. */
export interface IsoSettings {
  /** Of the volume. */
  readonly label: string;
  /** Of the EFI system partition. */
  readonly bootLabel: string;
  readonly compression: 'development' | 'release';
  /** MiB; absent: whatever there is. */
  readonly capacity?: number;
  /** Template of the admin domain's system; one of the product's templates. */
  readonly system: string;
  /** Of the admin domain's packages. */
  readonly distribution: string;
  readonly architecture: string;
  readonly suite: string;
  /** Whether it starts with Secure Boot where firmware knows the certificate of the key for Windows programs. */
  readonly secureBoot: boolean;
  /** Components of the live system, with what they need there; sorted. */
  readonly live: readonly string[];
  /** Components whose programs for Windows guests are on the medium, with what they need there; sorted. */
  readonly windowsTools: readonly string[];
}

/** Characters of a volume identifier (ECMA-119, 8.4.12), and of a FAT label that every system shows the same. */
const LABEL = /^[A-Z0-9_]+$/;
/** ECMA-119, 8.4.12; the FAT specification, BS_VolLab. */
const LENGTHS = { label: 32, bootLabel: 11 } as const;
/** What there are GRUB images for. */
const ARCHITECTURES = ['amd64'];

export function iso(
  context: DeliverableContext,
  value: Extract<Deliverable, { kind: 'iso' }>,
  origin: Origin,
): ResolvedDeliverable {
  const { workspace, composed, diagnosis } = context;
  const { label, bootLabel = 'BOOT', compression = 'development', secureBoot = false } = value;
  const { live = [], windowsTools = [] } = value;
  const place = (key: string, index?: number) => {
    const pointer = child(origin.pointer, key);
    return { ...origin, pointer: index === undefined ? pointer : child(pointer, index) };
  };
  checkLabel(context, 'label', label, place('label'));
  if (value.bootLabel !== undefined) checkLabel(context, 'bootLabel', bootLabel, place('bootLabel'));
  const admin = composed.domains.get('admin');
  const system = admin?.value.template;
  const manifest = system === undefined ? undefined : topmost(workspace.templates, system);
  if (system === undefined) {
    const message =
      'An ISO installs the system of the admin domain, and this product does not say of which template.';
    const next = 'State `domains.admin.template`.';
    diagnosis.report(admin?.origin ?? origin, { code: 'resolve/impossible-deliverable', message, next });
  }
  const distribution = manifest && topmost(workspace.distributions, manifest.data.distribution);
  const architecture = distribution?.data.architecture ?? '';
  if (distribution !== undefined && !ARCHITECTURES.includes(architecture)) {
    const message = `There are no boot loaders for an ISO of \`${architecture}\`, only of ${ARCHITECTURES.join(', ')}.`;
    diagnosis.report(origin, { code: 'resolve/unsupported-architecture', message });
  }
  if (secureBoot && context.vmm.hypervisor !== undefined && context.vmm.hypervisor.efiImage === undefined) {
    const message = `The hypervisor of \`${context.vmm.name}\` is no program that Secure Boot could start.`;
    const next = 'State `hypervisor.efiImage` in the VMM profile, or leave `secureBoot` out.';
    diagnosis.report(place('secureBoot'), { code: 'resolve/impossible-deliverable', message, next });
  }
  for (const [key, names] of Object.entries({ live, windowsTools })) {
    for (const [index, name] of names.entries()) {
      if (composed.components.has(name)) continue;
      const message = `\`${name}\` is not one of this product’s \`components\`.`;
      const said = { code: 'resolve/not-listed', message } as const;
      diagnosis.misnamed(place(key, index), said, name, composed.components.keys());
    }
  }
  for (const [index, name] of windowsTools.entries()) {
    const recipe = context.listed.find((each) => each.name === name);
    if (recipe === undefined || hasPackage(recipe, WINDOWS_TARGET)) continue;
    const message = `\`${name}\` has no package for \`${WINDOWS_TARGET}\`, so it is no tool for Windows guests.`;
    diagnosis.report(place('windowsTools', index), { code: 'resolve/impossible-target', message });
  }
  checkTools(context);
  const name = distribution?.data.name ?? '';
  const suite = distribution?.data.archives[0]?.suites[0] ?? name;
  const settings: IsoSettings = {
    label,
    bootLabel,
    compression,
    secureBoot,
    ...(value.capacity !== undefined && { capacity: Number.parseInt(value.capacity, 10) }),
    system: system ?? '',
    distribution: name,
    architecture,
    suite: suite.includes('/') ? name : suite,
    live: context.shippedWith(live, `${name}/${architecture}`),
    windowsTools: context.shippedWith(windowsTools, WINDOWS_TARGET),
  };
  return { kind: 'iso', settings: { ...settings } };
}

function checkLabel(
  { diagnosis }: DeliverableContext,
  key: keyof typeof LENGTHS,
  label: string,
  origin: Origin,
): void {
  const longest = LENGTHS[key];
  if (label.length > longest) {
    const message = `The label \`${label}\` has ${label.length} characters; there is room for ${longest}.`;
    diagnosis.report(origin, { code: 'resolve/medium-label', message });
  } else if (!LABEL.test(label)) {
    const message = `The label \`${label}\` has other characters than \`A-Z\`, \`0-9\` and \`_\`.`;
    const next = `Write \`${label.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}\`.`;
    diagnosis.report(origin, { code: 'resolve/medium-label', message, next });
  }
}

/** The package set of `imageTools` that ISOs are made with. */
export const ISO_SET = 'iso';

function checkTools({ workspace, diagnosis }: DeliverableContext): void {
  const { tools, imageTools = tools } = workspace.settings.data;
  const distribution = topmost(workspace.distributions, imageTools);
  if (distribution === undefined || Object.hasOwn(distribution.data.roots, ISO_SET)) return;
  const origin = { source: distribution.source, pointer: '/roots' };
  const message = `The distribution \`${imageTools}\` has no root set \`${ISO_SET}\`, which ISOs need.`;
  diagnosis.report(origin, { code: 'resolve/missing-root-set', message });
}
