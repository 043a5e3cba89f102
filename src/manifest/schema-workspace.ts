// qbuild.yaml: what a workspace consists of.
import { z } from 'zod';
import { name, relativePath, url } from './schema-words.ts';

const layerPath = relativePath.describe('Directory of a layer, relative to `qbuild.yaml`.');

export const workspaceSchema = z
  .strictObject({
    kind: z.literal('workspace'),
    name: name.describe('Name of the workspace, for people and for the store.'),
    layers: z
      .array(layerPath)
      .min(1, { error: 'A workspace has at least one layer' })
      .describe('Layers, lowest first: a later one overrides or extends what an earlier one names.'),
    tools: name.describe('Distribution whose root sets hold the tools of build kinds and deliverables.'),
    imageTools: name
      .optional()
      .describe('Distribution whose root set `image` holds the tools for disk images; default: `tools`.'),
    epoch: z
      .int({ error: 'An epoch is a whole number of seconds since 1970' })
      .min(0, { error: 'An epoch is not negative' })
      .max(4_294_967_295, { error: 'An epoch fits 32 bits' })
      .describe('`SOURCE_DATE_EPOCH` of sources that have no date of their own; seconds since 1970.'),
    mirrors: z
      .record(url, url)
      .optional()
      .describe('Rewrites URLs: each key is a prefix, its value what replaces it. The longest prefix wins.'),
  })
  .describe('The directory that products are built in: `qbuild.yaml` at its top.');
