// The root step: makes layers of a root from pinned distribution packages.
import { type Action, type ActionId, fromOutput, type Input } from '../../action/action.ts';
import { compareCodeUnits } from '../../base/canonical.ts';
import { type Digest, sizeOf } from '../../base/digest.ts';
import { scriptInput } from '../script.ts';

/** A distribution package as the lock pins it. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly digest: Digest;
}

const INSTALL_SCRIPT = scriptInput('./install-packages.sh', import.meta.url);

/** What unpacking and configuring took on two cores (measured): scripts for each package, and decompression. */
const MS_PER_PACKAGE = 50;
const BYTES_PER_MS = 20_000;

/** The layer that an action of this step makes, as an input of others. */
export function layerOf(action: ActionId): Input {
  return fromOutput(action, 'layer');
}

/**
 * Describes one layer. With lower layers the packages are added to the root that they form; without, they
 * become the first layer, unpacked by the host's dpkg-deb and tar, which yield the same bytes everywhere.
 */
export function rootAction(
  id: ActionId,
  title: string,
  lower: readonly Input[],
  packages: readonly PinnedPackage[],
  epoch: number,
): Action {
  const sorted = packages.toSorted((a, b) => compareCodeUnits(a.name, b.name));
  const archives = sorted.map((each): [string, Input] => [
    `packages/${each.name}_${each.version}_${each.architecture}.deb`,
    { from: 'blob', digest: each.digest },
  ]);
  return {
    id,
    kind: 'root',
    title,
    runner: 'sandbox',
    root: lower,
    inputs: { script: INSTALL_SCRIPT, ...Object.fromEntries(archives) },
    env: {
      SOURCE_DATE_EPOCH: String(epoch),
      QBUILD_ROOT: lower.length === 0 ? '/out/layer' : '/',
    },
    params: {},
    outputs: { layer: 'layer' },
    privilege: lower.length === 0 ? 'first-root' : 'configure',
    after: [],
    // Unpacking uses all cores, but most of the time goes into maintainer scripts, one after the other.
    reserve: { memoryMB: 1024, cores: 1 },
    expectedMs: sorted.reduce((sum, { digest }) => sum + MS_PER_PACKAGE + sizeOf(digest) / BYTES_PER_MS, 0),
  };
}
