// Trees of commits as files: what git's own checks may let through is refused here once more, with nothing written.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportTree } from '../../src/source/git-export.ts';
import { error, never, scratch, value } from './fixture/scratch.ts';

const PLACE = 'https://example.org/saw 1234';
const path = process.env.PATH;

let mirror: string;
let target: string;
let blob: string;
beforeEach(() => {
  mirror = scratch();
  target = join(scratch(), 'tree');
  execFileSync('git', ['init', '--quiet', '--bare', '.'], { cwd: mirror });
  blob = object('blob', 'content');
});
afterEach(() => {
  process.env.PATH = path;
});

/** Writes an object as it is, and returns its name. */
function object(type: string, content: string | Buffer): string {
  const args = ['hash-object', '-t', type, '-w', '--literally', '--stdin'];
  return execFileSync('git', args, { cwd: mirror, input: content, encoding: 'utf8' }).trim();
}

/** A tree of such entries, in the order given, which no `git add` would write. */
function tree(...entries: (readonly [mode: string, name: string | Buffer, object: string])[]): string {
  const bytes = entries.flatMap(([mode, name, id]) => [
    Buffer.from(`${mode} `),
    Buffer.from(name),
    Buffer.from([0]),
    Buffer.from(id, 'hex'),
  ]);
  return object('tree', Buffer.concat(bytes));
}

const exported = (treeish: string, signal = never()) =>
  exportTree(mirror, treeish, target, PLACE, 'refuse', signal);

describe('a tree', () => {
  test('is written with its modes and links', async () => {
    const inner = tree(['100755', 'run', blob]);
    const link = object('blob', 'in/run');
    expect(value(await exported(tree(['40000', 'in', inner], ['120000', 'link', link])))).toEqual([]);
    expect(readdirSync(target, { recursive: true }).sort()).toEqual(['in', 'in/run', 'link']);
    expect(readFileSync(join(target, 'link'), 'utf8')).toBe('content');
  });

  test.each([
    ['leads upwards', () => tree(['100644', '..', blob]), 'source/bad-name'],
    [
      'leads upwards in a directory',
      () => tree(['40000', '..', tree(['100644', 'x', blob])]),
      'source/bad-name',
    ],
    ['is of git itself', () => tree(['40000', '.GIT', tree(['100644', 'config', blob])]), 'source/bad-name'],
    ['is there twice', () => tree(['100644', 'a', blob], ['100644', 'a', blob]), 'source/bad-name'],
    [
      'is a link and a directory',
      () => tree(['120000', 'a', object('blob', 'b')], ['40000', 'a', tree(['100644', 'x', blob])]),
      'source/bad-name',
    ],
    ['is no text', () => tree(['100644', Buffer.from([0xff, 0xfe]), blob]), 'source/bad-name'],
    ['is empty', () => tree(), 'source/empty'],
    ['is of an object that is not there', () => tree(['100644', 'a', '12'.repeat(20)]), 'source/git'],
  ])('with a name that %s is refused', async (_, make, code) => {
    expect(error(await exported(make()))).toMatchObject({ code, place: PLACE });
    expect(existsSync(target)).toBe(false);
  });

  test('that is not there is a damaged mirror', async () => {
    expect(error(await exported('34'.repeat(20)))).toMatchObject({
      code: 'source/git',
      next: 'Delete the cached repository and run again.',
    });
  });

  test('with a link longer than any can be is refused', async () => {
    const long = object('blob', 'x'.repeat(4097));
    expect(error(await exported(tree(['120000', 'link', long])))).toMatchObject({
      code: 'source/symlink-escapes',
      place: `${PLACE}: link`,
    });
  });

  test('that is refused ends the export, however much of it nobody reads any more', async () => {
    const link = object('blob', '../../outside');
    const treeish = tree(['120000', 'link', link], ['100644', 'z', object('blob', Buffer.alloc(8 << 20))]);
    expect(error(await exported(treeish))).toMatchObject({ code: 'source/symlink-escapes' });
    expect(existsSync(target)).toBe(false);
  }, 60_000);

  test('whose files a mirror lost after they were listed is a damaged mirror', async () => {
    const large = object('blob', Buffer.alloc(2 ** 20, 'x'));
    const treeish = tree(['100644', 'a', large]);
    const file = join(mirror, 'objects', large.slice(0, 2), large.slice(2));
    const bytes = readFileSync(file);
    rmSync(file);
    // Its header, which is listed, is whole; its content is not.
    writeFileSync(file, bytes.subarray(0, 64));
    expect(error(await exported(treeish))).toMatchObject({
      code: 'source/git',
      message: 'The cached repository is incomplete or damaged.',
      place: PLACE,
    });
  });

  test('is not written where something is already', async () => {
    const treeish = tree(['100644', 'a', blob]);
    value(await exported(treeish));
    expect(error(await exported(treeish))).toMatchObject({
      code: 'host/unwritable-cache',
      message: 'There is no place to write a source tree to.',
      place: target,
    });
  });

  test('needs git', async () => {
    process.env.PATH = mirror;
    expect(error(await exported(blob))).toMatchObject({
      code: 'host/missing-tool',
      message: 'The program `git` is not installed.',
    });
  });

  test('is left when the run is cancelled', async () => {
    const files = Array.from({ length: 2_000 }, (_, index) => {
      return ['100644', `f${String(index).padStart(4, '0')}`, blob] as const;
    });
    const stop = new AbortController();
    const running = exported(tree(...files), stop.signal);
    const watch = setInterval(() => existsSync(target) && stop.abort(), 1);
    expect(error(await running)).toMatchObject({ code: 'interrupted/cancelled' });
    clearInterval(watch);
  });
});
