// What a serial console said, as plain text: without the sequences that move a terminal's cursor and colour it.

const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);
/** Control sequences of ECMA-48 (CSI, with the character that ends it; OSC; two-character ones). */
const SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*([@-~])|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)|[ -/]+[0-~]|[0-Z\\\\^-~])`,
  'g',
);
/** The beginning of a sequence whose end has not come yet. */
const INCOMPLETE = new RegExp(`${ESC}(?:\\[[0-?]*[ -/]*|\\][^${BEL}${ESC}]*${ESC}?|[ -/]*)?$`);
/** A sequence that is longer than this is none. */
const LONGEST_SEQUENCE = 256;

/** Turns chunks into text. A program that draws at places of a screen yields a line for each place. */
export function plainTextDecoder(): (chunk: Buffer) => string {
  const decoder = new TextDecoder();
  let held = '';
  return (chunk) => {
    const text = held + decoder.decode(chunk, { stream: true });
    const incomplete = INCOMPLETE.exec(text);
    const end =
      incomplete === null || text.length - incomplete.index > LONGEST_SEQUENCE
        ? text.length
        : incomplete.index;
    // A line's end may be split, too.
    const stop = end === text.length && text.endsWith('\r') ? end - 1 : end;
    held = text.slice(stop);
    return text
      .slice(0, stop)
      .replace(SEQUENCE, (_, final) => (final === 'H' || final === 'f' ? '\n' : ''))
      .replace(/\r+\n/g, '\n')
      .replace(/(?![\n\t])\p{Cc}/gu, '');
  };
}
