// Submodules of a commit: where `.gitmodules` says that they are. A repository writes that text, and so could a stranger.
import { posix } from 'node:path';
import { type Failure, fail, ok, type Result } from '../base/failure.ts';
import type { GitNeed } from '../lock/needs.ts';
import type { TreeLink } from './git-export.ts';
import type { InMirror } from './git-mirror.ts';

export interface Submodule extends TreeLink {
  /** As the repository writes it, perhaps relative to its own. */
  readonly url: string;
}

/** Of one repository; the largest known one has 30. */
const MAX_SUBMODULES = 64;
/** Repositories inside of repositories. */
const MAX_DEPTH = 4;

/** The URL of each link, as `.gitmodules` of the commit has it. Failure: `source/submodule`. */
export async function submodulesOf(
  run: InMirror,
  commit: string,
  links: readonly TreeLink[],
  need: GitNeed,
): Promise<Result<readonly Submodule[]>> {
  if (links.length === 0) return ok([]);
  const place = `${need.url} ${commit}`;
  if (links.length > MAX_SUBMODULES)
    return fail(refused(place, `It has ${links.length}, more than ${MAX_SUBMODULES}.`));
  if (need.subdirectory !== undefined) {
    return fail(refused(place, 'Submodules of a subdirectory are not fetched.'));
  }
  const listed = await run(['config', '--blob', `${commit}:.gitmodules`, '--null', '--list']);
  if (!listed.ok) return listed;
  const urls = urlsByPath(listed.value.stdout.toString('utf8'));
  const named: Submodule[] = [];
  for (const link of links) {
    const url = urls.get(link.path);
    if (url === undefined)
      return fail(refused(`${place}: ${link.path}`, 'Its `.gitmodules` names no URL for it.'));
    named.push({ ...link, url });
  }
  return ok(named);
}

/** `submodule.NAME.path` and `.url`, each as `key\nvalue`. */
function urlsByPath(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\0')) {
    const at = line.indexOf('\n');
    if (at > 0) settings.set(line.slice(0, at), line.slice(at + 1));
  }
  const urls = new Map<string, string>();
  for (const [key, path] of settings) {
    const url = settings.get(key.replace(/\.path$/, '.url'));
    if (/^submodule\..+\.path$/s.test(key) && url !== undefined) urls.set(path, url);
  }
  return urls;
}

/**
 * The URL of a submodule, resolved as gitsubmodules(7) has it. A repository from a network must not reach into this
 * machine's files (CVE-2022-39253). Failure: `source/submodule`; what is no URL at all is refused when it is fetched.
 */
export function submoduleUrl(parent: string, written: string, path: string, depth: number): Result<string> {
  const place = `${parent}: ${path}`;
  if (depth > MAX_DEPTH) return fail(refused(place, `Submodules are nested more than ${MAX_DEPTH} times.`));
  const url = /^\.\.?\//.test(written) ? joined(parent, written) : written;
  const isLocal = (text: string) => /^(?:file:|\/)/i.test(text);
  if (url === undefined || (isLocal(url) && !isLocal(parent)))
    return fail(
      refused(place, `Its URL ${JSON.stringify(written)} leads to this machine, or out of its server.`),
    );
  return ok(url);
}

function joined(parent: string, relative: string): string | undefined {
  const [, server = '', path = ''] = /^([a-z]+:\/\/[^/]*|[^/:]+@[^/:]+:)?(.*)$/s.exec(parent) ?? [];
  const isScp = server.endsWith(':');
  const base = isScp ? `/${path}` : path;
  const whole = posix.normalize(`${base.replace(/\/+$/, '')}/${relative}`);
  // More steps upwards than there are directories: normalising an absolute path hides that.
  const steps = relative.split('/').filter((part) => part === '..').length;
  if (steps >= base.split('/').filter(Boolean).length + 1) return undefined;
  return `${server}${isScp ? whole.slice(1) : whole}`;
}

function refused(place: string, cause: string): Failure {
  return {
    code: 'source/submodule',
    message: 'A submodule cannot be fetched.',
    place,
    cause,
    next: 'Use another commit, or make the submodule a component of its own.',
  };
}
