// The actions that make the parts of an ISO:
//
//   base ─ guest ─ kernel ─ packages ─┬─ customise ─┬─> system.squashfs, kernel, hypervisor
//                                     │             └─ live packages and settings ─> live.squashfs
//                                     └─ initramfs ─ with the hashes of both squashfs files ─> initrd
import { type Action, type ActionId, fromOutput, type Input, stackedTree } from '../../action/action.ts';
import { sha256Hex } from '../../base/digest.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import { guidOf } from '../guid.ts';
import { scriptInput } from '../script.ts';
import type { Levels } from './compression.ts';

const script = (name: string) => scriptInput(name, import.meta.url);

const SCRIPTS = {
  initramfs: script('./initramfs.sh'),
  bootScript: script('./live/boot-script.initramfs'),
  hook: script('./live/hook.initramfs'),
  squashfs: script('./squashfs.sh'),
  archiveTree: script('../template/archive-tree.sh'),
  blockHashes: script('./block-hashes.sh'),
  bind: script('./bind.sh'),
  inspect: script('../template/inspect.sh'),
  live: script('./live.sh'),
  layer: script('./layer.sh'),
  compress: script('./compress.sh'),
  facts: script('./medium-facts.sh'),
  sums: script('./sums.sh'),
  assemble: script('./assemble.sh'),
  checkVolume: script('./check-volume.sh'),
  checkPackages: script('./check-packages.sh'),
  windowsTools: script('./windows-tools.sh'),
  installLocal: script('../deb/install-local.sh'),
  installer: script('../root/install-packages.sh'),
};

export const text = (content: string): Input => ({ from: 'text', text: content });

/** Under which directory the files of the medium lie for the scripts. */
export function onMedium(files: Readonly<Record<string, Input>>): Record<string, Input> {
  return Object.fromEntries(Object.entries(files).map(([path, input]) => [`medium/${path}`, input]));
}

export function below(directory: string, inputs: Readonly<Record<string, Input>>): Record<string, Input> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [`${directory}/${name}`, input]));
}

/** Files of the medium by their paths, and the actions that make them. */
export interface Part {
  readonly actions: readonly Action[];
  readonly files: Readonly<Record<string, Input>>;
}

/** What all parts of one ISO have in common. */
export interface Making {
  /** The product's name, which is in the ids. */
  readonly name: string;
  readonly epoch: number;
  /** A root with the package set `iso`. */
  readonly tools: readonly Input[];
  readonly levels: Levels;
}

/** What the actions of an ISO have in common. */
export function isoAction(
  { epoch }: Making,
  id: ActionId,
  title: string,
  rest: Pick<Action, 'root' | 'inputs' | 'outputs'> &
    Partial<Pick<Action, 'kind' | 'env' | 'privilege' | 'reserve'>>,
): Action {
  return {
    id,
    kind: 'iso',
    title,
    runner: 'sandbox',
    params: {},
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 256, cores: 1 },
    ...rest,
    env: { SOURCE_DATE_EPOCH: String(epoch), ...rest.env },
  };
}

/** Drivers that the live system loads at once, where its kernel has them. */
const DRIVERS = [
  'loop',
  'squashfs',
  'overlay',
  'isofs',
  'dm_verity',
  'sr_mod',
  'sd_mod',
  'uas',
  'usb_storage',
  'virtio_blk',
];

/** Output `initrd`. `root`: with the kernel and the packages of the system; `key`: verifies the medium. */
export function liveInitramfs(making: Making, root: readonly Input[], key: string): Action {
  return isoAction(making, `initramfs:live:${making.name}`, 'make the initramfs of the live system', {
    root,
    inputs: {
      script: SCRIPTS.initramfs,
      'boot-script': SCRIPTS.bootScript,
      hook: SCRIPTS.hook,
      key: text(key),
      modules: text(DRIVERS.map((each) => `${each}\n`).join('')),
    },
    env: { INITRAMFS_LEVEL: String(making.levels.initramfs) },
    outputs: { initrd: 'file' },
    reserve: { memoryMB: 512, cores: 1 },
  });
}

/**
 * The initramfs with what the layers of the live system are checked against: their `roots` by name. `root`: as of
 * `liveInitramfs`. Output `initrd`.
 */
export function boundInitramfs(
  making: Making,
  root: readonly Input[],
  initrd: Input,
  roots: Readonly<Record<string, Input>>,
): Action {
  return isoAction(making, `initramfs:bound:${making.name}`, 'bind the initramfs to the live system', {
    root,
    inputs: { script: SCRIPTS.bind, initrd, ...below('roots', roots) },
    outputs: { initrd: 'file' },
    privilege: 'build',
  });
}

/** Name space of the trees of hashes; made by chance once. */
const VERITY_NAMESPACE = '3b0b7c55-9f8f-4a0e-9c4b-2f6a3d6a7c11';

/** What chance would choose for the tree of hashes over a layer. */
function verityEnvironment({ name }: Making, layer: string): Record<string, string> {
  const id = guidOf(VERITY_NAMESPACE, `${name}/${layer}`);
  return { VERITY_UUID: id, VERITY_SALT: sha256Hex(id) };
}

/** Patterns of paths in the system. */
export interface HypervisorFiles {
  readonly image: string;
  /** Where firmware starts it by itself. */
  readonly efiImage?: string | undefined;
}

/** Outputs `squashfs`, `root` (what its blocks are checked against), `kernel`, and `hypervisor` and `hypervisor-efi` where they are asked for. */
export function systemSquashfs(
  making: Making,
  layers: readonly Input[],
  hypervisor: HypervisorFiles | undefined,
): Action {
  return isoAction(making, `squashfs:system:${making.name}`, 'compress the system of the admin domain', {
    root: making.tools,
    inputs: {
      script: SCRIPTS.squashfs,
      'archive-tree': SCRIPTS.archiveTree,
      inspect: SCRIPTS.inspect,
      'block-hashes': SCRIPTS.blockHashes,
      ...stackedTree(layers),
    },
    env: {
      ...verityEnvironment(making, 'system'),
      SQUASHFS_OPTIONS: making.levels.squashfs,
      HYPERVISOR: hypervisor?.image ?? '',
      ...(hypervisor?.efiImage !== undefined && { HYPERVISOR_EFI: hypervisor.efiImage }),
    },
    outputs: {
      squashfs: 'file',
      root: 'file',
      kernel: 'file',
      ...(hypervisor !== undefined && { hypervisor: 'file' }),
      ...(hypervisor?.efiImage !== undefined && { 'hypervisor-efi': 'file' }),
    },
    // It takes all cores; what is short, and something long waits for, goes on beside it nevertheless.
    reserve: { memoryMB: 1024, cores: 1 },
  });
}

/**
 * The layer of the live system on the installed one: the packages of `debs` that the installed system does not get,
 * and units. Output `layer`.
 */
export function liveLayer(
  making: Making,
  root: readonly Input[],
  debs: Readonly<Record<string, Input>>,
  units: Readonly<Record<string, string>>,
  { components, without }: Pick<ResolvedTemplate, 'components' | 'without'>,
): Action {
  const unitFiles = Object.fromEntries(Object.entries(units).map(([name, content]) => [name, text(content)]));
  return isoAction(making, `live:${making.name}`, 'make the live system', {
    // What fails here is one of the product's packages.
    kind: 'deb',
    root,
    inputs: {
      script: SCRIPTS.live,
      'install-local': SCRIPTS.installLocal,
      installer: SCRIPTS.installer,
      ...below('debs', debs),
      ...below('units', unitFiles),
    },
    env: {
      LIVE_COMPONENTS: Object.keys(debs).join('\n'),
      SYSTEM_COMPONENTS: components.join('\n'),
      SYSTEM_WITHOUT: without.join('\n'),
    },
    outputs: { layer: 'layer' },
  });
}

/** Outputs `squashfs`; `root`, what its blocks are checked against. */
export function layerSquashfs(making: Making, layer: Input): Action {
  return isoAction(making, `squashfs:live:${making.name}`, 'compress the live system', {
    root: making.tools,
    inputs: {
      script: SCRIPTS.layer,
      'archive-tree': SCRIPTS.archiveTree,
      'block-hashes': SCRIPTS.blockHashes,
      layer,
    },
    env: { ...verityEnvironment(making, 'live'), SQUASHFS_OPTIONS: making.levels.squashfs },
    outputs: { squashfs: 'file', root: 'file' },
  });
}

/** Outputs `image`; `facts`, its line in templates.conf, which `named` begins: name and file, a tab between. */
export function compressedImage(making: Making, name: string, image: Input, named: string): Action {
  return isoAction(making, `compress:${name}`, `compress ${name}`, {
    root: making.tools,
    inputs: { script: SCRIPTS.compress, image, named: text(named) },
    env: { ZSTD_LEVEL: String(making.levels.images) },
    outputs: { image: 'file', facts: 'file' },
    privilege: 'build',
    reserve: { memoryMB: 512, cores: 2 },
  });
}

/** The programs of components, `trees`, as Windows guests install them. Outputs `tree`; `list` of its files. */
export function windowsTools(making: Making, trees: Readonly<Record<string, Input>>): Action {
  return isoAction(making, `windows-tools:${making.name}`, 'lay the programs for Windows guests together', {
    root: making.tools,
    inputs: { script: SCRIPTS.windowsTools, ...below('trees', trees) },
    outputs: { tree: 'tree', list: 'file' },
    privilege: 'build',
  });
}

/** What an installer has to know besides the files. */
export interface MediumFacts {
  /** The lines of product.conf that need no package. */
  readonly product: string;
  /** The packages of the admin domain, by component. */
  readonly debs: Readonly<Record<string, Input>>;
  /** Which of these it does not get. */
  readonly without: readonly string[];
  /** The lines of templates.conf, by template. */
  readonly templates: Readonly<Record<string, Input>>;
}

/** Outputs `product`, product.conf; `templates`, templates.conf. */
export function mediumFacts(making: Making, { product, debs, without, templates }: MediumFacts): Action {
  return isoAction(making, `facts:${making.name}`, 'say what is on the medium', {
    root: making.tools,
    inputs: {
      script: SCRIPTS.facts,
      product: text(product),
      ...below('debs', debs),
      ...below('templates', templates),
    },
    env: { SYSTEM_WITHOUT: without.join('\n') },
    outputs: { product: 'file', templates: 'file' },
    privilege: 'build',
  });
}

/** Output `sums`: SHA256SUMS of the files of the medium. */
export function mediumSums(making: Making, files: Readonly<Record<string, Input>>): Action {
  return isoAction(making, `sums:${making.name}`, 'list the medium with checksums', {
    root: making.tools,
    inputs: { script: SCRIPTS.sums, ...onMedium(files) },
    outputs: { sums: 'file' },
    privilege: 'build',
    reserve: { memoryMB: 256, cores: 2 },
  });
}

/** Fails when the system cannot install its packages from the medium. Output `installed`: what it would. */
export function packagesCheck(
  making: Making,
  root: readonly Input[],
  repository: Readonly<Record<string, Input>>,
  { product, key, suite, component }: { product: Input; key: string; suite: string; component: string },
): Action {
  return isoAction(making, `check:packages:${making.name}`, 'ask apt for the packages of the admin domain', {
    root,
    inputs: { script: SCRIPTS.checkPackages, product, key: text(key), ...below('repository', repository) },
    env: { REPOSITORY_SUITE: suite, REPOSITORY_COMPONENT: component },
    outputs: { installed: 'file' },
  });
}

/** What an ISO has besides its files. */
export interface Volume {
  /** The first sector. */
  readonly mbr: Input;
  /** The EFI system partition, at the end. */
  readonly partition: Input;
  readonly label: string;
  /** As ECMA-119 writes it. */
  readonly date: string;
  /** MiB. */
  readonly capacity: number | undefined;
  /** Windows is to see the real names of its files, which ISO 9660 alone does not have. */
  readonly forWindows: boolean;
  /** Checks that must have passed. */
  readonly after: readonly ActionId[];
}

/** Output `iso`. */
export function assembleIso(
  making: Making,
  files: Readonly<Record<string, Input>>,
  { mbr, partition, label, date, capacity, forWindows, after }: Volume,
): Action {
  const made = isoAction(making, `iso:${making.name}`, 'write the ISO', {
    root: making.tools,
    inputs: { script: SCRIPTS.assemble, mbr, partition, ...onMedium(files) },
    env: {
      VOLUME_LABEL: label,
      VOLUME_DATE: date,
      VOLUME_CAPACITY: capacity === undefined ? '' : String(capacity),
      VOLUME_NAMES: forWindows ? 'joliet' : '',
    },
    outputs: { iso: 'file' },
    privilege: 'build',
    reserve: { memoryMB: 512, cores: 2 },
  });
  return { ...made, after };
}

/**
 * Fails when a volume does not start, or has other files than its signed list; `key`: the public key, ASCII-armoured.
 * Output `sums`. An action of its own, so that the volume is signed meanwhile.
 */
export function volumeCheck(making: Making, iso: Input, label: string, key: string): Action {
  return isoAction(making, `check:iso:${making.name}`, 'read the ISO back', {
    root: making.tools,
    inputs: { script: SCRIPTS.checkVolume, iso, key: text(key) },
    env: { VOLUME_LABEL: label },
    outputs: { sums: 'file' },
    privilege: 'build',
  });
}

/** An output of an action as an input, in fewer words. */
export function of(made: Action, output: string): Input {
  return fromOutput(made.id, output);
}
