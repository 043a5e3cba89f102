// A graph with its edges in both directions and an order in which every action follows its dependencies.
import type { Action, ActionId, Graph } from '../action/action.ts';

export interface Node {
  readonly action: Action;
  /** Without repetition: by input, by root and by `after`. */
  readonly dependencies: readonly Node[];
  readonly dependents: readonly Node[];
}

interface Link {
  readonly action: Action;
  readonly dependencies: Link[];
  readonly dependents: Link[];
}

/**
 * The nodes in an order in which each follows its dependencies. With `only`, these actions and what they need.
 * Throws when the graph is not closed or has a cycle: that is a bug of the plan.
 */
export function networkOf(graph: Graph, only?: readonly ActionId[]): readonly Node[] {
  const links = new Map<ActionId, Link>();
  for (const id of wanted(graph, only)) {
    links.set(id, { action: actionOf(graph, id), dependencies: [], dependents: [] });
  }
  for (const link of links.values()) {
    for (const id of dependencyIds(link.action)) {
      const dependency = links.get(id) as Link;
      link.dependencies.push(dependency);
      dependency.dependents.push(link);
    }
  }
  return ordered([...links.values()]);
}

/** Ids of the actions whose outputs or success this one needs. */
export function dependencyIds(action: Action): Set<ActionId> {
  const ids = new Set<ActionId>(action.after);
  for (const input of action.root) if (input.from === 'output') ids.add(input.action);
  for (const input of Object.values(action.inputs)) if (input.from === 'output') ids.add(input.action);
  return ids;
}

function wanted(graph: Graph, only: readonly ActionId[] | undefined): Iterable<ActionId> {
  const found = new Set(only ?? graph.actions.keys());
  // A set's iteration includes what is added on the way.
  for (const id of found) for (const dependency of dependencyIds(actionOf(graph, id))) found.add(dependency);
  return found;
}

function actionOf(graph: Graph, id: ActionId): Action {
  const action = graph.actions.get(id);
  if (action === undefined) throw new Error(`the graph has no action ${id}`);
  return action;
}

/** Kahn's algorithm; the order among independent actions is that of the graph. */
function ordered(links: readonly Link[]): Link[] {
  const missing = new Map(links.map((link) => [link, link.dependencies.length]));
  const order = links.filter((link) => link.dependencies.length === 0);
  for (const link of order) {
    for (const dependent of link.dependents) {
      const left = (missing.get(dependent) as number) - 1;
      missing.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  if (order.length < links.length) {
    const stuck = links.filter((link) => (missing.get(link) as number) > 0).map((link) => link.action.id);
    throw new Error(`the graph has a cycle among: ${stuck.slice(0, 10).join(', ')}`);
  }
  return order;
}
