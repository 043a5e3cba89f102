// Links the Debian packages of a product: what each build takes from the product itself, and what from its
// distribution. Pure: facts in, edges and relations out.
import { compareCodeUnits } from '../../base/canonical.ts';
import { type Failure, fail, joinFailures, ok, type Result } from '../../base/failure.ts';
import { takesDebs } from '../fates.ts';
import {
  type DebianLink,
  type ResolvedComponent,
  type ResolvedPackage,
  type ResolvedProduct,
  systemOf,
} from '../resolved.ts';
import { circleOf } from './circle.ts';
import { type DebianFacts, readRelations } from './facts.ts';
import {
  type Alternative,
  type BuildFor,
  isArchitecture,
  matchesProfiles,
  printRelation,
  type Relation,
  reduceRelations,
} from './relations.ts';
import { compareDebianVersions } from './version.ts';

/** Facts of a component's source, and where a person finds its `debian/`. */
export interface PlacedFacts {
  readonly facts: DebianFacts;
  readonly place: string;
}

/** A package in the making, with what is known of it. */
interface Packaging extends PlacedFacts {
  readonly component: ResolvedComponent;
  readonly package: ResolvedPackage;
  readonly build: BuildFor;
  /** With the suffix of a stamped build, as far as it is known before the build. */
  readonly version: string;
}

/** A binary package of the product. */
interface InHouse {
  readonly name: string;
  readonly packaging: Packaging;
  readonly depends: readonly Relation[];
}

/** Who has a name in the product: a binary package itself, or those that provide it with a version. */
interface Named {
  readonly binary: InHouse;
  /** Absent for a `Provides` without version, which satisfies no versioned relation (Debian Policy 7.5). */
  readonly version?: string;
}

/**
 * The product with a `debian` link in each package of kind `deb`, and with `dependsOn` as the sources say it.
 * `facts` has every component with such a package. With `only`, packages that this component does not build on
 * are left out, unless a deliverable takes them.
 * Failures: `deb/duplicate-package`, `deb/version-mismatch`, `deb/cycle`; all of a pass are joined.
 */
export function linkDebian(
  product: ResolvedProduct,
  facts: Readonly<Record<string, PlacedFacts>>,
  only?: string,
): Result<ResolvedProduct> {
  const packagings = product.components.flatMap((component) =>
    component.packages.flatMap((each) => {
      return each.build.kind === 'deb' ? [packagingOf(product, component, each, facts[component.name])] : [];
    }),
  );
  if (packagings.length === 0) return ok(product);
  const failures: Failure[] = [];
  const links = new Map<ResolvedPackage, { link: DebianLink; edges: readonly string[] }>();
  for (const group of Map.groupBy(packagings, ({ package: each }) => each.target).values()) {
    const names = namesOf(group, failures);
    const direct = new Map(group.map((each) => [each, directNeeds(each, names, failures)]));
    const circle = circleOf(direct.keys(), (each) => needsOf(direct, each).edges.keys());
    if (circle !== undefined) failures.push(cycle(circle, (each) => needsOf(direct, each).edges));
    if (failures.length > 0) continue;
    for (const packaging of group) {
      const link = linkOf(packaging, direct, names);
      links.set(packaging.package, link);
    }
  }
  const [first, ...rest] = failures;
  if (first !== undefined) return fail(joinFailures([first, ...rest]));
  const all = only === undefined || product.deliverables.some(({ kind }) => takesDebs(kind));
  const kept = all ? undefined : belowComponent(only, packagings, links);
  const components = product.components.map((component) => ({
    ...component,
    packages: component.packages.flatMap((each) => {
      const found = links.get(each);
      if (found === undefined) return [each];
      if (kept?.has(each) === false) return [];
      return [{ ...each, dependsOn: found.edges, debian: found.link }];
    }),
  }));
  return ok({ ...product, components });
}

/** The packages of one component, and those that they build on. */
function belowComponent(
  only: string,
  packagings: readonly Packaging[],
  links: ReadonlyMap<ResolvedPackage, { readonly edges: readonly string[] }>,
): ReadonlySet<ResolvedPackage> {
  const reached = new Set(packagings.filter(({ component }) => component.name === only));
  for (const { package: each } of reached) {
    const edges = links.get(each)?.edges ?? [];
    for (const other of packagings) {
      if (other.package.target === each.target && edges.includes(other.component.name)) reached.add(other);
    }
  }
  return new Set([...reached].map((each) => each.package));
}

function packagingOf(
  product: ResolvedProduct,
  component: ResolvedComponent,
  each: ResolvedPackage,
  placed: PlacedFacts | undefined,
): Packaging {
  if (placed === undefined) throw new Error(`${component.name} has no packaging facts`);
  const distribution = product.distributions[systemOf(each.target)];
  const build = { architecture: distribution?.architecture ?? '', profiles: profilesOf(each) };
  const { version } = placed.facts;
  return {
    ...placed,
    component,
    package: each,
    build,
    version: isStamped(each) ? `${version}~git` : version,
  };
}

/** Build profiles of a package: those of its recipe, and `nocheck` when the recipe wants no tests. */
export function profilesOf({ build }: ResolvedPackage): readonly string[] {
  const stated = (build.profiles ?? []) as readonly string[];
  const all = build.check === false ? [...stated, 'nocheck'] : stated;
  return [...new Set(all)].sort(compareCodeUnits);
}

/** Whether the recipe asks for a version that tells contents apart. */
export function isStamped({ build }: ResolvedPackage): boolean {
  return build.stamp === true;
}

function namesOf(group: readonly Packaging[], failures: Failure[]): Map<string, Named[]> {
  const names = new Map<string, Named[]>();
  const add = (name: string, named: Named) => names.set(name, [...(names.get(name) ?? []), named]);
  for (const packaging of group) {
    const { facts, build, version, place } = packaging;
    for (const { name, architectures, profiles, depends, provides } of facts.binaries) {
      const made =
        architectures.includes('all') ||
        architectures.some((each) => isArchitecture(each, build.architecture));
      const lists = [...profiles.matchAll(/<([^>]*)>/g)].map(([list]) =>
        list.slice(1, -1).split(/\s+/).filter(Boolean),
      );
      if (!made || !matchesProfiles(lists, build.profiles)) continue;
      const binary: InHouse = { name, packaging, depends: reduceRelations(readRelations(depends), build) };
      const other = names.get(name)?.find((each) => each.binary.name === name);
      if (other !== undefined) failures.push(duplicate(name, place, other.binary.packaging.place));
      add(name, { binary, version });
      for (const alternative of readRelations(provides).flat()) {
        add(alternative.name, {
          binary,
          ...(alternative.version && { version: alternative.version.version }),
        });
      }
    }
  }
  // A package of the name itself comes before those that only provide it.
  for (const [name, all] of names) {
    all.sort(
      (a, b) =>
        Number(b.binary.name === name) - Number(a.binary.name === name) ||
        compareCodeUnits(a.binary.name, b.binary.name),
    );
  }
  return names;
}

interface DirectNeeds {
  /** Other packagings, and the relation that leads to each. */
  readonly edges: ReadonlyMap<Packaging, string>;
  /** In-house binary packages that the build installs. */
  readonly install: readonly InHouse[];
  /** What is left for the distribution: of the build, and of the in-house packages that it installs. */
  readonly relations: readonly Relation[];
}

/** `direct` has every packaging of a group, and edges lead to no others. */
function needsOf(direct: ReadonlyMap<Packaging, DirectNeeds>, packaging: Packaging): DirectNeeds {
  return direct.get(packaging) as DirectNeeds;
}

/** What one build asks for, and what the in-house packages that it asks for need when they are installed. */
function directNeeds(
  packaging: Packaging,
  names: ReadonlyMap<string, readonly Named[]>,
  failures: Failure[],
): DirectNeeds {
  const edges = new Map<Packaging, string>();
  const install = new Set<InHouse>();
  const relations: Relation[] = [];
  const take = (relation: Relation, by: string): void => {
    const chosen = inHouse(relation, names);
    if (chosen === undefined) {
      relations.push(relation);
      return;
    }
    if ('mismatch' in chosen) {
      failures.push(mismatch(packaging, relation, chosen.mismatch, by));
      return;
    }
    const { binary } = chosen;
    if (!edges.has(binary.packaging)) edges.set(binary.packaging, `${by} ${printRelation(relation)}`);
    if (install.has(binary)) return;
    install.add(binary);
    for (const further of binary.depends) take(further, `${binary.name} depends on`);
  };
  const own = reduceRelations(readRelations(packaging.facts.buildDepends), packaging.build);
  for (const relation of own) take(relation, `${packaging.facts.source} builds on`);
  return { edges, install: [...install], relations };
}

/** The in-house package that satisfies a relation; undefined when no alternative names one. */
function inHouse(
  relation: Relation,
  names: ReadonlyMap<string, readonly Named[]>,
): Named | { readonly mismatch: Named } | undefined {
  let mismatching: Named | undefined;
  for (const alternative of relation) {
    for (const named of names.get(alternative.name) ?? []) {
      if (satisfies(named, alternative)) return named;
      mismatching ??= named;
    }
  }
  // Another alternative may still be the distribution's: `in-house (>= 9) | other`.
  const others = relation.some(({ name }) => !names.has(name));
  return mismatching === undefined || others ? undefined : { mismatch: mismatching };
}

function satisfies({ version }: Named, { version: wanted }: Alternative): boolean {
  if (wanted === undefined) return true;
  if (version === undefined) return false;
  const order = compareDebianVersions(version, wanted.version);
  return { '<<': order < 0, '<=': order <= 0, '=': order === 0, '>=': order >= 0, '>>': order > 0 }[
    wanted.operator
  ];
}

/**
 * The link of one package. A build has, besides its own relations, those of every in-house package below it: what
 * their shared libraries will turn out to need was installed when they were built.
 */
function linkOf(
  packaging: Packaging,
  direct: ReadonlyMap<Packaging, DirectNeeds>,
  names: ReadonlyMap<string, readonly Named[]>,
): { readonly link: DebianLink; readonly edges: readonly string[] } {
  const reached = new Set<Packaging>([packaging]);
  const relations = new Set<string>();
  for (const each of reached) {
    const needs = needsOf(direct, each);
    for (const relation of needs.relations) relations.add(printRelation(relation));
    for (const further of needs.edges.keys()) reached.add(further);
  }
  const { package: package_, build } = packaging;
  const conflicts = reduceRelations(readRelations(packaging.facts.buildConflicts), build);
  const allowed = (package_.build.allowDistribution ?? []) as readonly string[];
  const own = needsOf(direct, packaging);
  return {
    edges: [...own.edges.keys()].map(({ component }) => component.name).sort(compareCodeUnits),
    link: {
      relations: [...relations].sort(compareCodeUnits),
      conflicts: conflicts.map(printRelation).sort(compareCodeUnits),
      install: own.install.map(({ name }) => name).sort(compareCodeUnits),
      reserved: [...names]
        .flatMap(([name, all]) => (all.some(({ binary }) => binary.name === name) ? [name] : []))
        .filter((name) => !allowed.includes(name))
        .sort(compareCodeUnits),
    },
  };
}

function duplicate(name: string, place: string, other: string): Failure {
  return {
    code: 'deb/duplicate-package',
    message: `Two components of the product make the binary package ${name}.`,
    place: `${place}/debian/control`,
    cause: `The other one is ${other}/debian/control.`,
    next: 'Remove one of the components from the product, or rename the package.',
  };
}

function mismatch(packaging: Packaging, relation: Relation, { binary, version }: Named, by: string): Failure {
  const has = version === undefined ? 'no version' : `version ${version}`;
  return {
    code: 'deb/version-mismatch',
    message: `${by} ${printRelation(relation)}, but this product’s own ${binary.name} has ${has}.`,
    place: `${packaging.place}/debian/control`,
    cause: `${binary.name} comes from ${binary.packaging.component.name}: ${binary.packaging.place}.`,
    next: 'Correct the relation, or take another version of that component. A stamped version (`~git`) is before the version itself.',
  };
}

function cycle(
  circle: readonly [Packaging, ...Packaging[]],
  edgesOf: (packaging: Packaging) => ReadonlyMap<Packaging, string>,
): Failure {
  const [first] = circle;
  const names = [...circle, first].map(({ component }) => component.name);
  const steps = circle.map((each, index) =>
    edgesOf(each).get(circle[(index + 1) % circle.length] as Packaging),
  );
  return {
    code: 'deb/cycle',
    message: `Debian packages need each other to be built: ${names.join(' → ')}.`,
    place: `${first.place}/debian/control`,
    cause: steps.join('\n'),
    next: 'Remove one of these relations, or exclude it with a build profile that the recipe sets.',
  };
}
