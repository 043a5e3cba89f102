// What a product names and this version leaves out: said, never silent.
import { placeOf } from '../manifest/place.ts';
import type { Node } from './closure.ts';
import type { Composed } from './compose-product.ts';
import type { Fate } from './fates.ts';
import type { Notice } from './resolved.ts';

type Omitted = Exclude<Fate, 'built'>;

const CODES: Readonly<Record<Omitted, Notice['code']>> = {
  unsupported: 'resolve/unsupported-build',
  unwanted: 'resolve/unwanted-build',
  unpackaged: 'resolve/unpackaged',
};

function because(fate: Omitted, kind: string): string {
  if (fate === 'unsupported') return `because build kind \`${kind}\` is not supported yet`;
  if (fate === 'unwanted') return 'because no deliverable of this product takes these packages';
  return 'because their sources have no `debian/control`';
}

/** `shipped`: templates whose images are in a deliverable. */
export function noticesOf(
  product: Composed,
  fates: ReadonlyMap<Node, Fate>,
  shipped: readonly { readonly name: string }[] = [],
): readonly Notice[] {
  const notices: Notice[] = [];
  const omitted = [...fates].flatMap(([node, fate]) => (fate === 'built' ? [] : [{ node, fate }]));
  const groups = Map.groupBy(omitted, ({ node, fate }) => {
    const { target, build } = node.package;
    return `${fate} ${target} ${build.kind}`;
  });
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { node, fate } = first;
    const { target, build, origin } = node.package;
    const names = group.map((each) => each.node.recipe.name).sort();
    notices.push({
      code: CODES[fate],
      message: `Not built for \`${target}\`, ${because(fate, build.kind)}: ${names.join(', ')}.`,
      place: placeOf(origin),
    });
  }
  for (const [name, { origin }] of product.templates) {
    if (shipped.some((each) => each.name === name)) continue;
    notices.push({
      code: 'resolve/unsupported-template',
      message: `The template \`${name}\` is not shipped yet; \`qbuild template ${name}\` builds its image.`,
      place: placeOf(origin),
    });
  }
  return notices.sort((a, b) => (a.message < b.message ? -1 : 1));
}
