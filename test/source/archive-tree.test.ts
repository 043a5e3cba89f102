// Archives of sources: what real tar makes is unpacked, and what no source tree may have is refused with nothing outside.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Limits, unpackArchive } from '../../src/source/archive-tree.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';

const LONG = 'd'.repeat(90);

/** A release as upstreams pack them: one directory, a program, a link, a name too long for a header. */
function release(): string {
  const dir = scratch();
  mkdirSync(join(dir, `clock-1.0/${LONG}/${LONG}`), { recursive: true });
  writeFileSync(join(dir, 'clock-1.0/Makefile'), 'all:\n');
  writeFileSync(join(dir, 'clock-1.0/configure'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(dir, `clock-1.0/${LONG}/${LONG}/deep`), 'deep');
  writeFileSync(join(dir, 'clock-1.0/gear.bin'), Buffer.alloc(300_000, 7));
  symlinkSync('Makefile', join(dir, 'clock-1.0/GNUmakefile'));
  return dir;
}

function packed(dir: string, ...args: string[]): string {
  const file = join(scratch(), 'archive');
  const fixed = ['--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner'];
  sh('tar', ['--create', '--file', file, '--directory', dir, ...fixed, ...args, ...readdirSync(dir)]);
  return file;
}

async function unpacked(file: string, limits?: Limits) {
  const dir = scratch();
  const result = await unpackArchive(file, join(dir, 'tree'), 'https://example.org/a.tar', never(), limits);
  // Nothing beside it, whatever the names were.
  expect(readdirSync(dir)).toEqual(['tree']);
  return result;
}

describe('an archive of a release', () => {
  test.each([
    ['ustar, when its names fit', ['--format=ustar', `--exclude=${LONG}`]],
    ['pax', ['--format=posix']],
    ['GNU', ['--format=gnu']],
    ['pax with gzip', ['--format=posix', '--gzip']],
    ['pax with xz', ['--format=posix', '--xz']],
    ['GNU with zstd', ['--format=gnu', '--zstd']],
  ])('in the format %s becomes its directory, dated by its newest member', async (format, args) => {
    const { directory, epoch } = value(await unpacked(packed(release(), ...args)));
    expect(epoch).toBe(1_700_000_000);
    const deep = format.startsWith('ustar') ? [] : [LONG];
    expect(readdirSync(directory).sort()).toEqual(
      ['GNUmakefile', 'Makefile', 'configure', 'gear.bin', ...deep].sort(),
    );
    expect(readlinkSync(join(directory, 'GNUmakefile'))).toBe('Makefile');
    expect(statSync(join(directory, 'configure')).mode & 0o777).toBe(0o755);
    expect(statSync(join(directory, 'Makefile')).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(directory, 'gear.bin')).equals(Buffer.alloc(300_000, 7))).toBe(true);
    if (deep.length > 0) expect(readFileSync(join(directory, LONG, LONG, 'deep'), 'utf8')).toBe('deep');
  });

  test('with more than one directory is the tree itself', async () => {
    const dir = release();
    writeFileSync(join(dir, 'README'), 'x');
    expect(readdirSync(value(await unpacked(packed(dir))).directory).sort()).toEqual(['README', 'clock-1.0']);
  });

  test('is what tar reads of it, whatever its files are', async () => {
    const names = fc.stringMatching(/^[a-zé]{1,60}(\/[a-z .]{0,40}[a-z]){0,3}$/);
    const files = fc.dictionary(names, fc.uint8Array({ maxLength: 2000 }), { minKeys: 2, maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(files, fc.constantFrom('gnu', 'posix'), async (tree, format) => {
        const dir = scratch();
        for (const [path, content] of Object.entries(tree)) {
          const full = join(dir, 'a', path);
          try {
            mkdirSync(join(full, '..'), { recursive: true });
            writeFileSync(full, content);
          } catch {
            // A file where another name wants a directory: the first one stays.
          }
        }
        const { directory } = value(await unpacked(packed(dir, `--format=${format}`)));
        execFileSync('diff', ['--recursive', join(dir, 'a'), directory]);
      }),
      { numRuns: 15 },
    );
  });
});

interface Header {
  readonly name: string;
  readonly type?: string;
  readonly content?: string | Buffer;
  readonly size?: number;
  readonly target?: string;
}

/** An archive as nobody's tar would make it. */
function made(...members: readonly Header[]): Buffer {
  const blocks = members.flatMap(({ name, type = '0', content = '', size, target = '' }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('14524413000\0', 136);
    header.write(type, 156);
    header.write(target, 157, 100);
    header.write('ustar\x0000', 257);
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function refused(content: Buffer, limits?: Limits) {
  const file = join(scratch(), 'archive');
  writeFileSync(file, content);
  return error(await unpacked(file, limits));
}

const pax = (records: string) => ({ name: 'pax', type: 'x', content: records });

describe('a hostile archive', () => {
  const CASES: Readonly<Record<string, readonly [code: string, ...members: Header[]]>> = {
    'that writes above the tree': ['bad-name', { name: '../escaped', content: 'x' }],
    'that writes above it in the middle': ['bad-name', { name: 'a/../../escaped', content: 'x' }],
    'with an absolute name': ['bad-name', { name: '/tmp/qbuild-escaped', content: 'x' }],
    'with an absolute name in an extended header': [
      'bad-name',
      pax('28 path=/tmp/qbuild-escaped\n'),
      { name: 'harmless', content: 'x' },
    ],
    'with a repository in it': ['bad-name', { name: 'a/.git/config', content: 'x' }],
    'with a name of two systems': ['bad-name', { name: 'a\\b', content: 'x' }],
    'with one file twice': ['bad-name', { name: 'a', content: 'x' }, { name: 'a', content: 'y' }],
    'with a file that is a directory, too': [
      'bad-name',
      { name: 'a', content: 'x' },
      { name: 'a/b', content: 'y' },
    ],
    'with a directory that is a file, too': [
      'bad-name',
      { name: 'a/b', content: 'x' },
      { name: 'a', content: 'y' },
    ],
    'that writes through a link of its own': [
      'bad-name',
      { name: 'd/link', type: '2', target: 'elsewhere' },
      { name: 'd/link/escaped', content: 'x' },
    ],
    'whose link leads out of the tree': [
      'symlink-escapes',
      { name: 'a', content: 'x' },
      { name: 'b', type: '2', target: '../../etc/passwd' },
    ],
    'whose link is absolute': [
      'symlink-escapes',
      { name: 'a', content: 'x' },
      { name: 'b', type: '2', target: '/etc/passwd' },
    ],
    'whose link leads out of the one directory that is the tree': [
      'symlink-escapes',
      { name: 'top/a', content: 'x' },
      { name: 'top/b', type: '2', target: '../c' },
    ],
    'with a hard link': ['special-file', { name: 'a', type: '1', target: '/etc/passwd' }],
    'with a device': ['special-file', { name: 'a', type: '3' }],
    'with a block device': ['special-file', { name: 'a', type: '4' }],
    'with a pipe': ['special-file', { name: 'a', type: '6' }],
    'with a sparse file of the old kind': ['special-file', { name: 'a', type: 'S', content: 'x' }],
    'with a sparse file of the new kind': [
      'bad-archive-file',
      pax('22 GNU.sparse.major=1\n'),
      { name: 'a', content: 'x' },
    ],
    'with an extended header that is none': [
      'bad-archive-file',
      pax('99 path=x\n'),
      { name: 'a', content: 'x' },
    ],
    'with extended headers and nothing else': [
      'bad-archive-file',
      ...Array.from({ length: 9 }, () => pax('9 path=x\n')),
    ],
    'whose size is none': ['bad-archive-file', pax('12 size=-1x\n'), { name: 'a', content: 'x' }],
    'that says more than it has': ['bad-archive-file', { name: 'a', content: 'x', size: 2 ** 20 }],
    'with no files': ['empty', { name: 'a/', type: '5' }],
  };

  test.each(Object.entries(CASES))('%s is refused', async (_, [code, ...members]) => {
    const failure = await refused(made(...members));
    expect(failure.code).toBe(`source/${code}`);
    expect(failure.place).toContain('https://example.org/a.tar');
    expect(existsSync('/tmp/qbuild-escaped')).toBe(false);
  });

  test('whose name is no text is refused', async () => {
    const bytes = made({ name: 'a', content: 'x' });
    bytes[0] = 0xff;
    // The sum of the header, too.
    const sum = bytes
      .subarray(0, 512)
      .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect((await refused(bytes)).code).toBe('source/bad-archive-file');
  });

  test('that is larger than the limit when it is unpacked ends there, however small it is', async () => {
    const limits = { bytes: 2 ** 20, members: 100 };
    const bomb = gzipSync(made({ name: 'a', content: Buffer.alloc(2 ** 24) }));
    expect(bomb.length).toBeLessThan(2 ** 15);
    expect(await refused(bomb, limits)).toMatchObject({
      code: 'source/too-large',
      message: 'The archive unpacks to more than 1048576 bytes or 100 members.',
    });
    const many = made(...Array.from({ length: 101 }, (_, index) => ({ name: `d${index}/`, type: '5' })));
    expect((await refused(many, limits)).code).toBe('source/too-large');
  });

  test('that goes on behind its end is refused', async () => {
    const end = made({ name: 'a', content: 'x' });
    const endless = zstdCompressSync(Buffer.concat([end, Buffer.alloc(65 * 2 ** 20)]));
    expect(await refused(endless)).toMatchObject({
      code: 'source/bad-archive-file',
      cause: 'it goes on behind its end',
    });
  });
});

describe('a damaged archive', () => {
  test.each([
    ['plain', []],
    ['gzip', ['--gzip']],
    ['xz', ['--xz']],
    ['zstd', ['--zstd']],
  ])('is refused wherever it ends: %s', async (_, args) => {
    const bytes = readFileSync(packed(release(), ...args));
    for (const length of [0, 5, 300, 513, bytes.length >> 1]) {
      if (length >= bytes.length) continue;
      const failure = await refused(bytes.subarray(0, length));
      expect([length, failure.code]).toEqual([length, 'source/bad-archive-file']);
    }
  });

  test.each([
    ['gzip', ['--gzip']],
    ['xz', ['--xz']],
  ])('with one other byte is refused: %s', async (_, args) => {
    const bytes = readFileSync(packed(release(), ...args));
    const at = bytes.length - 20;
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    expect((await refused(bytes)).code).toBe('source/bad-archive-file');
  });

  test('whose header says another sum is refused, and so is what is no archive', async () => {
    const bytes = made({ name: 'a', content: 'x' });
    bytes[1] = 65;
    expect(await refused(bytes)).toMatchObject({ cause: 'a header has another sum than it says' });
    expect((await refused(Buffer.from('<html>Not found</html>'.repeat(100)))).code).toBe(
      'source/bad-archive-file',
    );
  });
});
