// Roots in a plan: one action per layer, made of what the lock pins, shared by everything that stands on it.
import type { Action, Input } from '../action/action.ts';
import { type Lock, rootLayers, splitPackageKey } from '../lock/lockfile.ts';
import { layerOf, rootAction } from '../steps/root/index.ts';

/** Collects the root actions that a plan turns out to need. */
export interface RootPlanner {
  /** The layers of a locked root, lowest first. */
  layers(distribution: string, root: string): readonly Input[];
  /** The actions for everything asked so far. */
  actions(): readonly Action[];
}

/** `epoch` dates the files of all roots, in seconds since 1970. */
export function rootPlanner(lock: Lock, epoch: number): RootPlanner {
  const planned = new Map<string, Action>();
  return {
    layers(distribution, root) {
      const locked = lock.distributions[distribution];
      const layers = locked === undefined ? undefined : rootLayers(locked, root);
      if (layers === undefined) throw new Error(`the lock lacks root ${root} of ${distribution}`);
      const stack: Input[] = [];
      for (const layer of layers) {
        // What the layers below satisfy already is no layer of its own.
        if (layer.packages.length === 0) continue;
        const id = `root:${distribution}:${layer.root}`;
        if (!planned.has(id)) {
          const packages = layer.packages.map(({ key, digest }) => ({ ...splitPackageKey(key), digest }));
          const title = `make root ${layer.root} of ${distribution} (${packages.length} packages)`;
          planned.set(id, rootAction(id, title, [...stack], packages, epoch));
        }
        stack.push(layerOf(id));
      }
      return stack;
    },
    actions: () => [...planned.values()],
  };
}
