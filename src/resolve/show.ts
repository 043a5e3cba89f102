// Prints a composed product as a manifest of its own, with the file and line that each value came from.
import type { Json } from '../base/canonical.ts';
import { lineOf, type Origin } from '../manifest/place.ts';
import { type Composed, TEXTS } from './compose-product.ts';

/** One line of YAML, and where its value was written. */
type Line = readonly [text: string, origin?: Origin];

/** Widest column at which origins begin; longer lines push theirs to the right. */
const WIDEST = 60;

/** The composed product as YAML; every line with a value ends in a comment `# file:line`. */
export function renderShow(composed: Composed): string {
  const lines = linesOf(composed);
  const width = Math.min(WIDEST, Math.max(...lines.map(([text]) => text.length)));
  const printed = lines.map(([text, origin]) =>
    origin === undefined ? text : `${text.padEnd(width)}  # ${lineOf(origin)}`,
  );
  return `${printed.join('\n')}\n`;
}

function linesOf(composed: Composed): Line[] {
  const lines: Line[] = [['kind: product'], [`name: ${scalar(composed.name)}`, composed.origin]];
  for (const key of TEXTS) {
    const text = composed.texts.get(key);
    if (text !== undefined) lines.push([`${key}: ${scalar(text.value)}`, text.origin]);
  }
  const section = (key: string, members: readonly Line[]) => {
    if (members.length > 0) lines.push([`${key}:`], ...members);
  };
  section('domains', members(composed.domains));
  section('components', names(composed.components));
  section('templates', names(composed.templates));
  section('deliverables', entries(composed.deliverables));
  section('providers', members(composed.providers));
  const overrides = [
    ...overridden('components', 'source', composed.components),
    ...overridden('templates', 'size', composed.templates),
  ];
  section('override', overrides);
  return lines;
}

function names(list: Composed['components'] | Composed['templates']): Line[] {
  return [...list].map(([name, { origin }]) => [`  - ${scalar(name)}`, origin]);
}

function members(map: Composed['domains'] | Composed['providers']): Line[] {
  return [...map].map(([key, { value, origin }]) => [`  ${scalar(key)}: ${inline(value)}`, origin]);
}

function entries(map: Composed['deliverables']): Line[] {
  return [...map.values()].map(({ value, origin }) => [`  - ${inline(value)}`, origin]);
}

function overridden(
  list: 'components' | 'templates',
  key: 'source' | 'size',
  of: Composed['components'] | Composed['templates'],
): Line[] {
  const lines: Line[] = [];
  for (const [name, { override }] of of) {
    if (override === undefined) continue;
    lines.push([`    ${scalar(name)}: { ${key}: ${inline(override.value)} }`, override.origin]);
  }
  return lines.length === 0 ? [] : [[`  ${list}:`], ...lines];
}

/** A value on one line, in YAML's flow style. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value as Json);
  const stated = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{ ${stated.map(([key, member]) => `${key}: ${inline(member)}`).join(', ')} }`;
}

/** A plain scalar where YAML reads it as the same text, else a quoted one; JSON's quotes are YAML's. */
function scalar(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const looksLikeOther = /^(?:true|false|null|~|[-+.]?[0-9][0-9._eExo+-]*|[-+]?\.(?:inf|nan))$/i.test(value);
  const isVersion = /^[0-9]+\.[0-9]+\.[0-9]+$/.test(value);
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9 ._/+@-]*(?<! )$/.test(value);
  return isPlain && (!looksLikeOther || isVersion) ? value : JSON.stringify(value);
}
