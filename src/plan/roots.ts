// Roots in a plan: one action per layer, made of what the lock pins, shared by everything that stands on it.
import type { Action, ActionId, Input } from '../action/action.ts';
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import { sha256Hex, sizeOf } from '../base/digest.ts';
import {
  type Lock,
  own,
  type PackageKey,
  type RootLayer,
  rootLayers,
  splitPackageKey,
} from '../lock/lockfile.ts';
import type { ResolvedDistribution } from '../resolve/resolved.ts';
import { layerOf, rootAction } from '../steps/root/index.ts';

/** A root in a plan. */
export interface PlannedRoot {
  readonly distribution: string;
  /** Its layers, lowest first. */
  readonly layers: readonly Input[];
  /** Names the stack: equal names, equal layers. */
  readonly name: string;
  /** The root in the lock that its highest layer adds to; empty when it starts from nothing. */
  readonly on: string;
  /** What that layer and those between it and `on` have. */
  readonly packages: ReadonlySet<PackageKey>;
  /** Size of their archives. */
  readonly bytes: number;
}

/** What a root may stand on when it has all of its packages. */
interface Part extends Pick<PlannedRoot, 'name' | 'packages' | 'bytes'> {
  readonly root: () => PlannedRoot;
}

/** What a root adds to. */
interface Lower extends Pick<PlannedRoot, 'distribution' | 'on'> {
  readonly layers: () => readonly Input[];
}

/** Collects the root actions that a plan turns out to need. */
export interface RootPlanner {
  /** The layers of a locked root, lowest first. */
  layers(distribution: string, root: string): readonly Input[];
  /**
   * A locked root that has as much as possible in common with one of `others`, which its build needs anyway, or with a
   * set that its distribution says is shared: what that has is not unpacked again. Which layers a build gets depends
   * on nothing but itself, what it builds on and its distribution.
   */
  over(distribution: string, root: string, others: readonly PlannedRoot[]): PlannedRoot;
  /** The actions for everything asked so far. */
  actions(): readonly Action[];
}

/** `epoch` dates the files of all roots, in seconds since 1970. */
export function rootPlanner(
  lock: Lock,
  epoch: number,
  distributions: Readonly<Record<string, Pick<ResolvedDistribution, 'shared'>>> = {},
): RootPlanner {
  const planned = new Map<ActionId, Action>();
  const roots = new Map<string, PlannedRoot>();

  /** The stack with one layer more; what the layers below satisfy already is no layer of its own. */
  function add(
    lower: readonly Input[],
    distribution: string,
    name: string,
    packages: RootLayer['packages'],
  ): readonly Input[] {
    if (packages.length === 0) return lower;
    const id = `root:${distribution}:${name}`;
    if (!planned.has(id)) {
      const pinned = packages.map(({ key, digest }) => ({ ...splitPackageKey(key), digest }));
      const title = `make root ${name} of ${distribution} (${packages.length} packages)`;
      planned.set(id, rootAction(id, title, lower, pinned, epoch));
    }
    return [...lower, layerOf(id)];
  }

  function locked(distribution: string, root: string): readonly RootLayer[] {
    const known = lock.distributions[distribution];
    const layers = known === undefined ? undefined : rootLayers(known, root);
    if (layers === undefined) throw new Error(`the lock lacks root ${root} of ${distribution}`);
    return layers;
  }

  function stack(distribution: string, layers: readonly RootLayer[]): readonly Input[] {
    let stacked: readonly Input[] = [];
    for (const { root, packages } of layers) stacked = add(stacked, distribution, root, packages);
    return stacked;
  }

  /** One object for each stack, so that a root that many dependencies have is compared once. */
  function remembered(root: PlannedRoot): PlannedRoot {
    const id = `${root.distribution}:${root.name}`;
    const known = roots.get(id) ?? root;
    roots.set(id, known);
    return known;
  }

  /** The stack of `lower` with `packages` on it, over the largest of `others` that is a part of them. */
  function place(lower: Lower, name: string, packages: RootLayer['packages'], others: readonly Part[]) {
    const { distribution, on } = lower;
    const keys = new Set(packages.map(({ key }) => key));
    const of = { distribution, on, packages: keys, bytes: bytesOf(packages) };
    const [part] = others
      .filter((other) => other.packages.size > 0 && isSubset(other.packages, keys))
      .sort((a, b) => b.bytes - a.bytes || compareCodeUnits(a.name, b.name));
    const below = part?.root();
    if (below === undefined) {
      const layers = add(lower.layers(), distribution, name, packages);
      return remembered({ ...of, layers, name });
    }
    if (below.packages.size === keys.size) return below;
    const stacked = `${name}:on:${below.name.slice(on === '' ? 0 : `${on}:`.length)}`;
    const added = packages.filter(({ key }) => !below.packages.has(key));
    const layers = add(below.layers, distribution, stacked, added);
    return remembered({ ...of, layers, name: stacked });
  }

  /** The sets of a distribution that are a part of these packages. Smaller ones are layers below larger ones. */
  function sharedSets(lower: Lower, packages: RootLayer['packages']): readonly Part[] {
    const parts: Part[] = [];
    const sets = Object.entries(own(distributions, lower.distribution)?.shared ?? {});
    for (const [set, shared] of sets.sort(([, a], [, b]) => a.packages.length - b.packages.length)) {
      const found = packages.filter(({ key }) => shared.packages.includes(splitPackageKey(key).name));
      if (shared.on !== lower.on || found.length < shared.packages.length) continue;
      const keys = found.map(({ key }) => key);
      // Roots that were locked at different times may have different versions.
      const name = `${lower.on}:${set}:${sha256Hex(canonicalJson(keys)).slice(0, 12)}`;
      const smaller = [...parts];
      const root = () => place(lower, name, found, smaller);
      parts.push({ name, packages: new Set(keys), bytes: bytesOf(found), root });
    }
    return parts;
  }

  return {
    layers: (distribution, root) => stack(distribution, locked(distribution, root)),
    over(distribution, root, others) {
      const all = locked(distribution, root);
      const { packages } = all.at(-1) as RootLayer;
      const on = all.at(-2)?.root ?? '';
      const lower = { distribution, on, layers: () => stack(distribution, all.slice(0, -1)) };
      const parts = [...new Set(others)]
        .filter((other) => other.distribution === distribution && other.on === on)
        .map((other) => ({ ...other, root: () => other }));
      return place(lower, root, packages, [...parts, ...sharedSets(lower, packages)]);
    },
    actions: () => [...planned.values()],
  };
}

function bytesOf(packages: RootLayer['packages']): number {
  return packages.reduce((sum, { digest }) => sum + sizeOf(digest), 0);
}

function isSubset<T>(small: ReadonlySet<T>, large: ReadonlySet<T>): boolean {
  if (small.size > large.size) return false;
  for (const each of small) if (!large.has(each)) return false;
  return true;
}
