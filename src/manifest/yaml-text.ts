// One YAML text to plain data with the position of every key and value. YAML 1.2 core schema, nothing more:
// one document, text keys, no custom tags, no merge keys, aliases only as far as a person would use them.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Json } from '../base/canonical.ts';
import type { Failure } from '../base/failure.ts';
import {
  child,
  failureAtSpan,
  MAX_FAILURES,
  type Pointer,
  printable,
  quote,
  type SourceText,
  type Span,
} from './place.ts';

/** Nodes after expanding aliases; the largest manifest of the family has some three hundred. */
const MAX_NODES = 20_000;
const MAX_DEPTH = 32;

export interface YamlText {
  readonly data: Json;
  readonly values: Record<Pointer, Span>;
  readonly keys: Record<Pointer, Span>;
}

type Named = Pick<SourceText, 'label' | 'text'>;

/** Parses a text; either its data with positions, or everything that is wrong with it. */
export function readYaml(source: Named): { readonly yaml: YamlText } | { readonly failures: Failure[] } {
  const control = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(source.text);
  if (control !== null) {
    const code = control[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return {
      failures: [syntax(source, [control.index, control.index + 1], `U+${code} is not allowed in YAML`)],
    };
  }
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    // Checked below, in linear time.
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
  });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) return { failures: firstOfEachLine(source, problems) };
  const version = document.directives?.yaml;
  if (version?.explicit === true && version.version !== '1.2') {
    return { failures: [syntax(source, [0, 1], `YAML ${version.version} is not read, only YAML 1.2`)] };
  }
  return new Reading(source, document).result();
}

/** A broken construct makes the parser stumble over the rest of its line: keep the first complaint of each. */
function firstOfEachLine(source: Named, problems: readonly YAMLError[]): Failure[] {
  const failures: Failure[] = [];
  let lineEnd = -1;
  for (const problem of [...problems].sort((a, b) => a.pos[0] - b.pos[0])) {
    if (problem.pos[0] <= lineEnd && failures.length > 0) continue;
    if (failures.length === MAX_FAILURES) break;
    failures.push(parserFailure(source, problem));
    const next = source.text.indexOf('\n', problem.pos[0]);
    lineEnd = next === -1 ? source.text.length : next;
  }
  return failures;
}

function parserFailure(source: Named, problem: YAMLError): Failure {
  const span: Span = [problem.pos[0], problem.pos[1]];
  switch (problem.code) {
    case 'TAB_AS_INDENT':
      return failureAtSpan(source, span, {
        code: 'manifest/tab-indentation',
        message: 'A tab is used as indentation, which YAML forbids.',
        next: 'Indent with spaces.',
      });
    case 'TAG_RESOLVE_FAILED':
      return failureAtSpan(source, span, {
        code: 'manifest/unknown-tag',
        message: `The tag ${quote(source.text.slice(...span))} is not part of YAML's core schema.`,
        next: 'Write the plain value without a tag.',
      });
    case 'RESOURCE_EXHAUSTION':
      // Where the parser's own recursion ended says nothing: the place is the whole text.
      return tooDeep(source, [0, 1]);
    case 'MULTIPLE_DOCS':
      return syntax(source, [span[0], span[0] + 3], 'A manifest is a single YAML document');
    default:
      return syntax(source, span, printable(problem.message));
  }
}

function syntax(source: Named, span: Span, rule: string): Failure {
  return failureAtSpan(source, span, {
    code: 'manifest/syntax',
    message: `This is not valid YAML: ${rule}.`,
  });
}

function tooDeep(source: Named, span: Span): Failure {
  const message = `Values are nested more than ${MAX_DEPTH} levels deep.`;
  return failureAtSpan(source, span, { code: 'manifest/too-deep', message });
}

/** Walks the node tree once; aliases are followed, so that their content has the position where it is written. */
class Reading {
  readonly #source: Named;
  readonly #document: Document;
  readonly #failures: Failure[] = [];
  readonly #values: Record<Pointer, Span> = {};
  readonly #keys: Record<Pointer, Span> = {};
  readonly #anchors = new Map<string, Node>();
  #nodes = 0;
  #exhausted = false;

  constructor(source: Named, document: Document) {
    this.#source = source;
    this.#document = document;
  }

  result(): { readonly yaml: YamlText } | { readonly failures: Failure[] } {
    const data = this.#value(this.#document.contents, '', 0, []);
    if (this.#failures.length > 0) return { failures: this.#failures };
    return { yaml: { data, values: this.#values, keys: this.#keys } };
  }

  #value(node: Node | null, pointer: Pointer, depth: number, through: readonly Alias[]): Json {
    if (this.#exhausted || node === null) return null;
    const span = spanOfNode(node);
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) {
      const place = through[0] === undefined ? span : spanOfNode(through[0]);
      const message = `Aliases and values expand to more than ${MAX_NODES} values.`;
      return this.#stop(failureAtSpan(this.#source, place, { code: 'manifest/alias-bomb', message }));
    }
    if (depth > MAX_DEPTH) return this.#stop(tooDeep(this.#source, span));
    if (isAlias(node)) return this.#alias(node, pointer, depth, through);
    if (through.length === 0) this.#anchor(node);
    this.#values[pointer] = span;
    if (isScalar(node)) return this.#scalar(node.value, span);
    if (isSeq(node)) {
      return node.items.map((item, at) =>
        this.#value(item as Node | null, child(pointer, at), depth + 1, through),
      );
    }
    return isMap(node) ? this.#map(node.items, pointer, depth, through) : null;
  }

  #anchor(node: Node): void {
    const name = (node as { anchor?: string }).anchor;
    if (name === undefined) return;
    if (this.#anchors.has(name)) {
      const message = `The anchor ${quote(`&${name}`)} is there twice.`;
      const code = 'manifest/duplicate-anchor';
      this.#report(spanOfNode(node), { code, message });
    }
    this.#anchors.set(name, node);
  }

  #map(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    pointer: Pointer,
    depth: number,
    through: readonly Alias[],
  ): Json {
    const members: [string, Json][] = [];
    const names = new Set<string>();
    for (const pair of pairs) {
      if (this.#exhausted) break;
      const key = pair.key as Node;
      const name = isScalar(key) ? key.value : undefined;
      const span = spanOfNode(key);
      if (typeof name !== 'string' || name === '__proto__') {
        const code = 'manifest/key-not-text';
        const message = 'A key must be plain text.';
        this.#report(span, { code, message });
        continue;
      }
      const at = child(pointer, name);
      if (names.has(name) && through.length === 0) {
        const message = `The key ${quote(name)} is there twice in one mapping.`;
        this.#report(span, { code: 'manifest/duplicate-key', message });
      }
      names.add(name);
      this.#keys[at] = span;
      // A key without a value has no node: its position is the end of its key.
      if (pair.value === null) this.#values[at] = span;
      members.push([name, this.#value(pair.value as Node | null, at, depth + 1, through)]);
    }
    return Object.fromEntries(members);
  }

  #alias(node: Alias, pointer: Pointer, depth: number, through: readonly Alias[]): Json {
    const target = this.#anchors.get(node.source);
    const span = spanOfNode(node);
    if (target === undefined) {
      const message = `No anchor ${quote(`&${node.source}`)} stands before this alias.`;
      this.#report(span, { code: 'manifest/unknown-alias', message });
      return null;
    }
    if (through.some((outer) => outer.source === node.source)) {
      const message = `The anchor ${quote(`&${node.source}`)} contains itself.`;
      return this.#stop(failureAtSpan(this.#source, span, { code: 'manifest/alias-bomb', message }));
    }
    return this.#value(target, pointer, depth, [...through, node]);
  }

  #scalar(value: unknown, span: Span): Json {
    const plain = value === null || typeof value === 'string' || typeof value === 'boolean';
    if (plain || (typeof value === 'number' && Number.isFinite(value))) return value as Json;
    const message = 'This number cannot be represented.';
    this.#report(span, { code: 'manifest/wrong-type', message });
    return null;
  }

  #report(span: Span, said: Pick<Failure, 'code' | 'message'>): void {
    this.#failures.push(failureAtSpan(this.#source, span, said));
    this.#exhausted ||= this.#failures.length === MAX_FAILURES;
  }

  #stop(failure: Failure): null {
    this.#exhausted = true;
    this.#failures.push(failure);
    return null;
  }
}

function spanOfNode(node: Node): Span {
  return node.range === null || node.range === undefined ? [0, 0] : [node.range[0], node.range[1]];
}
