// The texts of an apt repository that follow from the product alone: the head of Release, the client's description.
import type { ResolvedProduct } from '../../resolve/resolved.ts';

/** The settings of the deliverable as `resolve` yields them. */
export interface AptSettings {
  readonly distribution: string;
  readonly architecture: string;
  readonly suite: string;
  readonly component: string;
  /** Absent: for ever. */
  readonly validityDays?: number;
  readonly url: string;
}

type Described = Pick<ResolvedProduct, 'name' | 'title' | 'version' | 'publisher' | 'epoch'>;

const SECONDS_PER_DAY = 86_400;

/** When apt begins to refuse the repository; seconds since 1970. */
export function validUntil({ epoch }: Described, { validityDays }: AptSettings): number | undefined {
  return validityDays === undefined ? undefined : epoch + validityDays * SECONDS_PER_DAY;
}

/** The fields of Release (Debian's repository format) without the hashes; ends in a line end. */
export function releaseHead(product: Described, settings: AptSettings): string {
  const { suite, component, architecture, distribution } = settings;
  const end = validUntil(product, settings);
  return fields({
    Origin: product.publisher,
    Label: product.title,
    Suite: suite,
    Codename: suite,
    Version: product.version,
    Date: date(product.epoch),
    ...(end !== undefined && { 'Valid-Until': date(end) }),
    Architectures: architecture,
    Components: component,
    Description: `${product.title} ${product.version} for ${distribution}`,
    'Acquire-By-Hash': 'yes',
  });
}

/** What a client writes to /etc/apt/sources.list.d/ (deb822), but for the key. */
export function sourcesText(
  { title }: Described,
  { url, suite, component, architecture }: AptSettings,
): string {
  return fields({
    'X-Repolib-Name': title,
    Types: 'deb',
    URIs: url,
    Suites: suite,
    Components: component,
    Architectures: architecture,
  });
}

function fields(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/** RFC 9110's form, with the name of the time zone that apt writes. */
function date(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace(/GMT$/, 'UTC');
}
