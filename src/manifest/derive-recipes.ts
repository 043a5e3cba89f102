// Recipes of the repositories of a list: what a person would write for each, pointing at the list in every message.
import { dirname } from 'node:path';
import type { Failure } from '../base/failure.ts';
import { child, failureAt, type SourceText, spanOf } from './place.ts';
import type { DataOf, Manifest, RecipeManifest } from './workspace.ts';

/** Longest name of a component, as `name` in schema-words.ts has it; its other rules hold for both parts. */
const MAX_NAME = 64;

/** A recipe for each repository, in the order of the list, and what is wrong with the names that this gives. */
export function deriveRecipes(list: Manifest<'repositories'>): {
  readonly recipes: readonly RecipeManifest[];
  readonly failures: readonly Failure[];
} {
  const failures: Failure[] = [];
  const recipes = Object.keys(list.data.list).flatMap((repository): RecipeManifest[] => {
    const pointer = child('/list', repository);
    const data = recipeOf(list.data, repository);
    if (data.name.length > MAX_NAME) {
      const origin = { source: list.source, pointer, part: 'key' as const };
      const message = `The component would be called \`${data.name}\`; a name has at most ${MAX_NAME} characters.`;
      failures.push(failureAt(origin, { code: 'manifest/invalid-value', message }));
      return [];
    }
    const source = textAt(list.source, pointer);
    return [{ kind: 'recipe', data, source, layer: list.layer, dir: dirname(list.source.path) }];
  });
  return { recipes, failures };
}

type Entry = Exclude<DataOf['repositories']['list'][string], string>;

function recipeOf(list: DataOf['repositories'], repository: string): DataOf['recipe'] {
  const stated = list.list[repository];
  const entry: Entry =
    typeof stated === 'string' || stated === undefined ? { version: stated ?? '' } : stated;
  const { submodules } = entry;
  const signedBy = entry.signedBy ?? list.signedBy;
  const source = {
    git: `${list.base}${repository}`,
    tag: list.tag.replace('*', entry.version),
    builder: list.builder ?? 'vm',
  };
  return {
    kind: 'recipe',
    name: `${list.prefix ?? ''}${repository}`,
    summary: entry.summary ?? `The repository ${repository}`,
    license: entry.license ?? list.license,
    source: { ...source, ...(submodules && { submodules }), ...(signedBy && { signedBy }) },
    packages: list.packages,
  };
}

/** The text of the list with an entry in the place of the whole; packages and the common license lie elsewhere. */
function textAt(source: SourceText, pointer: string): SourceText {
  const own = (positions: SourceText['values'], at: string, under: string) =>
    Object.entries(positions).flatMap(([key, span]) =>
      key === at || key.startsWith(`${at}/`) ? [[`${under}${key.slice(at.length)}`, span] as const] : [],
    );
  const name = spanOf({ source, pointer, part: 'key' });
  const values = [
    ...own(source.values, '/license', '/license'),
    ...own(source.values, '/packages', '/packages'),
    ...own(source.values, pointer, ''),
  ];
  return { ...source, values: { ...Object.fromEntries(values), '/name': name }, keys: {} };
}
