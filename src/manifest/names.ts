// Nearest valid name: what a person probably meant by a name that does not exist.

/**
 * Optimal string alignment distance (Damerau-Levenshtein without overlapping edits), or `limit + 1` as soon as
 * it is known to be above `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= b.length; column++) {
      const substitution = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let distance = Math.min(substitution, at(last, column) + 1, at(current, column - 1) + 1);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      current.push(distance);
      smallest = Math.min(smallest, distance);
    }
    // A swap reaches back two rows, so both must be beyond the limit before giving up.
    if (smallest > limit && Math.min(...last) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/**
 * The candidate with the fewest edits from `name`, if near enough to be worth suggesting: at most a third of
 * the longer of both, and one edit is always near. Equal distances go to the first in code-unit order.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    const limit = best === undefined ? allowed : Math.min(allowed, best.distance);
    const distance = editDistance(name, candidate, limit);
    if (distance > limit) continue;
    if (best === undefined || distance < best.distance || candidate < best.candidate) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** The sentence that goes into a failure's `next` when a name is unknown; lists short sets of names as a whole. */
export function suggestName(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  const nearest = nearestName(name, all);
  if (nearest !== undefined) return `Did you mean \`${nearest}\`?`;
  if (all.length === 0 || all.length > 24) return undefined;
  return `Valid here: ${all.map((candidate) => `\`${candidate}\``).join(', ')}.`;
}
