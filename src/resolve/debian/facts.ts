// Packaging facts: what debian/control and debian/changelog of a source say that other components need to know.
import { type Failure, fail, ok, type Result } from '../../base/failure.ts';
import { type Malformed, type Paragraph, parseDeb822 } from './deb822.ts';
import { isMalformed, parseRelations, printRelation, type Relation } from './relations.ts';
import { isDebianVersion } from './version.ts';

/** Relations are printed one by one, with their restrictions: recipes choose profiles later. */
export interface DebianFacts {
  /** Name of the source package. */
  readonly source: string;
  /** Of the newest entry of the changelog. */
  readonly version: string;
  /** Build-Depends, Build-Depends-Arch and Build-Depends-Indep: a build makes all packages. */
  readonly buildDepends: readonly string[];
  readonly buildConflicts: readonly string[];
  readonly binaries: readonly DebianBinary[];
}

export interface DebianBinary {
  readonly name: string;
  /** Architectures and wildcards, or `all`. */
  readonly architectures: readonly string[];
  /** Build profile restrictions, each list in `<…>`. */
  readonly profiles: string;
  /** Depends and Pre-Depends without what only the build will substitute. */
  readonly depends: readonly string[];
  readonly provides: readonly string[];
}

/** debian/changelog's first line: `source (version) distributions; key=value…`. */
const HEADING = /^([^\s(]+)[ \t]+\(([^)]*)\)((?:[ \t]+[A-Za-z0-9.+-]+)+);/;
const SOURCE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

/**
 * Reads the facts. `place` is the directory that has `debian/`.
 * Failures: `deb/malformed-control`, `deb/malformed-changelog`, `deb/bad-version`.
 */
export function parseDebianFacts(control: string, changelog: string, place: string): Result<DebianFacts> {
  const paragraphs = parseDeb822(control);
  if ('problem' in paragraphs) return fail(malformedControl(place, paragraphs));
  const [source, ...binaries] = paragraphs;
  const name = source?.get('source')?.value;
  if (source === undefined || name === undefined || !SOURCE_NAME.test(name))
    return fail(malformedControl(place, { line: 1, problem: 'the first paragraph has no sound `Source`' }));
  if (binaries.length === 0)
    return fail(malformedControl(place, { line: 1, problem: 'no paragraph describes a binary package' }));
  const version = parseVersion(changelog, place);
  if (!version.ok) return version;
  try {
    return ok({
      source: name,
      version: version.value,
      buildDepends: ['build-depends', 'build-depends-arch', 'build-depends-indep'].flatMap((field) =>
        relations(source, field),
      ),
      buildConflicts: ['build-conflicts', 'build-conflicts-arch', 'build-conflicts-indep'].flatMap((field) =>
        relations(source, field),
      ),
      binaries: binaries.map(binary),
    });
  } catch (error) {
    if (error instanceof Mistake) return fail(malformedControl(place, error.malformed));
    throw error;
  }
}

/** Leaves the readers below early; never leaves this file. */
class Mistake extends Error {
  readonly malformed: Malformed;

  constructor(malformed: Malformed) {
    super(malformed.problem);
    this.malformed = malformed;
  }
}

function parseVersion(changelog: string, place: string): Result<string> {
  const lines = changelog.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const [, , version] = HEADING.exec(lines[first] ?? '') ?? [];
  if (version === undefined) {
    return fail({
      code: 'deb/malformed-changelog',
      message: 'The first entry of debian/changelog does not begin with `source (version) distribution; …`.',
      place: `${place}/debian/changelog:${Math.max(first, 0) + 1}`,
      next: 'Correct it; `dch` of devscripts writes entries in the right form.',
    });
  }
  if (isDebianVersion(version)) return ok(version);
  return fail({
    code: 'deb/bad-version',
    message: `dpkg refuses the version ${JSON.stringify(version)}.`,
    place: `${place}/debian/changelog:${first + 1}`,
    cause: 'A version begins with a digit and has letters, digits and `.+~-` only (deb-version(7)).',
    next: 'Correct the version of the newest entry.',
  });
}

function binary(paragraph: Paragraph): DebianBinary {
  const [first] = paragraph.values();
  const name = paragraph.get('package')?.value ?? '';
  if (!SOURCE_NAME.test(name))
    throw new Mistake({ line: first?.line ?? 1, problem: 'the paragraph has no sound `Package`' });
  const architectures = paragraph.get('architecture')?.value;
  if (architectures === undefined)
    throw new Mistake({ line: first?.line ?? 1, problem: `the package ${name} has no \`Architecture\`` });
  return {
    name,
    architectures: architectures.split(/\s+/).filter(Boolean),
    profiles: paragraph.get('build-profiles')?.value ?? '',
    depends: ['pre-depends', 'depends'].flatMap((field) => relations(paragraph, field)),
    provides: relations(paragraph, 'provides'),
  };
}

function relations(paragraph: Paragraph, name: string): string[] {
  const field = paragraph.get(name);
  if (field === undefined) return [];
  const parsed = parseRelations(field.value);
  if (isMalformed(parsed)) {
    const problem = `${field.name} has ${JSON.stringify(parsed.malformed)}, which is no relation`;
    throw new Mistake({ line: field.line, problem });
  }
  return parsed.map(printRelation);
}

/** Relations that `parseDebianFacts` printed, or that a lock with such facts holds. */
export function readRelations(printed: readonly string[]): readonly Relation[] {
  return printed.flatMap((text) => {
    const parsed = parseRelations(text);
    if (isMalformed(parsed)) throw new Error(`${text} is no relation, though it was checked`);
    return parsed;
  });
}

function malformedControl(place: string, { line, problem }: Malformed): Failure {
  return {
    code: 'deb/malformed-control',
    message: `debian/control cannot be read: ${problem}.`,
    place: `${place}/debian/control:${line}`,
    next: 'Correct the file; deb-src-control(5) describes it.',
  };
}
