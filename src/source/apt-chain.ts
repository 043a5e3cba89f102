// Completes what apt says about an unsolvable set: how what was asked for leads to the package at fault.
import { isMalformed, parseRelations } from '../resolve/debian/relations.ts';
import type { PrivateApt } from './apt-private.ts';

/** ` package : Depends: …`, as apt lists what it cannot satisfy. */
const AT_FAULT = /^ ([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)? : (?:Pre-?)?Depends:/gm;
const DEPENDS = /^ [ |](?:Pre)?Depends: ([a-z0-9][a-z0-9+.-]+)/;
const ONLY_DEPENDS = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];

/**
 * For each package that `stdout` calls unsatisfied and that nobody asked for, a line `asked depends on …, … depends
 * on it`. apt itself names the end of such a chain alone.
 */
export async function chainsToFault(
  apt: PrivateApt,
  requests: readonly string[],
  stdout: string,
): Promise<string[]> {
  const asked = new Set(requests.flatMap(namesIn));
  const faults = [...stdout.matchAll(AT_FAULT)].flatMap(([, name]) => name ?? []);
  const unasked = faults.filter((name) => !asked.has(name) && name !== 'satisfy');
  if (unasked.length === 0) return [];
  const flags = ONLY_DEPENDS.map((kind) => `--no-${kind}`);
  const listed = await apt.run('apt-cache', ['depends', '--recurse', ...flags, '--', ...asked]);
  if (!listed.ok) return [];
  const from = cameFrom([...asked], dependenciesIn(listed.value.stdout.toString('utf8')));
  return unasked.flatMap((fault) => {
    const path = [fault];
    for (let at = from.get(fault); at !== undefined; at = from.get(at)) path.unshift(at);
    const steps = path.slice(1).map((name, index) => `${path[index]} depends on ${name}`);
    return steps.length === 0 ? [] : [steps.join(', ')];
  });
}

/** Names in a request, which is a relation or a name, with a version perhaps (`name=1.0`). */
function namesIn(request: string): string[] {
  const parsed = parseRelations(request);
  if (!isMalformed(parsed)) return parsed.flat().map(({ name }) => name);
  const [name = ''] = /^[a-z0-9][a-z0-9+.-]+(?==)/.exec(request) ?? [];
  return name === '' ? [] : [name];
}

function dependenciesIn(listing: string): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of listing.split('\n')) {
    const to = DEPENDS.exec(line)?.[1];
    if (to !== undefined) current.push(to);
    else if (/^[a-z0-9]/.test(line)) {
      current = [];
      graph.set(line.trim(), current);
    }
  }
  return graph;
}

/** Breadth first: for each package that is reached, the one before it on a shortest way. */
function cameFrom(
  starts: readonly string[],
  graph: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string | undefined> {
  const from = new Map<string, string | undefined>(starts.map((name) => [name, undefined]));
  for (const name of from.keys()) {
    for (const next of graph.get(name) ?? []) if (!from.has(next)) from.set(next, name);
  }
  return from;
}
