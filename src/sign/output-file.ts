// Writing a result file beside its final place and moving it there whole: no reader sees half a file.
import { constants } from 'node:fs';
import { copyFile, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Digest, digestOfFile } from '../base/digest.ts';
import { ok, type Result } from '../base/failure.ts';
import { assertSystemError, failing, reasonOf } from './failure.ts';

export type OutputFailureCode = 'sign/output-unwritable';
const refuse = failing<OutputFailureCode>();

/** A file that was written: its absolute path and its content's digest. */
export interface WrittenFile {
  readonly path: string;
  readonly digest: Digest;
}

/**
 * Lets `make` create the file it is given (in an empty directory of its own), then moves it to `output`,
 * replacing what was there. The result has the permission bits of `model`, or is an ordinary readable file.
 */
export async function writeOutput(
  output: string,
  model: string | undefined,
  make: (temporary: string) => Promise<Result<void>>,
): Promise<Result<WrittenFile>> {
  const target = resolve(output);
  let scratch: string | undefined;
  try {
    scratch = await mkdtemp(join(dirname(target), '.sign-'));
    const temporary = join(scratch, basename(target));
    const made = await make(temporary);
    if (!made.ok) return made;
    const mode = model === undefined ? 0o644 : (await stat(model)).mode;
    const handle = await open(temporary, 'r+');
    try {
      await handle.chmod(mode & 0o777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const digest = await digestOfFile(temporary);
    await rename(temporary, target);
    return ok({ path: target, digest });
  } catch (error) {
    assertSystemError(error);
    return refuse({
      code: 'sign/output-unwritable',
      message: 'The file could not be written.',
      place: target,
      cause: reasonOf(error),
      next: 'Check that its directory exists, is writable and has room.',
    });
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

/** A writable copy, sharing blocks with the original where the file system can. */
export async function copyWritable(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const handle = await open(to, 'r');
  try {
    await handle.chmod(0o600);
  } finally {
    await handle.close();
  }
}
