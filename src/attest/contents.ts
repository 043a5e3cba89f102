// contents.json: which component, under which licence and from which source, every installed file came from.
// An inventory from which an SBOM can be made; not an attestation, since nobody signs it.
import { compareCodeUnits } from '../base/canonical.ts';
import type { Digest } from '../base/digest.ts';
import { type Lock, own } from '../lock/lockfile.ts';
import type { ResolvedComponent, ResolvedProduct } from '../resolve/resolved.ts';

export interface InstalledFile {
  /** Below the installation directory, with `/`. */
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface ComponentContents {
  readonly component: string;
  readonly target: string;
  readonly files: readonly InstalledFile[];
}

/**
 * Canonically ordered JSON text: the product, its components with licence, source tree and files, and the
 * distribution packages that built them.
 */
export function contentsText(
  product: ResolvedProduct,
  lock: Lock,
  sources: Readonly<Record<string, { readonly tree: Digest }>>,
  contents: readonly ComponentContents[],
): string {
  const components = product.components.map((component) => ({
    name: component.name,
    license: component.license,
    source: {
      ...component.source,
      // Of the machine that built it.
      path: undefined,
      keysDirectory: undefined,
      tree: sources[component.name]?.tree,
      ...verification(component, lock),
    },
    packages: contents
      .filter((each) => each.component === component.name)
      .map(({ target, files }) => ({
        target,
        files: files.toSorted((a, b) => compareCodeUnits(a.path, b.path)),
      })),
  }));
  const builtWith = Object.entries(lock.distributions)
    .filter(([name]) => Object.hasOwn(product.distributions, name))
    .map(([name, { packages }]) => ({
      distribution: name,
      packages: Object.entries(packages).map(([key, { sha256, origin }]) => ({
        package: key,
        sha256,
        origin,
      })),
    }));
  const { name, version, title, publisher } = product;
  const document = { format: 1, product: { name, version, title, publisher }, components, builtWith };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Whether somebody whom the recipe names signed the source; of git sources also who. Read from the lock, which has it proven. */
function verification({ name, source }: ResolvedComponent, lock: Lock) {
  if (source.kind === 'local') return { verified: false };
  if (source.kind === 'archive') return { verified: source.signature !== undefined };
  const signer = source.signedBy && own(lock.components, name)?.git?.signer;
  return { verified: signer !== undefined, signer };
}
