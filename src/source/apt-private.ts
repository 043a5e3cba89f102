// A private apt: its own configuration, state and cache, so that nothing of the host's /etc/apt or dpkg takes part.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { ResolvedArchive } from '../resolve/resolved.ts';
import { aptUrl, type Mirrors } from './mirrors.ts';
import { runTool, type ToolOutput } from './process.ts';

export interface PrivateApt {
  readonly dir: string;
  /** The archives as configured, before mirrors. */
  readonly archives: readonly ResolvedArchive[];
  /** Runs `apt-get` or `apt-cache`; options before operands. Any exit code is a value. */
  run(tool: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<Result<ToolOutput>>;
}

/**
 * Prepares the private apt for these archives under `cacheDir`; indexes of an earlier run stay and are revalidated.
 * Other archives, architectures, keyrings or mirrors mean another directory. Failures: `source/bad-archive`, `host/…`.
 */
export async function privateApt(
  cacheDir: string,
  architecture: string,
  archives: readonly ResolvedArchive[],
  mirrors: Mirrors,
  signal: AbortSignal,
): Promise<Result<PrivateApt>> {
  const bad = archives.map(unusable).find((failure) => failure !== undefined);
  if (bad !== undefined) return fail(bad);
  const sources = archives.map((archive) => sourcesStanza(archive, architecture, mirrors)).join('\n');
  const dir = join(
    cacheDir,
    'apt',
    sha256Hex(canonicalJson([CONFIGURATION, architecture, sources])).slice(0, 16),
  );
  const config = join(dir, 'apt.conf');
  try {
    for (const sub of ['etc', 'state/lists/partial', 'cache/archives/partial', 'log', 'stanzas', 'status']) {
      await mkdir(join(dir, sub), { recursive: true });
    }
    await settle(join(dir, 'empty-status'), '');
    await settle(join(dir, 'etc/archives.sources'), sources);
    await settle(config, aptConfiguration(dir, architecture));
  } catch (error) {
    return fail({
      code: 'host/unwritable-cache',
      message: 'The cache directory cannot be written.',
      place: dir,
      cause: (error as Error).message,
      next: 'Check its permissions and the free space.',
    });
  }
  const run: PrivateApt['run'] = (tool, args) => runTool(tool, { args, env: { APT_CONFIG: config }, signal });
  return ok({ dir, archives, run });
}

/** Another run may be reading the file: it is left alone when it is right, and replaced whole when it is not. */
async function settle(path: string, content: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return;
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Part of the directory's name, so that caches of another configuration are not used. */
const CONFIGURATION = 2;

function aptConfiguration(dir: string, architecture: string): string {
  const settings: Record<string, string> = {
    Dir: dir,
    // APT_CONFIG is read before these, which would otherwise bring the host's configuration in.
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc': `${dir}/etc`,
    'Dir::Etc::sourcelist': `${dir}/etc/archives.sources`,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::trusted': '/dev/null',
    'Dir::Etc::trustedparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': `${dir}/state`,
    'Dir::State::status': `${dir}/empty-status`,
    'Dir::Cache': `${dir}/cache`,
    'Dir::Log': `${dir}/log`,
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    // The user _apt could read neither keyrings nor archives below a private home directory.
    'APT::Sandbox::User': 'root',
    // Half a set of indexes would resolve to something else than the whole.
    'APT::Update::Error-Mode': 'any',
    // `lib.*` is a mistake in a manifest, not a question.
    'APT::Cmd::Pattern-Only': 'true',
    // apt counts itself as essential; a root needs dpkg only.
    'pkgCacheGen::ForceEssential': ',',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
    'Acquire::AllowDowngradeToInsecureRepositories': 'false',
    'Acquire::Languages': 'none',
    'Acquire::ForceHash': 'sha256',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '30',
    'Acquire::https::Timeout': '30',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join('');
}

function sourcesStanza(archive: ResolvedArchive, architecture: string, mirrors: Mirrors): string {
  const fields = {
    Types: 'deb',
    URIs: aptUrl(archive.url, mirrors),
    Suites: archive.suites.join(' '),
    Components: archive.components.join(' '),
    Architectures: architecture,
    'Signed-By': archive.keyring,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** Values end up in apt's line-based files, so each must be one word of its kind. */
function unusable(archive: ResolvedArchive): Failure | undefined {
  const { url, suites, components, keyring } = archive;
  const wrong = (what: string, value: string): Failure => ({
    code: 'source/bad-archive',
    message: `The archive's ${what} ${JSON.stringify(value)} is not usable.`,
    place: url,
    next: 'Correct it in the distribution manifest.',
  });
  if (!/^(?:https?:\/\/|file:\/)[!-~]+$/.test(url) || /["\\#[\]]/.test(url)) return wrong('URL', url);
  for (const suite of suites)
    if (!/^[A-Za-z0-9][\w.+/-]*[A-Za-z0-9]$/.test(suite)) return wrong('suite', suite);
  for (const name of components) if (!/^[A-Za-z0-9][\w.+/-]*$/.test(name)) return wrong('component', name);
  if (suites.length === 0) return wrong('list of suites', '');
  if (components.length === 0) return wrong('list of components', '');
  if (!/^\/[^\s"\\,]+$/.test(keyring)) return wrong('keyring', keyring);
  return undefined;
}
