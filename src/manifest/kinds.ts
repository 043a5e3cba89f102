// The kinds of manifest and their schemas: one schema gives type, validation, JSON Schema and reference page.
import { z } from 'zod';
import { installerDefinition } from './installer-schema.ts';
import { distributionSchema } from './schema-distribution.ts';
import { fragmentSchema, productSchema } from './schema-product.ts';
import { recipeSchema } from './schema-recipe.ts';
import { repositoriesSchema } from './schema-repositories.ts';
import { templateSchema } from './schema-template.ts';
import { vmmSchema } from './schema-vmm.ts';
import { workspaceSchema } from './schema-workspace.ts';

export const SCHEMAS = {
  workspace: workspaceSchema,
  product: productSchema,
  fragment: fragmentSchema,
  recipe: recipeSchema,
  repositories: repositoriesSchema,
  installer: installerDefinition.describe(
    'What a hosted installer is, apart from what components add to it.',
  ),
  vmm: vmmSchema,
  distribution: distributionSchema,
  template: templateSchema,
} as const;

export type Kind = keyof typeof SCHEMAS;

/** The typed content of each kind of manifest. */
export type DataOf = { readonly [K in Kind]: z.output<(typeof SCHEMAS)[K]> };

/** JSON Schema (draft 2020-12) of each kind, for editors and other tools. */
export function jsonSchemas(): Record<Kind, object> {
  const entries = Object.entries(SCHEMAS).map(([kind, schema]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    return [kind, { $schema, $id: `qbuild:${kind}`, title: `qbuild ${kind}`, ...rest }];
  });
  return Object.fromEntries(entries) as Record<Kind, object>;
}
