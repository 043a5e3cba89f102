// Composition of products: extends, fragments, variants, and the statements that change lists.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest, Workspace } from '../../src/manifest/workspace.ts';
import {
  type Composed,
  composeProduct,
  productNames,
  type Statements,
} from '../../src/resolve/compose-product.ts';
import { renderShow } from '../../src/resolve/show.ts';
import { edited, errorOf, flat, loadSmall, resultOf } from '../manifest/written.ts';
import { manifestOf, workspaceOf } from './synthetic.ts';

const DESK = 'products/desk.yaml';

async function composed(
  changes: Readonly<Record<string, string | undefined>>,
  name: string,
): Promise<Composed> {
  return resultOf(composeProduct(await loadSmall(changes), name));
}

const lists = ({ components, templates, deliverables }: Composed) => ({
  components: [...components.keys()],
  templates: [...templates.keys()],
  deliverables: [...deliverables.keys()],
});

describe('a product that extends another', () => {
  const round = (...lines: string[]) => ({
    'products/round.yaml': `kind: product\nname: round\nextends: desk\n${lines.join('\n')}\n`,
  });

  it('has all that it does not state', async () => {
    const product = await composed(round('title: A Round Desk'), 'round');
    expect(product.texts.get('title')?.value).toBe('A Round Desk');
    expect(product.texts.get('version')?.value).toBe('1.2.3');
    expect(lists(product)).toEqual({
      components: ['top', 'leg', 'fitter'],
      templates: [],
      deliverables: ['installer'],
    });
  });

  it('replaces a list by stating it, and changes it by `remove` and `add`, in this order', async () => {
    const whole = await composed(round('components: [glue]', 'add: { components: [top] }'), 'round');
    expect(lists(whole).components).toEqual(['glue', 'top']);
    const changed = await composed(
      round('add: { components: [leg] }', 'remove: { components: [leg] }'),
      'round',
    );
    expect(lists(changed).components).toEqual(['top', 'fitter', 'leg']);
  });

  it('merges domains by role', async () => {
    const product = await composed(round('domains: { gui: { os: windows, sameAs: admin } }'), 'round');
    expect([...product.domains.keys()]).toEqual(['admin', 'gui']);
  });

  it('overrides members of lists', async () => {
    const product = await composed(
      round('override: { deliverables: [{ kind: installer, formats: [exe, msi] }] }'),
      'round',
    );
    expect(product.deliverables.get('installer')?.value).toMatchObject({ formats: ['exe', 'msi'] });
  });

  it('may have another as often as it likes, but not in a circle', async () => {
    const workspace = await loadSmall({
      'products/a.yaml': 'kind: product\nname: a\nextends: b\n',
      'products/b.yaml': 'kind: product\nname: b\nextends: c\n',
      'products/c.yaml': 'kind: product\nname: c\nextends: a\n',
    });
    expect(errorOf(composeProduct(workspace, 'a'))).toMatchObject({
      code: 'resolve/extends-cycle',
      message: 'Products extend each other in a circle: `a` → `b` → `c` → `a`.',
      place: 'products/c.yaml:3:10',
      frame: '  1 | kind: product\n  2 | name: c\n> 3 | extends: a\n    |          ^',
    });
  });

  it('that is not there gets the nearest name', async () => {
    const workspace = await loadSmall({ 'products/a.yaml': 'kind: product\nname: a\nextends: desks\n' });
    expect(errorOf(composeProduct(workspace, 'a'))).toMatchObject({
      code: 'resolve/unknown-product',
      message: 'There is no product `desks`.',
      place: 'products/a.yaml:3:10',
      next: 'Did you mean `desk`?',
    });
  });

  it('is told of every change to a list that has no such member', async () => {
    const workspace = await loadSmall(
      round(
        'remove: { components: [lag], templates: [oak], deliverables: [iso] }',
        'override:',
        '  components: { tip: { source: { git: "https://example.org/t", tag: v1 } } }',
        '  templates: { elm: { size: 5GiB } }',
      ),
    );
    const found = flat(errorOf(composeProduct(workspace, 'round')));
    expect(found.map(({ code, message, place, next }) => [code, message, place, next])).toEqual([
      [
        'resolve/not-listed',
        '`lag` is not in the list that this changes.',
        'products/round.yaml:4:24',
        'Did you mean `leg`?',
      ],
      [
        'resolve/not-listed',
        '`oak` is not in the list that this changes.',
        'products/round.yaml:4:42',
        undefined,
      ],
      [
        'resolve/not-listed',
        '`iso` is not in the list that this changes.',
        'products/round.yaml:4:63',
        'Valid here: `installer`.',
      ],
      [
        'resolve/not-listed',
        '`tip` is not in the list that this changes.',
        'products/round.yaml:6:32',
        'Did you mean `top`?',
      ],
      [
        'resolve/not-listed',
        '`elm` is not in the list that this changes.',
        'products/round.yaml:7:29',
        undefined,
      ],
    ]);
  });
});

describe('a higher layer', () => {
  const vendor = edited('qbuild.yaml', 'layers: [.]', 'layers: [., vendor]');

  it('extends the product of the same name below it', async () => {
    const product = await composed(
      { ...vendor, 'vendor/products/desk.yaml': 'kind: product\nname: desk\nextends: desk\ntitle: Ours\n' },
      'desk',
    );
    expect(product.texts.get('title')?.value).toBe('Ours');
    expect(lists(product).components).toEqual(['top', 'leg', 'fitter']);
  });

  it('is what others extend', async () => {
    const product = await composed(
      {
        ...vendor,
        'products/round.yaml': 'kind: product\nname: round\nextends: desk\n',
        'vendor/products/desk.yaml': 'kind: product\nname: desk\nextends: desk\nversion: 9.0.0\n',
      },
      'round',
    );
    expect(product.texts.get('version')?.value).toBe('9.0.0');
  });

  it('has something to extend or is told', async () => {
    const workspace = await loadSmall(edited(DESK, 'name: desk', 'name: desk\nextends: desk'));
    expect(errorOf(composeProduct(workspace, 'desk'))).toMatchObject({
      code: 'resolve/nothing-to-extend',
      message: 'No lower layer has a product `desk` to extend.',
      place: 'products/desk.yaml:3:10',
    });
  });
});

describe('a variant', () => {
  const oak = edited(
    DESK,
    'title: A Desk',
    'title: A Desk\nvariants:\n  oak:\n    title: An Oak Desk\n    remove: { components: [leg] }',
  );

  it('is a product of its own, named after both', async () => {
    const workspace = await loadSmall(oak);
    expect(productNames(workspace)).toEqual(['desk', 'desk-oak']);
    const product = resultOf(composeProduct(workspace, 'desk-oak'));
    expect(product.name).toBe('desk-oak');
    expect(product.texts.get('title')?.value).toBe('An Oak Desk');
    expect(lists(product).components).toEqual(['top', 'fitter']);
    expect(resultOf(composeProduct(workspace, 'desk')).texts.get('title')?.value).toBe('A Desk');
  });

  it('cannot have the name of another product', async () => {
    const workspace = await loadSmall({
      ...oak,
      'products/desk-oak.yaml': 'kind: product\nname: desk-oak\n',
    });
    expect(errorOf(composeProduct(workspace, 'desk-oak'))).toMatchObject({
      code: 'resolve/duplicate-product',
      message: "The variant's name `desk-oak` is that of another product, too.",
      place: 'products/desk.yaml:5:3',
    });
  });
});

/** Statements that never fail: `remove` and `override` name members of `components` of the same statements only. */
const statements: fc.Arbitrary<Statements> = fc
  .record(
    {
      title: fc.constantFrom('A', 'B'),
      version: fc.constantFrom('1.0.0', '2.0.0'),
      domains: fc.constantFrom(
        { admin: { os: 'windows' } },
        { gui: { os: 'windows' } },
        { net: { os: 'windows' } },
      ),
      components: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
      add: fc.record({ components: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }) }),
      providers: fc.constantFrom({ x: 'a' }, { y: 'b' }, { x: 'c', y: 'd' }),
    },
    { requiredKeys: [] },
  )
  .chain((stated) => {
    const own = stated.components ?? [];
    return fc
      .subarray(own)
      .map((removed) => ({ ...stated, ...(own.length > 0 && { remove: { components: removed } }) }));
  });

/** How statements are spread over files: each either begins a product, or is a fragment of the next that does. */
const spread = fc.array(fc.tuple(statements, fc.boolean()), { minLength: 1, maxLength: 8 });

/** A workspace with a chain of products whose last is `last`. */
function chain(parts: readonly (readonly [Statements, boolean])[]): Workspace {
  const products = new Map<string, readonly Manifest<'product'>[]>();
  const fragments = new Map<string, Manifest<'fragment'>>();
  let include: string[] = [];
  let base: string | undefined;
  for (const [index, [stated, isFragment]] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (isFragment && !isLast) {
      const path = `/synthetic/products/f${index}.yaml`;
      fragments.set(path, manifestOf('fragment', { kind: 'fragment', ...stated }, path));
      include.push(`f${index}.yaml`);
      continue;
    }
    const name = isLast ? 'last' : `p${index}`;
    const data = {
      kind: 'product' as const,
      name,
      ...(base !== undefined && { extends: base }),
      include,
      ...stated,
    };
    products.set(name, [manifestOf('product', data, `/synthetic/products/${name}.yaml`)]);
    base = name;
    include = [];
  }
  return { ...workspaceOf([], []), products, fragments };
}

/** What was composed, without where it was written. */
function values(product: Composed) {
  const plain = (map: ReadonlyMap<string, { readonly value: unknown }>) =>
    [...map].map(([key, { value }]) => [key, value]);
  return {
    texts: Object.fromEntries(plain(product.texts)),
    domains: Object.fromEntries(plain(product.domains)),
    providers: Object.fromEntries(plain(product.providers)),
    components: [...product.components.keys()],
  };
}

describe('composition', () => {
  it('is associative: only the order of statements counts, not how they are spread over files', () => {
    fc.assert(
      fc.property(spread, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (parts, otherwise) => {
        const other = parts.map(([stated], index) => [stated, otherwise[index] ?? false] as const);
        const one = resultOf(composeProduct(chain(parts), 'last'));
        const two = resultOf(composeProduct(chain(other), 'last'));
        expect(values(two)).toEqual(values(one));
      }),
    );
  });

  it('with no further statements changes nothing', () => {
    fc.assert(
      fc.property(spread, (parts) => {
        const one = resultOf(composeProduct(chain(parts), 'last'));
        const two = resultOf(composeProduct(chain([...parts, [{}, false]]), 'last'));
        expect(values(two)).toEqual(values(one));
      }),
    );
  });

  it('knows for each value the file that stated it last', () => {
    fc.assert(
      fc.property(spread, (parts) => {
        const product = resultOf(composeProduct(chain(parts), 'last'));
        const last = parts.findLastIndex(([{ title }]) => title !== undefined);
        const origin = product.texts.get('title')?.origin.source.label;
        const files = parts.map(([, isFragment], index) => {
          if (index === parts.length - 1) return '/synthetic/products/last.yaml';
          return `/synthetic/products/${isFragment ? 'f' : 'p'}${index}.yaml`;
        });
        expect(origin).toBe(last === -1 ? undefined : files[last]);
      }),
    );
  });

  it('of a long chain needs no deep stack', () => {
    const parts = Array.from({ length: 3_000 }, (): [Statements, boolean] => [{ title: 'A' }, false]);
    expect(resultOf(composeProduct(chain(parts), 'last')).texts.get('title')?.value).toBe('A');
  });
});

describe('product show', () => {
  it('prints each value with the file and line that it came from', async () => {
    const product = await composed(
      {
        'products/round.yaml': [
          'kind: product',
          'name: round',
          'extends: desk',
          'include: [glued.inc]',
          'title: "A Desk: Round"',
          'providers: { joint: leg }',
          'templates: [oak]',
          'override:',
          '  components: { top: { source: { git: "https://example.org/top", tag: v2 } } }',
          '  templates: { oak: { size: 5GiB } }',
          '',
        ].join('\n'),
        'products/glued.inc': 'kind: fragment\nadd:\n  components: [glue]\n',
      },
      'round',
    );
    const from = '# products/';
    expect(renderShow(product)).toBe(
      `${[
        'kind: product',
        `name: round                                                   ${from}round.yaml:2`,
        `title: "A Desk: Round"                                        ${from}round.yaml:5`,
        `publisher: Carpenter                                          ${from}desk.yaml:4`,
        `version: 1.2.3                                                ${from}desk.yaml:5`,
        `vmm: hyperv                                                   ${from}desk.yaml:6`,
        `licensing: gpl                                                ${from}desk.yaml:7`,
        'domains:',
        `  admin: { os: windows }                                      ${from}desk.yaml:9`,
        'components:',
        `  - top                                                       ${from}desk.yaml:11`,
        `  - leg                                                       ${from}desk.yaml:12`,
        `  - fitter                                                    ${from}desk.yaml:13`,
        `  - glue                                                      ${from}glued.inc:3`,
        'templates:',
        `  - oak                                                       ${from}round.yaml:7`,
        'deliverables:',
        `  - { kind: installer, formats: [exe] }                       ${from}desk.yaml:15`,
        'providers:',
        `  joint: leg                                                  ${from}round.yaml:6`,
        'override:',
        '  components:',
        `    top: { source: { git: "https://example.org/top", tag: v2 } }  ${from}round.yaml:9`,
        '  templates:',
        `    oak: { size: 5GiB }                                       ${from}round.yaml:10`,
      ].join('\n')}\n`,
    );
  });

  it('prints a manifest that composes to the same product', async () => {
    const first = await composed(
      edited(
        DESK,
        'title: A Desk',
        'title: "# yes: \\"no\\" [1]"\nproviders: { joint: leg }\nvariants: { oak: { publisher: "1.5" } }',
      ),
      'desk-oak',
    );
    const again = await composed(
      {
        [DESK]: undefined,
        'products/desk-oak.yaml': renderShow(first),
        'products/x.yaml': 'kind: product\nname: x\n',
      },
      'desk-oak',
    );
    expect(values(again)).toEqual(values(first));
    expect(lists(again)).toEqual(lists(first));
  });
});
