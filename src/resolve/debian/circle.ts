// Finds a circle in a directed graph, depth first and without recursion.

/** The nodes of some circle, in order; undefined when there is none. */
export function circleOf<T>(
  nodes: Iterable<T>,
  next: (node: T) => Iterable<T>,
): readonly [T, ...T[]] | undefined {
  const done = new Set<T>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const path = [{ node: start, open: [...next(start)] }];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const to = step.open.shift();
      if (to === undefined) {
        done.add(step.node);
        path.pop();
        continue;
      }
      const begin = path.findIndex(({ node }) => node === to);
      if (begin >= 0) return [to, ...path.slice(begin + 1).map(({ node }) => node)];
      if (!done.has(to)) path.push({ node: to, open: [...next(to)] });
    }
  }
  return undefined;
}
