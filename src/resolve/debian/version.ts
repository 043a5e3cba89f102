// Debian version numbers: which are sound, and which of two is the later one (Debian Policy 5.6.12, deb-version(7)).

const VERSION = /^(?:[0-9]+:[0-9][A-Za-z0-9.+~:-]*|[0-9][A-Za-z0-9.+~-]*)$/;

/** Whether dpkg accepts a version. */
export function isDebianVersion(text: string): boolean {
  if (!VERSION.test(text)) return false;
  const { epoch, upstream, revision } = split(text);
  return epoch <= MAX_EPOCH && upstream !== '' && !(text.includes('-') && revision === '');
}

/** dpkg keeps epochs in an int. */
const MAX_EPOCH = 2 ** 31 - 1;

/** Negative, zero or positive, as `a` is before, the same as or after `b`. */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

function split(version: string) {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Alternates between text, in which `~` is before everything, and numbers. */
function comparePart(a: string, b: string): number {
  const [left, right] = [a, b].map((text): string[] => [...(text.match(/[^0-9]+|[0-9]+/g) ?? [])]) as [
    string[],
    string[],
  ];
  // Both begin with text, be it empty.
  for (const parts of [left, right]) if (/^[0-9]/.test(parts[0] ?? '')) parts.unshift('');
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [x = '', y = ''] = [left[index], right[index]];
    const order = index % 2 === 0 ? compareText(x, y) : compareNumbers(x, y);
    if (order !== 0) return order;
  }
  return 0;
}

function compareNumbers(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return x.length - y.length || (x < y ? -1 : x > y ? 1 : 0);
}

function compareText(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = weight(a[index]) - weight(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~`, then the end, then letters, then the rest. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
