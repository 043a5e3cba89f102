// Guest images beside an installer: what lies there, where it goes, and the program that is told of it.
import type { Action, Input } from '../../action/action.ts';
import type { InstallerDefinition } from '../../manifest/installer-schema.ts';
import { scriptInput } from '../script.ts';
import type { Command, Payload } from './model.ts';

/** A guest image that the product ships. */
export interface ShippedTemplate {
  readonly name: string;
  /** Of its file, such as `vhdx`. */
  readonly suffix: string;
}

type Templates = NonNullable<InstallerDefinition['templates']>;

/** Of the payload that holds a template's image. */
export function templatePayloadId(name: string): string {
  return `template-${name}`;
}

/**
 * The payload with a template's image, and the command of the setup helper that unpacks it into the data directory and
 * starts the program that registers it. `helper`: relative to the installation directory.
 */
export function templateParts(
  { name, version }: { readonly name: string; readonly version: string },
  { feature, into, brings, program, arguments: given }: Templates,
  helper: string,
  template: ShippedTemplate,
): { readonly payload: Payload; readonly command: Command } {
  const file = `${template.name}.${template.suffix}`;
  const named = (text: string) =>
    text.replaceAll('{template}', template.name).replaceAll('{version}', version);
  const compressed = `templates/${file}.zst`;
  const installed = (path: string) => `{install}\\${path.replaceAll('/', '\\')}`;
  const payload = {
    id: templatePayloadId(template.name),
    file: `${name}-${version}-${file}.zst`,
    into: compressed,
    feature,
    optional: false,
  };
  const images = [`${named(into)}.${template.suffix}`, ...brings.map(named)];
  const register = [
    ...['unpack', '--file', installed(compressed), '--data', '{data}\\.'],
    ...images.flatMap((path) => ['--brings', path]),
    ...['--', installed(program), ...given.map(named)],
  ];
  return { payload, command: { program: helper, feature, payload: payload.id, register } };
}

const SCRIPT = scriptInput('./pack.sh', import.meta.url);

/** Level 9 makes a guest image a tenth smaller and takes six times as long. */
const LEVEL = 3;
/** FAT and older programs end at 2 GiB; a whole number of MiB below. */
const PART_BYTES = 2000 * 2 ** 20;

/**
 * Compresses an image in parts below 2 GiB. Output `parts`: a tree with `name`, or `name.001` and so on. `root` has
 * coreutils and zstd.
 */
export function packAction(
  id: string,
  name: string,
  image: Input,
  root: readonly Input[],
  epoch: number,
): Action {
  return {
    id,
    kind: 'installer',
    title: `compress ${name}`,
    runner: 'sandbox',
    root,
    inputs: { script: SCRIPT, image },
    env: {
      SOURCE_DATE_EPOCH: String(epoch),
      NAME: name,
      LEVEL: String(LEVEL),
      PART_BYTES: String(PART_BYTES),
    },
    params: {},
    outputs: { parts: 'tree' },
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 512, cores: 2 },
  };
}
