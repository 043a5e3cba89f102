// Bad manifests and bad command lines, as users meet them: exact code, exit code, and a next run that just works.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../src/base/failure.ts';
import { tinyWorkspace } from './tiny.ts';
import { Workbench } from './workbench.ts';

let bench: Workbench;
beforeAll(() => {
  bench = tinyWorkspace(new Workbench());
});
afterAll(() => bench.remove());

const PRODUCT = 'products/tiny.yaml';
const RECIPE = 'recipes/hello/recipe.yaml';

/** Nine levels of nine references each: 400 million leaves when expanded. */
const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x]']
  .concat([...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`))
  .join('\n');

async function goodRun(): Promise<void> {
  const { exitCode, stdout, stderr } = await bench.run(['product', 'tiny', '--plan']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('build:hello:windows/amd64');
}

interface BadManifest {
  readonly file: string;
  readonly change: (text: string) => string;
  readonly code: string;
  readonly says: readonly string[];
}

const BAD: Readonly<Record<string, BadManifest>> = {
  'malformed YAML': {
    file: PRODUCT,
    change: (text) => text.replace('components: [', 'components: [[['),
    code: 'manifest/syntax',
    says: ['at:   products/tiny.yaml:', '^'],
  },
  'an alias bomb': {
    file: PRODUCT,
    change: (text) => `${BOMB}\n${text}`,
    code: 'manifest/alias-bomb',
    says: ['at:   products/tiny.yaml'],
  },
  'an unknown key': {
    file: PRODUCT,
    change: (text) => text.replace('version:', 'versoin:'),
    code: 'manifest/unknown-key',
    says: ['The key `versoin` is not known here.', 'products/tiny.yaml:5:1', 'Did you mean `version`?'],
  },
  'a wrong type': {
    file: PRODUCT,
    change: (text) => text.replace('version: 1.0.0', 'version: 1'),
    code: 'manifest/wrong-type',
    says: ['products/tiny.yaml:5:10', 'Expected a text, found the number `1`.'],
  },
  'an include that leaves the workspace': {
    file: PRODUCT,
    change: (text) => `${text}include: [../../../etc/passwd]\n`,
    code: 'manifest/outside-layer',
    says: ['products/tiny.yaml:14:11'],
  },
  'a source that leaves the layer': {
    file: RECIPE,
    change: (text) => text.replace('local: source', 'local: ../../../../etc'),
    code: 'resolve/outside-layer',
    says: ['recipes/hello/recipe.yaml:6:18'],
  },
  'an absolute source': {
    file: RECIPE,
    change: (text) => text.replace('local: source', 'local: /etc'),
    code: 'manifest/invalid-value',
    says: ['recipes/hello/recipe.yaml:6:18'],
  },
  'a name that looks like an option': {
    file: PRODUCT,
    change: (text) => text.replace('[hello,', '[--upload-pack=x, hello,'),
    code: 'manifest/invalid-value',
    says: ['products/tiny.yaml:10:14'],
  },
  'a package that looks like an option': {
    file: RECIPE,
    change: (text) => `${text}    buildDepends: ['-oDebug::NoLocking=1']\n`,
    code: 'manifest/invalid-value',
    says: ['recipes/hello/recipe.yaml:10:20'],
  },
  'an unknown component': {
    file: PRODUCT,
    change: (text) => text.replace('[hello,', '[helo,'),
    code: 'resolve/unknown-component',
    says: ['products/tiny.yaml:10:14', 'Did you mean `hello`?'],
  },
  'a component that builds on itself': {
    file: 'recipes/words/recipe.yaml',
    change: (text) => text.replace('source:', 'dependsOn: [hello]\nsource:'),
    code: 'resolve/dependency-cycle',
    says: ['hello', 'words'],
  },
};

describe('a workspace with', () => {
  test.each(Object.entries(BAD))(
    '%s fails with its own code, and works again when mended',
    async (_, bad) => {
      const good = bench.read(bad.file);
      bench.edit(bad.file, bad.change);
      const { exitCode, stdout, stderr } = await bench.run(['product', 'tiny']);
      bench.write(bad.file, good);
      const codes = [...stderr.matchAll(/^ {2}code: (.*)$/gm)].map((match) => match[1]);
      expect(codes[0], stderr).toBe(bad.code);
      for (const text of bad.says) expect(stderr).toContain(text);
      expect(exitCode).toBe(EXIT_CODE[bad.code.split('/')[0] as keyof typeof EXIT_CODE]);
      expect(stdout).toBe('');
      await goodRun();
    },
  );

  test('a source that is a symbolic link to elsewhere reads nothing of it', async () => {
    const source = join(bench.workspace, 'recipes/lonely/source/stolen');
    symlinkSync('/etc/passwd', source);
    const { exitCode, stderr } = await bench.run(['product', 'tiny', '--plan']);
    rmSync(source);
    expect(stderr).toContain('code: source/symlink-escapes');
    expect(exitCode).toBe(EXIT_CODE.source);
    await goodRun();
  });

  test('a device for a source file is not read', async () => {
    const source = join(bench.workspace, 'recipes/lonely/source/device');
    execFileSync('mkfifo', [source]);
    const { exitCode, stderr } = await bench.run(['product', 'tiny', '--plan']);
    rmSync(source);
    expect(stderr).toContain('code: source/special-file');
    expect(exitCode).toBe(EXIT_CODE.source);
    await goodRun();
  });
});

describe('a command line', () => {
  const cases: readonly [string, readonly string[], number, RegExp][] = [
    ['with an action before anything was built', ['why', 'x'], EXIT_CODE.usage, /code: usage\/no-product/],
    ['without a command that is known', ['prodct', 'tiny'], EXIT_CODE.usage, /^qbuild: .*prodct/],
    ['without an argument', ['product'], EXIT_CODE.usage, /^qbuild: Missing 1 required arg/],
    [
      'with a flag that is not known',
      ['product', 'tiny', '--lokced'],
      EXIT_CODE.usage,
      /^qbuild: .*--lokced/,
    ],
    [
      'with a value that is no number',
      ['product', 'tiny', '--jobs', 'many'],
      EXIT_CODE.usage,
      /^qbuild: .*many/s,
    ],
    ['with no jobs at all', ['product', 'tiny', '--jobs', '0'], EXIT_CODE.usage, /^qbuild: .*: 0/s],
    [
      'with a product that is not there',
      ['product', 'tny'],
      EXIT_CODE.resolve,
      /^error: .*`tny`.*Did you mean `tiny`\?.*code: resolve\/unknown-product/s,
    ],
    [
      'with a manifest that is not there',
      ['product', './products/absent.yaml'],
      EXIT_CODE.manifest,
      /code: manifest\/missing-file/,
    ],
    [
      'with a manifest that is none',
      ['product', '../../../../../../etc/passwd'],
      EXIT_CODE.manifest,
      /code: manifest\//,
    ],
    [
      'with a component that is not in the product',
      ['product', 'tiny', '--only', 'helo'],
      EXIT_CODE.resolve,
      /code: resolve\/unknown-component/,
    ],
    [
      'with an action that is not there',
      ['why', 'build:helo:windows/amd64', '--product', 'tiny'],
      EXIT_CODE.usage,
      /Did you mean build:hello:windows\/amd64\?.*code: usage\/unknown-action/s,
    ],
    [
      'with an action that never ran',
      ['log', 'build:hello:windows/amd64', '--product', 'tiny'],
      EXIT_CODE.action,
      /code: action\/no-log/,
    ],
    ['with a key that is not there', ['product', 'tiny', '--key', 'absent'], EXIT_CODE.sign, /code: sign\//],
    ['with a key name that is a path', ['product', 'tiny', '--key', '../x'], EXIT_CODE.sign, /code: sign\//],
    ['with a shell that is not known', ['completion', 'cmd'], EXIT_CODE.usage, /^qbuild: .*cmd/],
    [
      'with a kind that is not known',
      ['schema', 'constructor'],
      EXIT_CODE.usage,
      /code: usage\/unknown-kind/,
    ],
  ];

  test.each(cases)('%s is refused with one message', async (_, args, expected, says) => {
    const { exitCode, stdout, stderr } = await bench.run(args);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/EEXIT|\n {4}at /);
    expect({ exitCode, stdout }).toEqual({ exitCode: expected, stdout: '' });
  });

  test('outside of a workspace says where it looked', async () => {
    const outside = join(bench.dir, 'outside');
    mkdirSync(outside);
    const other = Object.assign(Object.create(bench) as Workbench, { workspace: outside });
    const { exitCode, stderr } = await other.run(['product', 'tiny']);
    expect(stderr).toContain(`at:   ${outside}`);
    expect(stderr).toContain('code: manifest/no-workspace');
    expect(exitCode).toBe(EXIT_CODE.manifest);
  });

  test('in a directory below the workspace finds it', async () => {
    const below = Object.assign(Object.create(bench) as Workbench, {
      workspace: join(bench.workspace, 'recipes/hello'),
    });
    expect((await below.run(['product', 'list'])).stdout).toBe('tiny  Tiny\n');
  });

  test('that names a manifest by path reads it from wherever it is', async () => {
    writeFileSync(join(bench.dir, 'other.yaml'), 'kind: product\nname: other\nextends: tiny\ntitle: Other\n');
    const { exitCode, stdout } = await bench.run(['product', 'show', '../other.yaml']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('title: Other');
  });
});

test('--json ends with a result also when nothing could be prepared', async () => {
  const { exitCode, result, events } = await bench.product('tny');
  expect(exitCode).toBe(EXIT_CODE.resolve);
  expect(result).toMatchObject({
    ok: false,
    product: 'tny',
    deliverables: [],
    actions: { run: 0, cached: 0, failed: 0 },
    failure: { code: 'resolve/unknown-product', next: 'Did you mean `tiny`?' },
  });
  expect(events.at(-1)?.type).toBe('result');
});

test('bad input leaves nothing in the store', () => {
  const entries = readdirSync(bench.store, { recursive: true, withFileTypes: true });
  expect(entries.filter((entry) => entry.isFile() && entry.parentPath.includes('results'))).toEqual([]);
});
