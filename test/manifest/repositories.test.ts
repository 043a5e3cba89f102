// Lists of repositories: the recipes that are derived, what overrides them, and mistakes at their place.
import { describe, expect, it } from 'vitest';
import { placeOf } from '../../src/manifest/place.ts';
import { originOf } from '../../src/manifest/workspace.ts';
import { composeRecipe } from '../../src/resolve/compose-recipe.ts';
import { Diagnosis } from '../../src/resolve/diagnosis.ts';
import { failuresOf, loadSmall } from './written.ts';

const LIST = `kind: repositories
name: wood
base: https://example.org/wood-
prefix: wood-
tag: v*
license: MIT
packages:
  - target: debian-12/amd64
    build: { kind: deb }
list:
  saw: 1.2-3
  plane: { version: 4.0.1, license: GPL-2.0-or-later, summary: Planes }
`;

const at = (text: string) => ({ 'repositories/wood.yaml': text });

async function composed(name: string, more: Readonly<Record<string, string>> = {}) {
  const workspace = await loadSmall({ ...at(LIST), ...more });
  return composeRecipe(workspace.recipes.get(name) ?? [], new Diagnosis());
}

describe('a list of repositories', () => {
  it('gives each a recipe that builds the tag of its version as the repository says', async () => {
    const recipe = await composed('wood-saw');
    expect(recipe.source?.value).toEqual({
      git: 'https://example.org/wood-saw',
      tag: 'v1.2-3',
      builder: 'vm',
    });
    expect(recipe.license?.value).toBe('MIT');
    expect(recipe.packages.map(({ target, build }) => [target, build.kind])).toEqual([
      ['debian-12/amd64', 'deb'],
    ]);
    expect((await composed('wood-plane')).license?.value).toBe('GPL-2.0-or-later');
    expect((await composed('wood-plane')).summary?.value).toBe('Planes');
  });

  it('says whose signature the tags need, for all and for one', async () => {
    const signed = LIST.replace('tag: v*', 'tag: v*\nsignedBy: [keys/joiner.asc]').replace(
      'Planes }',
      'Planes, signedBy: [keys/smith.asc] }',
    );
    expect((await composed('wood-saw', at(signed))).source).toMatchObject({
      value: { signedBy: ['keys/joiner.asc'] },
      dir: expect.stringMatching(/\/repositories$/),
    });
    expect((await composed('wood-plane', at(signed))).source?.value.signedBy).toEqual(['keys/smith.asc']);
  });

  it('is what messages about such a recipe point at', async () => {
    const workspace = await loadSmall(at(LIST));
    const [saw] = workspace.recipes.get('wood-saw') ?? [];
    const place = (pointer: string) => saw && placeOf(originOf(saw, pointer));
    expect(place('/name')).toBe('repositories/wood.yaml:11:3');
    expect(place('/source/tag')).toBe('repositories/wood.yaml:11:8');
    expect(place('/license')).toBe('repositories/wood.yaml:6:10');
    expect(place('/packages/0/target')).toBe('repositories/wood.yaml:8:13');
  });

  it('is changed by a recipe of the same layer that extends, and replaced by one that does not', async () => {
    const extending = 'kind: recipe\nname: wood-saw\nextends: wood-saw\nlicense: ISC\n';
    const changed = await composed('wood-saw', { 'recipes/wood-saw/recipe.yaml': extending });
    expect([changed.license?.value, changed.source?.value.tag]).toEqual(['ISC', 'v1.2-3']);
    const own = 'kind: recipe\nname: wood-saw\nlicense: ISC\nsource: { local: source }\n';
    const replaced = await composed('wood-saw', { 'recipes/wood-saw/recipe.yaml': own });
    expect([replaced.source?.value.local, replaced.packages]).toEqual(['source', []]);
  });

  it.each([
    ['a number for a version', LIST.replace('4.0.1', '4.0'), 'manifest/', 'wood.yaml:12:10'],
    ['a version that is an option', LIST.replace('1.2-3', '-1'), 'manifest/', 'wood.yaml:11:8'],
    ['a version that leaves the tag', LIST.replace('1.2-3', '1/../2'), 'manifest/', 'wood.yaml:11:8'],
    ['a repository that is a path', LIST.replace('saw:', '../saw:'), 'manifest/', 'wood.yaml:11:3'],
    ['a pattern without version', LIST.replace('v*', 'latest'), 'manifest/', 'wood.yaml:5:6'],
    ['a pattern that is no tag', LIST.replace('v*', '"v*~1"'), 'manifest/', 'wood.yaml:5:6'],
    ['a name that is too long', LIST.replace('saw', 'a'.repeat(64)), 'manifest/', 'wood.yaml:11:3'],
    ['nothing', LIST.replace(/list:[\s\S]*/, 'list: {}\n'), 'manifest/', 'wood.yaml:10:7'],
  ])('is refused with %s', async (_what, text, code, place) => {
    const [first] = await failuresOf(at(text));
    expect(first?.code).toContain(code);
    expect(first?.place).toBe(`repositories/${place}`);
  });
});
