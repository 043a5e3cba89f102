// Canonical JSON (after RFC 8785): object keys in code-unit order, no white space, so that equal data has equal bytes.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Serialises plain data canonically. Keys whose value is `undefined` are left out; non-finite numbers are a bug. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('canonical JSON: number');
  if (value === null || typeof value !== 'object') {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`canonical JSON: ${typeof value}`);
    return text;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as { readonly [key: string]: unknown };
  // Without a comparison of its own, `sort` orders strings by code unit.
  const keys = Object.keys(object).sort();
  const members = keys.flatMap((key) =>
    object[key] === undefined ? [] : `${JSON.stringify(key)}:${canonicalJson(object[key])}`,
  );
  return `{${members.join(',')}}`;
}

/** Orders strings by UTF-16 code unit: the same on every machine, whatever its locale. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
