// Downloads from a server that truncates, stalls, lies and forgets.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf, sha256Of } from '../../src/base/digest.ts';
import { ok } from '../../src/base/failure.ts';
import { type DownloadOptions, downloadAll, type Wanted } from '../../src/source/download.ts';
import { error, never, scratch, sh, value } from './fixture/scratch.ts';
import { type Served, serve } from './fixture/server.ts';

const MIB = 1 << 20;

/** Bytes that differ at every place, so that a part in the wrong place is noticed. */
function content(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, state = seed; at < size; at += 1) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return bytes;
}

interface Scene {
  readonly server: Served;
  readonly wanted: (name: string, bytes: Buffer, ...further: string[]) => Wanted;
  readonly partials: () => string[];
  readonly kept: Map<string, Buffer>;
  readonly run: (wanted: Wanted[], options?: Partial<DownloadOptions>) => ReturnType<typeof downloadAll>;
  readonly partialDir: string;
}

async function scene(): Promise<Scene> {
  const [site, work] = [scratch(), scratch()];
  const server = await serve(site);
  const partialDir = join(work, 'partial');
  const kept = new Map<string, Buffer>();
  return {
    server,
    partialDir,
    kept,
    partials: () => (existsSync(partialDir) ? readdirSync(partialDir) : []),
    wanted: (name, bytes, ...further) => {
      writeFileSync(join(site, name), bytes);
      return { name, digest: digestOf(bytes), urls: [`${server.url}/${name}`, ...further] };
    },
    run: (wanted, options = {}) =>
      downloadAll(
        wanted,
        { partialDir, signal: never(), progress: () => undefined, pauseMs: 1, stallMs: 500, ...options },
        async (path, { name }) => {
          kept.set(name, readFileSync(path));
          renameSync(path, join(work, 'taken'));
          return ok();
        },
      ),
  };
}

describe('a download', () => {
  test('brings exactly the wanted bytes, and leaves nothing in the directory for incomplete files', async () => {
    const { wanted, run, kept, partials } = await scene();
    const [a, b] = [content(3 * MIB), content(10, 2)];
    value(await run([wanted('a', a), wanted('b', b), wanted('empty', Buffer.alloc(0))]));
    expect(kept.get('a')?.equals(a)).toBe(true);
    expect(kept.get('b')?.equals(b)).toBe(true);
    expect(kept.get('empty')?.byteLength).toBe(0);
    expect(partials()).toEqual([]);
  });

  test('goes on where the connection broke', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(MIB);
    server.trick('/a', { breakAfter: 300_000 }, { breakAfter: 300_000 });
    value(await run([wanted('a', bytes)]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked.map(({ range }) => range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
      expect.stringMatching(/^bytes=[1-9]\d*-$/),
    ]);
  });

  test('gives up a connection that stalls, and goes on', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(MIB);
    server.trick('/a', { stallAfter: 200_000 });
    value(await run([wanted('a', bytes)]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked).toHaveLength(2);
  });

  test('begins afresh with a server that ignores ranges', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(MIB);
    server.trick('/a', { breakAfter: 300_000 }, { ignoreRange: true });
    value(await run([wanted('a', bytes)]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
  });

  test('begins afresh with a server that gives another range', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(MIB);
    server.trick('/a', { breakAfter: 300_000 }, { wrongRange: true });
    value(await run([wanted('a', bytes)]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked.at(-1)?.range).toBeUndefined();
  });

  test('begins afresh with a server that cannot continue', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(MIB);
    server.trick('/a', { breakAfter: 300_000 }, { status: 416 });
    value(await run([wanted('a', bytes)]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
  });

  test.each([500, 502, 503, 429, 408])('tries again after HTTP %i', async (status) => {
    const { server, wanted, run } = await scene();
    server.trick('/a', { status }, { status });
    value(await run([wanted('a', content(100))]));
    expect(server.asked).toHaveLength(3);
  });

  test('follows redirects to http', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(1000);
    wanted('real', bytes);
    server.trick('/a', { redirect: '/b' });
    server.trick('/b', { redirect: `${server.url}/real` });
    value(await run([{ ...wanted('a', bytes) }]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
  });

  test('reads file: URLs', async () => {
    const { run, kept } = await scene();
    const bytes = content(MIB);
    const file = join(scratch(), 'with space');
    writeFileSync(file, bytes);
    value(await run([{ name: 'a', digest: digestOf(bytes), urls: [`file://${file.replace(' ', '%20')}`] }]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
  });

  test('has as many connections as allowed, and no more', async () => {
    const { server, wanted, run } = await scene();
    const all = Array.from({ length: 20 }, (_, index) => wanted(`f${index}`, content(50_000, index + 1)));
    for (const { name } of all.slice(0, 3)) server.trick(`/${name}`, { together: 3 });
    value(await run(all, { connections: 3 }));
    expect(server.busiest()).toBe(3);
  });

  test('tells progress up to the sum of all bytes', async () => {
    const { wanted, run } = await scene();
    const told: number[][] = [];
    const progress = (_: string, done: number, total: number) => void told.push([done, total]);
    value(await run([wanted('a', content(MIB)), wanted('b', content(MIB, 2))], { progress }));
    expect(told.at(-1)).toEqual([2 * MIB, 2 * MIB]);
    expect(told.every(([done = 0], index) => done >= (told[index - 1]?.[0] ?? 0))).toBe(true);
  });
});

describe('what a killed run left', () => {
  test('is continued', async () => {
    const { server, wanted, run, kept, partials, partialDir } = await scene();
    const bytes = content(MIB);
    const one = wanted('a', bytes);
    mkdirSync(partialDir, { recursive: true });
    // No process has the largest number that Linux allows, which is 4 million.
    writeFileSync(join(partialDir, `${sha256Of(one.digest)}.4194305`), bytes.subarray(0, 700_000));
    value(await run([one]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked).toEqual([{ path: '/a', range: 'bytes=700000-' }]);
    expect(partials()).toEqual([]);
  });

  test('is not trusted: wrong bytes are found at the end, and everything is fetched again', async () => {
    const { server, wanted, run, kept, partialDir } = await scene();
    const bytes = content(MIB);
    const one = wanted('a', bytes);
    mkdirSync(partialDir, { recursive: true });
    writeFileSync(join(partialDir, `${sha256Of(one.digest)}.4194305`), content(700_000, 9));
    value(await run([one]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked.map(({ range }) => range)).toEqual(['bytes=700000-', undefined]);
  });

  test('is dropped when it is larger than the file', async () => {
    const { wanted, run, kept, partialDir } = await scene();
    const bytes = content(1000);
    const one = wanted('a', bytes);
    mkdirSync(partialDir, { recursive: true });
    writeFileSync(join(partialDir, `${sha256Of(one.digest)}.4194305`), content(2000));
    value(await run([one]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
  });

  test('belongs to another run as long as that one lives', async () => {
    const { server, wanted, run, partials, partialDir } = await scene();
    const one = wanted('a', content(1000));
    mkdirSync(partialDir, { recursive: true });
    const other = `${sha256Of(one.digest)}.${process.ppid}`;
    writeFileSync(join(partialDir, other), one.digest);
    value(await run([one]));
    expect(server.asked[0]?.range).toBeUndefined();
    expect(partials()).toEqual([other]);
  });
});

describe('what a server must not give', () => {
  test('other bytes of the same length are refused, and nothing is kept', async () => {
    const { server, wanted, run, kept } = await scene();
    const one = wanted('a', content(1000));
    server.trick('/a', { bytes: content(1000, 7) });
    expect(error(await run([one]))).toMatchObject({
      code: 'source/digest-mismatch',
      message: 'a: the server gives other bytes than the locked ones.',
      place: `${server.url}/a`,
    });
    expect(kept.size).toBe(0);
    expect(server.asked).toHaveLength(1);
  });

  test('a file of another length is refused before its body is read', async () => {
    const { server, wanted, run, kept, partials, partialDir } = await scene();
    const one = wanted('a', content(1000));
    server.trick('/a', { bytes: Buffer.alloc(50 * MIB) });
    const failure = error(await run([one]));
    expect(failure.code).toBe('source/digest-mismatch');
    expect(failure.cause).toContain(`${50 * MIB} bytes instead of 1000`);
    expect(kept.size).toBe(0);
    expect(partials().map((name) => readFileSync(join(partialDir, name)).byteLength)).toEqual([0]);
  });

  test('a redirect away from http is not followed', async () => {
    const { server, wanted, run } = await scene();
    server.trick('/a', { redirect: 'file:///etc/passwd' });
    const failure = error(await run([wanted('a', content(10))]));
    expect(failure.code).toBe('network/refused');
    expect(failure.cause).toContain('redirects to file:');
  });

  test('redirects in a circle end', async () => {
    const { server, wanted, run } = await scene();
    const circle = Array.from({ length: 30 }, () => ({ redirect: '/a' }));
    server.trick('/a', ...circle);
    expect(error(await run([wanted('a', content(10))])).code).toBe('network/refused');
  });

  test('a redirect to no URL at all is refused', async () => {
    const { server, wanted, run } = await scene();
    server.trick('/a', { redirect: 'http://[' });
    expect(error(await run([wanted('a', content(10))])).code).toBe('network/refused');
  });
});

describe('what cannot be had', () => {
  test('a locked file that the mirror dropped says how to go on, and is asked for once', async () => {
    const { server, run } = await scene();
    const one = { name: 'make=4.3:amd64', digest: digestOf('x'), urls: [`${server.url}/make.deb`] };
    expect(error(await run([one]))).toEqual({
      code: 'network/not-found',
      message: 'make=4.3:amd64: the mirror no longer has this locked file.',
      place: `${server.url}/make.deb`,
      cause: `${server.url}/make.deb: HTTP 404`,
      next: 'Run `qbuild lock --update` to lock what the archive offers now, or add a mirror that keeps old versions.',
    });
    expect(server.asked).toHaveLength(1);
  });

  test('403 is not tried again', async () => {
    const { server, wanted, run } = await scene();
    server.trick('/a', { status: 403 });
    expect(error(await run([wanted('a', content(10))])).code).toBe('network/refused');
    expect(server.asked).toHaveLength(1);
  });

  test('alternatives are tried in order', async () => {
    const { server, wanted, run, kept } = await scene();
    const bytes = content(1000);
    const snapshot = wanted('snapshot', bytes);
    const one = {
      ...snapshot,
      name: 'a',
      urls: [`${server.url}/gone`, `${server.url}/altered`, ...snapshot.urls],
    };
    wanted('altered', content(1000, 5));
    value(await run([one]));
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(server.asked.map(({ path }) => path)).toEqual(['/gone', '/altered', '/snapshot']);
  });

  test('a server that is down is given up after some attempts, and nothing else is asked of it', async () => {
    const { run } = await scene();
    const names = ['a', 'b', 'c'];
    const all = names.map((name) => ({ name, digest: digestOf(name), urls: ['http://127.0.0.1:9/x'] }));
    const failure = error(await run(all, { connections: 1, attempts: 2 }));
    expect(failure.code).toBe('network/unreachable');
    expect(failure.others).toBeUndefined();
  });

  test('a server that always breaks is given up', async () => {
    const { server, wanted, run } = await scene();
    server.trick('/a', ...Array.from({ length: 50 }, () => ({ breakAfter: 10 })));
    expect(error(await run([wanted('a', content(MIB))], { attempts: 4 })).code).toBe('network/unreachable');
    expect(server.asked).toHaveLength(4);
  });

  test('a server that ends properly before the end is given up', async () => {
    const { server, wanted, run } = await scene();
    server.trick('/a', ...Array.from({ length: 50 }, () => ({ shortTo: 10 })));
    expect(error(await run([wanted('a', content(1000))])).code).toBe('source/digest-mismatch');
  });

  test('all files that are missing are named at once', async () => {
    const { server, wanted, run, kept } = await scene();
    const gone = ['x', 'y'].map((name) => ({
      name,
      digest: digestOf(name),
      urls: [`${server.url}/${name}`],
    }));
    const failure = error(await run([...gone, wanted('here', content(5))]));
    const codes = [failure, ...(failure.others ?? [])].map(({ code }) => code);
    expect(codes).toEqual(['network/not-found', 'network/not-found']);
    expect([...kept.keys()]).toEqual(['here']);
  });

  test('a file without any URL is missing offline', async () => {
    const { run } = await scene();
    expect(error(await run([{ name: 'a', digest: digestOf('a'), urls: [] }]))).toEqual({
      code: 'network/offline-missing',
      message: 'a: neither in the store nor in a cache.',
      next: 'Run once without `--offline`.',
    });
  });

  test('a missing file: is told like a missing page', async () => {
    const { run } = await scene();
    const one = { name: 'a', digest: digestOf('a'), urls: ['file:///nonexistent/a'] };
    expect(error(await run([one])).code).toBe('network/not-found');
  });
});

describe('around downloads', () => {
  test('cancelling ends a stalled download at once, and keeps what came', async () => {
    const { server, wanted, run, partials } = await scene();
    server.trick('/a', { stallAfter: 100_000 });
    const stop = new AbortController();
    const progress = (_: string, done: number) => {
      if (done > 0) stop.abort();
    };
    const failure = error(
      await run([wanted('a', content(MIB))], { signal: stop.signal, progress, stallMs: 3_600_000 }),
    );
    expect(failure.code).toBe('interrupted/cancelled');
    expect(partials()).toHaveLength(1);
  });

  test('a failure of who takes the file is the result', async () => {
    const { wanted, partialDir } = await scene();
    const refusal = { code: 'store/full', message: 'Full.' } as const;
    const options = { partialDir, signal: never(), progress: () => undefined };
    const done = await downloadAll([wanted('a', content(10))], options, async () => ({
      ok: false,
      error: refusal,
    }));
    expect(error(done)).toEqual(refusal);
  });

  test('a directory that cannot be written is a failure of the host', async () => {
    const { wanted, run } = await scene();
    const file = join(scratch(), 'file');
    writeFileSync(file, '');
    expect(error(await run([wanted('a', content(10))], { partialDir: join(file, 'x') }))).toMatchObject({
      code: 'host/unwritable-cache',
    });
  });

  test('a full disk is told, and what came so far is kept for the next run', async () => {
    const dir = scratch();
    const source = join(dir, 'source');
    const [full, program] = [join(dir, 'full'), join(dir, 'program.mjs')];
    const bytes = content(MIB);
    writeFileSync(source, bytes);
    mkdirSync(full);
    const one = { name: 'a', digest: digestOf(bytes), urls: [`file://${source}`] };
    const download = new URL('../../src/source/download.ts', import.meta.url).href;
    writeFileSync(
      program,
      `import { downloadAll } from ${JSON.stringify(download)};
      import { readdirSync, statSync } from 'node:fs';
      const options = { partialDir: ${JSON.stringify(full)}, signal: new AbortController().signal, progress() {} };
      const result = await downloadAll([${JSON.stringify(one)}], options, () => { throw new Error('kept'); });
      const sizes = readdirSync(options.partialDir).map((name) => statSync(options.partialDir + '/' + name).size);
      console.log(JSON.stringify({ result, sizes }));`,
    );
    const script = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3"';
    const printed = sh('unshare', ['-rm', 'sh', '-c', script, 'sh', full, process.execPath, program]);
    const { result, sizes } = JSON.parse(printed);
    expect(result.error).toMatchObject({ code: 'host/no-space', place: full });
    expect(sizes[0]).toBeGreaterThan(0);
  });

  test('the pool is asked first, fed afterwards, and never believed', async () => {
    const { server, wanted, run, kept } = await scene();
    const poolDir = scratch();
    const bytes = content(MIB);
    const one = wanted('a', bytes);
    value(await run([one], { poolDir }));
    const pooled = join(poolDir, sha256Of(one.digest).slice(0, 2), sha256Of(one.digest));
    expect(readFileSync(pooled).equals(bytes)).toBe(true);
    kept.clear();
    value(await run([one], { poolDir }));
    expect(server.asked).toHaveLength(1);
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    value(await run([{ ...one, urls: [] }], { poolDir }));
    copyFileSync('/etc/hostname', pooled);
    value(await run([one], { poolDir }));
    expect(server.asked).toHaveLength(2);
    expect(readFileSync(pooled).equals(bytes)).toBe(true);
  });

  test('a proxy of the environment is used', async () => {
    const { server: proxy, wanted, run, kept } = await scene();
    const bytes = content(100);
    const one = wanted('a', bytes);
    // The proxy gets the whole URL in the request line; this one has a file of that name.
    proxy.trick('http://archive.invalid/a', { redirect: `${proxy.url}/a` });
    process.env.http_proxy = proxy.url;
    process.env.no_proxy = '127.0.0.1';
    try {
      value(await run([{ ...one, urls: ['http://archive.invalid/a'] }]));
    } finally {
      delete process.env.http_proxy;
      delete process.env.no_proxy;
    }
    expect(kept.get('a')?.equals(bytes)).toBe(true);
    expect(proxy.asked[0]?.path).toBe('http://archive.invalid/a');
  });
});
