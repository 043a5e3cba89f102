// Roots in a plan: one action per layer, made of what the lock pins, shared by everything that stands on it.
import type { Action, ActionId, Input } from '../action/action.ts';
import { compareCodeUnits } from '../base/canonical.ts';
import { type Lock, type PackageKey, type RootLayer, rootLayers, splitPackageKey } from '../lock/lockfile.ts';
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
}

/** Collects the root actions that a plan turns out to need. */
export interface RootPlanner {
  /** The layers of a locked root, lowest first. */
  layers(distribution: string, root: string): readonly Input[];
  /**
   * A locked root that has as much as possible in common with one of `others`, which its build needs anyway: what
   * that one has is not unpacked again. Which layers a build gets depends on nothing but itself and what it builds on.
   */
  over(distribution: string, root: string, others: readonly PlannedRoot[]): PlannedRoot;
  /** The actions for everything asked so far. */
  actions(): readonly Action[];
}

/** `epoch` dates the files of all roots, in seconds since 1970. */
export function rootPlanner(lock: Lock, epoch: number): RootPlanner {
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

  return {
    layers: (distribution, root) => stack(distribution, locked(distribution, root)),
    over(distribution, root, others) {
      const all = locked(distribution, root);
      const highest = all.at(-1) as RootLayer;
      const on = all.at(-2)?.root ?? '';
      const packages = new Set(highest.packages.map(({ key }) => key));
      const shared = [...new Set(others)]
        .filter((other) => other.distribution === distribution && other.on === on)
        .filter((other) => other.packages.size > 0 && isSubset(other.packages, packages))
        .sort((a, b) => b.packages.size - a.packages.size || compareCodeUnits(a.name, b.name))[0];
      if (shared === undefined)
        return remembered({ distribution, layers: stack(distribution, all), name: root, on, packages });
      if (shared.packages.size === packages.size) return shared;
      const name = `${root}:on:${shared.name.slice(on === '' ? 0 : `${on}:`.length)}`;
      const added = highest.packages.filter(({ key }) => !shared.packages.has(key));
      return remembered({
        distribution,
        layers: add(shared.layers, distribution, name, added),
        name,
        on,
        packages,
      });
    },
    actions: () => [...planned.values()],
  };
}

function isSubset<T>(small: ReadonlySet<T>, large: ReadonlySet<T>): boolean {
  if (small.size > large.size) return false;
  for (const each of small) if (!large.has(each)) return false;
  return true;
}
