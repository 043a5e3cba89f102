// Takes results apart in tests: the value, or the failure, or a test failure that shows what was there instead.
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { Failure, Result } from '../../../src/base/failure.ts';

export async function success<T>(result: Promise<Result<T>> | Result<T>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(`expected success, got ${inspect(settled.error)}`);
  return settled.value;
}

export async function failureIn<T>(result: Promise<Result<T>> | Result<T>): Promise<Failure> {
  const settled = await result;
  if (settled.ok) throw new Error(`expected a failure, got ${inspect(settled.value)}`);
  return settled.error;
}

/** Asserts that neither a failure nor anything reachable from it contains a secret or a line of a private key. */
export async function expectNoSecrets(
  failure: unknown,
  secrets: readonly string[],
  keyFiles: readonly string[],
) {
  const shown = `${JSON.stringify(failure)}\n${inspect(failure, { depth: Infinity, showHidden: true })}`;
  for (const secret of secrets) expect(shown).not.toContain(secret);
  for (const file of keyFiles) {
    const lines = (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(shown).not.toContain(line);
  }
}
