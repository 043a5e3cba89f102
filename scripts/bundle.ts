// Makes the program as a few chunks of JavaScript, its shell scripts, and oclif's command manifest.
//
// usage: node scripts/bundle.ts [DIRECTORY]   default: dist
import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const target = process.argv[2] ?? join(root, 'dist');

/**
 * A bundled module no longer lies beside its shell script. `src/` keeps its layout below its `src/`, and
 * `import.meta.url` of every module of ours becomes the place where it would lie there.
 */
const keepModulePlaces: Plugin = {
  name: 'keep-module-places',
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const place = JSON.stringify(relative(source, path));
      const text = await readFile(path, 'utf8');
      const contents =
        path === join(source, 'main.ts')
          ? text
          : text.replaceAll('import.meta.url', `(globalThis.qbuildSource + ${place})`);
      return { contents, loader: 'ts' };
    });
  },
};

const commands = await Array.fromAsync(glob('commands/**/*.ts', { cwd: source }));
// Programs that run as processes of their own.
const programs = ['store/list-tree.ts'];

async function bundleInto(directory: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [
      { in: join(source, 'main.ts'), out: 'main' },
      ...commands.sort().map((file) => ({ in: join(source, file), out: file.replace(/\.ts$/, '') })),
      ...programs.sort().map((file) => ({ in: join(source, file), out: `src/${file.replace(/\.ts$/, '')}` })),
    ],
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[name]-[hash]',
    alias: Object.fromEntries(
      ['wsl-utils', 'tinyglobby', 'debug', 'cli-spinners'].map((name) => [
        name,
        join(root, 'scripts/left-out.ts'),
      ]),
    ),
    // oclif loads TypeScript only to run from TypeScript sources.
    external: ['typescript'],
    // Identifiers stay, so that a stack trace can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    plugins: [keepModulePlaces],
    // Dependencies that are CommonJS reach Node's modules by `require`.
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Whatever modules read from beside themselves: scripts and templates of the steps. */
async function copyScripts(directory: string): Promise<void> {
  for await (const file of glob('**/*.{sh,pl,nsi,ovf,wxs,initramfs}', { cwd: source })) {
    await mkdir(dirname(join(directory, 'src', file)), { recursive: true });
    await cp(join(source, file), join(directory, 'src', file));
  }
}

/** oclif reads commands from this instead of importing every one of them at each start. */
async function writeCommandManifest(directory: string): Promise<void> {
  const packageJson = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const { name, version, description, license, type, oclif } = packageJson;
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({
      name,
      version,
      description,
      license,
      type,
      oclif: { ...oclif, commands: './commands' },
    }),
  );
  const config = await Config.load(directory);
  const plugin = config.plugins.get(name) as { readonly manifest?: object } | undefined;
  const manifest = plugin?.manifest;
  if (manifest === undefined) throw new Error('oclif found no commands');
  await writeFile(join(directory, 'oclif.manifest.json'), JSON.stringify(manifest));
}

await rm(target, { recursive: true, force: true });
await bundleInto(target);
await copyScripts(target);
await writeCommandManifest(target);
