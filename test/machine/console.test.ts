// Serial consoles as conversations, on streams of the test's own.
import { Duplex, PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SerialConsole } from '../../src/machine/console.ts';
import { plainTextDecoder } from '../../src/machine/plain-text.ts';

const signal = new AbortController().signal;
/** Long enough for what comes, and short for what does not. */
const SOON = { limitMs: 300, signal };

function open() {
  const [said, typed] = [new PassThrough(), new PassThrough()];
  const stream = Duplex.from({ readable: said, writable: typed });
  const log: string[] = [];
  let now = 0;
  // A clock that goes on with each look keeps limits without waiting for them.
  const console = new SerialConsole(stream, { log: (line) => log.push(line), now: () => (now += 50) });
  return { console, said, typed, stream, log };
}

describe('a console', () => {
  test('is heard in the order in which it speaks, also before anybody waits', async () => {
    const { console, said } = open();
    said.write('one two ');
    said.write('three');
    expect(await console.until(/two/, SOON)).toMatchObject({ kind: 'said' });
    expect(await console.until(/one/, SOON)).toEqual({ kind: 'late' });
    expect(await console.until(/thr(e+)/, SOON)).toMatchObject({ match: ['three', 'ee'] });
  });

  test('tells what must never be said, even in two parts, and only when what is waited for is not there', async () => {
    const { console, said } = open();
    const never = [/Kernel panic/];
    said.write('Kernel pa');
    expect(await console.until(/ready/, { ...SOON, never })).toEqual({ kind: 'late' });
    said.write('nic\nready');
    expect(await console.until(/ready/, { ...SOON, never })).toMatchObject({ kind: 'said' });
    expect(await console.until(/more/, { ...SOON, never })).toMatchObject({
      kind: 'lost',
      match: ['Kernel panic'],
    });
  });

  test('that is off has still said what it said', async () => {
    const { console, said, stream } = open();
    said.write('last words');
    await console.until(/last/, SOON);
    stream.destroy();
    expect(await console.until(/words/, SOON)).toMatchObject({ kind: 'said' });
    expect(await console.until(/more/, SOON)).toEqual({ kind: 'off' });
    expect(await console.untilOff(SOON)).toEqual({ kind: 'off' });
  });

  test('is no longer waited for when the run is interrupted', async () => {
    const { console } = open();
    expect(await console.until(/more/, { limitMs: 1e9, signal: AbortSignal.abort() })).toEqual({
      kind: 'cancelled',
    });
  });

  test('is typed at in small portions that add up', async () => {
    const { console, typed } = open();
    await console.type('a line that is longer than a UART’s memory\r');
    expect(typed.read().toString()).toBe('a line that is longer than a UART’s memory\r');
  });

  test('is logged by the line with the time at which the line began', async () => {
    const { console, said, log, stream } = open();
    said.write('first\r\nsec');
    await console.until(/sec/, SOON);
    said.write('ond\r\n\u001b[32mpro\u001b[0mmpt');
    await console.until(/prompt/, SOON);
    stream.destroy();
    await console.untilOff(SOON);
    expect(log.map((line) => line.replace(/^\[ *\d+\.\d{3}\] /, ''))).toEqual([
      'first\n',
      'second\n',
      'prompt\n',
    ]);
  });
});

describe('plain text', () => {
  const decoded = (...chunks: readonly string[]) => {
    const decode = plainTextDecoder();
    return chunks.map((chunk) => decode(Buffer.from(chunk))).join('');
  };

  test('is without colours, titles and movements, and has a line for each place of a screen', () => {
    expect(decoded('\u001b[0;32m  OK  \u001b[0m\u001b]0;title\u0007 \u001b(B\u001b[?25lup\u0000\r\r\n')).toBe(
      '  OK   up\n',
    );
    expect(decoded('\u001b[4;10HInstall\u001b[5;10HVerify')).toBe('\nInstall\nVerify');
  });

  test('does not depend on how it comes in chunks', () => {
    const part = fc.constantFrom(
      'a',
      '\r\n',
      '\r',
      '\n',
      '\u001b[1;31m',
      '\u001b[2;3H',
      '\u001b]0;t\u0007',
      'é',
      '\u001b(B',
    );
    fc.assert(
      fc.property(fc.array(part), fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (parts, sizes) => {
        const bytes = Buffer.from(`${parts.join('')}.`);
        const decode = plainTextDecoder();
        let text = '';
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value as number;
          text += decode(bytes.subarray(at, at + size));
          at += size;
        }
        expect(text).toBe(decoded(bytes.toString()));
      }),
    );
  });

  test('of bytes that are no text is some text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(plainTextDecoder()(Buffer.from(bytes))).not.toContain('\u001b');
      }),
    );
  });
});
