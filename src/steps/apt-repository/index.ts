// The `apt-repository` deliverable: the product's Debian packages of one distribution as a signed repository.
import { type Action, fromOutput, type Input } from '../../action/action.ts';
import { fail, ok, type Result } from '../../base/failure.ts';
import type { DeliverableContext, DeliverablePlan, DeliverableStep } from '../deliverable-step.ts';
import type { BuiltPackage } from '../package-step.ts';
import { emptyRepository, packagesFor } from '../repository-packages.ts';
import { scriptInput } from '../script.ts';
import { type OpenPgpIdentity, openPgpAction } from '../sign-step.ts';
import { type AptSettings, releaseHead, sourcesText, validUntil } from './texts.ts';

const INDEX_SCRIPT = scriptInput('./index.sh', import.meta.url);
const ASSEMBLE_SCRIPT = scriptInput('./assemble.sh', import.meta.url);

/** The package set of the tools distribution that has apt-ftparchive and gpgv. */
const ROOT_SET = 'apt-repository';

/** `{ kind: apt-repository, distribution, suite?, component?, validityDays?, url? }`; `resolve` fills in defaults. */
export const aptRepositoryStep: DeliverableStep = {
  kind: 'apt-repository',
  toolSets: [ROOT_SET],
  schemes: () => ['openpgp'],
  describe,
};

function describe(context: DeliverableContext): Result<DeliverablePlan> {
  const { product, deliverable } = context;
  const settings = deliverable.settings as unknown as AptSettings;
  const { distribution, architecture, suite } = settings;
  const target = `${distribution}/${architecture}`;
  const packages = packagesFor(context, 'deb', target);
  if (packages.length === 0) return fail(emptyRepository(context, target));
  const actions = repositoryActions(context, settings, packages, {
    id: suite,
    signer: openpgp(context.signers),
  });
  const expires = validUntil(product, settings);
  const { index, clear, detached, assemble } = actions;
  const dist = `apt/dists/${suite}`;
  const part = 'repository-part';
  return ok({
    actions: Object.values(actions),
    // In the order of publishing: InRelease comes last, when everything that it leads to is there.
    files: [
      { kind: part, path: `apt/pool/${suite}`, from: fromOutput(index.id, 'pool'), keepsOlder: true },
      {
        kind: part,
        path: `${dist}/${product.version}`,
        from: fromOutput(assemble.id, 'snapshot'),
        keepsOlder: true,
      },
      { kind: part, path: dist, from: fromOutput(assemble.id, 'indexes'), keepsOlder: true },
      {
        kind: 'apt-sources',
        path: `apt/${product.name}-${suite}.sources`,
        from: fromOutput(assemble.id, 'sources'),
      },
      { kind: part, path: `${dist}/Release`, from: fromOutput(index.id, 'release') },
      { kind: part, path: `${dist}/Release.gpg`, from: fromOutput(detached.id, 'signed') },
      { kind: 'apt-repository', path: `${dist}/InRelease`, from: fromOutput(clear.id, 'signed') },
    ],
    shipped: packages.flatMap(({ component, content }) =>
      content.from === 'output' ? [{ component, target, from: content }] : [],
    ),
    ...(expires !== undefined && { expires }),
  });
}

/** The actions that make a repository; `id` tells its actions from those of the product's other repositories. */
export function repositoryActions(
  { product, root }: Pick<DeliverableContext, 'product' | 'root'>,
  settings: AptSettings,
  packages: readonly BuiltPackage[],
  { id, signer }: { readonly id: string; readonly signer: OpenPgpIdentity },
) {
  const { suite } = settings;
  const layers = root(ROOT_SET);
  const shared = {
    kind: 'apt-repository',
    runner: 'sandbox',
    root: layers,
    params: {},
    privilege: 'build',
    reserve: { memoryMB: 128, cores: 1 },
  } as const;
  const trees = packages.flatMap(({ component, content, source }): [string, Input][] => [
    [`packages/${component}`, content],
    ...(source === undefined ? [] : [[`sources/${component}`, source] as [string, Input]]),
  ]);
  const index: Action = {
    ...shared,
    id: `repository:apt:${id}`,
    title: `index ${packages.length} components for ${suite}`,
    inputs: {
      script: INDEX_SCRIPT,
      head: { from: 'text', text: releaseHead(product, settings) },
      ...Object.fromEntries(trees),
    },
    env: {
      SOURCE_DATE_EPOCH: String(product.epoch),
      REPOSITORY_SUITE: suite,
      REPOSITORY_COMPONENT: settings.component,
      REPOSITORY_ARCHITECTURE: settings.architecture,
    },
    outputs: { pool: 'tree', indexes: 'tree', release: 'file' },
    after: packages.flatMap((each) => each.checks),
  };
  const release = fromOutput(index.id, 'release');
  const sign = (form: 'clear' | 'detached') =>
    openPgpAction(
      `sign:apt:${id}:${form}`,
      `sign the repository ${suite} (${form})`,
      release,
      `openpgp-${form}`,
      product.epoch,
      signer,
    );
  const [clear, detached] = [sign('clear'), sign('detached')];
  const assemble: Action = {
    ...shared,
    id: `repository:apt:${id}:signed`,
    title: `assemble the repository ${suite}`,
    inputs: {
      script: ASSEMBLE_SCRIPT,
      indexes: fromOutput(index.id, 'indexes'),
      release,
      inrelease: fromOutput(clear.id, 'signed'),
      signature: fromOutput(detached.id, 'signed'),
      key: { from: 'text', text: signer.publicKey },
      sources: { from: 'text', text: sourcesText(product, settings) },
    },
    env: { SOURCE_DATE_EPOCH: String(product.epoch) },
    outputs: { indexes: 'tree', snapshot: 'tree', sources: 'file' },
    after: [],
  };
  return { index, clear, detached, assemble };
}

function openpgp({ openpgp }: DeliverableContext['signers']): OpenPgpIdentity {
  if (openpgp === undefined) throw new Error('a repository is planned without a signer');
  return openpgp;
}
