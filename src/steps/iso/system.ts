// The actions that make the systems on an ISO and the initramfs that starts the live one:
//
//   base ─ guest ─ kernel ─ packages ─┬─ customise ─┬─> system.squashfs, kernel, hypervisor
//                                     │             └─ live packages and settings ─> live.squashfs
//                                     └─ initramfs ─ with the hashes of both squashfs files ─> initrd
import { type Action, type Input, stackedTree } from '../../action/action.ts';
import { sha256Hex } from '../../base/digest.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import { guidOf } from '../guid.ts';
import { scriptInput } from '../script.ts';
import { below, isoAction, type Making, text } from './making.ts';

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
  installLocal: script('../deb/install-local.sh'),
  installer: script('../root/install-packages.sh'),
};

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
    privilege: 'configure',
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
    privilege: 'configure',
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
    privilege: 'configure',
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
    privilege: 'configure',
    outputs: { squashfs: 'file', root: 'file' },
  });
}
