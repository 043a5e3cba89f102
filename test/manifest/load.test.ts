// Loading workspaces from real files: layers, includes, paths that lead astray, and the cache.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/base/canonical.ts';
import { addProductFile, findWorkspace, loadWorkspace, type ManifestCache } from '../../src/manifest/load.ts';
import { placeOf } from '../../src/manifest/place.ts';
import { topmost } from '../../src/manifest/workspace.ts';
import {
  changed,
  edited,
  errorOf,
  failuresOf,
  flat,
  loadSmall,
  recipe,
  resultOf,
  written,
} from './written.ts';

const TWO_LAYERS = edited('qbuild.yaml', 'layers: [.]', 'layers: [., vendor]');

async function onlyFailure(dir: string) {
  const found = flat(errorOf(await loadWorkspace(dir)));
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a workspace', () => {
  it('is found upwards from a directory in it', () => {
    const dir = written(changed({}));
    expect(findWorkspace(join(dir, 'recipes/top/source'))).toEqual({ ok: true, value: dir });
  });

  it('is reported missing where there is none', () => {
    expect(errorOf(findWorkspace('/proc/self'))).toEqual({
      code: 'manifest/no-workspace',
      message: 'There is no `qbuild.yaml` here or in a directory above.',
      place: '/proc/self',
      next: 'Change into a workspace.',
    });
  });

  it('has the manifests of all its layers, lowest first', async () => {
    const workspace = await loadSmall({ ...TWO_LAYERS, 'vendor/recipes/top/recipe.yaml': recipe('top') });
    expect(workspace.recipes.get('top')?.map(({ source }) => source.label)).toEqual([
      'recipes/top/recipe.yaml',
      'vendor/recipes/top/recipe.yaml',
    ]);
    expect(topmost(workspace.recipes, 'top')?.layer.index).toBe(1);
    expect(workspace.layers.map(({ keys }) => keys)).toEqual([['archive.gpg'], []]);
  });

  it('sees what was added to a layer, whatever the cache has', async () => {
    const dir = written(changed({}));
    const cache = memory();
    await loadWorkspace(dir, cache);
    mkdirSync(join(dir, 'recipes/new'));
    writeFileSync(join(dir, 'recipes/new/recipe.yaml'), recipe('new'));
    const workspace = resultOf(await loadWorkspace(dir, cache));
    expect([...workspace.recipes.keys()]).toEqual(['fitter', 'glue', 'leg', 'new', 'top']);
  });

  it('takes any file name in `layers` that is no directory for a mistake', async () => {
    const [failure] = await failuresOf(edited('qbuild.yaml', 'layers: [.]', 'layers: [., vendro]'));
    expect(failure).toEqual({
      code: 'manifest/missing-layer',
      message: 'The layer `vendro` is not a directory.',
      place: 'qbuild.yaml:3:13',
      frame: [
        '  1 | kind: workspace',
        '  2 | name: small',
        '> 3 | layers: [., vendro]',
        '    |             ^^^^^^',
        '  4 | tools: debian-12',
      ].join('\n'),
    });
  });

  it('cannot have one directory as two layers', async () => {
    const [failure] = await failuresOf(edited('qbuild.yaml', 'layers: [.]', 'layers: [., recipes/..]'));
    expect(failure).toMatchObject({ code: 'manifest/duplicate-layer', place: 'qbuild.yaml:3:13' });
  });

  it('knows whether local sources are there', async () => {
    const workspace = await loadSmall({ 'recipes/top/source/Makefile': undefined });
    expect(topmost(workspace.recipes, 'top')?.localSource?.state).toBe('absent');
    expect(topmost(workspace.recipes, 'leg')?.localSource).toEqual({
      path: join(workspace.dir, 'recipes/leg/source'),
      state: 'present',
      debian: false,
    });
  });
});

describe('a file that is no manifest', () => {
  const recipeDir = 'recipes/top/recipe.yaml';

  it('because it is not UTF-8 is refused', async () => {
    const dir = written(changed({}));
    writeFileSync(join(dir, recipeDir), Buffer.from([0x6b, 0xff, 0xfe]));
    expect(await onlyFailure(dir)).toEqual({
      code: 'manifest/not-utf8',
      message: 'The file is not UTF-8 text.',
      place: recipeDir,
    });
  });

  it('because it is too large is refused unread', async () => {
    const dir = written(changed({}));
    writeFileSync(join(dir, recipeDir), '#'.repeat(256 * 1024 + 1));
    expect(await onlyFailure(dir)).toEqual({
      code: 'manifest/too-large',
      message: 'The file has 262145 bytes; a manifest has at most 262144.',
      place: recipeDir,
    });
  });

  it('because it is a pipe that nobody writes to is refused, not waited for', async () => {
    const dir = written(changed({ [recipeDir]: undefined }));
    execFileSync('mkfifo', [join(dir, recipeDir)]);
    expect(await onlyFailure(dir)).toEqual({
      code: 'manifest/unreadable',
      message: 'The file cannot be read.',
      place: recipeDir,
      cause: 'It is not a regular file.',
    });
  });

  it('because it is missing is reported', async () => {
    const dir = written(changed({ [recipeDir]: undefined }));
    expect(await onlyFailure(dir)).toEqual({
      code: 'manifest/missing-file',
      message: 'There is no such file.',
      place: recipeDir,
    });
  });

  it('because a file is where a directory of manifests belongs is reported', async () => {
    const dir = written({ ...changed({ templates: 'no directory' }) });
    expect(await onlyFailure(dir)).toMatchObject({
      code: 'manifest/unreadable',
      message: 'The directory cannot be read.',
      place: 'templates',
      cause: expect.stringContaining('ENOTDIR'),
    });
  });

  it('because its extension would hide it is reported', async () => {
    const [failure] = await failuresOf({ 'products/other.yml': 'kind: product\n' });
    expect(failure).toEqual({
      code: 'manifest/wrong-extension',
      message: 'Manifests end in `.yaml`; this file would be left out.',
      place: 'products/other.yml',
      next: 'Rename it.',
    });
  });
});

describe('a symbolic link', () => {
  it('that leads a manifest out of its layer is refused', async () => {
    const dir = written(changed({ 'recipes/top/recipe.yaml': undefined }));
    const elsewhere = written({ 'recipe.yaml': recipe('top') });
    symlinkSync(join(elsewhere, 'recipe.yaml'), join(dir, 'recipes/top/recipe.yaml'));
    expect(await onlyFailure(dir)).toEqual({
      code: 'manifest/outside-layer',
      message: 'A symbolic link leads out of the layer.',
      place: 'recipes/top/recipe.yaml',
      next: 'Put the file itself into the layer.',
    });
  });

  it('that leads a directory of manifests out of its layer is refused', async () => {
    const dir = written(changed({}));
    const elsewhere = written({ 'vmm/hyperv.yaml': 'kind: vmm\n' });
    rmSync(join(dir, 'products/vmm'), { recursive: true });
    symlinkSync(join(elsewhere, 'vmm'), join(dir, 'products/vmm'));
    expect(await onlyFailure(dir)).toMatchObject({
      code: 'manifest/outside-layer',
      place: 'products/vmm/hyperv.yaml',
    });
  });

  it('inside of the layer is followed', async () => {
    const dir = written(changed({}));
    renameSync(join(dir, 'recipes/top'), join(dir, 'top'));
    symlinkSync('../top', join(dir, 'recipes/top'));
    expect(resultOf(await loadWorkspace(dir)).recipes.has('top')).toBe(true);
  });

  it('that leads a source out of its layer is known', async () => {
    const dir = written(changed({ 'recipes/top/source/Makefile': undefined }));
    symlinkSync('/etc', join(dir, 'recipes/top/source'));
    const workspace = resultOf(await loadWorkspace(dir));
    expect(topmost(workspace.recipes, 'top')?.localSource?.state).toBe('outside-layer');
  });

  it('in a circle is reported', async () => {
    const dir = written(changed({ 'recipes/top/recipe.yaml': undefined }));
    symlinkSync('recipe.yaml', join(dir, 'recipes/top/recipe.yaml'));
    expect(await onlyFailure(dir)).toMatchObject({
      code: 'manifest/unreadable',
      place: 'recipes/top/recipe.yaml',
    });
  });
});

describe('an included fragment', () => {
  const including = (path: string) =>
    edited('products/desk.yaml', 'name: desk', `name: desk\ninclude: [${path}]`);

  it('is loaded, relative to the product and inside of the layer', async () => {
    const workspace = await loadSmall({
      ...including('../parts/wood.yaml'),
      'parts/wood.yaml': 'kind: fragment\nadd: { components: [glue] }\n',
    });
    expect([...workspace.fragments.keys()]).toEqual([join(workspace.dir, 'parts/wood.yaml')]);
  });

  it('of a variant is loaded, too', async () => {
    const workspace = await loadSmall({
      ...edited('products/desk.yaml', 'name: desk', 'name: desk\nvariants: { oak: { include: [oak.inc] } }'),
      'products/oak.inc': 'kind: fragment\ntitle: An Oak Desk\n',
    });
    expect([...workspace.fragments.values()].map(({ data }) => data.title)).toEqual(['An Oak Desk']);
  });

  it.each([
    ['../../wood.yaml', 'manifest/outside-layer', 'The path `../../wood.yaml` leads out of the layer.'],
    ['wood.yaml', 'manifest/missing-file', 'There is no file `wood.yaml` beside `desk.yaml`.'],
    [
      '/etc/passwd',
      'manifest/invalid-value',
      'A path is relative: it begins with neither `/`, a drive letter nor `-`.',
    ],
    [
      '"C:/wood.yaml"',
      'manifest/invalid-value',
      'A path is relative: it begins with neither `/`, a drive letter nor `-`.',
    ],
    [
      '"..\\\\wood.yaml"',
      'manifest/invalid-value',
      'A path uses `/` and has no backslash or control character.',
    ],
  ])('at %s is refused', async (path, code, message) => {
    const [failure] = await failuresOf(including(path));
    expect(failure).toMatchObject({ code, message, place: 'products/desk.yaml:3:11' });
  });

  it('that a link leads out of the layer is refused', async () => {
    const dir = written(changed(including('wood.yaml')));
    symlinkSync('/etc/hostname', join(dir, 'products/wood.yaml.tmp'));
    renameSync(join(dir, 'products/wood.yaml.tmp'), join(dir, 'products/wood.yaml'));
    const found = flat(errorOf(await loadWorkspace(dir)));
    expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'manifest/outside-layer products/wood.yaml',
      'manifest/outside-layer products/wood.yaml',
    ]);
  });
});

describe('a product given by path', () => {
  const mine = 'kind: product\nname: mine\nextends: desk\ntitle: Mine\n';

  it('joins the workspace above all its layers', async () => {
    const workspace = await loadSmall();
    const dir = written({ 'mine.yaml': mine });
    const added = resultOf(await addProductFile(workspace, join(dir, 'mine.yaml')));
    expect(added.name).toBe('mine');
    const product = topmost(added.workspace.products, 'mine');
    expect(product?.layer.index).toBe(1);
    expect(product && placeOf({ source: product.source, pointer: '/title' })).toBe(`${dir}/mine.yaml:4:8`);
    expect(workspace.products.has('mine')).toBe(false);
  });

  it('that the workspace has anyway is that one', async () => {
    const workspace = await loadSmall();
    const added = resultOf(await addProductFile(workspace, join(workspace.dir, 'products/desk.yaml')));
    expect(added).toEqual({ workspace, name: 'desk' });
  });

  it('includes fragments from below its directory only', async () => {
    const workspace = await loadSmall();
    const dir = written({
      'a/mine.yaml': `${mine}include: [b/wood.yaml]\n`,
      'a/b/wood.yaml': 'kind: fragment\n',
      'a/outside.yaml': `${mine}include: [../c.yaml]\n`,
      'c.yaml': 'kind: fragment\n',
    });
    const added = resultOf(await addProductFile(workspace, join(dir, 'a/mine.yaml')));
    expect(added.workspace.fragments.size).toBe(1);
    expect(errorOf(await addProductFile(workspace, join(dir, 'a/outside.yaml')))).toMatchObject({
      code: 'manifest/outside-layer',
      place: `${dir}/a/outside.yaml:5:11`,
    });
  });

  it('that is not there is reported', async () => {
    const workspace = await loadSmall();
    expect(errorOf(await addProductFile(workspace, '/proc/self/mine.yaml'))).toMatchObject({
      code: 'manifest/missing-file',
      place: '/proc/self/mine.yaml',
    });
  });
});

/** A cache that forgets nothing and counts what it could answer. */
function memory(
  version = '1',
): ManifestCache & { readonly hits: string[]; readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  const hits: string[] = [];
  return {
    version,
    hits,
    entries,
    get(key: string): Json | undefined {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      hits.push(key);
      return JSON.parse(found);
    },
    put(key: string, value: Json) {
      entries.set(key, JSON.stringify(value));
    },
  };
}

describe('the cache', () => {
  const MANIFESTS = 9;

  /** Waits until files are old enough that another change would show in their time stamps. */
  const settled = () => setTimeout(60);

  it('answers for every manifest that did not change, with the same workspace', async () => {
    const dir = written(changed({}));
    await settled();
    const cache = memory();
    const first = resultOf(await loadWorkspace(dir, cache));
    expect(cache.hits).toHaveLength(0);
    expect(cache.entries.size).toBe(MANIFESTS);
    const second = resultOf(await loadWorkspace(dir, cache));
    expect(cache.hits).toHaveLength(MANIFESTS);
    expect(second).toEqual(first);
  });

  it('does not answer for a file whose text changed but neither its size nor its date', async () => {
    const dir = written(changed({}));
    await settled();
    const cache = memory();
    await loadWorkspace(dir, cache);
    const path = join(dir, 'products/desk.yaml');
    const { atime, mtime } = statSync(path);
    writeFileSync(
      path,
      changed(edited('products/desk.yaml', 'A Desk', 'A Disk'))['products/desk.yaml'] ?? '',
    );
    utimesSync(path, atime, mtime);
    const workspace = resultOf(await loadWorkspace(dir, cache));
    expect(topmost(workspace.products, 'desk')?.data.title).toBe('A Disk');
    expect(cache.hits).toHaveLength(MANIFESTS - 1);
  });

  it('does not answer for another version of the program', async () => {
    const dir = written(changed({}));
    await settled();
    const old = memory('1');
    await loadWorkspace(dir, old);
    const fresh: ManifestCache = { ...old, version: '2' };
    await loadWorkspace(dir, fresh);
    expect(old.hits).toHaveLength(0);
    expect(old.entries.size).toBe(2 * MANIFESTS);
  });

  it('does not keep manifests with mistakes, nor files that changed this very moment', async () => {
    const dir = written(changed({ 'recipes/top/recipe.yaml': 'kind: recipe\n' }));
    await settled();
    const cache = memory();
    await loadWorkspace(dir, cache);
    expect(cache.entries.size).toBe(MANIFESTS - 1);
    const future = new Date(Date.now() + 60_000);
    const path = join(dir, 'qbuild.yaml');
    utimesSync(path, future, future);
    const again = memory();
    await loadWorkspace(dir, again);
    expect([...again.entries.keys()].some((key) => key.endsWith('/qbuild.yaml'))).toBe(false);
  });

  it('with damaged entries is as good as an empty one', async () => {
    const dir = written(changed({}));
    await settled();
    const cache = memory();
    await loadWorkspace(dir, cache);
    for (const key of cache.entries.keys()) cache.entries.set(key, '"damaged"');
    expect(resultOf(await loadWorkspace(dir, cache)).products.has('desk')).toBe(true);
  });
});
