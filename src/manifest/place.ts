// Where a value of a manifest was written: positions by JSON pointer, `file:line:column`, and code frames.
import type { Failure } from '../base/failure.ts';

/** RFC 6901 JSON pointer into a manifest; the empty string is the whole document. */
export type Pointer = string;

/** Offsets into the text in UTF-16 units: first, and one past the last. */
export type Span = readonly [start: number, end: number];

/** A manifest's text with the position of everything in it. Plain data, so that it can be cached as JSON. */
export interface SourceText {
  /** Absolute path of the file. */
  readonly path: string;
  /** How messages name the file: relative to the workspace where it lies inside. */
  readonly label: string;
  readonly text: string;
  readonly values: Readonly<Record<Pointer, Span>>;
  /** Positions of mapping keys, by the pointer of their value. */
  readonly keys: Readonly<Record<Pointer, Span>>;
}

/** One value in one file, or the key that it stands under. */
export interface Origin {
  readonly source: SourceText;
  readonly pointer: Pointer;
  readonly part?: 'key';
}

export function pointerOf(path: readonly PropertyKey[]): Pointer {
  return path.map((step) => `/${escapeStep(String(step))}`).join('');
}

/** The pointer of a member of what `pointer` names. */
export function child(pointer: Pointer, ...steps: readonly (string | number)[]): Pointer {
  return pointer + pointerOf(steps);
}

function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The span of a value or key; of the nearest enclosing value when it was not written itself. */
export function spanOf({ source, pointer, part }: Origin): Span {
  const key = part === 'key' ? source.keys[pointer] : undefined;
  if (key !== undefined) return key;
  let current = pointer;
  while (source.values[current] === undefined && current !== '') {
    current = current.slice(0, current.lastIndexOf('/'));
  }
  return source.values[current] ?? [0, 0];
}

/** 1-based line, and 1-based column in characters. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/** `file:line:column`. */
export function placeOf(origin: Origin): string {
  const { line, column } = lineAndColumn(origin.source.text, spanOf(origin)[0]);
  return `${origin.source.label}:${line}:${column}`;
}

/** `file:line`. */
export function lineOf(origin: Origin): string {
  const { line } = lineAndColumn(origin.source.text, spanOf(origin)[0]);
  return `${origin.source.label}:${line}`;
}

/** Most failures that one pass reports: after so many the cause is a common one, and each costs a frame. */
export const MAX_FAILURES = 100;

type Said = Omit<Failure, 'place' | 'frame'>;

/** A failure about a value of a manifest, with its place and frame. */
export function failureAt(origin: Origin, said: Said): Failure {
  return failureAtSpan(origin.source, spanOf(origin), said);
}

/** A failure about a piece of a text, with its place and frame. */
export function failureAtSpan(source: Pick<SourceText, 'label' | 'text'>, span: Span, said: Said): Failure {
  const { line, column } = lineAndColumn(source.text, span[0]);
  const place = { place: `${source.label}:${line}:${column}`, frame: codeFrame(source.text, span) };
  return { ...said, ...place };
}

/** Widest excerpt of a line in a frame, so that a frame fits a terminal of 100 columns. */
const EXCERPT = 88;

/**
 * The lines around a span with a caret under its first line:
 * two lines before, one after, long lines cut around the caret, control characters made visible.
 */
export function codeFrame(text: string, [start, end]: Span): string {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const { line, column } = lineAndColumn(text, start);
  const marked = [...(lines[line - 1] ?? '')];
  const from = column > EXCERPT - 20 ? column - 20 : 0;
  const spanned = [...(text.slice(start, end).split('\n')[0] ?? '')].length;
  const room = Math.max(1, Math.min(marked.length, from + EXCERPT) - (column - 1));
  const carets = '^'.repeat(Math.max(1, Math.min(spanned, room)));
  const after = lines[line]?.trim() ? 1 : 0;
  const width = String(line + after).length;
  const frame: string[] = [];
  for (let number = Math.max(1, line - 2); number <= line + after; number++) {
    const content = printable([...(lines[number - 1] ?? '')].slice(from, from + EXCERPT).join(''));
    frame.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${content}`.trimEnd());
    if (number === line) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1 - from)}${carets}`);
  }
  return frame.join('\n');
}

/** A text that a terminal shows as it is, one column for each character: no tabs, escapes or direction marks. */
export function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/** A name or value inside a message: printable, and cut where it is longer than any that is meant. */
export function quote(text: string): string {
  const shown = [...printable(text)];
  return `\`${shown.length > 100 ? `${shown.slice(0, 99).join('')}…` : shown.join('')}\``;
}
