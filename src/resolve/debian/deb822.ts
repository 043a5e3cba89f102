// Paragraphs of `Field: value` lines as debian/control has them (Debian Policy 5.1, deb822(5)).

export interface Field {
  /** As written; names are compared without case. */
  readonly name: string;
  /** Lines joined by `\n`, without comments and without the indentation that continues a value. */
  readonly value: string;
  /** Line of the field's name in the file, from 1. */
  readonly line: number;
}

/** Fields by lower-case name. */
export type Paragraph = ReadonlyMap<string, Field>;

export interface Malformed {
  readonly line: number;
  readonly problem: string;
}

const FIELD = /^([!-9;-~]+)[ \t]*:[ \t]*(.*)$/;

/** All paragraphs of a text; nothing in a value is interpreted. */
export function parseDeb822(text: string): readonly Paragraph[] | Malformed {
  const paragraphs: Map<string, Field>[] = [];
  let current: Map<string, Field> | undefined;
  let last: Field | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const written = raw.replace(/\r$/, '');
    if (written.startsWith('#')) continue;
    if (/^[ \t]*$/.test(written)) {
      current = undefined;
      last = undefined;
      continue;
    }
    if (/^[ \t]/.test(written)) {
      if (current === undefined || last === undefined)
        return { line, problem: 'a continuation line continues no field' };
      last = { ...last, value: `${last.value}\n${written.trim()}` };
      current.set(last.name.toLowerCase(), last);
      continue;
    }
    const [, name, value] = FIELD.exec(written) ?? [];
    if (name === undefined || name.startsWith('-')) return { line, problem: 'this is no `Field: value`' };
    if (current === undefined) {
      current = new Map();
      paragraphs.push(current);
    }
    if (current.has(name.toLowerCase())) return { line, problem: `the field ${name} is there twice` };
    last = { name, value: (value ?? '').trim(), line };
    current.set(name.toLowerCase(), last);
  }
  return paragraphs;
}
