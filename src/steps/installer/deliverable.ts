// The `installer` deliverable: a hosted product as setup.exe and MSI, with every program in it signed.
import { type Action, fromOutput } from '../../action/action.ts';
import { fail, ok, type Result } from '../../base/failure.ts';
import type { InstallerContribution, InstallerDefinition } from '../../manifest/installer-schema.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import type {
  DeliverableContext,
  DeliverableFile,
  DeliverablePlan,
  DeliverableStep,
} from '../deliverable-step.ts';
import { signAction } from '../sign-step.ts';
import { authenticode, signedPackage } from '../signed-package.ts';
import { sourceArchiveAction } from '../source-archive/index.ts';
import { type GuestImage, guestImage } from '../template/deliverable.ts';
import { composeInstaller } from './compose.ts';
import {
  deliverableNames,
  type InstallerInputs,
  msiAction,
  nsisAction,
  nsisUninstallerAction,
} from './index.ts';
import type { InstallerModel, Payload } from './model.ts';
import { packAction, templatePayloadId } from './templates.ts';

/** The package set of the tools distribution that has makensis, wixl and msibuild. */
const ROOT_SET = 'installer';

/** The payload that holds the source of all components. */
const SOURCE_PAYLOAD = 'source';

/** `{ kind: installer, formats: [exe, msi] }`; `resolve` adds the component that defines it. */
export const installerStep: DeliverableStep = {
  kind: 'installer',
  toolSets: [ROOT_SET],
  schemes: () => ['authenticode'],
  shipsTemplates: true,
  describe,
};

function describe(context: DeliverableContext): Result<DeliverablePlan> {
  const { product, deliverable } = context;
  const { formats, component, definition } = deliverable.settings;
  const shipped = context.packages.filter((each) => each.shipped && each.target.startsWith('windows/'));
  const sections = new Map(product.components.map(({ name, installer }) => [name, installer]));
  const contributions = shipped.map(({ component }) => ({
    component,
    contribution: sections.get(component) as InstallerContribution | undefined,
  }));
  const images = product.templates.map((template) => ({ template, ...imageOf(context, template) }));
  const model = composeInstaller(
    product,
    definition as unknown as InstallerDefinition,
    String(component),
    contributions,
    images.map(({ template, suffix }) => ({ name: template.name, suffix })),
  );
  if (!model.ok) return model;
  const signed = new Map(shipped.map((each) => [each.component, signedPackage(context, each)]));
  const payloads = payloadsPart(context, model.value, images);
  if (!payloads.ok) return payloads;
  const inputs: InstallerInputs = {
    model: model.value,
    root: context.root(ROOT_SET),
    components: Object.fromEntries(
      [...signed].map(([name, action]) => [name, fromOutput(action.id, 'signed')]),
    ),
    payloads: Object.fromEntries(payloads.value.files.map(({ id, from }) => [id, from])),
  };
  const checks = shipped.flatMap((each) => each.checks);
  const wanted = formats as readonly string[];
  const parts = [
    componentsPart(signed),
    payloads.value,
    ...(wanted.includes('exe') ? [setupPart(context, model.value, inputs, checks)] : []),
    ...(wanted.includes('msi') ? [msiPart(context, model.value, inputs, checks)] : []),
  ];
  return ok({
    actions: parts.flatMap((each) => each.actions),
    files: parts.flatMap((each) => each.files),
    shipped: shipped.flatMap(({ component, target }) => {
      const action = signed.get(component);
      return action === undefined ? [] : [{ component, target, from: fromOutput(action.id, 'signed') }];
    }),
  });
}

function componentsPart(signed: ReadonlyMap<string, Action>): Part {
  return {
    actions: [...signed.values()],
    files: [...signed].map(([name, action]) => ({
      kind: 'unsigned-program',
      path: `unsigned/${name}`,
      from: fromOutput(action.id, 'unsigned'),
    })),
  };
}

/** Some actions, and what is published of them. */
type Part = Pick<DeliverablePlan, 'actions' | 'files'>;

interface PayloadFile extends DeliverableFile {
  readonly id: string;
}

/** A guest image that the product ships. */
interface Image extends GuestImage {
  readonly template: ResolvedTemplate;
  /** The disk itself, without what goes with it, and how its name ends. */
  readonly disk: DeliverableFile;
  readonly suffix: string;
}

function imageOf(context: DeliverableContext, template: ResolvedTemplate): Omit<Image, 'template'> {
  const image = guestImage(context, template);
  const [disk] = image.files;
  if (disk === undefined) throw new Error(`the image of ${template.name} has no file`);
  return { ...image, disk, suffix: disk.path.slice(template.name.length + 1) };
}

/** What lies beside the installers. The definition names payloads by id; this is where each comes from. */
function payloadsPart(
  context: DeliverableContext,
  model: InstallerModel,
  images: readonly Image[],
): Result<{ readonly actions: readonly Action[]; readonly files: readonly PayloadFile[] }> {
  const actions: Action[] = [];
  const files: PayloadFile[] = [];
  for (const payload of model.payloads) {
    const image = images.find(({ template }) => templatePayloadId(template.name) === payload.id);
    const made =
      image === undefined ? sourcePayload(context, model, payload) : imagePayload(context, payload, image);
    if (made === undefined) {
      return fail({
        code: 'deliverable/unknown-payload',
        message: `No step makes the payload ${payload.id} of the installer.`,
        place: 'installer.yaml',
        next: `Payloads that can be made: ${SOURCE_PAYLOAD}.`,
      });
    }
    actions.push(...made.actions);
    files.push(made.file);
  }
  return ok({ actions, files });
}

interface MadePayload {
  readonly actions: readonly Action[];
  readonly file: PayloadFile;
}

function sourcePayload(
  { product, sources, root }: DeliverableContext,
  model: InstallerModel,
  { id, file }: Payload,
): MadePayload | undefined {
  if (id !== SOURCE_PAYLOAD) return undefined;
  const name = `${model.name}-${model.version}-source`;
  const archive = sourceArchiveAction(name, root(ROOT_SET), sources, product.epoch);
  const from = fromOutput(archive.id, 'archive');
  return { actions: [archive], file: { id, kind: 'payload', path: file, from } };
}

/** Whether it is one part or several is known when it is compressed: the parts lie beside the installer. */
function imagePayload(
  { product, layers }: DeliverableContext,
  { id, file }: Payload,
  { template, actions, disk }: Image,
): MadePayload {
  const tools = layers(template.imageTools, 'image');
  const packed = packAction(`payload:${id}`, file, disk.from, tools, product.epoch);
  const from = fromOutput(packed.id, 'parts');
  return { actions: [...actions, packed], file: { id, kind: 'payload', path: '', from } };
}

function setupPart(
  context: DeliverableContext,
  model: InstallerModel,
  inputs: InstallerInputs,
  checks: readonly string[],
): Part {
  const { title, epoch } = context.product;
  const signer = authenticode(context);
  const uninstaller = nsisUninstallerAction('installer:uninstaller', inputs);
  const unsigned = fromOutput(uninstaller.id, 'uninstaller');
  const signUninstaller = signAction(
    'sign:uninstaller',
    'sign the uninstaller',
    unsigned,
    'file',
    title,
    epoch,
    signer,
  );
  const setup = {
    ...nsisAction('installer:setup', inputs, { unsigned, signed: fromOutput(signUninstaller.id, 'signed') }),
    after: checks,
  };
  const signSetup = signAction(
    'sign:setup',
    'sign setup.exe',
    fromOutput(setup.id, 'setup'),
    'file',
    title,
    epoch,
    signer,
  );
  const name = deliverableNames(model).setup;
  return {
    actions: [uninstaller, signUninstaller, setup, signSetup],
    files: [
      ...signedFile('installer-exe', name, signSetup),
      {
        kind: 'unsigned-program',
        path: 'unsigned/uninstall.exe',
        from: fromOutput(signUninstaller.id, 'unsigned'),
      },
    ],
  };
}

function msiPart(
  context: DeliverableContext,
  model: InstallerModel,
  inputs: InstallerInputs,
  checks: readonly string[],
): Part {
  const msi = { ...msiAction('installer:msi', inputs), after: checks };
  const sign = signAction(
    'sign:msi',
    'sign the MSI',
    fromOutput(msi.id, 'msi'),
    'file',
    context.product.title,
    context.product.epoch,
    authenticode(context),
  );
  return { actions: [msi, sign], files: signedFile('installer-msi', deliverableNames(model).msi, sign) };
}

/** The signed file, and below `unsigned/` what stripping its signature gives back. */
function signedFile(kind: string, name: string, action: Action): DeliverableFile[] {
  return [
    { kind, path: name, from: fromOutput(action.id, 'signed') },
    { kind: 'unsigned-installer', path: `unsigned/${name}`, from: fromOutput(action.id, 'unsigned') },
  ];
}
