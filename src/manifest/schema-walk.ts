// Walks a zod schema along a path of data: which keys a schema allows at one place.
import type { z } from 'zod';
import type { Json } from '../base/canonical.ts';

type Schema = z.core.$ZodType;

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly keyType?: Schema;
  readonly valueType?: Schema;
  readonly innerType?: Schema;
  readonly options?: readonly Schema[];
  readonly discriminator?: string;
}

/** Keys that the schema allows in the mapping at `path`; none when it is no mapping with fixed keys. */
export function keysAt(schema: Schema, path: readonly PropertyKey[], data: Json): string[] {
  let current: Schema | undefined = schema;
  let value: Json | undefined = data;
  for (const step of path) {
    const definition: Definition | undefined = current && concrete(current, value);
    current = definition?.shape?.[String(step)] ?? definition?.element ?? definition?.valueType;
    value = member(value, step);
  }
  const found = current && concrete(current, value);
  const keys = found?.shape === undefined ? found?.keyType?._zod.values : Object.keys(found.shape);
  return [...(keys ?? [])].map(String);
}

/** Strips wrappers such as `optional`, and picks the option of a union by its discriminator. */
function concrete(schema: Schema, value: Json | undefined): Definition | undefined {
  let definition = schema._zod.def as unknown as Definition;
  while (definition.innerType !== undefined)
    definition = definition.innerType._zod.def as unknown as Definition;
  const { discriminator, options } = definition;
  if (discriminator === undefined || options === undefined) return definition;
  const chosen = options.find((option) => {
    const literal = (option._zod.def as unknown as Definition).shape?.[discriminator];
    return literal?._zod.values?.has(member(value, discriminator) as string) === true;
  });
  return chosen && concrete(chosen, value);
}

function member(value: Json | undefined, step: PropertyKey): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<PropertyKey, Json>>)[step];
}
