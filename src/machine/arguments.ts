// QEMU's arguments of a machine: a pure function of its description (qemu-system-x86_64(1)).
import type { Bus } from '../steps/trial.ts';
import type { Accelerator } from './accelerator.ts';
import type { FirmwareFiles } from './firmware.ts';

export type DriveSource =
  /** With `discards`, what the machine writes is thrown away when it ends. */
  | { readonly kind: 'image'; readonly path: string; readonly format: string; readonly discards: boolean }
  /** A directory that the machine sees as a read-only disk with one FAT partition of that label. */
  | { readonly kind: 'directory'; readonly path: string; readonly label: string };

export interface Drive {
  readonly bus: Bus;
  readonly source: DriveSource;
}

export interface MachineDescription {
  readonly accelerator: Accelerator['name'];
  /** Undefined: QEMU's own BIOS. */
  readonly firmware: FirmwareFiles | undefined;
  readonly memoryMiB: number;
  /** In the order in which the firmware tries them. */
  readonly drives: readonly Drive[];
}

/** Descriptors of the child that are sockets to its first serial port and to its monitor (QMP). */
export const SERIAL_DESCRIPTOR = 3;
export const MONITOR_DESCRIPTOR = 4;

/**
 * Emulated processors have every feature but these: with SMAP Xen's admin domain does not start, and with AVX a library
 * was once misread in a guest of Xen. SVM is virtualisation inside of the machine: with the clock below, QEMU (7.2, and
 * still in its newer sources) delivers an interrupt that Xen gave to a guest once more when a slice of instructions ends,
 * also while the guest takes none, and its kernel panics. Without it Xen's guests are paravirtual.
 * And without it QEMU would leave out the CPUID leaf that says how wide addresses are (8000_0008): Linux then takes 48
 * bits with five levels of pages, and cannot read its own names (`/proc/self/exe` is `xxx`). So `xlevel` says it is there.
 */
const PROCESSOR = { kvm: 'host', tcg: 'max,xlevel=0x80000008,-smap,-rdtscp,-svm,-avx,-avx2' } as const;

/**
 * The clock of an emulated machine goes on by 4 ns an instruction (2 to this power), and while it is idle. On a busy
 * host the machine's time is then as slow as the machine. With the host's time a guest can have nothing left but the
 * handling of its timer: Xen's admin domain was seen to come no further when it had a fifth of a processor.
 * Not with Secure Boot, whose firmware is in system management mode now and then: with this clock (QEMU 7.2) it was seen
 * to stand still for minutes, and not without.
 */
const CLOCK_SHIFT = 2;

/** A machine as of 2009 and later (q35, SATA, USB 3), without a network. */
export function machineArguments(machine: MachineDescription): string[] {
  const { accelerator, firmware, memoryMiB, drives } = machine;
  const secure = firmware?.secure === true;
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-vga', 'std', '-nic', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-machine', `q35,accel=${accelerator}${secure ? ',smm=on' : ''}`, '-cpu', PROCESSOR[accelerator]],
    ...(accelerator === 'tcg' && !secure ? ['-icount', `shift=${CLOCK_SHIFT}`] : []),
    ...['-m', String(memoryMiB)],
    ...['-chardev', `socket,id=serial,fd=${SERIAL_DESCRIPTOR}`, '-serial', 'chardev:serial'],
    ...['-chardev', `socket,id=monitor,fd=${MONITOR_DESCRIPTOR}`, '-mon', 'chardev=monitor,mode=control'],
    ...firmwareArguments(firmware),
    ...(drives.some(({ bus }) => bus === 'usb') ? ['-device', 'qemu-xhci'] : []),
    ...drives.flatMap(driveArguments),
  ];
}

function firmwareArguments(firmware: FirmwareFiles | undefined): string[] {
  if (firmware === undefined) return [];
  const { code, variables, secure } = firmware;
  return [
    // With suspend to memory OVMF would keep what lies where Linux starts as the admin domain of Xen (at 16 MiB).
    ...(secure ? ['-global', 'ICH9-LPC.disable_s3=1'] : []),
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${escaped(code)}`],
    ...['-drive', `if=pflash,format=raw,file=${escaped(variables)}`],
  ];
}

function driveArguments({ bus, source }: Drive, index: number): string[] {
  const id = `drive${index}`;
  // One device a SATA port, and the firmware's order is the order of the list.
  const places: Readonly<Record<Bus, string>> = {
    virtio: 'virtio-blk-pci',
    sata: `ide-hd,bus=ide.${index}`,
    cd: `ide-cd,bus=ide.${index}`,
    usb: 'usb-storage',
  };
  const device = `${places[bus]},drive=${id},bootindex=${index + 1}`;
  return ['-drive', `if=none,id=${id},${sourceOptions(source, bus)}`, '-device', device];
}

function sourceOptions(source: DriveSource, bus: Bus): string {
  if (source.kind === 'directory') {
    const { path, label } = source;
    return `format=raw,readonly=on,file.driver=vvfat,file.dir=${escaped(path)},file.label=${escaped(label)}`;
  }
  const { path, format, discards } = source;
  // A trial's disk need not survive a power failure of this host: nothing is flushed.
  const lifetime = bus === 'cd' ? 'readonly=on' : discards ? 'snapshot=on' : 'cache=unsafe';
  return `format=${format},file=${escaped(path)},${lifetime}`;
}

/** A comma ends an option's value unless it is doubled. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
