// A resolved, locked product becomes a graph of actions and the list of what to publish. Pure.
import type { Action, ActionId, Graph, Input } from '../action/action.ts';
import { compareCodeUnits } from '../base/canonical.ts';
import type { Digest } from '../base/digest.ts';
import { fail, ok, type Result } from '../base/failure.ts';
import type { Lock } from '../lock/lockfile.ts';
import { buildRoot, type RootChoice } from '../lock/needs.ts';
import type { ResolvedComponent, ResolvedPackage, ResolvedProduct } from '../resolve/resolved.ts';
import type { DeliverableFile, DeliverablePlan, ShippedTree } from '../steps/deliverable-step.ts';
import type { BuiltPackage } from '../steps/package-step.ts';
import type { Scheme, Signers } from '../steps/sign-step.ts';
import { deliverableStep } from './deliverable-steps.ts';
import { packageStep } from './package-steps.ts';
import { type PlannedRoot, type RootPlanner, rootPlanner } from './roots.ts';
import { shadowedPackages } from './shadowed-packages.ts';

/** The content of a component's source, known before planning. */
export interface SourceContent {
  readonly tree: Digest;
  /** Seconds since 1970; the product's own when the source has no date. */
  readonly epoch: number;
}

export interface PlanInput {
  readonly product: ResolvedProduct;
  readonly lock: Lock;
  readonly sources: Readonly<Record<string, SourceContent>>;
  /** Those that the product's deliverables need, see `schemesOf`. */
  readonly signers: Signers;
  /** Trees of the files and hooks that templates name, by template. */
  readonly templateFiles: Readonly<Record<string, Digest>>;
}

export interface ProductPlan {
  readonly graph: Graph;
  /** Every package of every component, dependencies first. */
  readonly packages: readonly BuiltPackage[];
  /** What is published when every action is done, in the order of the product's deliverables. */
  readonly files: readonly DeliverableFile[];
  /** What the deliverables hold, component by component. */
  readonly shipped: readonly ShippedTree[];
  /** When the first deliverable expires, if one does; seconds since 1970. */
  readonly expires?: number;
}

/** The signature schemes that a product's deliverables need. */
export function schemesOf(product: ResolvedProduct): ReadonlySet<Scheme> {
  return new Set(
    product.deliverables.flatMap(({ kind, settings }) => deliverableStep(kind).schemes(settings)),
  );
}

/** Fails where the parts of a deliverable contradict each other, e.g. two components that own one file. */
export function planProduct(input: PlanInput): Result<ProductPlan> {
  const { product, signers } = input;
  const refused = shadowedPackages(product, input.lock, (built) => rootChoice(built, product));
  if (refused !== undefined) return fail(refused);
  const roots = rootPlanner(input.lock, product.epoch, product.distributions);
  const packages = planPackages(input, roots);
  const root = (set: string) => roots.layers(product.tools, set);
  const sources = Object.fromEntries(
    Object.entries(input.sources).map(([name, { tree }]): [string, Input] => [
      name,
      { from: 'tree', digest: tree },
    ]),
  );
  const deliverables: DeliverablePlan[] = [];
  for (const deliverable of product.deliverables) {
    const planned = deliverableStep(deliverable.kind).describe({
      product,
      deliverable,
      packages,
      sources,
      signers,
      root,
      layers: roots.layers,
      templateFiles: input.templateFiles,
    });
    if (!planned.ok) return planned;
    deliverables.push(planned.value);
  }
  const actions = [
    ...roots.actions(),
    ...packages.flatMap((each) => each.actions),
    ...deliverables.flatMap((each) => each.actions),
  ];
  const graph = { actions: new Map(actions.map((action) => [action.id, action])) };
  const ends = deliverables.flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
  return ok({
    graph,
    packages,
    files: deliverables.flatMap((each) => each.files),
    shipped: deliverables.flatMap((each) => each.shipped),
    ...(ends.length > 0 && { expires: Math.min(...ends) }),
  });
}

interface Built {
  readonly package: BuiltPackage;
  readonly root: PlannedRoot;
  /** `component:target` of everything that it builds on. */
  readonly closure: ReadonlySet<string>;
}

/** Every package of every component, dependencies first. `resolve` has refused cycles. */
function planPackages(input: PlanInput, roots: RootPlanner): readonly BuiltPackage[] {
  const components = new Map(input.product.components.map((each) => [each.name, each]));
  const needed = new Set(
    input.product.components.flatMap(({ packages }) =>
      packages.flatMap(({ target, dependsOn }) => dependsOn.map((name) => `${name}:${target}`)),
    ),
  );
  const built = new Map<string, Built>();

  function visit(component: ResolvedComponent, package_: ResolvedPackage): ReadonlySet<string> {
    const id = `${component.name}:${package_.target}`;
    const known = built.get(id);
    if (known !== undefined) return known.closure;
    const closure = new Set<string>();
    for (const name of package_.dependsOn) {
      const dependency = components.get(name);
      const same = dependency?.packages.find((each) => each.target === package_.target);
      if (dependency === undefined || same === undefined) throw new Error(`${id} lacks ${name}`);
      closure.add(`${name}:${package_.target}`);
      for (const further of visit(dependency, same)) closure.add(further);
    }
    const dependencies = [...closure].sort(compareCodeUnits).map((key) => {
      const dependency = built.get(key);
      if (dependency === undefined) throw new Error(`${id} precedes ${key}`);
      return dependency;
    });
    const root = rootOf(input.product, roots, package_, dependencies);
    const described = describe(input, root, component, package_, dependencies, needed.has(id));
    built.set(id, { package: described, root, closure });
    return closure;
  }

  for (const component of input.product.components) {
    for (const package_ of component.packages) visit(component, package_);
  }
  return [...built.values()].map((each) => each.package);
}

/** The root of a build, over that of one of its dependencies where that is a part of it. */
function rootOf(
  product: ResolvedProduct,
  roots: RootPlanner,
  package_: ResolvedPackage,
  dependencies: readonly Built[],
): PlannedRoot {
  const choice = rootChoice(package_, product);
  const below = dependencies.map(({ root }) => root);
  return roots.over(choice.distribution, buildRoot(package_, choice.root).name, below);
}

function describe(
  input: PlanInput,
  root: PlannedRoot,
  component: ResolvedComponent,
  package_: ResolvedPackage,
  dependencies: readonly Built[],
  neededByOthers: boolean,
): BuiltPackage {
  const step = packageStep(package_.build.kind);
  const source = input.sources[component.name];
  if (source === undefined) throw new Error(`nothing to build ${component.name} from`);
  const sourceInput: Input = { from: 'tree', digest: source.tree };
  return step.describe({
    component,
    package: package_,
    source: sourceInput,
    epoch: source.epoch,
    root: root.layers,
    dependencies: dependencies.map((each) => each.package),
    neededByOthers,
  });
}

function rootChoice({ build, target }: ResolvedPackage, { tools }: ResolvedProduct): RootChoice {
  return packageStep(build.kind).rootFor(target, tools);
}

/** The part of a graph that the named actions need, themselves included. */
export function subgraph(graph: Graph, wanted: readonly ActionId[]): Graph {
  const kept = new Map<ActionId, Action>();
  const open = [...wanted];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const action = graph.actions.get(id);
    if (action === undefined || kept.has(id)) continue;
    kept.set(id, action);
    open.push(...needs(action));
  }
  return { actions: kept };
}

function needs(action: Action): ActionId[] {
  const inputs = [...action.root, ...Object.values(action.inputs)];
  return [...inputs.flatMap((input) => (input.from === 'output' ? [input.action] : [])), ...action.after];
}
