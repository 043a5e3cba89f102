// Where a repository that says itself how it is built has its `debian/`.
import { fail, ok, type Result } from '../../base/failure.ts';
import type { BuilderPackage } from '../resolved.ts';

/** The directory that has the `debian/` of a package; empty for the top of the source. */
export function packagingOf({ build }: Pick<BuilderPackage, 'build'>): string {
  return (build[0] ?? '').replace(/(?:^|\/)debian$/, '');
}

/**
 * The same for all packages of a source: facts are read once, and one build makes one source package.
 * Failure: `source/builder-unsupported`.
 */
export function debianDirectory(
  { packages }: { readonly packages: Readonly<Record<string, BuilderPackage>> },
  place: string,
): Result<string> {
  const debian = Object.values(packages).filter(({ build }) => !build.some((path) => path.endsWith('.spec')));
  const stated = new Set(debian.flatMap(({ build }) => build));
  const [only = ''] = stated;
  if (stated.size === 1 && /(?:^|\/)debian$/.test(only)) return ok(packagingOf({ build: [only] }));
  return fail({
    code: 'source/builder-unsupported',
    message:
      'The repository cannot be built as it says: Debian packages come from one directory called `debian`.',
    place: `${place}/.qubesbuilder`,
    cause: `It names ${[...stated].join(', ')}.`,
    next: 'Write a recipe of the component’s name without `builder`.',
  });
}
