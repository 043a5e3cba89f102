// The workspace's table of mirrors: URL prefixes and what to fetch from instead.

/** Prefix of a URL → what replaces it. Prefixes match whole path segments; the longest wins. */
export type Mirrors = Readonly<Record<string, string>>;

/** The URL to fetch `url` from. The lock keeps `url` itself, so that it is the same behind every mirror. */
export function mirrored(url: string, mirrors: Mirrors): string {
  let best = '';
  let replacement = '';
  for (const [from, to] of Object.entries(mirrors)) {
    const prefix = from.replace(/\/+$/, '');
    if (prefix.length > best.length && (url === prefix || url.startsWith(`${prefix}/`))) {
      best = prefix;
      replacement = to.replace(/\/+$/, '');
    }
  }
  return best === '' ? url : replacement + url.slice(best.length);
}

/** An archive's URL after mirrors, written as apt prints it: without a trailing slash, `file:` with one slash. */
export function aptUrl(url: string, mirrors: Mirrors): string {
  return mirrored(url, mirrors)
    .replace(/^file:\/{2,}/, 'file:/')
    .replace(/\/+$/, '');
}
