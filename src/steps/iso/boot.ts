// What firmware starts from an ISO:
//
//   BIOS ── GRUB (El Torito, boot sector) ── hypervisor and kernel
//   UEFI ── EFI system partition: GRUB ───── hypervisor and kernel
//
// and with Secure Boot, all signed with the key for Windows programs, which the firmware knows:
//
//   UEFI ── shim ── GRUB ── unified kernel image of the entry: hypervisor, kernel, initramfs and their arguments
//
// The images are in the partition, too, since Xen starts from no file system but the firmware's.
//
// GRUB trusts nothing by itself when firmware checks signatures; it asks shim, which asks the firmware's keys.
import type { Action, Input } from '../../action/action.ts';
import type { IsoSettings } from '../../resolve/iso.ts';
import type { DeliverableContext } from '../deliverable-step.ts';
import { guidOf } from '../guid.ts';
import { scriptInput } from '../script.ts';
import { signAction } from '../sign-step.ts';
import { authenticode } from '../signed-package.ts';
import { below, isoAction, type Making, of, type Part, text } from './making.ts';
import { bootMenu, earlyConfiguration, menuEntries, unifiedTexts } from './texts.ts';

const script = (name: string) => scriptInput(name, import.meta.url);

const SCRIPTS = {
  loaders: script('./boot-loaders.sh'),
  partition: script('./efi-partition.sh'),
  unify: script('./unify.sh'),
};

/** Name space of the identifiers on media; made by chance once. */
const NAMESPACE = '6d1f9a52-3c0e-4f0b-8d3c-54b2a2c07a4e';

/** What is started in the end. */
export interface Booted {
  readonly kernel: Input;
  readonly initrd: Input;
  /** The hypervisor as a program for UEFI, where Secure Boot needs one. */
  readonly hypervisor?: Input;
}

/** `mbr`: the first sector of the medium; `partition`: its EFI system partition. */
export function bootPart(
  context: DeliverableContext,
  settings: IsoSettings,
  making: Making,
  booted: Booted,
): Part & { readonly mbr: Input; readonly partition: Input } {
  const { product } = context;
  const { secureBoot } = settings;
  const sign = (what: string, content: Input) =>
    signAction(
      `sign:${what}:${making.name}`,
      `sign ${what} for Secure Boot`,
      content,
      'file',
      product.title,
      product.epoch,
      authenticode(context),
    );
  const loaders = bootLoaders(making, earlyConfiguration(settings), secureBoot);
  const signed = secureBoot ? (['shim', 'grub'] as const).map((each) => sign(each, of(loaders, each))) : [];
  const [shim, grub] = signed;
  const unified = secureBoot
    ? menuEntries(product).map((entry) => {
        const image = unifiedImage(making, entry.id, unifiedTexts(product, settings, entry), booted);
        return { file: `${entry.id}.efi`, image, signed: sign(`${entry.id}.efi`, of(image, 'image')) };
      })
    : [];
  const programs =
    shim && grub
      ? {
          'BOOTX64.EFI': of(shim, 'signed'),
          'grubx64.efi': of(grub, 'signed'),
          ...Object.fromEntries(unified.map((each) => [each.file, of(each.signed, 'signed')])),
        }
      : { 'BOOTX64.EFI': of(loaders, 'grub') };
  const partition = efiPartition(making, programs, settings.bootLabel);
  return {
    actions: [loaders, ...signed, ...unified.flatMap((each) => [each.image, each.signed]), partition],
    files: {
      'boot/grub/grub.cfg': text(bootMenu(product, settings)),
      'EFI/bios.img': of(loaders, 'bios'),
    },
    mbr: of(loaders, 'mbr'),
    partition: of(partition, 'partition'),
  };
}

/** Outputs `bios`, GRUB for El Torito; `mbr`; `grub`, GRUB for UEFI; and `shim` with Secure Boot. */
function bootLoaders(making: Making, early: string, secureBoot: boolean): Action {
  return isoAction(making, `boot:${making.name}`, 'make the boot loaders', {
    root: making.tools,
    inputs: { script: SCRIPTS.loaders, 'early.cfg': text(early) },
    env: { SECURE_BOOT: secureBoot ? 'yes' : '' },
    outputs: { bios: 'file', mbr: 'file', grub: 'file', ...(secureBoot && { shim: 'file' }) },
  });
}

/** Output `partition`: a FAT file system with the programs in /EFI/BOOT. */
function efiPartition(making: Making, programs: Readonly<Record<string, Input>>, label: string): Action {
  return isoAction(making, `esp:${making.name}`, 'make the EFI system partition', {
    root: making.tools,
    inputs: { script: SCRIPTS.partition, ...below('programs', programs) },
    env: { ESP_LABEL: label, ESP_SERIAL: guidOf(NAMESPACE, `${making.name}/esp`).slice(0, 8) },
    outputs: { partition: 'file' },
  });
}

/** Output `image`. */
function unifiedImage(
  making: Making,
  id: string,
  texts: Readonly<Record<string, string>>,
  { kernel, initrd, hypervisor }: Booted,
): Action {
  const files: Record<string, Input> =
    hypervisor === undefined ? { initrd, linux: kernel } : { ramdisk: initrd, kernel };
  const contents = Object.entries(texts).map(([name, content]): [string, Input] => [name, text(content)]);
  const sections = [...contents, ...Object.entries(files)];
  const ordered = Object.fromEntries(sections.map(([name, input], index) => [`${index}-${name}`, input]));
  return isoAction(making, `unified:${id}:${making.name}`, `make the unified kernel image ${id}`, {
    root: making.tools,
    inputs: {
      script: SCRIPTS.unify,
      ...(hypervisor !== undefined && { stub: hypervisor }),
      ...below('sections', ordered),
    },
    outputs: { image: 'file' },
  });
}
