// The sign step: describes signing, which happens outside of sandboxes with keys that no action ever sees.
import type { Action, ActionId, Input } from '../action/action.ts';

/** What identifies a signer of Windows programs in an action key: public facts only. */
export interface SignerIdentity {
  /** sha-256 of the signing certificate, hexadecimal. */
  readonly certificate: string;
  /** Program and version: two versions make different signatures of the same file. */
  readonly tool: string;
  /** RFC 3161 server; its answer differs each time, so a stored signature is reused as long as nothing changes. */
  readonly timestampUrl?: string;
}

/** What identifies an OpenPGP signer in an action key, and what verifies its signatures. */
export interface OpenPgpIdentity {
  /** Of the primary key, upper-case hexadecimal. */
  readonly fingerprint: string;
  /** Program and version, for the same reason as above. */
  readonly tool: string;
  /** The public key, ASCII-armoured. */
  readonly publicKey: string;
}

/** The signers of a product: those that its deliverables need. */
export interface Signers {
  readonly authenticode?: SignerIdentity;
  readonly openpgp?: OpenPgpIdentity;
}

export type Scheme = keyof Signers;

/**
 * Signs every Windows file of a tree, or one file, with Authenticode. Runner `sign`, params: `scheme`,
 * `certificate`, `tool`, `timestampUrl`, `time` (seconds since 1970), `description`.
 * Outputs: `signed`, everything; and `unsigned`, of the signed files alone the canonical form that stripping
 * the signature gives back.
 */
export function signAction(
  id: ActionId,
  title: string,
  content: Input,
  shape: 'file' | 'tree',
  description: string,
  time: number,
  signer: SignerIdentity,
): Action {
  const params = {
    scheme: 'authenticode',
    certificate: signer.certificate,
    tool: signer.tool,
    ...(signer.timestampUrl === undefined ? {} : { timestampUrl: signer.timestampUrl }),
    time,
    description,
  };
  return signing(id, title, content, params, { signed: shape, unsigned: shape });
}

/**
 * Signs with OpenPGP. Runner `sign`, params: `scheme`, `fingerprint`, `tool`, `time` (seconds since 1970).
 * Output `signed`: with `openpgp-detached` the armoured signature of a file, with `openpgp-clear` the clear-signed
 * text, with `openpgp-rpm` a tree whose RPM packages have signatures.
 */
export function openPgpAction(
  id: ActionId,
  title: string,
  content: Input,
  scheme: 'openpgp-detached' | 'openpgp-clear' | 'openpgp-rpm',
  time: number,
  { fingerprint, tool }: OpenPgpIdentity,
): Action {
  const outputs = { signed: scheme === 'openpgp-rpm' ? 'tree' : 'file' } as const;
  return signing(id, title, content, { scheme, fingerprint, tool, time }, outputs);
}

/** What all actions of the runner `sign` have in common: no root, and no input but what is signed. */
function signing(
  id: ActionId,
  title: string,
  content: Input,
  params: Action['params'] & { readonly time: number },
  outputs: Action['outputs'],
): Action {
  return {
    id,
    kind: 'sign',
    title,
    runner: 'sign',
    root: [],
    inputs: { content },
    env: { SOURCE_DATE_EPOCH: String(params.time) },
    params,
    outputs,
    privilege: 'build',
    after: [],
    reserve: { memoryMB: 128, cores: 1 },
  };
}
