// The port that signing goes through, and signing many files with it.
import { type Failure, joinFailures, ok, type Result } from '../base/failure.ts';
import type { KeyKind } from './keys.ts';
import type { WrittenFile } from './output-file.ts';

/** One file to sign. `output` may be `input`. */
export interface SignRequest {
  readonly input: string;
  readonly output: string;
  /** Signing time inside the signature, seconds since 1970 (`SOURCE_DATE_EPOCH`), so that it is the same every time. */
  readonly epoch: number;
  /** What Windows shows as the program's name when it asks for elevation. */
  readonly description?: string | undefined;
  /** Where to learn more about the program. */
  readonly url?: string | undefined;
}

/** Who signs, in public terms. Whatever changes the signed bytes is here, so that it can be part of an action's key. */
export interface SignerIdentity {
  readonly key: string;
  readonly kind: KeyKind;
  /** True for a key that nobody outside a development machine may trust. */
  readonly development: boolean;
  /** sha-256 of the signing certificate. */
  readonly fingerprint: string;
  /** Program and version, e.g. `osslsigncode 2.9`. Two versions make different signatures of the same file. */
  readonly tool: string;
  /** With a timestamp server, two signatures of the same file differ. */
  readonly timestampUrl?: string;
}

/** Signs files. Every signed file has been verified before its name exists. */
export interface Signer {
  readonly identity: SignerIdentity;
  /** How many files at once make sense. */
  readonly concurrency: number;
  sign(request: SignRequest, signal?: AbortSignal): Promise<Result<WrittenFile>>;
}

/**
 * Signs many files, at most `jobs` at once. After a failure no further file is begun; the result then holds
 * every failure of those that were under way.
 */
export async function signAll(
  signer: Signer,
  requests: readonly SignRequest[],
  jobs: number,
  signal?: AbortSignal,
): Promise<Result<readonly WrittenFile[]>> {
  const written: WrittenFile[] = [];
  const failures: Failure[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < requests.length && failures.length === 0) {
      const index = next++;
      const signed = await signer.sign(requests[index] as SignRequest, signal);
      if (signed.ok) written[index] = signed.value;
      else failures.push(signed.error);
    }
  };
  const workers = Math.max(1, Math.min(jobs, signer.concurrency, requests.length));
  await Promise.all(Array.from({ length: workers }, work));
  const [first, ...rest] = failures;
  return first === undefined ? ok(written) : { ok: false, error: joinFailures([first, ...rest]) };
}
