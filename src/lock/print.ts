// Writes a lock as JSON that reads well in a diff: keys sorted, one package, key or Release a line.
import { canonicalJson, compareCodeUnits } from '../base/canonical.ts';
import type { DebianFacts } from '../resolve/debian/facts.ts';
import type { Lock, LockedComponent, LockedDistribution, LockedRoot } from './lockfile.ts';

/** The one text of a lock: equal locks print equal bytes, ending in a newline. */
export function printLock(lock: Lock): string {
  const text = object(0, {
    format: String(lock.format),
    distributions: object(1, mapValues(lock.distributions, distribution)),
    components: object(1, mapValues(lock.components, component)),
  });
  return `${text}\n`;
}

function distribution(locked: LockedDistribution): string {
  return object(2, {
    architecture: JSON.stringify(locked.architecture),
    metadata: list(3, locked.metadata.map(canonicalJson)),
    packages: object(3, mapValues(locked.packages, canonicalJson)),
    roots: object(3, mapValues(locked.roots, root)),
  });
}

function root(locked: LockedRoot): string {
  return object(4, {
    on: JSON.stringify(locked.on),
    requests: list(5, locked.requests.map(canonicalJson)),
    packages: list(5, locked.packages.map(canonicalJson)),
  });
}

function component({ git, archive, debian, builder }: LockedComponent): string {
  const source = git === undefined ? { archive } : { git };
  if (debian === undefined && builder === undefined) return canonicalJson(source);
  return object(2, {
    ...mapValues(source, canonicalJson),
    ...(debian && { debian: packaging(debian) }),
    ...(builder && {
      builder: object(3, {
        set: JSON.stringify(builder.set),
        packages: object(4, mapValues(builder.packages, canonicalJson)),
      }),
    }),
  });
}

function packaging({ source, version, buildDepends, buildConflicts, binaries }: DebianFacts): string {
  return object(3, {
    source: JSON.stringify(source),
    version: JSON.stringify(version),
    buildDepends: canonicalJson(buildDepends),
    buildConflicts: canonicalJson(buildConflicts),
    binaries: list(4, binaries.map(canonicalJson)),
  });
}

function object(depth: number, members: Readonly<Record<string, string>>): string {
  const keys = Object.keys(members).sort(compareCodeUnits);
  return block(
    depth,
    '{',
    keys.map((key) => `${JSON.stringify(key)}: ${members[key]}`),
    '}',
  );
}

function list(depth: number, members: readonly string[]): string {
  return block(depth, '[', members, ']');
}

function block(depth: number, open: string, lines: readonly string[], close: string): string {
  if (lines.length === 0) return open + close;
  const indent = '  '.repeat(depth + 1);
  return `${open}\n${lines.map((line) => indent + line).join(',\n')}\n${'  '.repeat(depth)}${close}`;
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  print: (value: T) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, print(value)]));
}
