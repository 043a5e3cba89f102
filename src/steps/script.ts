// How steps load the shell scripts beside them: once, as text, so that a script's content is part of the key.
import { readFileSync } from 'node:fs';
import type { Input } from '../action/action.ts';

/** A script next to the calling module as an input. `base` is the caller's `import.meta.url`. */
export function scriptInput(name: string, base: string): Input {
  return { from: 'text', text: readFileSync(new URL(name, base), 'utf8') };
}
