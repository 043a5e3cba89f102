// The `iso` deliverable: plans a medium that boots, checks itself and holds all that its installer needs.
import { type ActionId, fromOutput, type Input } from '../../action/action.ts';
import { fail, ok, type Result } from '../../base/failure.ts';
import { templateRootName } from '../../lock/template-roots.ts';
import { ISO_SET, type IsoSettings } from '../../resolve/iso.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import { WINDOWS_TARGET } from '../../resolve/targets.ts';
import { repositoryActions } from '../apt-repository/index.ts';
import type {
  DeliverableContext,
  DeliverablePlan,
  DeliverableStep,
  ShippedTree,
} from '../deliverable-step.ts';
import { emptyRepository, packagesFor } from '../repository-packages.ts';
import { layerOf } from '../root/index.ts';
import { type OpenPgpIdentity, openPgpAction } from '../sign-step.ts';
import { signedPackage } from '../signed-package.ts';
import { guestImage } from '../template/deliverable.ts';
import { customiseAction, initramfsAction } from '../template/index.ts';
import { type Booted, bootPart } from './boot.ts';
import { levelsOf } from './compression.ts';
import { type Making, of, type Part, text } from './making.ts';
import {
  assembleIso,
  compressedImage,
  mediumFacts,
  mediumSums,
  packagesCheck,
  volumeCheck,
  windowsTools,
} from './medium.ts';
import { boundInitramfs, layerSquashfs, liveInitramfs, liveLayer, systemSquashfs } from './system.ts';
import { domainLines, productLines, volumeDate } from './texts.ts';
import { liveUnits } from './units.ts';

/** Of the repository on the medium. */
const COMPONENT = 'main';

/** `{ kind: iso, label, bootLabel?, live?, compression? }`; `resolve` fills in what IsoSettings has. */
export const isoStep: DeliverableStep = {
  kind: 'iso',
  toolSets: [],
  shipsTemplates: true,
  schemes: ({ windowsTools, secureBoot }) =>
    secureBoot === true || (windowsTools as readonly string[]).length > 0
      ? ['openpgp', 'authenticode']
      : ['openpgp'],
  describe,
};

/** The guests' templates; `facts` of each of them are what templates.conf says. */
interface TemplatesPart extends Part {
  readonly facts: Readonly<Record<string, Input>>;
}

function describe(context: DeliverableContext): Result<DeliverablePlan> {
  const { product, deliverable, signers, layers } = context;
  const settings = deliverable.settings as unknown as IsoSettings;
  const system = product.templates.find(({ name }) => name === settings.system);
  const signer = signers.openpgp;
  if (system === undefined || signer === undefined)
    throw new Error('an ISO is planned without system or signer');
  const { distribution, architecture, suite } = settings;
  const target = `${distribution}/${architecture}`;
  const packages = packagesFor(context, 'deb', target);
  if (packages.length === 0) return fail(emptyRepository(context, target));
  const making: Making = {
    name: product.name,
    epoch: product.epoch,
    tools: layers(system.imageTools, ISO_SET),
    levels: levelsOf(settings.compression),
  };
  const debsOf = (components: readonly string[]) =>
    Object.fromEntries(
      packages.flatMap(({ component, content }) =>
        components.includes(component) ? [[component, content]] : [],
      ),
    );
  const base = systemPart(context, settings, system, making, debsOf);
  const boot = bootPart(context, settings, making, base);
  const repository = repositoryPart(context, settings, signer);
  const images = imagesPart(context, settings, making);
  const tools = windowsToolsPart(context, settings, making);
  const facts = mediumFacts(making, {
    product: productLines(product, settings),
    debs: debsOf(system.components),
    without: system.without,
    templates: images.facts,
  });
  const files: Record<string, Input> = {
    ...base.files,
    ...boot.files,
    ...repository.files,
    ...images.files,
    ...tools.files,
    'qubes/domains.conf': text(domainLines(product)),
    'qubes/keys/openpgp.asc': text(signer.publicKey),
    'qubes/product.conf': of(facts, 'product'),
    'qubes/templates.conf': of(facts, 'templates'),
  };
  const listed = Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('EFI/')));
  const sums = mediumSums(making, listed);
  const check = packagesCheck(making, base.root, repositoryTree(repository), {
    product: of(facts, 'product'),
    key: signer.publicKey,
    suite,
    component: COMPONENT,
  });
  const sign = (what: string, title: string, content: Input) =>
    openPgpAction(`sign:${what}:${product.name}`, title, content, 'openpgp-detached', product.epoch, signer);
  const signedSums = sign('sums', 'sign the list of the medium', of(sums, 'sums'));
  const complete: Record<string, Input> = {
    ...files,
    'qubes/SHA256SUMS': of(sums, 'sums'),
    'qubes/SHA256SUMS.asc': of(signedSums, 'signed'),
  };
  const iso = assembleIso(making, complete, {
    mbr: boot.mbr,
    partition: boot.partition,
    label: settings.label,
    date: volumeDate(product.epoch),
    capacity: settings.capacity,
    forWindows: tools.actions.length > 0,
    after: [check.id, ...tools.checks],
  });
  const checkIso = volumeCheck(making, of(iso, 'iso'), settings.label, signer.publicKey);
  const signedIso = sign('iso', 'sign the ISO', of(iso, 'iso'));
  const file = `${product.name}-${product.version}.iso`;
  return ok({
    actions: [
      ...[base, boot, repository, images, tools].flatMap(({ actions }) => actions),
      ...[facts, sums, check, signedSums, iso, checkIso, signedIso],
    ],
    files: [
      { kind: 'iso', path: file, from: fromOutput(iso.id, 'iso') },
      { kind: 'signature', path: `${file}.asc`, from: fromOutput(signedIso.id, 'signed') },
    ],
    shipped: [
      ...packages.flatMap(({ component, content }) =>
        content.from === 'output' ? [{ component, target, from: content }] : [],
      ),
      ...tools.shipped,
    ],
  });
}

interface ToolsPart extends Part {
  readonly shipped: readonly ShippedTree[];
  /** Their own tests. */
  readonly checks: readonly ActionId[];
}

interface SystemPart extends Part, Booted {
  /** The layers of the system. */
  readonly root: readonly Input[];
}

/** The admin domain's system, the live system on it, and what boots them. */
function systemPart(
  { product, layers, templateFiles, signers }: DeliverableContext,
  settings: IsoSettings,
  system: ResolvedTemplate,
  making: Making,
  debsOf: (components: readonly string[]) => Readonly<Record<string, Input>>,
): SystemPart {
  const root = layers(system.distribution, templateRootName(system));
  const named = templateFiles[system.name];
  const files: Input | undefined = named === undefined ? undefined : { from: 'tree', digest: named };
  // With this one the installed system starts; the live system has its own.
  const installed = initramfsAction(
    `initramfs:installed:${product.name}`,
    `the installed ${system.name}`,
    root,
    product.epoch,
  );
  const customised = customiseAction(
    `customise:${system.name}`,
    system,
    root,
    files,
    of(installed, 'initramfs'),
    product.epoch,
    'by-others',
  );
  const stack = [...root, layerOf(customised.id)];
  const { hypervisor } = product.vmm;
  const taken = hypervisor && {
    image: hypervisor.image,
    efiImage: settings.secureBoot ? hypervisor.efiImage : undefined,
  };
  const squashfs = systemSquashfs(making, stack, taken);
  const live = liveLayer(making, stack, debsOf(settings.live), liveUnits(product), system);
  const liveSquashfs = layerSquashfs(making, layerOf(live.id));
  const initramfs = liveInitramfs(making, root, signers.openpgp?.publicKey ?? '');
  const bound = boundInitramfs(making, root, of(initramfs, 'initrd'), {
    system: of(squashfs, 'root'),
    live: of(liveSquashfs, 'root'),
  });
  const [kernel, initrd] = [of(squashfs, 'kernel'), of(bound, 'initrd')];
  return {
    root: stack,
    kernel,
    initrd,
    ...(taken?.efiImage !== undefined && { hypervisor: of(squashfs, 'hypervisor-efi') }),
    actions: [installed, customised, squashfs, live, liveSquashfs, initramfs, bound],
    files: {
      ...(hypervisor && { [`boot/${product.vmm.name}`]: of(squashfs, 'hypervisor') }),
      'boot/vmlinuz': kernel,
      'boot/initrd': initrd,
      'qubes/system.squashfs': of(squashfs, 'squashfs'),
      'qubes/live.squashfs': of(liveSquashfs, 'squashfs'),
    },
  };
}

/** The repository without the sources of its packages, and without an end: a medium is not renewed. */
function repositoryPart(context: DeliverableContext, settings: IsoSettings, signer: OpenPgpIdentity): Part {
  const { product } = context;
  const { distribution, architecture, suite } = settings;
  const packages = packagesFor(context, 'deb', `${distribution}/${architecture}`).map(
    ({ source: _, ...each }) => each,
  );
  const { index, clear, detached, assemble } = repositoryActions(
    context,
    { distribution, architecture, suite, component: COMPONENT, url: 'file:/run/qubes/medium/qubes/packages' },
    packages,
    { id: `medium:${product.name}`, signer },
  );
  const dists = `qubes/packages/dists/${suite}`;
  return {
    actions: [index, clear, detached, assemble],
    files: {
      [`qubes/packages/pool/${suite}`]: of(index, 'pool'),
      // The indexes and Release with its signatures, in one tree.
      [dists]: of(assemble, 'snapshot'),
    },
  };
}

/** The repository as one tree, below its own top. */
function repositoryTree({ files }: Part): Readonly<Record<string, Input>> {
  const top = 'qubes/packages/';
  return Object.fromEntries(Object.entries(files).map(([path, input]) => [path.slice(top.length), input]));
}

/** The images of the guests' templates. */
function imagesPart(context: DeliverableContext, settings: IsoSettings, making: Making): TemplatesPart {
  const guests = context.product.templates.filter(({ name }) => name !== settings.system);
  const parts = guests.map((template) => {
    const { actions, files } = guestImage(context, template);
    const [image] = files;
    if (image === undefined) throw new Error(`the template ${template.name} has no image`);
    const path = `${image.path}.zst`;
    const made = compressedImage(making, image.path, image.from, `${template.name}\t${path}`);
    return { name: template.name, path, actions: [...actions, made], made };
  });
  return {
    actions: parts.flatMap(({ actions }) => actions),
    files: Object.fromEntries(parts.map(({ path, made }) => [`qubes/templates/${path}`, of(made, 'image')])),
    facts: Object.fromEntries(parts.map(({ name, made }) => [name, of(made, 'facts')])),
  };
}

/** The programs for Windows guests, signed as in an installer. */
function windowsToolsPart(context: DeliverableContext, settings: IsoSettings, making: Making): ToolsPart {
  const packages = packagesFor(context, 'windows', WINDOWS_TARGET).filter(({ component }) =>
    settings.windowsTools.includes(component),
  );
  if (packages.length === 0) return { actions: [], files: {}, shipped: [], checks: [] };
  const signed = packages.map((each) => ({ ...each, action: signedPackage(context, each) }));
  const trees = Object.fromEntries(signed.map(({ component, action }) => [component, of(action, 'signed')]));
  const tools = windowsTools(making, trees);
  return {
    actions: [...signed.map(({ action }) => action), tools],
    files: { 'qubes/windows-tools': of(tools, 'tree'), 'qubes/windows-tools.conf': of(tools, 'list') },
    shipped: signed.map(({ component, target, action }) => ({
      component,
      target,
      from: fromOutput(action.id, 'signed'),
    })),
    checks: packages.flatMap(({ checks }) => checks),
  };
}
