// The closed set of packages of a product: what it lists, and all that those need, for each target.
import type { Origin } from '../manifest/place.ts';
import type { Chooser } from './catalog.ts';
import type { Recipe, RecipePackage } from './compose-recipe.ts';
import type { Diagnosis } from './diagnosis.ts';

/** A package in the closure. */
export interface Node {
  readonly recipe: Recipe;
  readonly package: RecipePackage;
  /** What it builds on, and where it says so. */
  readonly edges: { readonly to: Node; readonly runtime: boolean; readonly origin: Origin }[];
  shipped: boolean;
}

/** Closes `roots` over dependencies. Linear in packages and edges. */
export function closureOf(
  roots: readonly { readonly recipe: Recipe; readonly target: string }[],
  chooser: Chooser,
): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  const pending: Node[] = [];
  const visit = (recipe: Recipe, target: string): Node => {
    const id = nodeId(recipe, target);
    const known = nodes.get(id);
    if (known !== undefined) return known;
    const found = recipe.packages.find((each) => each.target === target);
    if (found === undefined) throw new Error(`${recipe.name} has no package for ${target}`);
    const node: Node = { recipe, package: found, edges: [], shipped: false };
    nodes.set(id, node);
    pending.push(node);
    return node;
  };
  const shipped = roots.map(({ recipe, target }) => visit(recipe, target));
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const { target, dependsOn, buildsOn } = node.package;
    for (const [needs, runtime] of [
      [dependsOn, true],
      [buildsOn, false],
    ] as const) {
      for (const { value, origin } of needs) {
        const provider = chooser.choose(value, target, origin);
        if (provider !== undefined) node.edges.push({ to: visit(provider, target), runtime, origin });
      }
    }
  }
  ship(shipped);
  return nodes;
}

function nodeId(recipe: Recipe, target: string): string {
  return `${recipe.name} ${target}`;
}

/** Marks what the deliverable needs: the roots, and what they need when they run. */
function ship(roots: readonly Node[]): void {
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.shipped) continue;
    node.shipped = true;
    for (const { to, runtime } of node.edges) if (runtime) pending.push(to);
  }
}

/** Reports every circle of packages that build on each other, as a chain of names. Depth first, without recursion. */
export function reportCycles(nodes: Iterable<Node>, diagnosis: Diagnosis): void {
  const done = new Set<Node>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const path: { readonly node: Node; next: number }[] = [{ node: start, next: 0 }];
    const onPath = new Map<Node, number>([[start, 0]]);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const edge = step.node.edges[step.next];
      step.next += 1;
      if (edge === undefined) {
        path.pop();
        onPath.delete(step.node);
        done.add(step.node);
        continue;
      }
      const begin = onPath.get(edge.to);
      if (begin !== undefined) {
        const names = [...path.slice(begin).map(({ node }) => node), edge.to].map(
          ({ recipe }) => recipe.name,
        );
        const message = `Components depend on each other in a circle: ${names.join(' → ')}.`;
        diagnosis.report(edge.origin, { code: 'resolve/dependency-cycle', message });
      } else if (!done.has(edge.to)) {
        onPath.set(edge.to, path.length);
        path.push({ node: edge.to, next: 0 });
      }
    }
  }
}
