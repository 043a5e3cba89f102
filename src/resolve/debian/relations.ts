// Relations between packages: `a (>= 1) [linux-any] <!nocheck> | b, c` (Debian Policy 7.1, deb-src-control(5)).
import { isDebianVersion } from './version.ts';

export type Operator = '<<' | '<=' | '=' | '>=' | '>>';

/** One alternative of a relation. */
export interface Alternative {
  readonly name: string;
  /** What follows a colon: `any`, `native` or an architecture. */
  readonly qualifier?: string;
  readonly version?: { readonly operator: Operator; readonly version: string };
  /** Architecture wildcards; with `!` all others. */
  readonly architectures: readonly string[];
  /** Build profile restrictions: one list must hold; a list holds when all of its terms do. */
  readonly profiles: readonly (readonly string[])[];
}

/** Alternatives, of which the first that can be had is taken. */
export type Relation = readonly Alternative[];

export interface MalformedRelation {
  readonly malformed: string;
}

/** What a build is made for. */
export interface BuildFor {
  readonly architecture: string;
  readonly profiles: readonly string[];
}

const NAME = '[a-z0-9][a-z0-9+.-]+';
const ALTERNATIVE = new RegExp(
  `^(${NAME})(?::([a-z0-9-]+))?\\s*(?:\\(\\s*(<<|<=|=|>=|>>|<|>)?\\s*([^\\s)]*)\\s*\\))?\\s*(?:\\[([^\\]]*)\\])?\\s*((?:<[^>]*>\\s*)*)$`,
);

/**
 * Parses a comma-separated list. Substitution variables (`${shlibs:Depends}`) have no value before a build: as a
 * member they are left out, and a version made of one leaves its name without version.
 */
export function parseRelations(text: string): readonly Relation[] | MalformedRelation {
  const relations: Relation[] = [];
  for (const written of withoutVariableVersions(text).split(',')) {
    // A name with a variable in it is unknown as a whole.
    if (/[^\s|]\$\{|\}[^\s|]/.test(written)) continue;
    const member = written.replace(/\$\{[^}]*\}/g, '');
    if (member.trim() === '') continue;
    const alternatives: Alternative[] = [];
    for (const alternative of member.split('|')) {
      const parsed = parseAlternative(alternative.replace(/\s+/g, ' ').trim());
      if (parsed === undefined) return { malformed: member.replace(/\s+/g, ' ').trim() };
      alternatives.push(parsed);
    }
    relations.push(alternatives);
  }
  return relations;
}

export function isMalformed(parsed: readonly Relation[] | MalformedRelation): parsed is MalformedRelation {
  return 'malformed' in parsed;
}

/** A version with a variable in it is unknown: `(= ${binary:Version})`, `(>= ${source:Upstream-Version}-1~)`. */
function withoutVariableVersions(text: string): string {
  return text.replace(/\([^()$]*\$\{[^}]*\}[^()]*\)/g, '');
}

function parseAlternative(written: string): Alternative | undefined {
  const [, name, qualifier, operator, version, architectures, profiles] = ALTERNATIVE.exec(written) ?? [];
  if (name === undefined) return undefined;
  if (version !== undefined && (operator === undefined || !isDebianVersion(version))) return undefined;
  return {
    name,
    ...(qualifier !== undefined && { qualifier }),
    ...(version !== undefined && { version: { operator: strict(operator as string), version } }),
    architectures: words(architectures),
    profiles: [...(profiles ?? '').matchAll(/<([^>]*)>/g)].map((match) => words(match[1])),
  };
}

/** `<` and `>` are what dpkg once called `<=` and `>=`. */
function strict(operator: string): Operator {
  return (operator === '<' || operator === '>' ? `${operator}=` : operator) as Operator;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/**
 * The relations that hold for a build, without their restrictions. `:native` means the build's own architecture,
 * which is the only one here, so it says nothing more.
 */
export function reduceRelations(relations: readonly Relation[], build: BuildFor): readonly Relation[] {
  return relations.flatMap((relation): Relation[] => {
    const kept = relation
      .filter(({ architectures, profiles }) => {
        return (
          matchesArchitecture(architectures, build.architecture) && matchesProfiles(profiles, build.profiles)
        );
      })
      .map(({ qualifier, ...alternative }) => ({
        ...alternative,
        ...(qualifier !== undefined && qualifier !== 'native' && { qualifier }),
        architectures: [],
        profiles: [],
      }));
    return kept.length === 0 ? [] : [kept];
  });
}

function matchesArchitecture(stated: readonly string[], architecture: string): boolean {
  if (stated.length === 0) return true;
  const negated = stated.filter((each) => each.startsWith('!')).map((each) => each.slice(1));
  if (negated.length > 0) return !negated.some((wildcard) => isArchitecture(wildcard, architecture));
  return stated.some((wildcard) => isArchitecture(wildcard, architecture));
}

/** Whether an architecture or wildcard (`any`, `linux-any`, `any-amd64`) names a Linux architecture such as `amd64`. */
export function isArchitecture(wildcard: string, architecture: string): boolean {
  return [architecture, 'any', 'linux-any', `any-${architecture}`, `linux-${architecture}`].includes(
    wildcard,
  );
}

/** Whether profile restrictions allow a build with these profiles; without any they always do. */
export function matchesProfiles(lists: readonly (readonly string[])[], profiles: readonly string[]): boolean {
  const holds = (term: string) =>
    term.startsWith('!') ? !profiles.includes(term.slice(1)) : profiles.includes(term);
  return lists.length === 0 || lists.some((list) => list.every(holds));
}

/** The text of a relation as apt and dpkg read it. */
export function printRelation(relation: Relation): string {
  return relation
    .map(({ name, qualifier, version, architectures, profiles }) =>
      [
        qualifier === undefined ? name : `${name}:${qualifier}`,
        ...(version === undefined ? [] : [`(${version.operator} ${version.version})`]),
        ...(architectures.length === 0 ? [] : [`[${architectures.join(' ')}]`]),
        ...profiles.map((list) => `<${list.join(' ')}>`),
      ].join(' '),
    )
    .join(' | ');
}
