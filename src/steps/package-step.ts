// The contract between the plan and the steps that turn a component into packages.
import type { Action, ActionId, Input } from '../action/action.ts';
import type { RootChoice } from '../lock/needs.ts';
import type { ResolvedComponent, ResolvedPackage } from '../resolve/resolved.ts';

/** What a step may use to describe the build of one package. */
export interface PackageContext {
  readonly component: ResolvedComponent;
  readonly package: ResolvedPackage;
  readonly source: Input;
  /** SOURCE_DATE_EPOCH of the source; seconds since 1970. */
  readonly epoch: number;
  /** Layers of the step's root with the recipe's own build dependencies on top; lowest first. */
  readonly root: readonly Input[];
  /** Everything that this package builds on, directly or through another; sorted by component. */
  readonly dependencies: readonly BuiltPackage[];
  /** Whether a package for the same target builds on this one. */
  readonly neededByOthers: boolean;
}

/** The actions that build one package, and where others find what they make. */
export interface BuiltPackage {
  /** The build kind that made it. */
  readonly kind: string;
  readonly component: string;
  readonly target: string;
  /** In the deliverable; false for what only others build on. */
  readonly shipped: boolean;
  readonly actions: readonly Action[];
  /** Tree with the files that a product ships. */
  readonly content: Input;
  /** Tree with the source package and the records of the build, of steps that make them. */
  readonly source?: Input;
  /** Outputs that dependents of the same step mount, by the step's own names. */
  readonly forDependents: Readonly<Record<string, Input>>;
  /** Checks that must pass before a deliverable with this package is published. */
  readonly checks: readonly ActionId[];
}

/** One build kind of recipes. Adding a package format is adding one of these to `plan/package-steps.ts`. */
export interface PackageStep {
  /** The `build.kind` of recipes. */
  readonly kind: string;
  /** Package sets of the tools distribution that its roots are made of. */
  readonly toolSets: readonly string[];
  /** Package sets that the distribution of a target must have for its packages. */
  readonly targetSets?: readonly string[];
  /** Where packages for a target are built; `tools` is the distribution of the product's build tools. */
  readonly rootFor: (target: string, tools: string) => RootChoice;
  readonly describe: (context: PackageContext) => BuiltPackage;
}
