// A package for Windows whose programs carry the product's signature.
import type { Action } from '../action/action.ts';
import type { DeliverableContext } from './deliverable-step.ts';
import type { BuiltPackage } from './package-step.ts';
import { type SignerIdentity, signAction } from './sign-step.ts';

/** Outputs `signed`, the package's tree; `unsigned`, the signed files in the form without a signature. */
export function signedPackage(
  context: DeliverableContext,
  { component, target, content }: BuiltPackage,
): Action {
  const { title, epoch } = context.product;
  const id = `sign:${component}:${target}`;
  return signAction(id, `sign ${component}`, content, 'tree', title, epoch, authenticode(context));
}

/** The signer of Windows programs, which the plan gives to steps that say they need it. */
export function authenticode({ deliverable, signers }: DeliverableContext): SignerIdentity {
  if (signers.authenticode === undefined)
    throw new Error(`the deliverable ${deliverable.kind} is planned without a signer`);
  return signers.authenticode;
}
