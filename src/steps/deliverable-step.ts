// The contract between the plan and the steps that assemble what a person installs.
import type { Action, Input, OutputInput } from '../action/action.ts';
import type { Digest } from '../base/digest.ts';
import type { Result } from '../base/failure.ts';
import type { ResolvedDeliverable, ResolvedProduct } from '../resolve/resolved.ts';
import type { BuiltPackage } from './package-step.ts';
import type { Scheme, Signers } from './sign-step.ts';

export interface DeliverableContext {
  readonly product: ResolvedProduct;
  readonly deliverable: ResolvedDeliverable;
  /** All packages that the product ships, dependencies first. */
  readonly packages: readonly BuiltPackage[];
  /** Source trees of all components, by name. */
  readonly sources: Readonly<Record<string, Input>>;
  /** Has at least those of the step's own `schemes`. */
  readonly signers: Signers;
  /** Layers of a named package set of the distribution of the product's tools, lowest first. */
  readonly root: (set: string) => readonly Input[];
  /** Layers of a locked root of any of the product's distributions, lowest first. */
  readonly layers: (distribution: string, root: string) => readonly Input[];
  /** Trees of the files and hooks that templates name, by template; none for those that name nothing. */
  readonly templateFiles: Readonly<Record<string, Digest>>;
}

/** One file or directory of the output directory. */
export interface DeliverableFile {
  /** Of what kind the file is, as `--json` reports it: `installer-exe`, `installer-msi`, `unsigned` … */
  readonly kind: string;
  /** Path below the output directory; empty for a tree whose files lie there themselves. */
  readonly path: string;
  readonly from: OutputInput;
  /** Files of earlier runs below `path` stay. */
  readonly keepsOlder?: true;
}

/** The tree of one component as a person gets it: what the inventory of the product lists. */
export interface ShippedTree {
  readonly component: string;
  readonly target: string;
  readonly from: OutputInput;
}

export interface DeliverablePlan {
  readonly actions: readonly Action[];
  readonly files: readonly DeliverableFile[];
  readonly shipped: readonly ShippedTree[];
  /** When programs begin to refuse it; seconds since 1970. */
  readonly expires?: number;
}

/** One deliverable kind of products. Adding one is one more line in `plan/deliverable-steps.ts`. */
export interface DeliverableStep {
  /** The `kind` in a product's `deliverables`. */
  readonly kind: string;
  /** Package sets of the tools distribution that its roots are made of. */
  readonly toolSets: readonly string[];
  /** Whether it has the images of the product's templates on it; without one that has, they are not built. */
  readonly shipsTemplates?: true;
  /** Signature schemes that it uses, with these settings. */
  readonly schemes: (settings: ResolvedDeliverable['settings']) => readonly Scheme[];
  readonly describe: (context: DeliverableContext) => Result<DeliverablePlan>;
}
