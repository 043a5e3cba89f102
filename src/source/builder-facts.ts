// What a repository says about its own packages: `.qubesbuilder`, `version` and `rel`, and the files that they name.
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { BuilderNeed, LockedBuilder } from '../lock/lockfile.ts';
import type { GitNeed } from '../lock/needs.ts';
import { parseBuilderFile, parseVersionFile } from '../resolve/builder-file.ts';
import type { BuilderFile, BuilderPackage } from '../resolve/resolved.ts';
import { type Obtaining, obtainFile } from './proven-file.ts';
import { treeText } from './tree-text.ts';

/**
 * Asks the tree at `directory` about each package of `need`; `place` is what failures call it. Files that it names
 * are brought into the store once their checksum or signature holds.
 * Failures: `source/bad-builder-file`, `source/builder-unsupported`, `source/bad-version-file`, those of `obtainFile`.
 */
export async function readBuilderFacts(
  directory: string,
  place: string,
  component: string,
  need: BuilderNeed & Pick<GitNeed, 'submodules'>,
  obtaining: Obtaining,
): Promise<Result<LockedBuilder>> {
  const text = treeText(directory, '.qubesbuilder', place);
  if (!text.ok) return text;
  if (text.value === undefined) return fail(missing(place));
  const version = versionOf(directory, 'version', place);
  if (!version.ok) return version;
  if (version.value === undefined) return fail(missingVersion(place));
  const release = versionOf(directory, 'rel', place);
  if (!release.ok) return release;
  const numbers = { version: version.value, release: release.value ?? '1' };
  const packages: Record<string, BuilderPackage> = {};
  const known = new Map<string, BuilderFile>();
  for (const [target, { kind, codename }] of Object.entries(need.targets)) {
    const submodules = need.submodules === true;
    const question = { set: need.set, kind, codename, component, submodules, ...numbers };
    const answer = parseBuilderFile(text.value, `${place}/.qubesbuilder`, question);
    if (!answer.ok) return answer;
    const { files: asked, ...facts } = answer.value;
    const files: BuilderFile[] = [];
    for (const file of asked) {
      const obtained = known.get(file.url) ?? (await obtainFile(directory, file, place, obtaining));
      if ('ok' in obtained && !obtained.ok) return obtained;
      const pinned = 'ok' in obtained ? obtained.value : obtained;
      known.set(file.url, pinned);
      files.push(pinned);
    }
    packages[target] = { ...numbers, ...facts, files };
  }
  return ok({ set: need.set, packages });
}

function versionOf(directory: string, name: string, place: string): Result<string | undefined> {
  const text = treeText(directory, name, place);
  if (!text.ok || text.value === undefined) return text;
  return parseVersionFile(text.value, `${place}/${name}`);
}

function missing(place: string): Failure {
  return {
    code: 'source/bad-builder-file',
    message: 'The repository has no `.qubesbuilder`.',
    place,
    next: 'Write a recipe of the component’s name without `builder`.',
  };
}

function missingVersion(place: string): Failure {
  return {
    code: 'source/bad-version-file',
    message: 'The repository has no file `version`.',
    place,
    next: 'Use another tag, or write a recipe without `builder`.',
  };
}
