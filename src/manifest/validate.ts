// Checks a manifest's data against the schema of its kind; every breach becomes a failure at its place.
import type { z } from 'zod';
import type { Json } from '../base/canonical.ts';
import type { Failure } from '../base/failure.ts';
import { type DataOf, type Kind, SCHEMAS } from './kinds.ts';
import { suggestName } from './names.ts';
import { child, failureAt, MAX_FAILURES, type Origin, pointerOf, quote, type SourceText } from './place.ts';
import { keysAt } from './schema-walk.ts';

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

/** The typed data, or everything that breaks the schema. */
export function validate<K extends Kind>(
  kind: K,
  data: Json,
  source: SourceText,
): { readonly data: DataOf[K] } | { readonly failures: Failure[] } {
  const declared = isObject(data) ? data.kind : undefined;
  if (isObject(data) && declared !== kind) return { failures: [wrongKind(kind, declared, source)] };
  const parsed = SCHEMAS[kind].safeParse(data);
  if (parsed.success) return { data: parsed.data as DataOf[K] };
  const check = { kind, data, source };
  return {
    failures: parsed.error.issues.slice(0, MAX_FAILURES).flatMap((issue) => failuresOf(check, issue)),
  };
}

function isObject(data: Json | undefined): data is { readonly [key: string]: Json } {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function wrongKind(kind: Kind, declared: Json | undefined, source: SourceText): Failure {
  if (declared === undefined) {
    const message = `The key \`kind\` is missing; a manifest here says \`kind: ${kind}\`.`;
    return failureAt({ source, pointer: '' }, { code: 'manifest/missing-key', message });
  }
  const message = `A manifest here is of kind \`${kind}\`, not ${shown(declared)}.`;
  return failureAt({ source, pointer: '/kind' }, { code: 'manifest/wrong-kind', message });
}

interface Check {
  readonly kind: Kind;
  readonly data: Json;
  readonly source: SourceText;
}

function failuresOf(check: Check, issue: Issue): Failure[] {
  const pointer = pointerOf(issue.path);
  const origin = { source: check.source, pointer };
  const value = valueAt(check.data, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MAX_FAILURES).map((key) => unknownKey(check, issue.path, key));
    case 'invalid_type':
      return [value === undefined ? missing(check, issue.path) : wrongType(origin, issue.expected, value)];
    case 'invalid_value':
      if (value === undefined) return [missing(check, issue.path)];
      return [notOneOf(origin, value, issue.values.map(String))];
    case 'invalid_union': {
      if (value === undefined) return [missing(check, issue.path)];
      if (!('options' in issue) || !Array.isArray(issue.options)) return [fitsNone(origin, value, issue)];
      return [notOneOf(origin, value, issue.options.map(String))];
    }
    case 'invalid_key': {
      const message = sentence(issue.issues[0]?.message ?? issue.message);
      return [failureAt({ ...origin, part: 'key' }, { code: 'manifest/invalid-value', message })];
    }
    default:
      return [failureAt(origin, { code: 'manifest/invalid-value', message: sentence(issue.message) })];
  }
}

function unknownKey(check: Check, path: readonly PropertyKey[], key: string): Failure {
  const origin: Origin = { source: check.source, pointer: child(pointerOf(path), key), part: 'key' };
  const message = `The key ${quote(key)} is not known here.`;
  const next = suggestName(key, keysAt(SCHEMAS[check.kind], path, check.data));
  return failureAt(origin, { code: 'manifest/unknown-key', message, ...(next && { next }) });
}

function missing(check: Check, path: readonly PropertyKey[]): Failure {
  const origin = { source: check.source, pointer: pointerOf(path.slice(0, -1)) };
  const message = `The key \`${String(path.at(-1))}\` is missing here.`;
  return failureAt(origin, { code: 'manifest/missing-key', message });
}

/** What zod calls a type, in words. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(origin: Origin, expected: string, value: Json): Failure {
  const wanted = TYPE_WORDS[expected] ?? expected;
  const message = `Expected ${wanted}, found ${describe(value)}.`;
  const needsQuotes = expected === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  return failureAt(origin, {
    code: 'manifest/wrong-type',
    message,
    ...(needsQuotes && { next: `Write it in quotes: '${String(value)}'.` }),
  });
}

function notOneOf(origin: Origin, value: Json, options: readonly string[]): Failure {
  const message = `${capital(shown(value))} is not one of ${options.map((option) => `\`${option}\``).join(', ')}.`;
  const next = typeof value === 'string' ? suggestName(value, options) : undefined;
  const helpful = next?.startsWith('Did') === true;
  return failureAt(origin, { code: 'manifest/invalid-value', message, ...(helpful && { next }) });
}

function fitsNone(origin: Origin, value: Json, issue: UnionIssue): Failure {
  const wanted = issue.errors.flatMap(([first]) => {
    if (first?.code !== 'invalid_type') return first === undefined ? [] : [first.message];
    return [TYPE_WORDS[first.expected] ?? first.expected];
  });
  const message = `${shown(value)} fits none of what is allowed here: ${wanted.join(', ')}.`;
  return failureAt(origin, { code: 'manifest/invalid-value', message: capital(message) });
}

function valueAt(data: Json, path: readonly PropertyKey[]): Json | undefined {
  let current: Json | undefined = data;
  for (const step of path) {
    current = (current as Readonly<Record<PropertyKey, Json>> | undefined)?.[step];
  }
  return current;
}

function shown(value: Json): string {
  return typeof value === 'string' ? quote(value) : describe(value);
}

function describe(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'a text';
  return `the ${typeof value === 'number' ? 'number' : 'value'} \`${String(value)}\``;
}

/** A schema's rule as a sentence; rules may also be written as what a value `must be`. */
function sentence(rule: string): string {
  return `${rule.startsWith('must') ? `This value ${rule}` : rule}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
