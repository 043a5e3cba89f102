// The actions that make a hosted product's installers. The caller signs what lies between them:
//
//   component trees ─> [sign] ─┬─> nsisUninstallerAction ─> uninstaller ─> [sign] ─┐
//                              ├───────────────────────────────────────────> nsisAction ─> setup ─> [sign]
//                              └─> msiAction ─> msi ─> [sign]
import type { Action, ActionId, Input } from '../../action/action.ts';
import { scriptInput } from '../script.ts';
import { layoutTable, servicesTable } from './layout.ts';
import type { InstallerModel, StagedFile } from './model.ts';
import { msiDefinitions } from './msi.ts';
import { nsisDefinitions } from './nsis.ts';

export { composeInstaller } from './compose.ts';
export type { InstallerModel } from './model.ts';

/** What all three actions have in common. */
export interface InstallerInputs {
  readonly model: InstallerModel;
  /** Layers of a root with bash, coreutils, perl-base and nsis (setup.exe) or wixl and msitools (MSI). */
  readonly root: readonly Input[];
  /** The staged tree of each of `model.components`, its PE files signed, by component name. */
  readonly components: Readonly<Record<string, Input>>;
  /** For each of `model.payloads`, by id: a file, or a tree of parts in order of their names. */
  readonly payloads: Readonly<Record<string, Input>>;
}

const script = (name: string) => scriptInput(name, import.meta.url);

const SCRIPTS = {
  nsis: script('nsis.sh'),
  msi: script('msi.sh'),
  setup: script('setup.nsi'),
  layout: script('layout.pl'),
  nsisFiles: script('nsis-files.pl'),
  msiFiles: script('msi-files.pl'),
};

/** Where a staged file is mounted, relative to `/in`. */
function mounted(file: StagedFile | undefined): string {
  return file === undefined ? '' : `component-${file.component}/${file.path}`;
}

function trees(inputs: InstallerInputs): Record<string, Input> {
  const named = (prefix: string, all: Readonly<Record<string, Input>>) =>
    Object.entries(all).map(([name, input]) => [`${prefix}-${name}`, input]);
  return Object.fromEntries([...named('component', inputs.components), ...named('payload', inputs.payloads)]);
}

function environment(model: InstallerModel): Record<string, string> {
  return {
    SOURCE_DATE_EPOCH: String(model.epoch),
    HELPER: mounted(model.helper),
    LICENCE: mounted(model.licence),
    ICON: mounted(model.icon),
  };
}

type Described = Pick<Action, 'id' | 'title' | 'root' | 'inputs' | 'env' | 'outputs'>;

function action(described: Described): Action {
  return {
    kind: 'installer',
    runner: 'sandbox',
    params: {},
    privilege: 'build',
    after: [],
    // lzma compression of everything as one stream.
    reserve: { memoryMB: 512, cores: 1 },
    ...described,
  };
}

function nsisInputs(inputs: InstallerInputs): Record<string, Input> {
  return {
    script: SCRIPTS.nsis,
    setup: SCRIPTS.setup,
    'layout-program': SCRIPTS.layout,
    'files-program': SCRIPTS.nsisFiles,
    layout: { from: 'text', text: layoutTable(inputs.model) },
    services: { from: 'text', text: servicesTable(inputs.model) },
    product: { from: 'text', text: nsisDefinitions(inputs.model) },
    ...trees(inputs),
  };
}

/** First pass: makes the uninstaller alone. Output `uninstaller`: a PE file to be signed. */
export function nsisUninstallerAction(id: ActionId, inputs: InstallerInputs): Action {
  return action({
    id,
    title: `make the uninstaller of ${inputs.model.name}`,
    root: inputs.root,
    inputs: nsisInputs(inputs),
    env: environment(inputs.model),
    outputs: { uninstaller: 'file' },
  });
}

/**
 * Second pass: makes setup.exe around the signed uninstaller. `uninstaller` is the first pass's output,
 * `signed` the same file with its signature. Output `setup`: a PE file to be signed.
 */
export function nsisAction(
  id: ActionId,
  inputs: InstallerInputs,
  uninstaller: { readonly unsigned: Input; readonly signed: Input },
): Action {
  return action({
    id,
    title: `make setup.exe of ${inputs.model.name}`,
    root: inputs.root,
    inputs: {
      ...nsisInputs(inputs),
      uninstaller: uninstaller.unsigned,
      'uninstaller-signed': uninstaller.signed,
    },
    env: environment(inputs.model),
    outputs: { setup: 'file' },
  });
}

/** Makes the MSI. Output `msi`: a Windows Installer database to be signed. */
export function msiAction(id: ActionId, inputs: InstallerInputs): Action {
  return action({
    id,
    title: `make the MSI of ${inputs.model.name}`,
    root: inputs.root,
    inputs: {
      script: SCRIPTS.msi,
      'layout-program': SCRIPTS.layout,
      'files-program': SCRIPTS.msiFiles,
      layout: { from: 'text', text: layoutTable(inputs.model) },
      ...Object.fromEntries(
        Object.entries(msiDefinitions(inputs.model)).map(([name, text]) => [name, { from: 'text', text }]),
      ),
      ...trees(inputs),
    },
    env: environment(inputs.model),
    outputs: { msi: 'file' },
  });
}

/** File names of the deliverables. */
export function deliverableNames(model: InstallerModel): { readonly setup: string; readonly msi: string } {
  return { setup: 'setup.exe', msi: `${model.name}-${model.version}.msi` };
}
