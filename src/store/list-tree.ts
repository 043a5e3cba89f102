// The program that scans a directory in a user namespace, where files of subordinate ids are readable and their
// owners look the same as to root. Reads a ScanRequest from standard input, writes an answer to standard output.
import { json } from 'node:stream/consumers';
import { isSystemError } from './faults.ts';
import { type Scan, type ScanRequest, scan } from './scan.ts';

export type Answer =
  | { readonly scan: Scan }
  | { readonly error: { readonly code: string; readonly message: string } }
  | { readonly bug: string };

process.stdout.write(JSON.stringify(await answer()));

async function answer(): Promise<Answer> {
  try {
    return { scan: await scan((await json(process.stdin)) as ScanRequest) };
  } catch (error) {
    if (!isSystemError(error)) return { bug: (error as Error).stack ?? String(error) };
    return { error: { code: error.code, message: error.message } };
  }
}
