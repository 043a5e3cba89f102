// Runs `sign` actions of all schemes; no sandbox ever sees a key.
import { chmod, cp, mkdir, readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { ok, type Result } from '../base/failure.ts';
import type { ActionRunner, Execution } from '../engine/ports.ts';
import { canonicalUnsigned } from './canonical.ts';
import { failing, reasonOf } from './failure.ts';
import type { OpenPgpForm, OpenPgpSigner } from './openpgp.ts';
import { signRpms } from './rpm.ts';
import { type Signer, type SignRequest, signAll } from './signer.ts';

export type SignRunnerFailureCode = 'sign/copy-failed';
const refuse = failing<SignRunnerFailureCode>();

/** What Windows verifies Authenticode signatures of, among what components and installers ship. */
const SIGNED_EXTENSIONS = new Set(['.exe', '.dll', '.msi', '.sys']);

/** How signers are opened; each is asked when an action of its scheme has to run. */
export interface OpenSigners {
  readonly authenticode: () => Promise<Result<Signer>>;
  readonly openpgp: () => Promise<Result<OpenPgpSigner>>;
}

/** The runner of `sign` actions as `steps/sign-step.ts` describes them. */
export function signRunner(open: OpenSigners): ActionRunner {
  return {
    async run(execution) {
      const content = execution.inputs.content;
      if (content === undefined) throw new Error(`${execution.action.id} has no content to sign`);
      try {
        return await byScheme(open, execution, content);
      } catch (error) {
        return refuse({
          code: 'sign/copy-failed',
          message: 'The files to sign could not be copied.',
          place: execution.action.id,
          cause: reasonOf(error),
          next: 'Check the free space of the store, then run again.',
        });
      }
    },
  };
}

async function byScheme(open: OpenSigners, execution: Execution, content: string): Promise<Result<void>> {
  const { scheme } = execution.action.params;
  if (scheme === 'authenticode') {
    const signer = await open.authenticode();
    return signer.ok ? signContent(signer.value, execution, content) : signer;
  }
  const signer = await open.openpgp();
  if (!signer.ok) return signer;
  if (scheme === 'openpgp-detached') return signWhole(signer.value, 'detached', execution, content);
  if (scheme === 'openpgp-clear') return signWhole(signer.value, 'clear', execution, content);
  if (scheme === 'openpgp-rpm') return signPackages(signer.value, execution, content);
  throw new Error(`${execution.action.id} has the unknown scheme ${scheme}`);
}

async function signWhole(
  signer: OpenPgpSigner,
  form: OpenPgpForm,
  { action, staging, signal }: Execution,
  input: string,
): Promise<Result<void>> {
  const output = join(staging.dir, 'out', 'signed');
  await mkdir(dirname(output), { recursive: true });
  const signed = await signer.sign(form, { input, output, epoch: Number(action.params.time) }, signal);
  return signed.ok ? ok() : signed;
}

async function signPackages(
  signer: OpenPgpSigner,
  { action, staging, signal }: Execution,
  content: string,
): Promise<Result<void>> {
  const signed = join(staging.dir, 'out', 'signed');
  await mkdir(dirname(signed), { recursive: true });
  await cp(content, signed, { recursive: true });
  const names = (await readdir(signed)).filter((name) => name.endsWith('.rpm')).sort();
  const files = names.map((name) => join(signed, name));
  for (const file of files) await chmod(file, 0o644);
  return signRpms(signer, files, Number(action.params.time), signal);
}

/** Authenticode: the canonical unsigned form first, then the signature. */
async function signContent(signer: Signer, execution: Execution, content: string): Promise<Result<void>> {
  const { time, description } = execution.action.params;
  const signed = join(execution.staging.dir, 'out', 'signed');
  const unsigned = join(execution.staging.dir, 'out', 'unsigned');
  const isTree = (await stat(content)).isDirectory();
  await mkdir(isTree ? unsigned : dirname(unsigned), { recursive: true });
  const names = isTree ? await signableFiles(content) : [''];
  if (isTree) await cp(content, signed, { recursive: true, verbatimSymlinks: true });
  const requests: SignRequest[] = [];
  for (const name of names) {
    const output = join(unsigned, name);
    await mkdir(dirname(output), { recursive: true });
    const canonical = await canonicalUnsigned(join(content, name), output, execution.signal);
    if (!canonical.ok) return canonical;
    requests.push({
      input: output,
      output: join(signed, name),
      epoch: Number(time),
      description: String(description),
    });
  }
  const done = await signAll(signer, requests, availableParallelism(), execution.signal);
  return done.ok ? ok() : done;
}

/** Paths below `directory`, sorted. */
async function signableFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && SIGNED_EXTENSIONS.has(extname(entry.name).toLowerCase()))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
}
