// Trials as data: what is done with a deliverable in a virtual machine, in order, and what must come of it.
//
// Which trials a kind of deliverable has lies beside its step. Whoever performs them (src/machine) knows no
// deliverable; a trial knows no virtual machine monitor of the host.
import type { ResolvedDeliverable, ResolvedProduct } from '../resolve/resolved.ts';

/** With `secure-boot` UEFI knows Microsoft’s keys, with `own-secure-boot` that of the product’s programs alone. */
export type Firmware = 'bios' | 'uefi' | 'secure-boot' | 'own-secure-boot';

/** What a volume hangs on in the machine. `virtio` needs a driver in the guest, the others are real machines'. */
export type Bus = 'virtio' | 'sata' | 'cd' | 'usb';

/** A disk or medium of a trial; it keeps its content from one start of a machine to the next. */
export type Volume =
  /** The published file of that kind; what the machine writes is thrown away. */
  | { readonly kind: 'published'; readonly file: string; readonly format: string }
  /**
   * A copy of a published ISO 9660 medium with one byte of one file changed: the middle byte of the first file, by
   * path, in the directory `below`.
   */
  | { readonly kind: 'altered'; readonly file: string; readonly below: string }
  /** The same, with the byte at an offset of the file with that path changed. */
  | { readonly kind: 'altered-file'; readonly file: string; readonly path: string; readonly offset: number }
  /** The same, with the byte changed that is at a quarter of the medium's EFI system partition. */
  | { readonly kind: 'altered-efi-partition'; readonly file: string }
  /** The image of a template of the workspace for the product's VMM; what the machine writes is thrown away. */
  | { readonly kind: 'template'; readonly template: string }
  /** A published directory, by its path, as a FAT file system with that label (at most 11 characters); read-only. */
  | { readonly kind: 'directory'; readonly label: string; readonly path: string }
  | { readonly kind: 'empty'; readonly mebibytes: number }
  /** A FAT file system with that label (at most 11 characters) and these text files. */
  | { readonly kind: 'files'; readonly label: string; readonly files: Readonly<Record<string, string>> };

export interface Attached {
  /** Name of a volume of the trial. */
  readonly volume: string;
  readonly bus: Bus;
}

/** A machine from when it is switched on until it ends. */
export interface Start {
  readonly firmware: Firmware;
  readonly memoryMiB: number;
  /** In the order in which the firmware tries them. */
  readonly attached: readonly Attached[];
  readonly steps: readonly Step[];
}

/**
 * One thing that is done or waited for. A step with a `title` is an assertion, told to the person in these words.
 * `seconds` are what a real machine may take at most; whoever waits multiplies them by how slow this one is.
 */
export type Step =
  /** The console says this, since the step before. */
  | { readonly do: 'await'; readonly title: string; readonly says: RegExp; readonly seconds: number }
  /** Keys for a program that listens on the console, such as a boot menu: nothing is added. */
  | { readonly do: 'keys'; readonly keys: string }
  /** A line, with the enter key. */
  | { readonly do: 'type'; readonly line: string }
  /**
   * A command for the shell on the console: it must end with `exit` (default 0; 'failure' is any other than 0) and
   * say `says`.
   */
  | {
      readonly do: 'command';
      readonly title: string;
      readonly command: string;
      readonly exit?: number | 'failure';
      readonly says?: RegExp;
      readonly seconds: number;
    }
  /** A picture of the graphical console, `<name>.png` beside the log. */
  | { readonly do: 'picture'; readonly name: string }
  /**
   * The graphical console shows a window whose border has the colour (RRGGBB) on each side, exactly `thickness` pixels
   * wide; `<name>.png` beside the log is what was shown then.
   */
  | {
      readonly do: 'frame';
      readonly title: string;
      readonly name: string;
      readonly colour: string;
      readonly thickness: number;
      readonly seconds: number;
    }
  /** The machine ends by itself. */
  | { readonly do: 'end'; readonly title: string; readonly seconds: number }
  /** The power button is pressed, and the machine ends by itself. */
  | { readonly do: 'power-off'; readonly title: string; readonly seconds: number };

export interface Trial {
  /** Short and unique among the trials of a product: `boot-bios`. Names a directory. */
  readonly name: string;
  /** What the trial shows, as a sentence without a full stop. */
  readonly title: string;
  /** Belongs to the shortest path that still tries the deliverable as a whole. */
  readonly quick: boolean;
  readonly volumes: Readonly<Record<string, Volume>>;
  /** What the console never says unless all is lost, such as a kernel's panic: the trial ends at once. */
  readonly never: readonly RegExp[];
  /** One after the other, each with the volumes as the one before left them. */
  readonly starts: readonly Start[];
}

/** Why a deliverable cannot be tried in a virtual machine, and what to do instead. Sentences. */
export interface Elsewhere {
  readonly why: string;
  readonly next: string;
}

/** The trials of one kind of deliverable. */
export interface DeliverableTrials {
  /** The `kind` in a product's `deliverables`. */
  readonly kind: string;
  readonly trials: (
    product: ResolvedProduct,
    deliverable: ResolvedDeliverable,
  ) => readonly Trial[] | Elsewhere;
}

/** What a Linux kernel, systemd or GRUB say when they have given up. */
export const LOST: readonly RegExp[] = [
  /Kernel panic - not syncing/,
  /You are in emergency mode/,
  /Entering emergency mode/,
  /\(initramfs\) *$/m,
  /grub rescue>/,
];
