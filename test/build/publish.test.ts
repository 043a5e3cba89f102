// The output directory: whole files, nothing stale, nothing outside of it touched, whatever lies there already.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, sha256Hex } from '../../src/base/digest.ts';
import { fail, ok, type Result } from '../../src/base/failure.ts';
import { type Publication, publish } from '../../src/build/publish.ts';

const EPOCH = 1_700_000_000;

let dir: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-publish-'));
  out = join(dir, 'out');
  mkdirSync(join(dir, 'store'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const bytes = (path: string, text = path): Publication => ({
  kind: 'text',
  path,
  content: { bytes: Buffer.from(text) },
});

function stored(path: string, text: string): Publication {
  const store = join(dir, 'store', sha256Hex(text));
  if (!existsSync(store)) writeFileSync(store, text, { mode: 0o444 });
  return { kind: 'file', path, content: { store, digest: digestOf(text) } };
}

/** Publishes and requires success. */
async function published(...publications: Publication[]) {
  const result = await publish(out, publications, { epoch: EPOCH });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Every file below `out` with its content. */
function found(): Record<string, string> {
  const entries = readdirSync(out, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file.slice(out.length + 1), readFileSync(file, 'utf8')]));
}

function isAccepted(): boolean {
  return spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: out }).status === 0;
}

describe('publishing', () => {
  test('writes files from the store and from memory, dated by the product, with their checksums', async () => {
    const report = await published(stored('setup.exe', 'program'), bytes('keys/ca.pem', 'key'));
    expect(report).toEqual([
      { kind: 'file', path: join(out, 'setup.exe'), sha256: sha256Hex('program'), size: 7 },
      { kind: 'text', path: join(out, 'keys/ca.pem'), sha256: sha256Hex('key'), size: 3 },
    ]);
    expect(found()).toEqual({
      'setup.exe': 'program',
      'keys/ca.pem': 'key',
      SHA256SUMS: `${sha256Hex('key')}  keys/ca.pem\n${sha256Hex('program')}  setup.exe\n`,
    });
    for (const file of Object.keys(found())) expect(statSync(join(out, file)).mtimeMs).toBe(EPOCH * 1000);
    expect(isAccepted()).toBe(true);
  });

  test('touches nothing that is up to date', async () => {
    await published(stored('a', 'a'), bytes('b'));
    const before = ['a', 'b', 'SHA256SUMS'].map((name) => statSync(join(out, name), { bigint: true }));
    await published(stored('a', 'a'), bytes('b'));
    const after = ['a', 'b', 'SHA256SUMS'].map((name) => statSync(join(out, name), { bigint: true }));
    expect(after.map(({ ino, ctimeNs }) => [ino, ctimeNs])).toEqual(
      before.map(({ ino, ctimeNs }) => [ino, ctimeNs]),
    );
  });

  test('leaves files of earlier runs where clients may still want them, and lists them no longer', async () => {
    const options = { epoch: EPOCH, keepBelow: ['apt/pool'] };
    const one = await publish(
      out,
      [bytes('apt/pool/one'), bytes('apt/pools'), bytes('apt/index', '1')],
      options,
    );
    const two = await publish(out, [bytes('apt/pool/two'), bytes('apt/index', '2')], options);
    expect([one.ok, two.ok]).toEqual([true, true]);
    expect(Object.keys(found()).sort()).toEqual(['SHA256SUMS', 'apt/index', 'apt/pool/one', 'apt/pool/two']);
    expect(found().SHA256SUMS).not.toContain('one');
  });

  test('puts files into place in the order that was given', async () => {
    const names = ['z', 'deep/b', 'a'];
    await published(...names.map((name) => bytes(name)));
    const times = names.map((name) => statSync(join(out, name), { bigint: true }).ctimeNs);
    expect(times.toSorted((a, b) => Number(a - b))).toEqual(times);
  });

  test('signs the checksums, again when they change, and not when nothing does', async () => {
    let count = 0;
    const sign = async (input: string, output: string): Promise<Result<void>> => {
      count += 1;
      writeFileSync(output, `signature of ${readFileSync(input, 'utf8')}`);
      return ok();
    };
    const run = async (...publications: Publication[]) =>
      expect(await publish(out, publications, { epoch: EPOCH, sign })).toMatchObject({ ok: true });
    await run(bytes('a'));
    await run(bytes('a'));
    expect(count).toBe(1);
    await run(bytes('a'), bytes('b'));
    expect(count).toBe(2);
    expect(found()['SHA256SUMS.asc']).toBe(`signature of ${found().SHA256SUMS}`);
    rmSync(join(out, 'SHA256SUMS.asc'));
    await run(bytes('a'), bytes('b'));
    expect(count).toBe(3);
    await published(bytes('a'), bytes('b'));
    expect(Object.keys(found())).not.toContain('SHA256SUMS.asc');
    const refused = { code: 'sign/openpgp-failed', message: 'No.' } as const;
    expect(await publish(out, [bytes('c')], { epoch: EPOCH, sign: async () => fail(refused) })).toEqual({
      ok: false,
      error: refused,
    });
    expect(Object.keys(found())).not.toContain('SHA256SUMS.asc');
  });

  test('replaces a file by a rename, so that whoever reads the old one reads it to its end', async () => {
    await published(stored('a', 'one'));
    const before = statSync(join(out, 'a'));
    await published(stored('a', 'two'));
    expect(found().a).toBe('two');
    expect(statSync(join(out, 'a')).ino).not.toBe(before.ino);
    expect(isAccepted()).toBe(true);
  });

  test('removes what is no longer made, and directories that became empty', async () => {
    await published(bytes('a'), bytes('deep/er/b'), bytes('keys/c'), bytes('keys/d'));
    writeFileSync(join(out, 'notes.txt'), 'mine');
    await published(bytes('a'), bytes('keys/d'));
    expect(Object.keys(found()).sort()).toEqual(['SHA256SUMS', 'a', 'keys/d', 'notes.txt']);
    expect(readdirSync(out).sort()).toEqual(['SHA256SUMS', 'a', 'keys', 'notes.txt']);
  });

  test('leaves directories that are not its own', async () => {
    await published(bytes('deep/a'));
    writeFileSync(join(out, 'deep/notes.txt'), 'mine');
    await published(bytes('b'));
    expect(found()['deep/notes.txt']).toBe('mine');
  });

  test.each<[string, () => void]>([
    ['tampered with', () => writeFileSync(join(out, 'a'), 'evil')],
    ['cut off', () => writeFileSync(join(out, 'a'), 'goo')],
    ['deleted', () => rmSync(join(out, 'a'))],
    [
      'replaced by a symbolic link',
      () => {
        rmSync(join(out, 'a'));
        symlinkSync('/etc/hostname', join(out, 'a'));
      },
    ],
    ['missing from the checksums', () => rmSync(join(out, 'SHA256SUMS'))],
    ['wrong in the checksums', () => writeFileSync(join(out, 'SHA256SUMS'), `${sha256Hex('x')}  a\n`)],
    [
      'listed under another name',
      () => writeFileSync(join(out, 'SHA256SUMS'), `${sha256Hex('good')}  other\n`),
    ],
  ])('mends a file that was %s', async (_, harm) => {
    await published(stored('a', 'good'));
    harm();
    await published(stored('a', 'good'));
    expect(found().a).toBe('good');
    expect(lstatSync(join(out, 'a')).isFile()).toBe(true);
    expect(isAccepted()).toBe(true);
  });

  test('accepts a file whose date alone was changed, and mends the checksums', async () => {
    await published(stored('a', 'good'));
    utimesSync(join(out, 'a'), 1, 1);
    writeFileSync(join(out, 'SHA256SUMS'), `${sha256Hex('good')}  other\n`);
    await published(stored('a', 'good'));
    expect(isAccepted()).toBe(true);
    expect(found().SHA256SUMS).toContain('  a\n');
  });

  test('takes over what an interrupted run left', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'a.partial'), 'half');
    await published(stored('a', 'whole'));
    expect(Object.keys(found()).sort()).toEqual(['SHA256SUMS', 'a']);
  });

  test('writes names that a line of checksums cannot hold as they are', async () => {
    await published(bytes('new\nline\\n', 'x'));
    expect(isAccepted()).toBe(true);
    await published(bytes('plain'));
    expect(Object.keys(found()).sort()).toEqual(['SHA256SUMS', 'plain']);
  });
});

describe('a hostile output directory', () => {
  let precious: string;
  beforeEach(() => {
    precious = join(dir, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'precious');
    mkdirSync(out);
  });
  afterEach(() => {
    expect(readdirSync(precious)).toEqual(['file']);
    expect(readFileSync(join(precious, 'file'), 'utf8')).toBe('precious');
  });

  test.each([
    '../precious/file',
    'sub/../../precious/file',
    'link/file',
    '.',
    './',
    '/',
    '',
    'keys',
    'keys/',
    'keys/.',
    'absent/x',
  ])('cannot have SHA256SUMS remove %j', async (path) => {
    mkdirSync(join(out, 'keys'));
    mkdirSync(join(out, 'sub'));
    symlinkSync(precious, join(out, 'link'));
    writeFileSync(join(out, 'keys/mine'), 'mine');
    const absolute = join(precious, 'file');
    writeFileSync(
      join(out, 'SHA256SUMS'),
      [path, absolute].map((each) => `${sha256Hex('precious')}  ${each}\n`).join(''),
    );
    await published(bytes('a'));
    expect(readFileSync(join(out, 'keys/mine'), 'utf8')).toBe('mine');
    expect(isAccepted()).toBe(true);
  });

  test('cannot lead a file elsewhere by a directory that is a symbolic link', async () => {
    symlinkSync(precious, join(out, 'keys'));
    expect(await publish(out, [bytes('keys/file', 'key')], { epoch: EPOCH })).toMatchObject({
      error: { code: 'deliverable/not-written', cause: expect.stringContaining('is a symbolic link') },
    });
  });

  test('cannot lead a file elsewhere by the name that it has until it is whole', async () => {
    symlinkSync(join(precious, 'file'), join(out, 'a.partial'));
    symlinkSync(join(precious, 'file'), join(out, 'b.partial'));
    symlinkSync(join(precious, 'file'), join(out, 'SHA256SUMS.partial'));
    await published(bytes('a'), stored('b', 'b'));
    expect(isAccepted()).toBe(true);
  });

  test('is one that publishing can be repeated in after what was in the way is gone', async () => {
    mkdirSync(join(out, 'a'));
    expect(await publish(out, [bytes('a')], { epoch: EPOCH })).toMatchObject({
      error: { code: 'deliverable/not-written', place: out },
    });
    expect(existsSync(join(out, 'SHA256SUMS'))).toBe(false);
    rmSync(join(out, 'a'), { recursive: true });
    await published(bytes('a'));
    expect(isAccepted()).toBe(true);
  });
});

describe('an output directory that cannot be written', () => {
  test('is named, with a next step', async () => {
    writeFileSync(join(dir, 'file'), '');
    const place = join(dir, 'file/out');
    expect(await publish(place, [bytes('a')], { epoch: EPOCH })).toEqual({
      ok: false,
      error: {
        code: 'deliverable/not-written',
        message: 'The deliverables could not be written.',
        place,
        cause: expect.stringContaining('ENOTDIR'),
        next: 'Make room or choose another directory with --out, then run again; nothing is built twice.',
      },
    });
  });

  test('for want of permission fails the same, except for root, who may', async () => {
    mkdirSync(out);
    chmodSync(out, 0o555);
    const result = await publish(out, [bytes('a')], { epoch: EPOCH });
    chmodSync(out, 0o755);
    expect(result.ok).toBe(process.getuid?.() === 0);
    if (!result.ok) expect(result.error).toMatchObject({ code: 'deliverable/not-written', place: out });
  });
});
