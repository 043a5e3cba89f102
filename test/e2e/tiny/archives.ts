// A component whose source is an archive: built from it, pinned in the lock, and refused when its bytes are others.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import type { Workbench } from '../workbench.ts';

const only = ['tiny', '--only', 'lonely'] as const;
const RECIPE = 'recipes/lonely/recipe.yaml';

export function archives(fresh: () => Workbench): void {
  /** `lonely` with its source as a release elsewhere. */
  function released(): { readonly bench: Workbench; readonly file: string } {
    const bench = fresh();
    const file = join(bench.dir, 'lonely-1.0.tar.gz');
    const source = join(bench.workspace, 'recipes/lonely/source');
    mkdirSync(join(bench.dir, 'packed'));
    renameSync(source, join(bench.dir, 'packed/lonely-1.0'));
    // Like no other archive: what a store has by its hash is not fetched.
    writeFileSync(join(bench.dir, 'packed/lonely-1.0/NEWS'), bench.dir);
    execFileSync('tar', [
      '--create',
      '--gzip',
      '--file',
      file,
      '-C',
      join(bench.dir, 'packed'),
      'lonely-1.0',
    ]);
    const bytes = readFileSync(file);
    const pin = `archive: 'file://${file}', sha256: ${sha256Hex(bytes)}, size: ${bytes.length}`;
    bench.edit(RECIPE, (text) => text.replace('{ local: source }', `{ ${pin} }`));
    return { bench, file };
  }

  describe('a source that is an archive', () => {
    test('is built as if it lay there, and needs no network once it is in the store', async () => {
      const { bench, file } = released();
      const first = await bench.product(...only);
      expect(first.result.failure).toBeUndefined();
      expect(bench.read('qbuild.lock')).toContain(`"url":"file://${file}"`);
      rmSync(file);
      expect((await bench.product(...only, '--locked', '--offline')).result).toMatchObject({
        ok: true,
        actions: { run: 0 },
      });
      bench.remove();
    });

    test('with other bytes than its recipe pins is refused before it is read', async () => {
      const { bench, file } = released();
      const lock = bench.read('qbuild.lock');
      appendFileSync(file, 'more');
      const { result, exitCode } = await bench.product(...only);
      expect(exitCode).toBe(EXIT_CODE.source);
      expect(result.failure).toMatchObject({ code: 'source/digest-mismatch', place: `file://${file}` });
      expect(bench.read('qbuild.lock')).toBe(lock);
      bench.remove();
    });
  });
}
