// Directories as listings: what may be in a tree and in a layer, and what is done to what is taken into the store.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import { type ScanRequest, scan } from '../../src/store/scan.ts';
import { freshDir } from './fixture.ts';

const EPOCH = 1_700_000_000;

let dir: string;
let server: Server;
beforeEach(async () => {
  dir = join(freshDir(), 'scanned');
  mkdirSync(dir);
  server = createServer();
});
afterEach(() => void server.close());

const scanned = (kind: ScanRequest['kind'], mode: ScanRequest['mode'] = 'check') =>
  scan({ dir, kind, epoch: EPOCH, mode });

/** Of each: a named pipe, a socket, and the device that overlayfs hides a name with. */
async function makeSpecialFiles(): Promise<void> {
  execFileSync('mkfifo', ['-m', '0640', join(dir, 'pipe')]);
  execFileSync('mknod', [join(dir, 'gone'), 'c', '0', '0']);
  await new Promise<void>((resolve) => server.listen(join(dir, 'socket'), resolve));
  chmodSync(join(dir, 'socket'), 0o700);
}

describe('a layer', () => {
  test('has special files, which are listed as what they are', async () => {
    await makeSpecialFiles();
    const { listing, problems } = await scanned('layer', 'take');
    const [uid, gid] = [process.getuid?.(), process.getgid?.()];
    expect(problems).toEqual([]);
    expect(listing.entries).toEqual([
      { path: 'gone', type: 'whiteout' },
      { path: 'pipe', type: 'fifo', uid, gid, mode: '0640' },
      { path: 'socket', type: 'socket', uid, gid, mode: '0700' },
    ]);
  });

  test('keeps the modes that files were given', async () => {
    writeFileSync(join(dir, 'tool'), 'tool\n');
    chmodSync(join(dir, 'tool'), 0o4755);
    const { listing } = await scanned('layer', 'take');
    expect(listing.entries).toMatchObject([{ path: 'tool', mode: '4755', sha256: sha256Hex('tool\n') }]);
    expect(lstatSync(join(dir, 'tool')).mode & 0o7777).toBe(0o4755);
  });
});

describe('a tree', () => {
  test('has no special files, and each is named', async () => {
    await makeSpecialFiles();
    const { listing, problems } = await scanned('tree');
    expect(listing.entries).toEqual([]);
    expect(
      problems.map(({ code, message, place }) => [code, message.split(' cannot')[0], place]).sort(),
    ).toEqual([
      ['action/special-file', 'A device', join(dir, 'gone')],
      ['action/special-file', 'A named pipe', join(dir, 'pipe')],
      ['action/special-file', 'A socket', join(dir, 'socket')],
    ]);
  });

  test('tells links apart whose targets are not text', async () => {
    symlinkSync(Buffer.from([0xff]), join(dir, 'a'));
    symlinkSync(Buffer.from([0xfe]), join(dir, 'b'));
    symlinkSync('\uFFFD', join(dir, 'c'));
    const { listing } = await scanned('tree', 'take');
    expect(listing.entries.map((each) => 'target' in each && each.target)).toEqual([
      '\0ff',
      '\0fe',
      '\uFFFD',
    ]);
  });

  test('that is taken gets the modes and times of all trees; that is checked must have them', async () => {
    writeFileSync(join(dir, 'file'), 'x', { mode: 0o600 });
    writeFileSync(join(dir, 'run'), 'x', { mode: 0o700 });
    const { listing } = await scanned('tree', 'take');
    expect(listing.entries).toMatchObject([
      { path: 'file', mode: '0644' },
      { path: 'run', mode: '0755' },
    ]);
    expect(lstatSync(join(dir, 'run')).mtimeMs).toBe(EPOCH * 1000);
    expect((await scanned('tree')).problems).toEqual([]);
    utimesSync(join(dir, 'file'), EPOCH + 1, EPOCH + 1);
    expect((await scanned('tree')).problems).toEqual([
      { code: 'store/damaged', message: 'The modification time was changed.', place: join(dir, 'file') },
    ]);
  });

  test.runIf(process.getuid?.() === 0)('belongs to who takes it', async () => {
    writeFileSync(join(dir, 'file'), 'x');
    symlinkSync('file', join(dir, 'link'));
    chownSync(join(dir, 'file'), 1234, 1234);
    execFileSync('chown', ['--no-dereference', '1234:1234', join(dir, 'link')]);
    await scanned('tree', 'take');
    for (const name of ['file', 'link']) expect(lstatSync(join(dir, name))).toMatchObject({ uid: 0, gid: 0 });
  });

  test('of many files is not made durable file by file', async () => {
    for (let index = 0; index < 500; index += 1) writeFileSync(join(dir, `f${index}`), '');
    expect(await scanned('tree', 'take')).toMatchObject({ flushed: true });
    writeFileSync(join(dir, 'one-more'), '');
    expect(await scanned('tree', 'take')).toMatchObject({ flushed: false });
  });

  test('has a stamp of its metadata alone, which changes when it is touched', async () => {
    writeFileSync(join(dir, 'file'), 'x');
    const [before, same] = [await scanned('tree', 'stamp'), await scanned('tree', 'stamp')];
    expect(before.listing.entries).toEqual([]);
    expect(same.stamp).toBe(before.stamp);
    utimesSync(join(dir, 'file'), 1, 1);
    expect((await scanned('tree', 'stamp')).stamp).not.toBe(before.stamp);
  });
});
