// Which side of a dual licence a product takes. Expressions follow SPDX 2.3, annex D.
import parse, { type Expression, type License } from 'spdx-expression-parse';

export type Licensing = 'commercial' | 'gpl';

export type LicenseChoice =
  | { readonly license: string }
  | { readonly problem: 'malformed'; readonly cause: string }
  | { readonly problem: 'forbidden' };

/**
 * Chooses the alternatives of a licence expression. A `commercial` product takes the side under a
 * `LicenseRef-` licence where there is one; a `gpl` product takes the side without, and there must be one.
 */
export function chooseLicense(expression: string, licensing: Licensing): LicenseChoice {
  let parsed: Expression;
  try {
    parsed = parse(expression);
  } catch (error) {
    return { problem: 'malformed', cause: error instanceof Error ? error.message : String(error) };
  }
  const chosen = choose(parsed, licensing);
  if (licensing === 'gpl' && chosen.some(isOwn)) return { problem: 'forbidden' };
  return { license: chosen.map(format).join(' AND ') };
}

/** The licences that apply together once every alternative is decided. */
function choose(expression: Expression, licensing: Licensing): readonly License[] {
  if (!('conjunction' in expression)) return [expression];
  const left = choose(expression.left, licensing);
  const right = choose(expression.right, licensing);
  if (expression.conjunction === 'and') return [...left, ...right];
  const wantsOwn = licensing === 'commercial';
  return left.some(isOwn) !== wantsOwn && right.some(isOwn) === wantsOwn ? right : left;
}

/** True for a licence of the vendor's own, which SPDX writes `LicenseRef-…`. */
function isOwn({ license }: License): boolean {
  return /^(?:DocumentRef-[^:]+:)?LicenseRef-/.test(license);
}

function format({ license, plus, exception }: License): string {
  return license + (plus === true ? '+' : '') + (exception === undefined ? '' : ` WITH ${exception}`);
}
