// What the log of a failed command says: failures that a sandbox's isolation explains, and those that a step states.
import { open } from 'node:fs/promises';

interface Hint {
  /** As the C library and the usual fetching programs word it. */
  readonly said: RegExp;
  readonly hint: string;
}

const HINTS: readonly Hint[] = [
  {
    said: /could(?: not|n't) resolve|name resolution|name or service not known|no such host|network is unreachable/i,
    hint: 'Actions have no network: everything that a build needs is in its source, in `dependsOn` or in `buildDepends`.',
  },
  {
    said: /read-only file system/i,
    hint: 'An action can write below /out, /build and /tmp only.',
  },
  {
    said: /\bmount: .*(?:permission denied|operation not permitted|must be superuser)/i,
    hint: 'Nothing can be mounted in a sandbox: copy what is needed instead.',
  },
  {
    said: /\nqbuild: failure [a-z]+\/maintainer-script: .*\n?$/,
    hint: 'Maintainer scripts run without network and without services.',
  },
  {
    said: /\nqbuild: failure root\/[a-z-]+: .*\n?$/,
    hint: 'Its bytes are those that the lock has: when the distribution has another version, `qbuild lock --update` takes it.',
  },
];

/** The end of a log is where a command says why it ended. */
const LOOKED_AT_BYTES = 16_384;

/** One sentence for each thing in the end of the log that something can be done about. */
export async function sandboxHints(log: string): Promise<readonly string[]> {
  const text = await endOf(log);
  return HINTS.filter(({ said }) => said.test(text)).map(({ hint }) => hint);
}

/** The line of the end of the log that blames a full disk, if any; it may also mean the memory behind /tmp. */
export async function noSpaceLine(log: string): Promise<string | undefined> {
  // The last is GNU tar's way to say it.
  const words = /^.*(?:no space left on device|disk quota exceeded|: Wrote only \d+ of \d+ bytes).*$/im;
  return words.exec(await endOf(log))?.[0];
}

/**
 * What a step's script says about its failure, as the last line of its log: `qbuild: failure AREA/CODE: TEXT`.
 * Packages write to the same log, so only codes of the step's own area count.
 */
export async function statedFailure(
  log: string,
  area: string,
): Promise<{ readonly code: string; readonly text: string } | undefined> {
  const line = (await endOf(log)).trimEnd().split('\n').at(-1) ?? '';
  const [, code, text] = /^qbuild: failure ([a-z]+\/[a-z-]+): (.+)$/.exec(line) ?? [];
  if (code === undefined || text === undefined || !code.startsWith(`${area}/`)) return undefined;
  return { code, text };
}

async function endOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const position = Math.max(0, size - LOOKED_AT_BYTES);
    const { buffer, bytesRead } = await file.read({ position, buffer: Buffer.alloc(LOOKED_AT_BYTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
