// docs/manifests.md: the reference of all manifests, written from their schemas.
import type { Kind } from './kinds.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly default?: unknown;
  readonly $ref?: string;
}

/** Where manifests of each kind lie in a layer. */
const PLACES: Readonly<Record<Kind, string>> = {
  workspace: '`qbuild.yaml` at the top of a workspace',
  product: '`products/<name>.yaml`',
  fragment: 'anywhere in a layer; named by `include`',
  recipe: '`recipes/<name>/recipe.yaml`',
  repositories: '`repositories/<name>.yaml`',
  installer: '`recipes/<name>/installer.yaml`',
  vmm: '`products/vmm/<name>.yaml`',
  distribution: '`distributions/<name>.yaml`',
  template: '`templates/<name>/template.yaml`',
};

const INTRODUCTION = `# Manifests

Everything that qbuild builds is described by the YAML files below. This page is written from the schemas that
check them; \`qbuild schema\` prints the same schemas as JSON Schema for editors.

Manifests are YAML 1.2: one document, the core schema, no custom tags, no merge keys (\`<<\`). Anchors and aliases
work. A key that is not listed here is an error, and so is a key that is there twice. A file has at most 256 KiB.

## Layers

A workspace lists layers, lowest first. A manifest of a higher layer replaces the one of the same kind and name of a
lower layer, or changes it when it \`extends\` its own name. A recipe that extends keeps every key that it does not
state, and the packages of targets that it does not name. Paths are relative to the file that states them and stay
inside of its layer, symbolic links included.

## Composition of products

A product is the outcome of statements applied in order: those of the product that it \`extends\`, those of each
fragment that it \`include\`s, its own; then, for a variant, those of the variant's fragments and the variant's own.
Only their order counts, not how they are spread over files. Within one set of statements:

* texts, and the members of \`domains\` and \`providers\`, replace what was stated before;
* \`components\`, \`templates\` and \`deliverables\` replace the whole list before them;
* then \`remove\` takes members away, \`add\` appends those that are not there yet, and \`override\` changes members.

\`qbuild product show NAME\` prints the outcome, each value with the file and line that it came from.

## Interfaces

\`dependsOn\` names components or interfaces. A component provides its own name and what its \`provides\` lists. Of the
components that fit the product's VMM and have a package for the target, the provider is the one that the product's
\`providers\` names; else the only one that the product lists; else the one that has the name itself; else the only
one there is. Anything else is an error.
`;

/** The page, from JSON Schemas by kind. Pure: equal schemas give an equal page. */
export function manifestReference(schemas: Readonly<Record<Kind, object>>): string {
  const sections = Object.entries(schemas).map(([kind, schema]) =>
    section(kind as Kind, schema as JsonSchema),
  );
  return [INTRODUCTION, ...sections].join('\n');
}

function section(kind: Kind, schema: JsonSchema): string {
  const head = `## \`${kind}\`\n\n${schema.description}\n\nPlace: ${PLACES[kind]}.\n`;
  const rows = rowsOf(schema, '', { definitions: definitionsOf(schema), top: schema }).map(
    (row) => `| ${row.join(' | ')} |`,
  );
  return [`${head}`, '| key | value | |', '|---|---|---|', ...rows, ''].join('\n');
}

type Row = readonly [key: string, value: string, description: string];

type Definitions = Readonly<Record<string, JsonSchema>>;

interface Context {
  readonly definitions: Definitions;
  /** The whole manifest. */
  readonly top: JsonSchema;
}

function definitionsOf(schema: JsonSchema): Definitions {
  return (schema as { readonly $defs?: Definitions }).$defs ?? {};
}

/** One row a key, depth first; `prefix` is the path of the mapping that holds them. */
function rowsOf(schema: JsonSchema, prefix: string, context: Context): Row[] {
  const { definitions } = context;
  const rows: Row[] = [];
  for (const [key, stated] of Object.entries(schema.properties ?? {})) {
    const member = resolved(stated, definitions);
    const path = `${prefix}${key}`;
    const isNeeded = schema.required?.includes(key) === true && member.default === undefined;
    const described = stated.description ?? member.description ?? '';
    const fallback = member.default === undefined ? '' : ` Default: \`${JSON.stringify(member.default)}\`.`;
    const value = `${typeOf(member, definitions)}${isNeeded ? ', required' : ''}`;
    rows.push([`\`${path}\``, value, cell(sentence(described) + fallback)]);
    rows.push(...nested(member, path, context));
  }
  return rows;
}

/** Rows of the mappings inside a value: of list members, of mapping members, of alternatives. */
function nested(member: JsonSchema, path: string, context: Context): Row[] {
  const inner = (schema: JsonSchema) => resolved(schema, context.definitions);
  if (member.items !== undefined) return nested(inner(member.items), `${path}[]`, context);
  if (member.additionalProperties) {
    const value = inner(member.additionalProperties);
    return repeats(value, context.top) ? [] : nested(value, `${path}.<name>`, context);
  }
  const alternatives = (member.oneOf ?? []).flatMap((option) => rowsOf(option, `${path}.`, context));
  return [...rowsOf(member, `${path}.`, context), ...alternatives];
}

/** True for a mapping that has only keys of the manifest itself, such as a product's variant. */
function repeats(schema: JsonSchema, top: JsonSchema): boolean {
  const keys = Object.keys(schema.properties ?? {});
  return keys.length > 3 && keys.every((key) => Object.hasOwn(top.properties ?? {}, key));
}

function resolved(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return (name === undefined ? undefined : definitions[name]) ?? schema;
}

function typeOf(schema: JsonSchema, definitions: Definitions): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema.items !== undefined)
    return `list of ${typeOf(resolved(schema.items, definitions), definitions)}`;
  const options = schema.oneOf ?? schema.anyOf;
  if (options !== undefined) {
    const types = options.map((option) => typeOf(resolved(option, definitions), definitions));
    return [...new Set(types)].join(' or ');
  }
  if (schema.type === 'string') return 'text';
  if (schema.type === 'object') return 'mapping';
  if (schema.type === 'integer') return 'whole number';
  if (schema.type === 'boolean') return '`true` or `false`';
  throw new Error(`the reference has no word for ${JSON.stringify(schema)}`);
}

/** Descriptions may be notes without capital and full stop. */
function sentence(text: string): string {
  if (text === '') return text;
  const begun = /^[a-z]+(?=[ ,:])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
