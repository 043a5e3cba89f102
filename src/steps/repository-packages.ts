// What goes into a repository: the shipped packages of one format for one target, at least one of them.
import type { Failure } from '../base/failure.ts';
import type { DeliverableContext } from './deliverable-step.ts';
import type { BuiltPackage } from './package-step.ts';

export function packagesFor(
  { packages }: DeliverableContext,
  kind: string,
  target: string,
): readonly BuiltPackage[] {
  return packages.filter((each) => each.kind === kind && each.shipped && each.target === target);
}

export function emptyRepository({ product, deliverable }: DeliverableContext, target: string): Failure {
  return {
    code: 'deliverable/empty-repository',
    message: `No package of ${product.name} is for ${target}, so its repository would be empty.`,
    place: `${deliverable.kind} of ${target}`,
    next: 'Add components that have packages for this distribution, or remove the repository.',
  };
}
