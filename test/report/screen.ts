// A terminal for tests: understands what the presenter writes, and refuses everything else.
import type { Terminal } from '../../src/report/terminal.ts';

const ESCAPE = '\u001b';

export class Screen implements Terminal {
  readonly live: boolean;
  columns: number;
  /** Everything that was written, a text for each call. */
  readonly writes: string[] = [];
  readonly #lines: string[] = [''];
  #row = 0;

  constructor(live: boolean, columns = 80) {
    this.live = live;
    this.columns = columns;
  }

  write(text: string): void {
    this.writes.push(text);
    const [before = '', ...sequences] = text.split(ESCAPE);
    this.#print(before);
    for (const sequence of sequences) {
      const [whole, count, command] = /^\[([0-9]*)([AJ])/.exec(sequence) ?? [];
      if (whole === undefined) throw new Error(`the terminal was sent ${JSON.stringify(sequence)}`);
      if (command === 'A') this.#row -= Number(count);
      else this.#lines.splice(this.#row, Number.POSITIVE_INFINITY, '');
      if (this.#row < 0) throw new Error('the cursor left the screen');
      this.#print(sequence.slice(whole.length));
    }
  }

  /** What a person sees, without the empty line that the cursor is in. */
  get lines(): readonly string[] {
    return this.#lines.slice(0, -1);
  }

  #print(text: string): void {
    if (/(?![\n\t])\p{Cc}|\p{Cs}/u.test(text))
      throw new Error(`the terminal was sent ${JSON.stringify(text)}`);
    const [first = '', ...further] = text.split('\n');
    this.#lines[this.#row] += first;
    for (const line of further) {
      this.#newLine();
      this.#lines[this.#row] += line;
    }
  }

  #newLine(): void {
    const line = this.#lines[this.#row] ?? '';
    if (this.live && line.length > this.columns && this.#isRedrawn) throw new Error(`too long: ${line}`);
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push('');
  }

  /** Whether the last write redraws lines, which may not wrap. */
  get #isRedrawn(): boolean {
    return this.writes.at(-1)?.startsWith(ESCAPE) === true;
  }
}
