// What is generated from the schemas: JSON Schemas and the reference page.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jsonSchemas, SCHEMAS } from '../../src/manifest/kinds.ts';
import { manifestReference } from '../../src/manifest/reference.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/manifests.md');

describe('the reference page', () => {
  it('is what the schemas say (vitest --update writes it anew)', async () => {
    await expect(manifestReference(jsonSchemas())).toMatchFileSnapshot(PAGE);
  });

  it('describes each key but `kind`, which says what it is', () => {
    const [ours = ''] = readFileSync(PAGE, 'utf8').split('## `installer`');
    const undescribed = ours
      .split('\n')
      .filter((row) => /^\|.*\|\s*\|$/.test(row) && !/kind`|^\| key /.test(row));
    expect(undescribed.filter((row) => !row.startsWith('| `installer.'))).toEqual([]);
  });

  it('has each key of each kind', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const [kind, schema] of Object.entries(SCHEMAS)) {
      const [, section = ''] = page.split(`## \`${kind}\`\n`);
      for (const key of Object.keys(schema.shape)) expect(section).toContain(`| \`${key}\` |`);
    }
  });
});

describe('the JSON Schemas', () => {
  it('are one a kind, closed against unknown keys', () => {
    const schemas = jsonSchemas();
    expect(Object.keys(schemas)).toEqual(Object.keys(SCHEMAS));
    for (const schema of Object.values(schemas)) {
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        additionalProperties: false,
      });
    }
  });
});

it('the schema that linux-template-builder checks with is that of templates (vitest --update)', async () => {
  const file = resolve(import.meta.dirname, '../../templates/.builder/template.schema.json');
  await expect(`${JSON.stringify(jsonSchemas().template, null, 2)}\n`).toMatchFileSnapshot(file);
});
