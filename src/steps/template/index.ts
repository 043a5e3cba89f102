// The actions between a template's root and its disk image:
//
//   base ─ guest ─ kernel ─┬─ packages ─> customise ─┬─> image
//                          └─> initramfs ────────────┘
import { type Action, type ActionId, type Input, stackedTree } from '../../action/action.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import { scriptInput } from '../script.ts';
import { applianceDescriptor } from './appliance.ts';
import {
  bootConfiguration,
  earlyConfiguration,
  fileSystemTable,
  VERITY_FILE_SYSTEM_TABLE,
  verityConfiguration,
} from './boot.ts';
import { imageFiles } from './formats.ts';
import { diskId, efiSystemSerial, type Layout, layoutOf, partitionTable } from './layout.ts';
import { VERITY_INITRAMFS, verityEnvironment } from './verity.ts';

const script = (name: string) => scriptInput(name, import.meta.url);

const SCRIPTS = {
  initramfs: script('./initramfs.sh'),
  customise: script('./customise.sh'),
  image: script('./image.sh'),
  archive: script('./archive.sh'),
  archiveTree: script('./archive-tree.sh'),
  inspect: script('./inspect.sh'),
  checkDisk: script('./check-disk.sh'),
  formats: script('./formats.sh'),
  verity: script('./verity.sh'),
  container: script('./container.pl'),
};

const text = (content: string): Input => ({ from: 'text', text: content });

/** One member a line; nothing for none. */
function lines(members: readonly string[]): Input {
  return text(members.map((member) => `${member}\n`).join(''));
}

/**
 * Makes the initial RAM file system of a kernel, with what the packages of its root add. For guests that root has the
 * kernel and nothing of a template: it is made once for all of them. One that opens a checked root (`verity`) has a
 * template's root, where the tool for that is. Output `initramfs`: a tree with `initrd.img-<version>`.
 */
export function initramfsAction(
  id: ActionId,
  kernel: string,
  root: readonly Input[],
  epoch: number,
  verity = false,
): Action {
  return {
    id,
    kind: 'initramfs',
    title: `make the initramfs of ${kernel}`,
    runner: 'sandbox',
    root,
    inputs: { script: SCRIPTS.initramfs, ...(verity ? VERITY_INITRAMFS : {}) },
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    params: {},
    outputs: { initramfs: 'tree' },
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 512, cores: 1 },
  };
}

/**
 * Adds to a root what makes it the template's system: files, accounts, services, hooks; and takes away what no two
 * systems may share. Output `layer`. `files`: a tree with what the template names; absent when it names nothing.
 * `starts`: from a disk of its own, or by means that somebody else gives it.
 */
export function customiseAction(
  id: ActionId,
  template: ResolvedTemplate,
  root: readonly Input[],
  files: Input | undefined,
  initramfs: Input | undefined,
  epoch: number,
  starts: 'from-disk' | 'by-others' = 'from-disk',
): Action {
  const own = initramfs === undefined ? {} : { initramfs };
  const boot = initramfs !== undefined && starts === 'from-disk' ? bootInputs(template, initramfs) : own;
  return {
    id,
    kind: 'template',
    title: `customise ${template.name}`,
    runner: 'sandbox',
    root,
    inputs: {
      script: SCRIPTS.customise,
      copies: lines(template.files.map(({ path, source }) => `${source}\t${path}`)),
      users: lines(template.users),
      services: lines(template.services),
      hooks: lines(template.hooks),
      ...(files === undefined ? {} : { files }),
      ...boot,
    },
    env: { SOURCE_DATE_EPOCH: String(epoch) },
    params: {},
    outputs: { layer: 'layer' },
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 256, cores: 1 },
  };
}

function bootInputs({ name, verity }: ResolvedTemplate, initramfs: Input): Record<string, Input> {
  if (verity) return { initramfs, fstab: text(VERITY_FILE_SYSTEM_TABLE) };
  const rootUuid = diskId(name, 'root-fs');
  return {
    initramfs,
    'grub.cfg': text(bootConfiguration(rootUuid)),
    fstab: text(fileSystemTable(rootUuid)),
  };
}

/**
 * Makes the image of a system from its layers, in the format of the template's VMM, and checks it. Outputs: those of
 * `imageFiles`. `tools`: a root with the package set `image`.
 */
export function imageAction(
  id: ActionId,
  template: ResolvedTemplate,
  tools: readonly Input[],
  layers: readonly Input[],
  epoch: number,
): Action {
  const { name, format } = template;
  const outputs = imageFiles(template).map(({ output }): [string, 'file'] => [output, 'file']);
  return {
    id,
    kind: 'template',
    title: `make the ${format} image of ${name}`,
    runner: 'sandbox',
    root: tools,
    inputs: {
      'archive-tree': SCRIPTS.archiveTree,
      inspect: SCRIPTS.inspect,
      ...(format === 'directory' ? { script: SCRIPTS.archive } : diskInputs(template)),
      ...stackedTree(layers),
    },
    env: {
      SOURCE_DATE_EPOCH: String(epoch),
      IMAGE_NAME: name,
      IMAGE_FORMAT: format,
      ...(format === 'directory' ? {} : diskEnvironment(template)),
    },
    params: {},
    outputs: Object.fromEntries(outputs),
    privilege: 'configure',
    after: [],
    reserve: { memoryMB: 512, cores: 2 },
  };
}

function diskInputs(template: ResolvedTemplate): Record<string, Input> {
  const { name, title, size, format } = template;
  const layout = layoutOf(name, size, template.verity);
  return {
    ...(format === 'vmdk' ? { 'appliance.ovf': text(applianceDescriptor(name, title, size)) } : {}),
    ...(layout.verity === undefined ? {} : { verity: SCRIPTS.verity }),
    script: SCRIPTS.image,
    'check-disk': SCRIPTS.checkDisk,
    formats: SCRIPTS.formats,
    container: SCRIPTS.container,
    'partition-table': text(partitionTable(layout)),
    'early.cfg': text(firstConfiguration(name, layout)),
  };
}

function firstConfiguration(name: string, { root, verity }: Layout): string {
  return verity === undefined
    ? earlyConfiguration(diskId(name, 'root-fs'))
    : verityConfiguration(name, root, verity);
}

function diskEnvironment({ name, size, ...template }: ResolvedTemplate): Record<string, string> {
  const { biosBoot, efiSystem, root, verity } = layoutOf(name, size, template.verity);
  return {
    DISK_SIZE: String(size),
    DISK_ID: diskId(name, 'disk'),
    BIOS_START: String(biosBoot.start),
    BIOS_SIZE: String(biosBoot.size),
    ESP_START: String(efiSystem.start),
    ESP_SIZE: String(efiSystem.size),
    ESP_SERIAL: efiSystemSerial(name),
    ROOT_START: String(root.start),
    ROOT_SIZE: String(root.size),
    ROOT_UUID: diskId(name, 'root-fs'),
    ROOT_HASH_SEED: diskId(name, 'root-hash-seed'),
    ...(verity === undefined ? {} : verityEnvironment(name, verity)),
  };
}
