// Volumes of trials, and media as the real xorriso writes them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { efiSystemPartition } from '../../src/machine/gpt.ts';
import { filesBelow } from '../../src/machine/iso9660.ts';
import { makeVolumes } from '../../src/machine/volumes.ts';

const FILES: Readonly<Record<string, string>> = {
  'boot/kernel': 'k'.repeat(5000),
  'data/b/second, with a long name_1.0+dfsg-1_amd64.deb': 'second file',
  'data/a/empty': '',
  'data/a/first': 'first file',
};

let dir: string;
let medium: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-volumes-'));
  medium = join(dir, 'medium.iso');
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(join(dir, 'tree', path, '..'), { recursive: true });
    writeFileSync(join(dir, 'tree', path), content);
  }
  // More names than one sector has room for.
  mkdirSync(join(dir, 'tree', 'many'));
  for (let each = 0; each < 60; each++) writeFileSync(join(dir, 'tree/many', `name-${each}`), String(each));
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-r', '-V', 'TEST', '-o', medium, join(dir, 'tree')], {
    stdio: 'pipe',
  });
});
afterAll(() => rmSync(dir, { recursive: true }));

function contentOf(
  path: string,
  { offset, size }: { readonly offset: number; readonly size: number },
): string {
  return readFileSync(path)
    .subarray(offset, offset + size)
    .toString();
}

describe('files of a medium', () => {
  test('are found by their whole names, in order, with their content', () => {
    const found = filesBelow(medium, 'data') ?? [];
    expect(found.map(({ path }) => path)).toEqual([
      'data/a/empty',
      'data/a/first',
      'data/b/second, with a long name_1.0+dfsg-1_amd64.deb',
    ]);
    for (const file of found) expect(contentOf(medium, file)).toBe(FILES[file.path]);
  });

  test('are found in directories of several sectors', () => {
    const found = filesBelow(medium, '/many/') ?? [];
    expect(found).toHaveLength(60);
    for (const file of found) expect(file.path).toBe(`many/name-${contentOf(medium, file)}`);
  });

  test('are none where there is no such directory, or no medium', () => {
    expect(filesBelow(medium, 'data/c')).toBeUndefined();
    expect(filesBelow(medium, 'boot/kernel')).toBeUndefined();
    const short = join(dir, 'short.iso');
    writeFileSync(short, 'no medium');
    expect(filesBelow(short, 'data')).toBeUndefined();
  });

  test('of a damaged medium are some, and it is read to the end', () => {
    const damaged = join(dir, 'damaged.iso');
    const bytes = readFileSync(medium);
    const place = fc.record({ at: fc.nat({ max: 60 * 2048 }), value: fc.nat({ max: 255 }) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 40 }), (places) => {
        const copy = Buffer.from(bytes);
        for (const { at, value } of places) if (at < copy.length) copy[at] = value;
        writeFileSync(damaged, copy);
        filesBelow(damaged, 'data');
      }),
    );
  });
});

describe('a volume', () => {
  const published = () => ({
    directory: dir,
    files: new Map([['iso', medium]]),
    templates: new Map([['desk', { path: '/desk.qcow2', format: 'qcow2' }]]),
  });
  const made = (name: string, ...[volume]: [Parameters<typeof makeVolumes>[0][string]]) => {
    const at = join(dir, name);
    mkdirSync(at);
    const volumes = makeVolumes({ volume }, published(), at);
    if (!volumes.ok) return volumes.error;
    return volumes.value.get('volume');
  };

  test('that is a published file is that file, and stays as it is', () => {
    const source = made('published', { kind: 'published', file: 'iso', format: 'raw' });
    expect(source).toEqual({ kind: 'image', path: medium, format: 'raw', discards: true });
  });

  test('that is altered differs in one byte, in the middle of the first file with content', () => {
    const source = made('altered', { kind: 'altered', file: 'iso', below: 'data' }) as { path: string };
    const [before, after] = [readFileSync(medium), readFileSync(source.path)];
    const different = [...before.keys()].filter((at) => before[at] !== after[at]);
    const first = filesBelow(medium, 'data/a')?.at(1);
    expect(different).toEqual([(first?.offset ?? 0) + 5]);
    expect(after.length).toBe(before.length);
  });

  test('with an altered file differs in that byte of it', () => {
    const all = filesBelow(medium, 'data/a') ?? [];
    const { path, offset } = all.find(({ size }) => size > 3) ?? expect.fail();
    const source = made('altered-file', { kind: 'altered-file', file: 'iso', path, offset: 3 }) as {
      path: string;
    };
    const [before, after] = [readFileSync(medium), readFileSync(source.path)];
    expect([...before.keys()].filter((at) => before[at] !== after[at])).toEqual([offset + 3]);
    const beyond = made('beyond', { kind: 'altered-file', file: 'iso', path, offset: 1e6 });
    expect(beyond).toMatchObject({ code: 'trial/not-alterable', place: medium });
  });

  test('whose EFI system partition is altered differs in one byte, at a quarter of that', () => {
    const efi = join(dir, 'efi.img');
    writeFileSync(efi, Buffer.alloc(2 ** 20, 7));
    const disk = join(dir, 'disk.iso');
    const args = [
      '-append_partition',
      '2',
      '0xef',
      efi,
      '-appended_part_as_gpt',
      '-o',
      disk,
      join(dir, 'tree'),
    ];
    execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-r', ...args], { stdio: 'pipe' });
    const { offset, size } = efiSystemPartition(disk) ?? expect.fail('there is no such partition');
    const before = readFileSync(disk);
    expect(before.subarray(offset, offset + size).equals(readFileSync(efi))).toBe(true);
    const at = join(dir, 'altered-partition');
    const volumes = makeVolumes(
      { volume: { kind: 'altered-efi-partition', file: 'disk' } },
      { ...published(), files: new Map([['disk', disk]]) },
      mkdtempSync(at),
    );
    if (!volumes.ok) return expect.fail(volumes.error.message);
    const after = readFileSync((volumes.value.get('volume') as { path: string }).path);
    const different = [...before.keys()].filter((each) => before[each] !== after[each]);
    expect(different).toEqual([offset + 2 ** 18]);
  });

  test('without an EFI system partition cannot have it altered', () => {
    const failure = made('no-partition', { kind: 'altered-efi-partition', file: 'iso' });
    expect(failure).toMatchObject({ code: 'trial/not-alterable', place: medium });
  });

  test('that is altered needs a file to alter', () => {
    const failure = made('unalterable', { kind: 'altered', file: 'iso', below: 'nothing' });
    expect(failure).toMatchObject({ code: 'trial/not-alterable', place: medium });
  });

  test('that cannot be written says why', () => {
    const at = join(dir, 'nowhere');
    const volumes = makeVolumes({ disk: { kind: 'empty', mebibytes: 1 } }, published(), at);
    expect(volumes).toMatchObject({
      ok: false,
      error: {
        code: 'trial/no-volumes',
        message: expect.stringContaining('ENOENT'),
        place: join(at, 'disk'),
      },
    });
  });

  test('that is empty takes no room', () => {
    const { path } = made('empty', { kind: 'empty', mebibytes: 64 }) as { path: string };
    const { size, blocks } = statSync(path);
    expect([size, blocks]).toEqual([64 * 2 ** 20, 0]);
    truncateSync(path);
  });

  test('is a published directory, or the image of a template', () => {
    expect(made('directory', { kind: 'directory', label: 'TREE', path: 'tree' })).toEqual({
      kind: 'directory',
      label: 'TREE',
      path: join(dir, 'tree'),
    });
    expect(made('template', { kind: 'template', template: 'desk' })).toMatchObject({
      path: '/desk.qcow2',
      discards: true,
    });
  });

  test('with text files is a directory with them', () => {
    const source = made('files', { kind: 'files', label: 'ANSWERS', files: { 'answers.conf': 'a=b\n' } });
    expect(source).toMatchObject({ kind: 'directory', label: 'ANSWERS' });
    expect(readFileSync(join((source as { path: string }).path, 'answers.conf'), 'utf8')).toBe('a=b\n');
  });
});
