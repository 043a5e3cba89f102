// What each entry of the build room says of a workspace, a store or a command that is wrong, before anything runs.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Failure, Result } from '../../src/base/failure.ts';
import { explainAction, forecastProduct, logOfAction, shellInAction } from '../../src/build/actions.ts';
import type { BuildOptions } from '../../src/build/product.ts';
import { listProducts, lockWorkspace, showProduct } from '../../src/build/products.ts';
import { runProduct } from '../../src/build/run-product.ts';
import { buildTemplate, listTemplates } from '../../src/build/templates.ts';
import { testProduct } from '../../src/build/test-product.ts';
import { tinyWorkspace } from '../e2e/tiny.ts';
import { Workbench } from '../e2e/workbench.ts';
import { error, never, value } from '../source/fixture/scratch.ts';

const before = { ...process.env };
let bench: Workbench;
beforeAll(() => {
  bench = tinyWorkspace(new Workbench());
  Object.assign(process.env, bench.environment);
});
afterEach(() => {
  process.env = { ...before, ...bench.environment };
});
afterAll(() => {
  process.env = before;
  bench.remove();
});

const SETTINGS = { locked: true, offline: true, keepGoing: false, installHostTools: false };
const LOCKED = { locked: true, offline: true, update: false };
const BUILD = 'build:hello:windows/amd64';

const run = async (more: Partial<BuildOptions> = {}): Promise<Failure | undefined> =>
  (await runProduct({ directory: bench.workspace, product: 'tiny', ...SETTINGS, ...more }, () => {}, never()))
    .failure;

const forecast = (directory = bench.workspace) => forecastProduct({ directory, product: 'tiny' }, never());
const lock = (names?: readonly string[], directory = bench.workspace) =>
  lockWorkspace(directory, names, LOCKED, never());

/** Runs with a file of the workspace changed, and puts it back. */
async function changed<T>(path: string, text: string | undefined, work: () => Promise<T>): Promise<T> {
  const kept = readIfThere(path);
  if (text === undefined) rmSync(join(bench.workspace, path));
  else bench.write(path, text);
  try {
    return await work();
  } finally {
    if (kept === undefined) remove(path);
    else bench.write(path, kept);
  }
}

/** Removes a manifest, and its directory when it has one of its own. */
function remove(path: string): void {
  rmSync(join(bench.workspace, path));
  const directory = dirname(join(bench.workspace, path));
  if (readdirSync(directory).length === 0) rmdirSync(directory);
}

function readIfThere(path: string): string | undefined {
  try {
    return bench.read(path);
  } catch {
    return undefined;
  }
}

const TEST = { quick: true, trials: [], patience: 1, installHostTools: false, locked: true, offline: true };

describe('outside of a workspace', () => {
  const everything: Readonly<Record<string, (directory: string) => Promise<Failure | undefined>>> = {
    'products are not listed': async (directory) => error(await listProducts(directory)),
    'no product is shown': async (directory) => error(await showProduct(directory, 'tiny')),
    'nothing is locked': async (directory) => error(await lock(undefined, directory)),
    'nothing is forecast': async (directory) => error(await forecast(directory)),
    'nothing is explained': async (directory) => error(await explainAction({ directory }, BUILD, never())),
    'nothing is built': (directory) => run({ directory }),
    'nothing is tested': async (directory) =>
      (await testProduct({ directory, product: 'tiny', ...TEST }, () => {}, never())).failure,
    'templates are not listed': async (directory) => error(await listTemplates(directory)),
    'no template is built': async (directory) =>
      (await buildTemplate({ directory, template: 'desk', ...SETTINGS }, () => {}, never())).failure,
  };
  test.each(Object.entries(everything))('%s', async (_, ask) => {
    expect(await ask('/')).toMatchObject({ code: 'manifest/no-workspace', next: 'Change into a workspace.' });
  });
});

const CONTROL = `Source: lonely
Build-Depends: nasm

Package: lonely
Architecture: any
`;

/** With a domain of Debian, for which `lonely` has a package that no deliverable takes. */
function withDebianPackage<T>(work: () => Promise<T>): Promise<T> {
  const product = bench.read('products/tiny.yaml').replace(/admin: .*/, '$&\n  app: { os: debian-12 }');
  const recipe = bench.read('recipes/lonely/recipe.yaml').replace(/ {2}- target[\s\S]*/, '');
  const packages = '  - target: debian-12/amd64\n    build: { kind: deb }\n';
  return changed('products/tiny.yaml', product, () =>
    changed('recipes/lonely/recipe.yaml', recipe + packages, work),
  );
}

describe('a product', () => {
  const BARE = 'products/bare.yaml';
  const bare = (more: string, work: () => Promise<Result<unknown>>) =>
    changed(BARE, `kind: product\nname: bare\n${more}`, work);

  test('that extends one that is not there is neither listed nor shown', async () => {
    expect(error(await bare('extends: nothing\n', () => listProducts(bench.workspace)))).toMatchObject({
      code: 'resolve/unknown-product',
      place: 'products/bare.yaml:3:10',
    });
    expect(error(await bare('extends: nothing\n', () => showProduct(bench.workspace, 'bare'))).code).toBe(
      'resolve/unknown-product',
    );
  });

  test('without a title is listed without one, and is not locked', async () => {
    expect(value(await bare('', () => listProducts(bench.workspace)))).toEqual([
      { name: 'bare', title: '' },
      { name: 'tiny', title: 'Tiny' },
    ]);
    expect(error(await bare('', () => lock())).code).toBe('resolve/incomplete-product');
  });

  test('is not found by the path of no manifest', async () => {
    expect(error(await showProduct(bench.workspace, 'products/tinny.yaml')).code).toBe(
      'manifest/missing-file',
    );
    expect((await run({ product: './products/tinny.yaml' }))?.code).toBe('manifest/missing-file');
  });

  test('with a payload that nothing makes is not planned', async () => {
    const file = 'recipes/setup/installer.yaml';
    const payload = 'payloads: [{ id: moon, file: moon.zip, into: moon, feature: core }]\n';
    const planned = await changed(file, bench.read(file) + payload, () => forecast());
    expect(error(planned).code).toBe('deliverable/unknown-payload');
  });

  test('with a source that is no plain tree is not planned', async () => {
    const pipe = join(bench.workspace, 'recipes/lonely/source/pipe');
    execFileSync('mkfifo', [pipe]);
    try {
      expect(error(await forecast())).toMatchObject({ code: 'source/special-file', place: pipe });
    } finally {
      rmSync(pipe);
    }
  });

  test('builds nothing of a component whose packages cannot be made yet', async () => {
    const failure = await withDebianPackage(() => run({ only: 'lonely' }));
    expect(failure).toEqual({
      code: 'resolve/nothing-to-build',
      message: 'tiny builds no package of lonely with this version of qbuild.',
      next: 'See `qbuild product show tiny`.',
    });
  });

  test('is not signed with a key that nobody has', async () => {
    expect(await run({ key: 'nobody' })).toMatchObject({ code: 'sign/key-unknown' });
  });

  test('whose packages nobody has is not built without a network, and says how to fetch them', async () => {
    process.env.QBUILD_PACKAGES = join(bench.dir, 'no-packages');
    expect(await run({ installHostTools: true })).toMatchObject({
      code: 'network/offline-missing',
      next: 'Run once without `--offline`.',
    });
  });
});

describe('a lock', () => {
  test('that is none is refused by whatever reads it', async () => {
    const [locked, planned] = await changed('qbuild.lock', '{', async () => [await lock(), await forecast()]);
    for (const each of [locked, planned]) {
      expect(error(each as Result<unknown>)).toMatchObject({
        code: 'lock/malformed',
        place: expect.stringContaining('qbuild.lock'),
      });
    }
  });

  test('that is not there is not made where it must not change', async () => {
    const [locked, planned] = await changed('qbuild.lock', undefined, async () => {
      const both = [await lock(['tiny']), await forecast()];
      bench.write('qbuild.lock', '');
      return both;
    });
    for (const each of [locked, planned]) {
      expect(error(each as Result<unknown>).code).toBe('lock/would-change');
    }
  });

  test('is not asked for an unknown product', async () => {
    expect(error(await lock(['tinny']))).toMatchObject({
      code: 'resolve/unknown-product',
      next: 'Did you mean `tiny`?',
    });
  });

  test('has what `qbuild component` needs of a product, unless that cannot be built here', async () => {
    const distribution = 'distributions/debian-12.yaml';
    const withoutTools = bench.read(distribution).replaceAll('deb-build', 'deb-other');
    const [complete, lacking] = await withDebianPackage(async () => {
      bench.write('recipes/lonely/source/debian/control', CONTROL);
      bench.write('recipes/lonely/source/debian/changelog', 'lonely (1.0) unstable; urgency=low\n');
      const both = [await lock(['tiny']), await changed(distribution, withoutTools, () => lock(['tiny']))];
      rmSync(join(bench.workspace, 'recipes/lonely/source/debian'), { recursive: true });
      return both;
    });
    expect(error(complete as Result<unknown>)).toMatchObject({
      code: 'lock/would-change',
      cause: expect.stringMatching(/root deb-build:[0-9a-f]{12} is new \(\+nasm\)/),
    });
    expect(error(lacking as Result<unknown>)).toMatchObject({
      code: 'lock/would-change',
      cause: expect.not.stringMatching(/nasm/),
    });
  });

  test('of everything stops at a template that cannot be', async () => {
    const template =
      'kind: template\nname: oak\ntitle: Oak\ndistribution: debian-0\npackages: []\nsize: 1GiB\n';
    const locked = await changed('templates/oak/template.yaml', template, () => lock());
    expect(error(locked)).toMatchObject({
      code: 'resolve/unknown-distribution',
      place: 'templates/oak/template.yaml:4:15',
    });
  });
});

describe('a store', () => {
  test('at a path that overlayfs cannot have is refused before anything is fetched', async () => {
    process.env.QBUILD_STORE = join(bench.dir, 'a:b');
    expect(error(await forecast())).toMatchObject({
      code: 'host/store-path',
      next: expect.stringContaining('QBUILD_STORE'),
    });
  });

  test('that cannot be made is refused by whatever needs one', async () => {
    const file = join(bench.dir, 'a-file');
    writeFileSync(file, '');
    process.env.QBUILD_STORE = join(file, 'store');
    for (const each of [await lock(['tiny']), await forecast()]) {
      expect(error(each as Result<unknown>)).toMatchObject({
        code: 'store/io',
        place: join(file, 'store'),
      });
    }
  });
});

describe('an action', () => {
  const selection = () => ({ directory: bench.workspace, product: 'tiny' });

  test('is looked for in the product that was built last, and there must be one', async () => {
    process.env.QBUILD_CACHE = join(bench.dir, 'fresh-cache');
    const { directory } = selection();
    expect(error(await explainAction({ directory }, BUILD, never()))).toMatchObject({
      code: 'usage/no-product',
      place: directory,
    });
  });

  test('that never ran has no log', async () => {
    expect(error(await logOfAction(selection(), BUILD, never()))).toMatchObject({
      code: 'action/no-log',
      place: BUILD,
      next: 'Build the product first.',
    });
  });

  test('with a name like no other gets no suggestion', async () => {
    for (const id of ['zzz', 'zzz:zzz']) {
      expect(error(await explainAction(selection(), id, never()))).toEqual({
        code: 'usage/unknown-action',
        message: `The product has no action ${id}.`,
        next: 'See `qbuild product NAME --plan` for all of them.',
      });
    }
  });

  test('that signs has no shell', async () => {
    expect(error(await shellInAction(selection(), 'sign:setup', () => {}, never()))).toMatchObject({
      code: 'usage/no-sandbox',
      place: 'sign:setup',
    });
  });
});

describe('a template', () => {
  const TEMPLATE = 'templates/oak/template.yaml';
  const OAK = `kind: template
name: oak
title: Oak
distribution: debian-12
packages: []
size: 1GiB
`;
  test('that is not there is refused, with the templates that are', async () => {
    const named = (template: string) =>
      changed(TEMPLATE, OAK, () =>
        buildTemplate({ directory: bench.workspace, template, ...SETTINGS }, () => {}, never()),
      );
    expect((await named('aok')).failure).toMatchObject({
      code: 'usage/unknown-template',
      next: 'Did you mean `oak`?',
    });
    expect((await named('spruce')).failure).toMatchObject({ next: 'Valid here: `oak`.' });
  });
});
