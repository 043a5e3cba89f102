// Refuses distribution packages with the name of a package that the product makes itself.
import { type Failure, joinFailures } from '../base/failure.ts';
import { type Lock, own, splitPackageKey } from '../lock/lockfile.ts';
import { buildRoot, type RootChoice } from '../lock/needs.ts';
import type { ResolvedPackage, ResolvedProduct } from '../resolve/resolved.ts';

/**
 * A failure for every build whose own distribution packages have such a name: `deb/shadowed-package`. Roots that all
 * builds share are the distribution's affair; what a package provides is looked at when it is installed.
 */
export function shadowedPackages(
  product: ResolvedProduct,
  lock: Lock,
  rootOf: (built: ResolvedPackage) => RootChoice,
): Failure | undefined {
  const failures: Failure[] = [];
  for (const { name, packages } of product.components) {
    for (const built of packages) {
      const reserved = new Set(built.debian?.reserved);
      if (reserved.size === 0) continue;
      const { distribution, root } = rootOf(built);
      const derived = buildRoot(built, root);
      const locked = derived.need && own(own(lock.distributions, distribution)?.roots ?? {}, derived.name);
      for (const key of locked?.packages ?? []) {
        const found = splitPackageKey(key);
        if (reserved.has(found.name)) failures.push(shadowed(name, built.target, distribution, found));
      }
    }
  }
  const [first, ...rest] = failures;
  return first === undefined ? undefined : joinFailures([first, ...rest]);
}

function shadowed(
  component: string,
  target: string,
  distribution: string,
  found: { readonly name: string; readonly version: string },
): Failure {
  return {
    code: 'deb/shadowed-package',
    message: `The build of ${component} would install ${found.name} of ${distribution}, which this product makes itself.`,
    place: `${component} for ${target}`,
    cause: `One of its build dependencies asks the distribution for ${found.name} ${found.version}.`,
    next: `Name the package in Build-Depends, so that the product’s own one is taken, or allow the other one with \`allowDistribution: [${found.name}]\` in the recipe.`,
  };
}
