// The guest-image deliverable: plans everything from a template's root to its image.
import { type Action, fromOutput, type Input } from '../../action/action.ts';
import { ok } from '../../base/failure.ts';
import { kernelRootName, templateRootName } from '../../lock/template-roots.ts';
import type { ResolvedTemplate } from '../../resolve/resolved.ts';
import { installInGuest } from '../deb/index.ts';
import type { DeliverableContext, DeliverableFile, DeliverableStep } from '../deliverable-step.ts';
import type { BuiltPackage } from '../package-step.ts';
import { layerOf } from '../root/index.ts';
import { imageFiles } from './formats.ts';
import { customiseAction, imageAction, initramfsAction } from './index.ts';

/** The image of one template, as actions and as files that a deliverable publishes or ships. */
export interface GuestImage {
  readonly actions: readonly Action[];
  readonly files: readonly DeliverableFile[];
}

/** Plans the image of a template of the product. */
export function guestImage(context: DeliverableContext, template: ResolvedTemplate): GuestImage {
  const { product, layers } = context;
  const { name, kernel, distribution, format } = template;
  const actions: Action[] = [];
  const root = layers(distribution, templateRootName(template));
  const own = ownPackages(context, template, root);
  const stack = own === undefined ? root : [...root, layerOf(own.id)];
  if (own !== undefined) actions.push(own);
  let initramfs: Input | undefined;
  if (kernel !== undefined) {
    const made = initramfsOf(context, template, kernel);
    actions.push(made);
    initramfs = fromOutput(made.id, 'initramfs');
  }
  const files = context.templateFiles[name];
  const customised = customiseAction(
    `customise:${name}`,
    template,
    stack,
    files === undefined ? undefined : { from: 'tree', digest: files },
    initramfs,
    product.epoch,
  );
  const tools = layers(template.imageTools, 'image');
  const id = `image:${name}:${format}`;
  const image = imageAction(id, template, tools, [...stack, layerOf(customised.id)], product.epoch);
  actions.push(customised, image);
  return {
    actions,
    files: imageFiles(template).map(({ output, kind, name: path }) => {
      return { kind, path, from: fromOutput(image.id, output) };
    }),
  };
}

function initramfsOf(
  { product, layers }: DeliverableContext,
  template: ResolvedTemplate,
  kernel: string,
): Action {
  const { name, distribution, verity } = template;
  if (verity) {
    const root = layers(distribution, templateRootName(template));
    return initramfsAction(`initramfs:${name}`, kernel, root, product.epoch, true);
  }
  const below = layers(distribution, kernelRootName(template));
  return initramfsAction(`initramfs:${distribution}:${kernel}`, kernel, below, product.epoch);
}

/** The layer with the packages of the template's components; none when it has none. */
function ownPackages(
  { product, packages }: DeliverableContext,
  template: ResolvedTemplate,
  root: readonly Input[],
): Action | undefined {
  const { name, distribution, components } = template;
  const isWanted = ({ component, target }: BuiltPackage) =>
    target.startsWith(`${distribution}/`) && components.includes(component);
  const made = packages.filter(isWanted);
  if (made.length === 0) return undefined;
  const debs = Object.fromEntries(made.map(({ component, content }) => [component, content]));
  const title = `install the components of ${name}`;
  return installInGuest(`install:${name}`, title, root, template, debs, product.epoch);
}

/** Publishes the image of the template that its settings name. */
export const guestImageStep: DeliverableStep = {
  kind: 'guest-image',
  toolSets: [],
  schemes: () => [],
  describe(context) {
    const name = context.deliverable.settings.template;
    const template = context.product.templates.find((each) => each.name === name);
    if (template === undefined) throw new Error(`the product lacks the template ${String(name)}`);
    return ok({ ...guestImage(context, template), shipped: [] });
  },
};
