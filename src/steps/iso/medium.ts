// The actions that make a medium of its files: images of templates, programs for Windows guests, the lists of all of them,
// the volume; and what checks these.
import type { Action, ActionId, Input } from '../../action/action.ts';
import { scriptInput } from '../script.ts';
import { below, isoAction, type Making, onMedium, text } from './making.ts';

const script = (name: string) => scriptInput(name, import.meta.url);

const SCRIPTS = {
  compress: script('./compress.sh'),
  facts: script('./medium-facts.sh'),
  sums: script('./sums.sh'),
  assemble: script('./assemble.sh'),
  checkVolume: script('./check-volume.sh'),
  checkPackages: script('./check-packages.sh'),
  windowsTools: script('./windows-tools.sh'),
};

/** Outputs `image`; `facts`, its line in templates.conf, which `named` begins: name and file, a tab between. */
export function compressedImage(making: Making, name: string, image: Input, named: string): Action {
  return isoAction(making, `compress:${name}`, `compress ${name}`, {
    root: making.tools,
    inputs: { script: SCRIPTS.compress, image, named: text(named) },
    env: { ZSTD_LEVEL: String(making.levels.images) },
    outputs: { image: 'file', facts: 'file' },
    reserve: { memoryMB: 512, cores: 2 },
  });
}

/** The programs of components, `trees`, as Windows guests install them. Outputs `tree`; `list` of its files. */
export function windowsTools(making: Making, trees: Readonly<Record<string, Input>>): Action {
  return isoAction(making, `windows-tools:${making.name}`, 'lay the programs for Windows guests together', {
    root: making.tools,
    inputs: { script: SCRIPTS.windowsTools, ...below('trees', trees) },
    outputs: { tree: 'tree', list: 'file' },
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
  });
}

/** Output `sums`: SHA256SUMS of the files of the medium. */
export function mediumSums(making: Making, files: Readonly<Record<string, Input>>): Action {
  return isoAction(making, `sums:${making.name}`, 'list the medium with checksums', {
    root: making.tools,
    inputs: { script: SCRIPTS.sums, ...onMedium(files) },
    outputs: { sums: 'file' },
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
    privilege: 'configure',
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
  });
}
