// The `rpm-repository` deliverable: the product's RPM packages of one distribution, signed, in a signed repository.
import { type Action, fromOutput, type Input } from '../../action/action.ts';
import { fail, ok, type Result } from '../../base/failure.ts';
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import type { DeliverableContext, DeliverablePlan, DeliverableStep } from '../deliverable-step.ts';
import type { BuiltPackage } from '../package-step.ts';
import { emptyRepository, packagesFor } from '../repository-packages.ts';
import { scriptInput } from '../script.ts';
import { type OpenPgpIdentity, openPgpAction } from '../sign-step.ts';

const INDEX_SCRIPT = scriptInput('./index.sh', import.meta.url);

/** The package set of the tools distribution that has createrepo_c. */
const ROOT_SET = 'rpm-repository';

/** `{ kind: rpm-repository, distribution, url? }`; `resolve` fills in defaults. */
export const rpmRepositoryStep: DeliverableStep = {
  kind: 'rpm-repository',
  toolSets: [ROOT_SET],
  schemes: () => ['openpgp'],
  describe,
};

interface RpmSettings {
  readonly distribution: string;
  readonly architecture: string;
  readonly url: string;
}

function describe(context: DeliverableContext): Result<DeliverablePlan> {
  const { product, signers } = context;
  const settings = context.deliverable.settings as unknown as RpmSettings;
  const { distribution, architecture } = settings;
  const target = `${distribution}/${architecture}`;
  const packages = packagesFor(context, 'rpm', target);
  if (packages.length === 0) return fail(emptyRepository(context, target));
  const signer = signers.openpgp;
  if (signer === undefined) throw new Error('a repository is planned without a signer');
  const signing = packages.map((each) => signPackages(product, each, signer));
  const index = indexAction(context, settings, signing, packages, signer);
  const sign = (output: 'repomd' | 'snapshot') =>
    openPgpAction(
      `sign:rpm:${distribution}:${output}`,
      `sign the repository ${distribution} (${output})`,
      fromOutput(index.id, output),
      'openpgp-detached',
      product.epoch,
      signer,
    );
  const [repomd, snapshot] = [sign('repomd'), sign('snapshot')];
  const base = `rpm/${distribution}`;
  const part = 'repository-part';
  return ok({
    actions: [...signing.flatMap(({ binary, source }) => [binary, source]), index, repomd, snapshot],
    // In the order of publishing: repomd.xml comes last, when everything that it leads to is there.
    files: [
      { kind: part, path: base, from: fromOutput(index.id, 'tree'), keepsOlder: true },
      ...metadataFiles(`${base}/${product.version}/repodata`, index, 'snapshot', snapshot, part),
      {
        kind: 'rpm-repo-file',
        path: `rpm/${product.name}-${distribution}.repo`,
        from: fromOutput(index.id, 'description'),
      },
      ...metadataFiles(`${base}/repodata`, index, 'repomd', repomd, 'rpm-repository'),
    ],
    shipped: signing.map(({ component, binary }) => ({
      component,
      target,
      from: fromOutput(binary.id, 'signed'),
    })),
  });
}

function metadataFiles(path: string, index: Action, name: string, signature: Action, kind: string) {
  return [
    { kind: 'repository-part', path: `${path}/repomd.xml.asc`, from: fromOutput(signature.id, 'signed') },
    { kind, path: `${path}/repomd.xml`, from: fromOutput(index.id, name) },
  ];
}

/** The signed packages of one component. */
interface SignedPackages {
  readonly component: string;
  readonly binary: Action;
  readonly source: Action;
}

function signPackages(
  product: ResolvedProduct,
  built: BuiltPackage,
  signer: OpenPgpIdentity,
): SignedPackages {
  const { component, target, content, source } = built;
  if (source === undefined) throw new Error(`${component} has no source package`);
  const id = `sign:${component}:${target}`;
  const sign = (of: string, title: string, tree: Input) =>
    openPgpAction(of, title, tree, 'openpgp-rpm', product.epoch, signer);
  return {
    component,
    binary: sign(id, `sign ${component}`, content),
    source: sign(`${id}:source`, `sign the source of ${component}`, source),
  };
}

function indexAction(
  { product, root }: DeliverableContext,
  { distribution, url }: RpmSettings,
  signing: readonly SignedPackages[],
  packages: readonly BuiltPackage[],
  { publicKey }: OpenPgpIdentity,
): Action {
  const trees = signing.flatMap(({ component, binary, source }): [string, Input][] => [
    [`packages/${component}`, fromOutput(binary.id, 'signed')],
    [`source/${component}`, fromOutput(source.id, 'signed')],
  ]);
  return {
    id: `repository:rpm:${distribution}`,
    kind: 'rpm-repository',
    title: `index ${packages.length} components for ${distribution}`,
    runner: 'sandbox',
    root: root(ROOT_SET),
    inputs: {
      script: INDEX_SCRIPT,
      key: { from: 'text', text: publicKey },
      description: { from: 'text', text: repoFile(product, url) },
      ...Object.fromEntries(trees),
    },
    env: { SOURCE_DATE_EPOCH: String(product.epoch), REPOSITORY_VERSION: product.version },
    params: {},
    outputs: { tree: 'tree', repomd: 'file', snapshot: 'file', description: 'file' },
    privilege: 'build',
    after: packages.flatMap((each) => each.checks),
    reserve: { memoryMB: 128, cores: 1 },
  };
}

/** What a client writes to /etc/yum.repos.d/. */
function repoFile({ name, title }: ResolvedProduct, url: string): string {
  const settings = {
    name: title,
    baseurl: url,
    enabled: 1,
    gpgcheck: 1,
    repo_gpgcheck: 1,
    gpgkey: `${url}/RPM-GPG-KEY`,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}
