// QEMU's machine protocol (QMP): commands as JSON lines, answered in order.
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** An answer that takes longer than this does not come: QEMU hangs. */
const ANSWER_WITHIN_MS = 30_000;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc?: string };
  readonly event?: string;
  readonly data?: { readonly nospace?: boolean; readonly action?: string };
  readonly QMP?: unknown;
}

/** What a command came to: undefined, or QEMU's complaint. */
export type Complaint = string | undefined;

export class Monitor {
  readonly #stream: Duplex;
  readonly #waiting: ((complaint: Complaint) => void)[] = [];
  readonly #halted: () => void;
  #rest = '';

  /**
   * Speaks first: QMP takes commands only after `qmp_capabilities`. `halted`: the machine stands still, since there was
   * no space for what it wrote to a disk.
   */
  constructor(stream: Duplex, halted: () => void) {
    this.#stream = stream;
    this.#halted = halted;
    stream.on('data', (chunk: Buffer) => this.#read(chunk.toString()));
    stream.on('error', () => {});
    stream.once('close', () => {
      for (const answer of this.#waiting.splice(0)) answer('the machine has ended');
    });
    void this.#execute('qmp_capabilities', {});
  }

  /** Writes what the screen shows to a file, PNG (QEMU 7.1 and later) or a portable pixmap. */
  screenshot(file: string, format: 'png' | 'ppm' = 'png'): Promise<Complaint> {
    return this.#execute('screendump', { filename: file, format });
  }

  /** Presses the power button. */
  powerButton(): Promise<Complaint> {
    return this.#execute('system_powerdown', {});
  }

  async #execute(command: string, parameters: Readonly<Record<string, string>>): Promise<Complaint> {
    if (this.#stream.destroyed) return 'the machine has ended';
    const answered = new Promise<Complaint>((resolve) => this.#waiting.push(resolve));
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    const limit = setTimeout(ANSWER_WITHIN_MS, `QEMU does not answer ${command}`, { ref: false });
    return Promise.race([answered, limit]);
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each.trim() !== '')) {
      const answer = JSON.parse(line) as Answer;
      const { event, data } = answer;
      if (event === 'BLOCK_IO_ERROR' && data?.nospace === true && data.action === 'stop') this.#halted();
      // The greeting and events answer nobody.
      if (answer.return === undefined && answer.error === undefined) continue;
      this.#waiting.shift()?.(answer.error === undefined ? undefined : (answer.error.desc ?? 'QEMU refuses'));
    }
  }
}
