// A run with nothing to do, told by metadata alone: what the last such run of the same command depended on is
// looked at, and when none of it was touched since, its report is given again.
//
// Watched are all files of all layers (manifests, sources and the lock among them), the directories that manifests
// are listed from, the store, the signing key and what was published. Sources lie in layers, or are pinned by the
// lock. A file that is damaged inside the store is found when something reads it.
import { type BigIntStats, lstatSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Emit, Event } from '../action/events.ts';
import { sha256Hex } from '../base/digest.ts';
import type { RunReport } from '../report/presenter.ts';
import { listLocalTrees } from '../source/local.ts';
import { isSettled, stampOfTree } from '../store/stamp.ts';
import { writeCacheFile } from './cache-file.ts';
import { type Directories, directoriesOf } from './directories.ts';
import { filesOfKeys, type KeyChoice } from './signing.ts';
import { programVersion } from './version.ts';

/** What makes two commands the same. */
export interface RunOptions extends KeyChoice {
  readonly directory: string;
  readonly product: string;
  readonly vmm?: string;
  readonly out?: string;
}

/** What was seen at the end of a run. Paths are absolute. */
interface RememberedRun {
  readonly program: string;
  readonly layers: readonly string[];
  readonly layersStamp: string;
  readonly paths: readonly string[];
  readonly pathsStamp: string;
  /** Milliseconds since 1970: a run after this moment says something else. */
  readonly until?: number;
  readonly events: readonly Event[];
  readonly report: RunReport;
}

/** The report of the last run when nothing that it depended on was touched since; events are emitted again. */
export async function unchangedRun(
  options: RunOptions,
  emit: Emit,
  signal: AbortSignal,
): Promise<RunReport | undefined> {
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  const directories = directoriesOf(process.env);
  const record = readRecord(recordFile(options, directories));
  if (record?.program !== programVersion()) return undefined;
  if (record.until !== undefined && Date.now() >= record.until) return undefined;
  if (stampOfPaths(record.paths).stamp !== record.pathsStamp) return undefined;
  const seen = await stampOfLayers(record.layers, signal);
  if (seen?.stamp !== record.layersStamp) return undefined;
  for (const event of record.events) emit({ ...event, atMs: elapsed() });
  return { ...record.report, wallMs: elapsed() };
}

/**
 * Keeps a run that executed nothing. Not when something was touched so shortly before `begin` (milliseconds since
 * 1970) or meanwhile that its metadata could stay the same when it is touched again, nor when a manifest is none of
 * its layer's files.
 */
export async function rememberRun(
  options: RunOptions,
  watched: {
    readonly layers: readonly string[];
    readonly manifests: readonly string[];
    /** When what was published expires, which a run has to say; seconds since 1970. */
    readonly expires?: number;
  },
  events: readonly Event[],
  report: RunReport,
  begin: number,
  signal: AbortSignal,
): Promise<void> {
  const directories = directoriesOf(process.env);
  const paths = [
    ...new Set([
      ...listedDirectories(watched.layers),
      ...watched.manifests.map((path) => dirname(path)),
      ...publishedFiles(report),
      ...filesOfKeys(directories, options),
      join(directories.store, 'format.json'),
    ]),
  ];
  const atPaths = stampOfPaths(paths);
  const atLayers = await stampOfLayers(watched.layers, signal);
  if (atLayers === undefined) return;
  const settled = [...atPaths.stats, ...atLayers.stats].every((stats) => isSettled(stats, BigInt(begin)));
  if (!settled || !watched.manifests.every((path) => atLayers.files.has(path))) return;
  const ends = (watched.expires ?? Number.POSITIVE_INFINITY) * 1000;
  const record: RememberedRun = {
    program: programVersion(),
    layers: watched.layers,
    layersStamp: atLayers.stamp,
    paths,
    pathsStamp: atPaths.stamp,
    ...(ends > begin && ends < Number.POSITIVE_INFINITY && { until: ends }),
    events: events.filter(({ type }) => type === 'notice' || type === 'planned' || type === 'cached'),
    report,
  };
  writeCacheFile(recordFile(options, directories), JSON.stringify(record));
}

/** Where a new manifest would be found. */
function listedDirectories(layers: readonly string[]): string[] {
  const names = ['recipes', 'products', 'products/vmm', 'distributions', 'templates', 'keys'];
  return layers.flatMap((layer) => names.map((name) => join(layer, name)));
}

function publishedFiles({ deliverables, directory = '' }: RunReport): string[] {
  const names = directory === '' ? [] : ['SHA256SUMS', 'SHA256SUMS.asc'];
  const checksums = names.map((name) => join(directory, name));
  return [...deliverables.map(({ path }) => path), ...checksums];
}

/** One stamp of all these paths, whether there or not. */
function stampOfPaths(paths: readonly string[]): { stamp: string; stats: BigIntStats[] } {
  const seen = paths.map((path) => ({
    path,
    stats: lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  }));
  const there = seen.flatMap(({ path, stats }) => (stats === undefined ? [] : [{ path, stats }]));
  const absent = seen.filter(({ stats }) => stats === undefined).map(({ path }) => path);
  return {
    stamp: sha256Hex([stampOfTree(there), ...absent].join('\n')),
    stats: there.map(({ stats }) => stats),
  };
}

async function stampOfLayers(
  layers: readonly string[],
  signal: AbortSignal,
): Promise<{ stamp: string; stats: BigIntStats[]; files: ReadonlySet<string> } | undefined> {
  const listed = await listLocalTrees(layers, signal);
  if (!listed.ok) return undefined;
  const files = [...listed.value].flatMap(([layer, inside]) =>
    inside.map(({ path, stats }) => ({ path: `${layer}/${path}`, stats })),
  );
  return {
    stamp: stampOfTree(files),
    stats: files.map(({ stats }) => stats),
    files: new Set(files.map(({ path }) => path)),
  };
}

function recordFile(options: RunOptions, directories: Directories): string {
  const { directory, product, vmm, key, openPgpKey, out } = options;
  const command = [resolve(directory), product, vmm, key, openPgpKey, out && resolve(out), directories];
  return join(directories.cache, 'runs', `${sha256Hex(JSON.stringify(command))}.json`);
}

function readRecord(file: string): RememberedRun | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // Absent or damaged: the run is made.
  }
}
