// A store whose content was altered: what is damaged is found, dropped and made again; the rest stays.
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HELLO_C } from '../tiny.ts';
import { actionsOf, type Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'hello'] as const;

export function damage(fresh: () => Workbench): void {
  /** Files of the store's trees and blobs that hold a text, which no other workspace has. */
  function filesWith(bench: Workbench, word: string): string[] {
    return ['trees', 'blobs'].flatMap((part) => {
      const entries = readdirSync(join(bench.store, part), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && /^(libwords\.a|hello|hello\.exe|words\.c)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => readFileSync(path).includes(word));
    });
  }

  const wordOf = (bench: Workbench) =>
    /"([0-9a-f-]{36})"/.exec(bench.read('recipes/words/source/words.c'))?.[1] ?? expect.fail();

  describe('content of the store that was', () => {
    const harms: readonly [string, (path: string) => void][] = [
      [
        'altered',
        (path) => {
          const bytes = readFileSync(path);
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
          writeFileSync(path, bytes);
        },
      ],
      ['truncated', (path) => truncateSync(path, 10)],
    ];

    test.each(harms)('%s is made again when something reads it', async (_, harm) => {
      const bench = fresh();
      await bench.product(...only);
      const libraries = filesWith(bench, wordOf(bench)).filter((path) => path.endsWith('.a'));
      expect(libraries.length).toBeGreaterThan(0);
      for (const path of libraries) {
        chmodSync(path, 0o644);
        harm(path);
      }
      bench.edit(HELLO_C, (text) => `${text}\n// Something reads the library.\n`);
      const { result, events } = await bench.product(...only);
      expect(result).toMatchObject({ ok: true, actions: { failed: 0 } });
      expect(actionsOf(events, 'started')).toContain('build:words:windows/amd64');
      expect(events).toContainEqual(expect.objectContaining({ type: 'notice', code: 'store/damaged' }));
      expect((await bench.run(['cache', 'verify'])).stdout).toMatch(/^damaged +0$/m);
      bench.remove();
    });

    test('truncated is written again when it is a script', async () => {
      const bench = fresh();
      await bench.product(...only);
      const blobs = readdirSync(join(bench.store, 'blobs'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter(
          (path) => statSync(path).size < 10_000 && readFileSync(path, 'utf8').includes('make --directory'),
        );
      expect(blobs).toHaveLength(2);
      for (const path of blobs) {
        chmodSync(path, 0o644);
        truncateSync(path, 20);
      }
      bench.edit(HELLO_C, (text) => `${text}\n`);
      const { result } = await bench.product(...only);
      expect(result.failure).toBeUndefined();
      for (const path of blobs) expect(statSync(path).size).toBeGreaterThan(20);
      bench.remove();
    });

    test('altered is found by an audit, and then made again', async () => {
      const bench = fresh();
      await bench.product(...only);
      for (const path of filesWith(bench, wordOf(bench))) {
        chmodSync(path, 0o644);
        truncateSync(path, 5);
      }
      const audit = await bench.run(['cache', 'verify']);
      expect(audit.stdout).toMatch(/^damaged +[1-9]/m);
      expect((await bench.run(['cache', 'verify'])).stdout).toMatch(/^damaged +0$/m);
      expect((await bench.product(...only)).result.ok).toBe(true);
      bench.remove();
    });

    test('a source that was altered is imported again', async () => {
      const bench = fresh();
      await bench.product(...only);
      const sources = filesWith(bench, wordOf(bench)).filter((path) => path.endsWith('words.c'));
      expect(sources.length).toBeGreaterThan(0);
      for (const path of sources) {
        chmodSync(path, 0o644);
        writeFileSync(path, '#error altered\n');
      }
      bench.edit('recipes/words/recipe.yaml', (text) =>
        text.replace('kind: windows', "kind: windows, make: { CHANGED: '1' }"),
      );
      const { result } = await bench.product(...only);
      expect(result.failure).toBeUndefined();
      bench.remove();
    });

    test('a result that cannot be read is made again', async () => {
      const bench = fresh();
      const { events } = await bench.product(...only);
      const key = String(
        events.find((event) => event.type === 'finished' && event.action === 'build:words:windows/amd64')
          ?.key,
      );
      const results = readdirSync(join(bench.store, 'results'), { recursive: true, withFileTypes: true });
      const file = results.find((entry) => entry.isFile() && entry.name.includes(key.slice(2)));
      const path = join(file?.parentPath ?? '', file?.name ?? '');
      chmodSync(path, 0o644);
      writeFileSync(path, '{"half');
      const again = await bench.product(...only);
      expect(again.result.ok).toBe(true);
      expect(actionsOf(again.events, 'started')).toEqual(['build:words:windows/amd64']);
      bench.remove();
    });
  });
}
