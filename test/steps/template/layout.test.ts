// The layout of a guest's disk: arithmetic for all sizes, and what sfdisk makes of it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { efiSystemSerial, layoutOf, partitionTable } from '../../../src/steps/template/layout.ts';

const MIB = 2 ** 20;
const dir = mkdtempSync(join(tmpdir(), 'qbuild-layout-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('a layout', () => {
  const sizes = fc.integer({ min: 128, max: 64 * 2 ** 20 }).map((mib) => mib * MIB);

  test.each([
    ['', false],
    [', with hashes', true],
  ])(
    'has partitions at whole MiB, one after the other, and room for both partition tables%s',
    (_, hashed) => {
      fc.assert(
        fc.property(sizes, (size) => {
          const { biosBoot, efiSystem, root, verity } = layoutOf('desk', size, hashed);
          expect(verity !== undefined).toBe(hashed);
          const partitions = [biosBoot, efiSystem, root, ...(verity === undefined ? [] : [verity])];
          let end = MIB;
          for (const each of partitions) {
            expect(each.start).toBe(end);
            expect(each.size).toBeGreaterThan(0);
            expect(each.size % MIB).toBe(0);
            end = each.start + each.size;
          }
          expect(size - end).toBeGreaterThanOrEqual(33 * 512);
        }),
      );
    },
  );

  test('has identifiers that only the template decides, each its own', () => {
    const idsOf = (name: string, size: number) => {
      const { id, biosBoot, efiSystem, root } = layoutOf(name, size);
      return [id, biosBoot.id, efiSystem.id, root.id];
    };
    const ids = idsOf('desk', 128 * MIB);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(idsOf('desk', 1024 * MIB)).toEqual(ids);
    expect(idsOf('chair', 128 * MIB).some((id) => ids.includes(id))).toBe(false);
    expect(efiSystemSerial('desk')).toMatch(/^[0-9a-f]{8}$/);
  });

  test.each([128, 200, 1024])('of %d MiB has room for the hashes of its root', (mib) => {
    const { root, verity } = layoutOf('desk', mib * MIB, true);
    const files = ['data', 'hashes'].map((name) => join(dir, name));
    for (const file of files) writeFileSync(file, '');
    truncateSync(files[0] as string, root.size);
    execFileSync('/sbin/veritysetup', ['format', ...files]);
    const taken = statSync(files[1] as string).size;
    expect(verity?.size).toBeGreaterThanOrEqual(taken);
    expect(verity?.size).toBeLessThan(taken + 2 * MIB);
  });

  test('is not made of a size that no disk has', () => {
    expect(() => layoutOf('desk', 64 * MIB)).toThrow('no disk');
    expect(() => layoutOf('desk', 128 * MIB + 1)).toThrow('no disk');
  });

  test('is what sfdisk writes, and finds sound', () => {
    const size = 200 * MIB;
    const layout = layoutOf('desk', size);
    const disk = join(dir, 'disk');
    writeFileSync(disk, '');
    truncateSync(disk, size);
    execFileSync('/sbin/sfdisk', ['--quiet', disk], { input: partitionTable(layout) });
    execFileSync('/sbin/sfdisk', ['--verify', '--quiet', disk]);
    const { partitiontable } = JSON.parse(execFileSync('/sbin/sfdisk', ['--json', disk]).toString());
    expect(partitiontable).toMatchObject({ label: 'gpt', id: layout.id.toUpperCase() });
    const made = partitiontable.partitions.map((each: Record<string, unknown>) => [
      each.name,
      Number(each.start) * 512,
      Number(each.size) * 512,
      each.type,
      each.uuid,
    ]);
    const wanted = [layout.biosBoot, layout.efiSystem, layout.root].map((each) => {
      return [each.name, each.start, each.size, each.type, each.id.toUpperCase()];
    });
    expect(made).toEqual(wanted);
  });
});
