// Writes the workspace that a configuration of qubes-builderv2 describes.
import { copyFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Json } from '../base/canonical.ts';
import { fail, joinFailures, ok, type Result } from '../base/failure.ts';
import { type ImportedWorkspace, mergeConfigurations, workspaceFromBuilder } from '../manifest/builder-v2.ts';
import { NAME } from '../manifest/schema-words.ts';
import { readYaml } from '../manifest/yaml-text.ts';

/** Configurations that include each other end somewhere. */
const MAX_DEPTH = 10;

/**
 * Reads `file` and what it includes; makes `directory`, which must not exist or be empty. `own`: where manifests of
 * distributions and VMMs come from. Failures: `manifest/…`, `usage/not-empty`.
 */
export async function importBuilder(
  file: string,
  directory: string,
  own: string,
  epoch: number,
): Promise<Result<ImportedWorkspace>> {
  const refusal = await occupied(directory);
  if (refusal !== undefined) return refusal;
  const configurations: { [key: string]: Json }[] = [];
  const read = await readWithIncludes(resolve(file), configurations, 0);
  if (!read.ok) return read;
  const workspace = workspaceFromBuilder(mergeConfigurations(configurations), epoch);
  const copies = [
    ...workspace.distributions.map((name) => `distributions/${name}.yaml`),
    `products/vmm/${workspace.vmm}.yaml`,
  ];
  const absent = NAME.test(workspace.vmm)
    ? await firstAbsent(own, copies)
    : `VMM ${JSON.stringify(workspace.vmm)}`;
  if (absent !== undefined) {
    return fail({
      code: 'manifest/missing-file',
      message: `This qbuild has no ${absent}, which the configuration needs.`,
      place: file,
      next: 'Change `backend-vmm` or `distributions` in a copy of the configuration.',
    });
  }
  // Aside and renamed: an interrupted import leaves no half workspace.
  const aside = `${resolve(directory)}.${process.pid}`;
  try {
    for (const [path, text] of Object.entries(workspace.files)) {
      await mkdir(dirname(join(aside, path)), { recursive: true });
      await writeFile(join(aside, path), text);
    }
    for (const path of copies) {
      await mkdir(dirname(join(aside, path)), { recursive: true });
      await copyFile(join(own, path), join(aside, path));
    }
    await rename(aside, resolve(directory));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return ok(workspace);
}

async function occupied(directory: string): Promise<Result<never> | undefined> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => error.code ?? '');
  if (entries === 'ENOENT' || (Array.isArray(entries) && entries.length === 0)) return undefined;
  return fail({
    code: 'usage/not-empty',
    message: 'The workspace must go into a new or empty directory.',
    place: directory,
    next: 'Choose another one with --to.',
  });
}

/** Included configurations come before the one that includes them, so that it overrides. */
async function readWithIncludes(
  path: string,
  into: { [key: string]: Json }[],
  depth: number,
): Promise<Result<void>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string' || depth > MAX_DEPTH) {
    return fail({
      code: 'manifest/missing-file',
      message:
        typeof text === 'string'
          ? 'Files include each other too deeply.'
          : 'The configuration cannot be read.',
      place: path,
      ...(typeof text === 'string' ? {} : { cause: text.message }),
    });
  }
  const yaml = readYaml({ label: path, text });
  if ('failures' in yaml) {
    const [first, ...rest] = yaml.failures;
    if (first === undefined) throw new Error('reading YAML failed without a failure');
    return fail(joinFailures([first, ...rest]));
  }
  const { data } = yaml.yaml;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return fail({
      code: 'manifest/wrong-type',
      message: 'A configuration of qubes-builderv2 is a mapping of keys.',
      place: path,
    });
  }
  const configuration = data as { [key: string]: Json };
  const included = Array.isArray(configuration.include) ? configuration.include : [];
  for (const each of included) {
    if (typeof each !== 'string') continue;
    const read = await readWithIncludes(resolve(dirname(path), each), into, depth + 1);
    if (!read.ok) return read;
  }
  into.push(configuration);
  return ok();
}

async function firstAbsent(directory: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if ((await lstat(join(directory, path)).catch(() => undefined)) === undefined) return path;
  }
  return undefined;
}
