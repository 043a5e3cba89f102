// Composes a product from what it extends, the fragments it includes and its own statements.
//
// All of these are statements in one order: those of the extended product, then those of each included fragment,
// then the product's own, then (for a variant) the variant's fragments and its own. Each is applied to the outcome
// of the ones before it, so only their order counts and not how they are spread over files: composition is
// associative. Within one set of statements a list replaces the list before it; then `remove`, `add` and
// `override` are applied, in that order.
import { type Failure, fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { suggestName } from '../manifest/names.ts';
import { child, type Origin, type Pointer } from '../manifest/place.ts';
import { type DataOf, fragmentPath, type Manifest, originOf, type Workspace } from '../manifest/workspace.ts';
import { Diagnosis } from './diagnosis.ts';

type ProductData = DataOf['product'];
export type Deliverable = NonNullable<ProductData['deliverables']>[number];
export type Domain = NonNullable<NonNullable<ProductData['domains']>['admin']>;
export type GitSource = NonNullable<
  NonNullable<NonNullable<ProductData['override']>['components']>[string]
>['source'];

/** What a product, a fragment and a variant can all state. */
export type Statements = Omit<ProductData, 'kind' | 'name' | 'extends' | 'include' | 'variants'>;

/** A value and where it was written. */
export interface Sourced<T> {
  readonly value: T;
  readonly origin: Origin;
}

export const TEXTS = ['title', 'publisher', 'version', 'vmm', 'licensing'] as const;

/** A composed product: every value with its origin. Maps keep the order of the lists. */
export interface Composed {
  readonly name: string;
  /** The product's own name in its manifest. */
  readonly origin: Origin;
  readonly texts: ReadonlyMap<(typeof TEXTS)[number], Sourced<string>>;
  readonly domains: ReadonlyMap<string, Sourced<Domain>>;
  readonly components: ReadonlyMap<string, Member<GitSource>>;
  readonly templates: ReadonlyMap<string, Member<string>>;
  /** By `deliverableName`. */
  readonly deliverables: ReadonlyMap<string, Sourced<Deliverable>>;
  readonly providers: ReadonlyMap<string, Sourced<string>>;
}

/** A name in a list, where it was listed, and what overrides it: a component's source, a template's size. */
export interface Member<T> {
  readonly origin: Origin;
  readonly override?: Sourced<T>;
}

/** What tells the deliverables of a product apart: the kind, and of repositories the distribution. */
export function deliverableName(value: Deliverable): string {
  return 'distribution' in value ? `${value.kind} ${value.distribution}` : value.kind;
}

/** Names of all products, variants included. */
export function productNames(workspace: Workspace): string[] {
  const names = [...workspace.products].flatMap(([name, manifests]) => [
    name,
    ...Object.keys(manifests.at(-1)?.data.variants ?? {}).map((variant) => `${name}-${variant}`),
  ]);
  return names.sort();
}

/** Composes the product or variant of a name. */
export function composeProduct(workspace: Workspace, name: string): Result<Composed> {
  const found = findProduct(workspace, name);
  if (!found.ok) return found;
  const diagnosis = new Diagnosis();
  const composition = new Composition(diagnosis);
  for (const part of partsOf(workspace, found.value.manifest, diagnosis)) composition.apply(part);
  const { manifest, variant } = found.value;
  if (variant !== undefined) {
    for (const part of ownParts(workspace, manifest, child('/variants', variant))) composition.apply(part);
  }
  const [first, ...rest] = diagnosis.failures;
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  return ok({ name, origin: nameOf(found.value), ...composition });
}

interface Found {
  readonly manifest: Manifest<'product'>;
  readonly variant?: string;
}

function findProduct(workspace: Workspace, name: string): Result<Found> {
  const found: Found[] = [];
  const own = workspace.products.get(name)?.at(-1);
  if (own !== undefined) found.push({ manifest: own });
  for (const [base, manifests] of workspace.products) {
    const manifest = manifests.at(-1);
    const variant = name.startsWith(`${base}-`) ? name.slice(base.length + 1) : undefined;
    if (manifest === undefined || variant === undefined) continue;
    if (Object.hasOwn(manifest.data.variants ?? {}, variant)) found.push({ manifest, variant });
  }
  const [first, second] = found;
  if (first === undefined) {
    const next = suggestName(name, productNames(workspace));
    const message = `There is no product \`${name}\`.`;
    return fail({ code: 'resolve/unknown-product', message, ...(next !== undefined && { next }) });
  }
  if (second === undefined) return ok(first);
  const diagnosis = new Diagnosis();
  const origin = nameOf(second);
  const message = `The variant's name \`${name}\` is that of another product, too.`;
  diagnosis.report(origin, { code: 'resolve/duplicate-product', message });
  return fail(diagnosis.failures[0] as Failure);
}

/** Where a product or variant got its name. */
function nameOf({ manifest, variant }: Found): Origin {
  if (variant === undefined) return originOf(manifest, '/name');
  return { ...originOf(manifest, child('/variants', variant)), part: 'key' };
}

/** One set of statements and where its keys were written. */
interface Part {
  readonly statements: Statements;
  readonly manifest: Manifest<'product' | 'fragment'>;
  readonly pointer: Pointer;
}

/** The statements of a product and of all that it extends, in the order of application. */
function partsOf(workspace: Workspace, start: Manifest<'product'>, diagnosis: Diagnosis): Part[] {
  const chain = new Set<Manifest<'product'>>();
  for (let current: Manifest<'product'> | undefined = start; current !== undefined; ) {
    chain.add(current);
    const base: Manifest<'product'> | undefined = extended(workspace, current, diagnosis);
    if (base !== undefined && chain.has(base)) {
      const all = [...chain, base].map(({ data }) => `\`${data.name}\``);
      const circle = all.slice([...chain].indexOf(base)).join(' → ');
      const message = `Products extend each other in a circle: ${circle}.`;
      diagnosis.report(originOf(current, '/extends'), { code: 'resolve/extends-cycle', message });
      return [];
    }
    current = base;
  }
  return [...chain].reverse().flatMap((manifest) => ownParts(workspace, manifest, ''));
}

function extended(
  workspace: Workspace,
  manifest: Manifest<'product'>,
  diagnosis: Diagnosis,
): Manifest<'product'> | undefined {
  const { name, extends: base } = manifest.data;
  if (base === undefined) return undefined;
  const sameName = workspace.products.get(base) ?? [];
  const found = base === name ? sameName[sameName.indexOf(manifest) - 1] : sameName.at(-1);
  if (found !== undefined) return found;
  const origin = originOf(manifest, '/extends');
  if (base === name) {
    const message = `No lower layer has a product \`${name}\` to extend.`;
    diagnosis.report(origin, { code: 'resolve/nothing-to-extend', message });
  } else {
    diagnosis.unknown(origin, 'resolve/unknown-product', 'product', base, workspace.products.keys());
  }
  return undefined;
}

/** The included fragments and then the statements at `pointer`: the product's top or one of its variants. */
function ownParts(workspace: Workspace, manifest: Manifest<'product'>, pointer: Pointer): Part[] {
  const variant = pointer.slice('/variants/'.length);
  const own = pointer === '' ? manifest.data : manifest.data.variants?.[variant];
  if (own === undefined) throw new Error(`no statements at ${pointer}`);
  const parts: Part[] = (own.include ?? []).map((relative) => {
    const fragment = workspace.fragments.get(fragmentPath(manifest, relative));
    if (fragment === undefined) throw new Error(`fragment ${relative} was not loaded`);
    return { statements: fragment.data, manifest: fragment, pointer: '' };
  });
  return [...parts, { statements: own, manifest, pointer }];
}

/** The outcome of the statements applied so far. */
class Composition {
  readonly texts = new Map<(typeof TEXTS)[number], Sourced<string>>();
  readonly domains = new Map<string, Sourced<Domain>>();
  readonly components = new Map<string, Member<GitSource>>();
  readonly templates = new Map<string, Member<string>>();
  readonly deliverables = new Map<string, Sourced<Deliverable>>();
  readonly providers = new Map<string, Sourced<string>>();
  readonly #diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    this.#diagnosis = diagnosis;
  }

  apply(part: Part): void {
    const { statements } = part;
    for (const key of TEXTS) {
      const value = statements[key];
      if (value !== undefined) this.texts.set(key, { value, origin: at(part, key) });
    }
    for (const [role, value] of Object.entries(statements.domains ?? {})) {
      this.domains.set(role, { value, origin: at(part, 'domains', role) });
    }
    for (const [name, value] of Object.entries(statements.providers ?? {})) {
      this.providers.set(name, { value, origin: at(part, 'providers', name) });
    }
    this.#names(part, 'components', this.components);
    this.#names(part, 'templates', this.templates);
    this.#deliverables(part);
    this.#overrides(part);
  }

  #names<T>(part: Part, key: 'components' | 'templates', list: Map<string, Member<T>>): void {
    const { [key]: whole, remove, add } = part.statements;
    if (whole !== undefined) list.clear();
    for (const [index, name] of (whole ?? []).entries()) {
      const origin = at(part, key, index);
      if (list.has(name)) this.#twice(origin, name);
      list.set(name, { origin });
    }
    for (const [index, name] of (remove?.[key] ?? []).entries()) {
      if (!list.delete(name)) this.#notListed(at(part, 'remove', key, index), name, list.keys());
    }
    for (const [index, name] of (add?.[key] ?? []).entries()) {
      if (!list.has(name)) list.set(name, { origin: at(part, 'add', key, index) });
    }
  }

  #deliverables(part: Part): void {
    const { deliverables: whole, remove, add } = part.statements;
    if (whole !== undefined) this.deliverables.clear();
    for (const [index, value] of (whole ?? []).entries()) {
      const origin = at(part, 'deliverables', index);
      const name = deliverableName(value);
      if (this.deliverables.has(name)) this.#twice(origin, name);
      this.deliverables.set(name, { value, origin });
    }
    for (const [index, kind] of (remove?.deliverables ?? []).entries()) {
      const origin = at(part, 'remove', 'deliverables', index);
      const named = [...this.deliverables].filter(([, each]) => each.value.kind === kind);
      for (const [name] of named) this.deliverables.delete(name);
      if (named.length === 0) this.#notListed(origin, kind, this.deliverables.keys());
    }
    for (const [index, value] of (add?.deliverables ?? []).entries()) {
      const origin = at(part, 'add', 'deliverables', index);
      const name = deliverableName(value);
      if (!this.deliverables.has(name)) this.deliverables.set(name, { value, origin });
    }
  }

  #overrides(part: Part): void {
    const { components, templates, deliverables } = part.statements.override ?? {};
    for (const [name, { source }] of Object.entries(components ?? {})) {
      const origin = at(part, 'override', 'components', name, 'source');
      this.#override(this.components, name, { value: source, origin });
    }
    for (const [name, { size }] of Object.entries(templates ?? {})) {
      const origin = at(part, 'override', 'templates', name, 'size');
      this.#override(this.templates, name, { value: size, origin });
    }
    for (const [index, value] of (deliverables ?? []).entries()) {
      const origin = at(part, 'override', 'deliverables', index);
      const name = deliverableName(value);
      if (this.deliverables.has(name)) this.deliverables.set(name, { value, origin });
      else this.#notListed(origin, name, this.deliverables.keys());
    }
  }

  #override<T>(list: Map<string, Member<T>>, name: string, override: Sourced<T>): void {
    const member = list.get(name);
    if (member === undefined) this.#notListed(override.origin, name, list.keys());
    else list.set(name, { ...member, override });
  }

  #twice(origin: Origin, name: string): void {
    const message = `\`${name}\` is listed twice.`;
    this.#diagnosis.report(origin, { code: 'resolve/listed-twice', message, next: 'Remove one of both.' });
  }

  #notListed(origin: Origin, name: string, listed: Iterable<string>): void {
    const message = `\`${name}\` is not in the list that this changes.`;
    const next = suggestName(name, listed);
    this.#diagnosis.report(origin, { code: 'resolve/not-listed', message, next });
  }
}

function at(part: Part, ...steps: readonly (string | number)[]): Origin {
  return originOf(part.manifest, child(part.pointer, ...steps));
}
