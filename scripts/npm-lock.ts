// What package-lock.json says: the npm packages that make and run the bundle on Linux, and where they are offered.

/** One package in its place below the project. */
export interface NpmPackage {
  /** Where it is unpacked, e.g. `node_modules/@oclif/core`. */
  readonly place: string;
  /** Its archive's name, as `npm pack` forms it. */
  readonly file: string;
  readonly url: string;
  /** `sha512-` and the digest in base 64 (Subresource Integrity). */
  readonly integrity: string;
}

interface LockEntry {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** Where packages are that the lock gives no address of. */
const REGISTRY = 'https://registry.npmjs.org';

const MODULES = 'node_modules/';

/** The packages of a package-lock.json (lockfileVersion 3) without those for development alone, by place. */
export function npmPackages(lockText: string): NpmPackage[] {
  const { packages } = JSON.parse(lockText) as { readonly packages: Readonly<Record<string, LockEntry>> };
  return Object.entries(packages)
    .filter(([place, entry]) => place !== '' && !entry.dev && !entry.devOptional && fits(entry))
    .map(([place, { version, integrity }]) => {
      if (integrity?.startsWith('sha512-') !== true)
        throw new Error(`package-lock.json pins no sha512 of ${place}`);
      const name = place.slice(place.lastIndexOf(MODULES) + MODULES.length);
      const base = name.slice(name.indexOf('/') + 1);
      return {
        place,
        file: `${name.replace('@', '').replace('/', '-')}-${version}.tgz`,
        url: `${REGISTRY}/${name}/-/${base}-${version}.tgz`,
        integrity,
      };
    });
}

/** Whether npm would install it on 64-bit Linux with glibc. */
function fits({ os, cpu, libc }: LockEntry): boolean {
  const allows = (list: readonly string[] | undefined, mine: string) =>
    list === undefined || list.includes(mine);
  return allows(os, 'linux') && allows(cpu, 'x64') && allows(libc, 'glibc');
}
