// Layers keep owners, modes, whiteouts and opaque directories, and look the same whoever makes them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import type { Failure } from '../../src/base/failure.ts';
import { removeTree, runMapped } from '../../src/store/namespace.ts';
import { opaqueDirectories, opaqueIn } from '../../src/store/opaque.ts';
import { actionOf, commitWith, freshDir, openAt } from './fixture.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const node = [process.execPath, '--disable-warning=ExperimentalWarning'];

function child(dir: string, ...args: string[]) {
  const program = join(repository, 'test/store/child.ts');
  const [command = '', ...rest] = args;
  return JSON.parse(
    execFileSync(node[0] as string, [...node.slice(1), program, command, dir, ...rest], { encoding: 'utf8' }),
  );
}

/** The same as an ordinary user of another name, who sees the repository at /mnt. */
function childAsOrdinaryUser(dir: string, ...args: string[]) {
  const [command = '', ...rest] = args;
  const inMnt = process.execPath.startsWith(repository)
    ? join('/mnt', process.execPath.slice(repository.length))
    : process.execPath;
  const program = [inMnt, ...node.slice(1), '/mnt/test/store/child.ts', command, dir, ...rest];
  const script = join(repository, 'test/store/as-ordinary-user.sh');
  return JSON.parse(
    execFileSync('unshare', ['--mount', 'bash', script, repository, ...program], {
      encoding: 'utf8',
      cwd: '/',
    }),
  );
}

const LISTING = {
  kind: 'layer',
  epoch: 0,
  entries: [
    { path: 'alias', type: 'symlink', uid: 0, gid: 0, target: 'tool' },
    { path: 'gone', type: 'whiteout' },
    { path: 'pipe', type: 'fifo', uid: 0, gid: 0, mode: '0640' },
    { path: 'private', type: 'directory', uid: 101, gid: 102, mode: '0700' },
    {
      path: 'private/key',
      type: 'file',
      uid: 101,
      gid: 102,
      mode: '0600',
      size: 7,
      sha256: sha256Hex('secret\n'),
    },
    { path: 'replaced', type: 'directory', uid: 0, gid: 0, mode: '0755', opaque: true },
    { path: 'tool', type: 'file', uid: 0, gid: 1000, mode: '4755', size: 5, sha256: sha256Hex('tool\n') },
  ],
};

describe('a layer', () => {
  it('is listed with owners as sandboxes see them, whiteouts and opaque directories', () => {
    const layer = child(join(freshDir(), 'store'), 'layer');
    expect(layer.listing).toEqual(LISTING);
  });

  it('is found altered even in a file that only a subordinate id can read', async () => {
    const dir = join(freshDir(), 'store');
    const { digest, path } = child(dir, 'layer');
    expect(child(dir, 'verify', digest)).toEqual({ ok: true });
    await runMapped(['sh', '-c', 'echo altered > "$1"/private/key', 'sh', path]);
    expect(child(dir, 'verify', digest)).toMatchObject({ error: { code: 'store/damaged' } });
    expect(existsSync(path)).toBe(false);
  });

  it('can be deleted, whoever owns what is in it', async () => {
    const dir = join(freshDir(), 'store');
    const { path } = child(dir, 'layer');
    await removeTree(dirname(path));
    expect(readdirSync(join(dir, 'trees'))).toEqual([]);
    await removeTree(path);
  });

  it('has its opaque directories found without reading any content', async () => {
    const dir = freshDir();
    const script = join(repository, 'test/store/make-layer.sh');
    execFileSync('unshare', ['--map-auto', '--map-root-user', '--mount', 'bash', script, dir]);
    const problems: Failure[] = [];
    // Names that look like options or patterns, or are longer than a tar header holds.
    const odd = ['-C', '--help', '*', `${'long'.repeat(50)}/${'er'.repeat(60)}`, 'new\nline'];
    for (const name of odd) mkdirSync(join(dir, 'out/l', name), { recursive: true });
    const paths = ['private', 'replaced', ...odd];
    expect(await opaqueDirectories(join(dir, 'out/l'), paths, problems)).toEqual(new Set(['replaced']));
    expect(problems).toEqual([]);
    expect(await opaqueDirectories(join(dir, 'out/l'), [], problems)).toEqual(new Set());
    await expect(opaqueDirectories(dir, ['gone'], problems)).rejects.toThrow('tar: ');
  });

  it('cannot redirect to directories of the layers below', async () => {
    const problems: Failure[] = [];
    const header = (name: string, type: string, size: number) => {
      const block = Buffer.alloc(512);
      block.write(name);
      block.write(size.toString(8).padStart(11, '0'), 124);
      block.write(type, 156);
      return block;
    };
    const record = '41 SCHILY.xattr.user.overlay.redirect=/x\n';
    const tar = Buffer.concat([
      header('pax', 'x', 41),
      Buffer.from(record.padEnd(512, '\0')),
      header('d/', '5', 0),
    ]);
    expect(Buffer.byteLength(record)).toBe(41);
    expect(opaqueIn(tar, '/layer', problems)).toEqual(new Set());
    expect(problems).toMatchObject([{ code: 'action/layer-not-portable', place: '/layer/d' }]);
  });

  it('cannot be committed where no user namespace can be entered, and says so', async () => {
    const { store } = await openAt(freshDir());
    const { PATH } = process.env;
    process.env.PATH = '/nowhere';
    try {
      const result = await commitWith(store, actionOf('a', { l: 'layer' }), (out) =>
        mkdirSync(join(out, 'l')),
      );
      expect(result).toMatchObject({
        error: { code: 'host/user-namespace', cause: expect.stringContaining('unshare') },
      });
    } finally {
      process.env.PATH = PATH;
    }
  });

  it.runIf(process.getuid?.() === 0)('has the same digest when an ordinary user makes it', () => {
    const parent = freshDir();
    const mine = child(join(parent, 'mine'), 'layer');
    const dir = join(parent, 'theirs');
    mkdirSync(dir);
    execFileSync('chown', ['64123:64123', dir]);
    execFileSync('chmod', ['755', parent]);
    const theirs = childAsOrdinaryUser(dir, 'layer');
    expect(theirs.listing).toEqual(LISTING);
    expect(theirs.digest).toBe(mine.digest);
    expect(childAsOrdinaryUser(dir, 'verify', theirs.digest)).toEqual({ ok: true });
    execFileSync('sh', ['-c', 'echo altered > "$1"/private/key', 'sh', theirs.path]);
    expect(childAsOrdinaryUser(dir, 'verify', theirs.digest)).toMatchObject({
      error: { code: 'store/damaged' },
    });
    childAsOrdinaryUser(dir, 'layer');
    expect(childAsOrdinaryUser(dir, 'collect')).toMatchObject({ ok: true, value: { kept: { count: 0 } } });
    expect(
      readdirSync(join(dir, 'trees')).flatMap((shard) => readdirSync(join(dir, 'trees', shard))),
    ).toEqual([]);
    expect(child(dir, 'verify')).toMatchObject({ error: { code: 'store/other-user' } });
  });
});
