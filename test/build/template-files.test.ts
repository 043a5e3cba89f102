// The files and hooks that templates name, as they come into the store.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importTemplateFiles } from '../../src/build/template-files.ts';
import type { ResolvedTemplate } from '../../src/resolve/resolved.ts';
import { type DiskStore, openStore } from '../../src/store/disk-store.ts';
import { error, scratch, value } from '../source/fixture/scratch.ts';

const dir = scratch();
let store: DiskStore;
beforeAll(async () => {
  store = value(await openStore(join(dir, 'store'), { workspace: dir }));
  mkdirSync(join(dir, 'oak/etc'), { recursive: true });
  for (const name of ['motd', 'hook.sh', 'unnamed']) writeFileSync(join(dir, 'oak', name), `${name}\n`);
  symlinkSync('motd', join(dir, 'oak/link'));
});
afterAll(() => store.close());

function imported(sources: readonly string[], hooks: readonly string[] = []) {
  const files = sources.map((source) => ({ path: `/etc/${source}`, source }));
  const template = { name: 'oak', dir: join(dir, 'oak'), files, hooks } as Partial<ResolvedTemplate>;
  return importTemplateFiles([template as ResolvedTemplate], store);
}

test('are those that the template names and no others, each once', async () => {
  const { oak } = value(await imported(['motd', 'motd'], ['hook.sh']));
  if (oak === undefined) return expect.fail('no tree');
  expect(store.files(oak).map(({ path }) => path)).toEqual(['hook.sh', 'motd']);
});

test('are none of a template that names none', async () => {
  expect(value(await imported([]))).toEqual({});
});

test.each([
  ['absent', 'source/missing', 'which is not there.'],
  ['etc', 'source/special-file', 'which is no regular file.'],
  ['link', 'source/special-file', 'which is no regular file.'],
])('that are %s are refused', async (name, code, message) => {
  for (const failed of [await imported([name]), await imported([], [name])]) {
    expect(error(failed)).toMatchObject({
      code,
      message: expect.stringContaining(message),
      place: join(dir, 'oak', name),
    });
  }
});
