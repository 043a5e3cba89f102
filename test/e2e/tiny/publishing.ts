// The output directory of a whole product: what is in it, what a second run touches, what gates and what replaces it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/base/digest.ts';
import { EXIT_CODE } from '../../../src/base/failure.ts';
import { HELLO_C, HELLO_MAKEFILE } from '../tiny.ts';
import type { RunResult, Workbench } from '../workbench.ts';

export function publishing(fresh: () => Workbench): void {
  describe('a whole product', () => {
    let bench: Workbench;
    let out: string;
    let first: RunResult;
    beforeAll(async () => {
      bench = fresh();
      out = join(bench.workspace, 'out/tiny');
      ({ result: first } = await bench.product('tiny'));
      expect(first.failure).toBeUndefined();
    });
    afterAll(() => bench.remove());

    function files(): string[] {
      const entries = readdirSync(out, { recursive: true, withFileTypes: true });
      const paths = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      return paths.map((path) => path.slice(out.length + 1)).sort();
    }

    function verify(): void {
      execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: out });
    }

    test('publishes its installer, what was there before signing, its contents and keys', () => {
      for (const path of [
        'SHA256SUMS',
        'contents.json',
        'keys/development-ca.pem',
        'unsigned/hello/bin/hello.exe',
      ]) {
        expect(files()).toContain(path);
      }
      const setup = first.deliverables.find(({ kind }) => kind === 'installer-exe') ?? expect.fail();
      expect(sha256Hex(readFileSync(setup.path))).toBe(setup.sha256);
      expect(statSync(setup.path).size).toBe(setup.size);
      expect(first.deliverables.map(({ path }) => path.slice(out.length + 1)).sort()).toEqual(
        files().filter((path) => path !== 'SHA256SUMS'),
      );
      verify();
    });

    test('in a second run executes nothing and touches nothing', async () => {
      const stats = () => files().map((path) => statSync(join(out, path), { bigint: true }).ctimeNs);
      const before = stats();
      const { result } = await bench.product('tiny');
      expect(result.actions).toEqual({ run: 0, cached: first.actions.run + first.actions.cached, failed: 0 });
      expect(result.deliverables).toEqual(first.deliverables);
      expect(stats()).toEqual(before);
    });

    test('tells people that development keys signed it', async () => {
      expect((await bench.run(['product', 'tiny'])).stderr).toContain(
        'signed with development keys: not for release',
      );
    });

    test('is mended when somebody changed what was published', async () => {
      const setup = first.deliverables.find(({ kind }) => kind === 'installer-exe') ?? expect.fail();
      writeFileSync(`${setup.path}.evil`, 'evil');
      execFileSync('mv', [`${setup.path}.evil`, setup.path]);
      expect((await bench.product('tiny')).result.actions.run).toBe(0);
      expect(sha256Hex(readFileSync(setup.path))).toBe(setup.sha256);
      verify();
    });

    test('is not replaced while a test of a component fails', async () => {
      const before = readFileSync(join(out, 'SHA256SUMS'), 'utf8');
      const [source, makefile] = [bench.read(HELLO_C), bench.read(HELLO_MAKEFILE)];
      bench.edit(HELLO_C, (text) => text.replace('hello', 'goodbye'));
      const { result, exitCode } = await bench.product('tiny', '--keep-going');
      expect(exitCode).toBe(EXIT_CODE.action);
      expect(result.failure?.place).toBe('check:hello:windows/amd64');
      expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(before);
      verify();
      bench.write(HELLO_C, source);
      bench.write(HELLO_MAKEFILE, makefile);
      expect((await bench.product('tiny')).result.ok).toBe(true);
    });

    test('fails with the code of deliverables where it cannot be written, and works elsewhere', async () => {
      writeFileSync(join(bench.dir, 'file'), '');
      const place = join(bench.dir, 'file/out');
      const { result, exitCode } = await bench.product('tiny', '--out', place);
      expect(exitCode).toBe(EXIT_CODE.deliverable);
      expect(result.failure).toMatchObject({ code: 'deliverable/not-written', place });
      const elsewhere = await bench.product('tiny', '--out', '../elsewhere');
      expect(elsewhere.result).toMatchObject({ ok: true, actions: { run: 0 } });
      expect(existsSync(join(bench.dir, 'elsewhere/SHA256SUMS'))).toBe(true);
    });

    test('without a component has none of its files', async () => {
      bench.edit('products/tiny.yaml', (text) => text.replace('[hello, ', '['));
      expect((await bench.product('tiny')).result.failure).toBeUndefined();
      expect(files().filter((path) => path.includes('hello'))).toEqual([]);
      expect(existsSync(join(out, 'unsigned/hello'))).toBe(false);
      verify();
    });
  });
}
