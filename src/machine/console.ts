// The serial console of a machine as a conversation: wait until it says something, type a line, keep a log.
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { plainTextDecoder } from './plain-text.ts';

/** How waiting for the console ended. */
export type Heard =
  | { readonly kind: 'said'; readonly match: readonly string[] }
  /** What must never be said. */
  | { readonly kind: 'lost'; readonly match: readonly string[] }
  /** The machine is off. */
  | { readonly kind: 'off' }
  | { readonly kind: 'late' }
  | { readonly kind: 'cancelled' };

/** What ends waiting besides what is waited for. */
export interface Limits {
  /** What is never said unless all is lost. */
  readonly never?: readonly RegExp[];
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Soon enough for people, and nothing next to what a machine does meanwhile. */
const LOOK_EVERY_MS = 100;
/**
 * A UART holds 16 bytes, and some guests take them slowly: so many at a time, with a pause between, arrive whole
 * everywhere.
 */
const TYPED_AT_ONCE = 8;
const TYPING_PAUSE_MS = 40;
/** Memory for a console that never stops talking; what is older is in the log. */
const MOST_TEXT = 8 * 2 ** 20;
/** A pattern that must never appear is found when its text comes in two parts, up to this length. */
const OVERLAP = 200;

export interface ConsoleOptions {
  /** Gets each finished line with the seconds since the machine was switched on, ending in a newline. */
  readonly log: (line: string) => void;
  readonly now?: () => number;
}

/** Reads all the time; what was said before anybody waits for it is not lost. */
export class SerialConsole {
  readonly #stream: Duplex;
  readonly #log: (line: string) => void;
  readonly #now: () => number;
  readonly #began: number;
  #text = '';
  /** Where the next search begins. */
  #heard = 0;
  #searchedForLost = 0;
  #line = '';
  #lineAt = 0;
  #off = false;

  constructor(stream: Duplex, { log, now = () => performance.now() }: ConsoleOptions) {
    this.#stream = stream;
    this.#log = log;
    this.#now = now;
    this.#began = now();
    const decode = plainTextDecoder();
    stream.on('data', (chunk: Buffer) => this.#add(decode(chunk)));
    // Whoever types when the machine has just ended finds out by waiting.
    stream.on('error', () => {});
    stream.once('close', () => this.#end());
  }

  /** Everything that was said, or the end of it. */
  get text(): string {
    return this.#text;
  }

  /** What was said since the last match, until now. */
  get unheard(): string {
    return this.#text.slice(this.#heard);
  }

  /** Waits until the console says `pattern`, searched from the end of the last match. */
  until(pattern: RegExp, options: Limits): Promise<Heard> {
    return this.#until(pattern, options);
  }

  async #until(pattern: RegExp | undefined, options: Limits): Promise<Heard> {
    const { never = [], limitMs, signal } = options;
    const deadline = this.#now() + limitMs;
    let seen = -1;
    while (true) {
      const off = this.#off;
      if (seen !== this.#text.length) {
        seen = this.#text.length;
        const match = pattern?.exec(this.unheard);
        // What was asked for comes first: a text may contain both.
        if (match !== undefined && match !== null) {
          this.#heard += match.index + match[0].length;
          return { kind: 'said', match: [...match] };
        }
        const lost = this.#searchLost(never);
        if (lost !== undefined) return { kind: 'lost', match: [...lost] };
      }
      if (off) return { kind: 'off' };
      if (signal.aborted) return { kind: 'cancelled' };
      if (this.#now() >= deadline) return { kind: 'late' };
      await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Waits until the machine is off. */
  untilOff(options: Limits): Promise<Exclude<Heard, { readonly kind: 'said' }>> {
    return this.#until(undefined, options) as Promise<Exclude<Heard, { readonly kind: 'said' }>>;
  }

  /** Types at the pace of a quick typist; nothing is added. */
  async type(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && !this.#off; at += TYPED_AT_ONCE) {
      this.#stream.write(bytes.subarray(at, at + TYPED_AT_ONCE));
      await setTimeout(TYPING_PAUSE_MS);
    }
  }

  #searchLost(never: readonly RegExp[]): RegExpExecArray | undefined {
    const from = Math.max(0, this.#searchedForLost - OVERLAP);
    const recent = this.#text.slice(from);
    this.#searchedForLost = this.#text.length;
    for (const pattern of never) {
      const match = pattern.exec(recent);
      if (match !== null) return match;
    }
    return undefined;
  }

  #add(text: string): void {
    this.#text += text;
    const excess = this.#text.length - MOST_TEXT;
    if (excess > 0) {
      this.#text = this.#text.slice(excess);
      this.#heard = Math.max(0, this.#heard - excess);
      this.#searchedForLost = Math.max(0, this.#searchedForLost - excess);
    }
    const lines = text.split('\n');
    for (const [index, part] of lines.entries()) {
      if (this.#line === '') this.#lineAt = this.#now();
      this.#line += part;
      if (index < lines.length - 1) this.#endLine();
    }
  }

  #endLine(): void {
    const seconds = (this.#lineAt - this.#began) / 1000;
    this.#log(`[${seconds.toFixed(3).padStart(9)}] ${this.#line}\n`);
    this.#line = '';
  }

  #end(): void {
    if (this.#line !== '') this.#endLine();
    this.#off = true;
  }
}
