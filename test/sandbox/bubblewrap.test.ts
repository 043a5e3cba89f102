// What commands in a sandbox can see, reach and change: real bubblewrap over a small root.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import { logOf, SandboxBench } from './bench.ts';

let bench: SandboxBench;
beforeAll(() => {
  bench = new SandboxBench();
});
afterAll(() => bench.remove());

describe('a command in a sandbox', () => {
  test('has no network but a loopback of its own', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    try {
      const { log } = await bench.run(`
        while IFS=': ' read -r name _; do echo "$name"; done </proc/net/dev
        (exec 3<>/dev/tcp/192.0.2.1/80) || true
        (exec 3<>/dev/tcp/127.0.0.1/${port}) || true`);
      const [, , ...lines] = log.split('\n');
      expect(lines[0]).toBe('lo');
      expect(lines[1]).toContain('Network is unreachable');
      expect(lines.slice(2).join('\n')).toContain('Connection refused');
    } finally {
      server.close();
    }
  });

  test('sees no file of the host', async () => {
    const keys = bench.directory('keys');
    writeFileSync(join(keys, 'private.pem'), 'secret');
    const paths = ['/home', '/root', '/etc/hostname', '/etc/shadow', '/var/lib', '/srv', '/mnt', keys];
    const { log } = await bench.run(`ls -d / ${paths.join(' ')} 2>/dev/null`);
    expect(log).toBe('/\n');
  });

  test('sees of the host nothing but its programs and libraries where there is no root yet', async () => {
    const keys = bench.directory('keys');
    const paths = ['/home', '/root', '/etc/hostname', '/etc/shadow', '/etc/machine-id', '/var', '/srv', keys];
    const { log } = await bench.run(
      `ls -d / ${paths.join(' ')} 2>/dev/null; echo x 2>/dev/null >/usr/bin/x || echo refused; echo x 2>/dev/null >/x || echo refused`,
      { layers: [] },
    );
    expect(log).toBe('/\nrefused\nrefused\n');
  });

  test('has exactly the documented environment', async () => {
    process.env.QBUILD_TEST_SECRET = 'secret';
    const { log } = await bench.run('', {
      command: ['/usr/bin/env'],
      env: { SOURCE_DATE_EPOCH: '1', STRANGE: "a 'b' $c\n\\d" },
    });
    delete process.env.QBUILD_TEST_SECRET;
    const expected = {
      HOME: '/build',
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      PWD: '/build',
      SOURCE_DATE_EPOCH: '1',
      STRANGE: "a 'b' $c\n\\d",
      TZ: 'UTC',
    };
    const text = Object.entries(expected).map(([name, value]) => `${name}=${value}`);
    expect(
      log
        .trimEnd()
        .split(/\n(?=[A-Z_]+=)/)
        .sort(),
    ).toEqual(text.sort());
  });

  test('has no capabilities and can gain none', async () => {
    const { log } = await bench.run(
      "grep -E '^(Cap|NoNewPrivs)' /proc/self/status; mount -t tmpfs x /tmp; unshare --user true",
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
      expect(log).toContain(`${set}:\t0000000000000000\n`);
    }
    expect(log).toContain('NoNewPrivs:\t1\n');
    expect(log).toMatch(/mount: .*(permission denied|must be superuser)/i);
    expect(log).toContain('unshare: unshare failed: No space left on device');
  });

  test('lives in namespaces of its own', async () => {
    const names = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
    const { log } = await bench.run(`for n in ${names.join(' ')}; do readlink /proc/self/ns/$n; done`);
    const here = names.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const there = log.trimEnd().split('\n');
    expect(there).toHaveLength(names.length);
    expect(there.filter((name) => here.includes(name))).toEqual([]);
  });

  test('sees only its own processes', async () => {
    const { log } = await bench.run('echo $$; echo /proc/[0-9]*; uname -n');
    expect(log).toBe('2\n/proc/1 /proc/2\nsandbox\n');
  });

  test('reads end of file from its standard input', async () => {
    expect((await bench.run('cat; echo done')).log).toBe('done\n');
  });

  test('has no open files besides the standard streams, whatever qbuild was started with', async () => {
    // The last is that of the listing itself.
    const request = bench.request('ls /proc/self/fd');
    const { args } = bench.driver(request);
    const secret = openSync('/etc/hostname', 'r');
    const stdio = ['ignore', 'inherit', 'inherit', secret, secret, 'ignore', secret] as const;
    const child = spawn(process.execPath, args, { stdio: [...stdio] });
    await once(child, 'close');
    closeSync(secret);
    expect(logOf(request)).toBe('0\n1\n2\n3\n');
  });

  test.each([1, 2])('cannot change a root of %i layers', async (count) => {
    const more = bench.directory('layer');
    writeFileSync(join(more, 'second'), '');
    const { log } = await bench.run(
      'for f in /new /etc/passwd /usr/bin/new /var/new; do echo x >$f; done; rm /etc/passwd; mkdir /opt',
      { layers: [bench.root, more].slice(0, count) },
    );
    const lines = log.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(line).toContain('Read-only file system');
  });

  test('sees the topmost of several layers', async () => {
    const [middle, top] = [bench.directory('layer'), bench.directory('layer')];
    for (const [layer, name, text] of [
      [middle, 'both', 'middle'],
      [top, 'both', 'top'],
      [middle, 'one', 'middle'],
    ] as const) {
      writeFileSync(join(layer, name), text);
    }
    const { log } = await bench.run('cat /both /one', { layers: [bench.root, middle, top] });
    expect(log).toBe('topmiddle');
  });

  test('can read its inputs and change nothing about them', async () => {
    const [file, tree] = [join(bench.directory('in'), 'file'), bench.directory('tree')];
    writeFileSync(file, 'file\n');
    writeFileSync(join(tree, 'inner'), 'inner\n');
    const { log } = await bench.run(
      `cat /in/file /in/deps/tree/inner
       echo x >/in/file; echo x >/in/deps/tree/new; echo x >/in/new; rm /in/deps/tree/inner; chmod 777 /in/file; mkdir /in/d`,
      {
        mounts: [
          { source: file, target: '/in/file', writable: false },
          { source: tree, target: '/in/deps/tree', writable: false },
        ],
      },
    );
    const [first, second, ...rest] = log.trimEnd().split('\n');
    expect([first, second]).toEqual(['file', 'inner']);
    expect(rest).toHaveLength(6);
    for (const line of rest) expect(line).toMatch(/Read-only file system/);
    expect(readdirSync(tree)).toEqual(['inner']);
  });

  test('can write to its outputs and to scratch space', async () => {
    const { log, out, exitCode } = await bench.run(
      'set -e; echo x >/out/x; echo y >/build/y; echo z >/tmp/z; stat -c %a /tmp; mkfifo /tmp/fifo',
    );
    expect({ log, exitCode }).toEqual({ log: '1777\n', exitCode: 0 });
    expect(readFileSync(join(out, 'x'), 'utf8')).toBe('x\n');
  });
});

describe('a command that configures', () => {
  const configure = { privilege: 'configure' } as const;

  test('is root in its own namespace alone', async () => {
    const { log, exitCode } = await bench.run(
      'set -e; chown 5:6 /out; id -u; stat -c %u:%g /out; echo x >/etc/new; cat /etc/new',
      { ...configure, changes: { kind: 'lost' } },
    );
    expect({ log, exitCode }).toEqual({ log: '0\n5:6\nx\n', exitCode: 0 });
    expect(existsSync(join(bench.root, 'etc/new'))).toBe(false);
  });

  test.each([
    ['a file', '/in/file'],
    ['a tree', '/in/deps/tree/inner'],
    ['what is stacked', '/in/tree/inner'],
  ])('cannot mount %s of its inputs anew to change it', async (_, path) => {
    const [file, tree] = [join(bench.directory('in'), 'file'), bench.directory('tree')];
    writeFileSync(file, 'as it was\n');
    writeFileSync(join(tree, 'inner'), 'as it was\n');
    const at = path.endsWith('inner') ? path.slice(0, -'/inner'.length) : path;
    const { log } = await bench.run(
      `attempt() { "$@" mount -o remount,bind,rw ${at} && echo mounted; echo altered >${path}; }
       attempt env
       attempt unshare --mount
       attempt unshare --user --map-root-user --mount
       unshare --user --map-root-user --mount bash -c 'mount -o remount,bind,rw ${at}; echo altered >${path}'`,
      {
        ...configure,
        changes: { kind: 'lost' },
        mounts: [
          { source: file, target: '/in/file', writable: false },
          { source: tree, target: '/in/deps/tree', writable: false },
        ],
        stack: { layers: [tree], mountPoint: bench.directory('stack'), target: '/in/tree' },
      },
    );
    expect(log).not.toContain('mounted');
    expect(log.match(/Read-only file system/g)).toHaveLength(4);
    expect([file, join(tree, 'inner')].map((each) => readFileSync(each, 'utf8'))).toEqual([
      'as it was\n',
      'as it was\n',
    ]);
  });

  test('has no process beside it that could mount for it', async () => {
    const { log } = await bench.run('grep -h -E "^(CapPrm|NoNewPrivs)" /proc/1/status /proc/self/status', {
      ...configure,
      changes: { kind: 'lost' },
    });
    const [first, , own, noNewPrivileges] = [...log.matchAll(/:\t([0-9a-f]+)/g)].map((match) =>
      BigInt(`0x${match[1]}`),
    );
    expect(first).toBe(0n);
    // CAP_SYS_PTRACE and CAP_SYS_ADMIN, capabilities(7).
    expect((own as bigint) & ((1n << 19n) | (1n << 21n))).toBe(0n);
    expect(own).not.toBe(0n);
    expect(noNewPrivileges).toBe(1n);
  });

  test('reads layers stacked into one tree', async () => {
    const [low, high] = [bench.directory('low'), bench.directory('high')];
    for (const [layer, name, text] of [
      [low, 'both', 'low'],
      [high, 'both', 'high'],
      [low, 'one', 'low'],
    ] as const) {
      writeFileSync(join(layer, name), text);
    }
    const stack = { layers: [low, high], mountPoint: bench.directory('stack'), target: '/in/tree' };
    const { log } = await bench.run('cat /in/tree/both /in/tree/one; echo x >/in/tree/both', {
      ...configure,
      changes: { kind: 'lost' },
      stack,
    });
    expect(log).toMatch(/^highlow.*Read-only file system/);
  });

  test('makes a layer of what it changes', async () => {
    const [upper, scratch] = [bench.directory('upper'), bench.directory('work')];
    const first = await bench.run('set -e; echo x >/etc/new; rm /etc/passwd; chown 5 /etc/new; mkdir /opt', {
      ...configure,
      changes: { kind: 'kept', upper, scratch },
    });
    expect(first.exitCode).toBe(0);
    expect(readdirSync(upper).sort()).toEqual(['etc', 'opt']);
    expect(lstatSync(join(upper, 'etc/new')).uid).not.toBe(5);
    const second = await bench.run('stat -c %u /etc/new; ls /etc', { layers: [bench.root, upper] });
    expect(second.log).toBe('5\ngroup\nnew\n');
    expect(existsSync(join(bench.root, 'etc/passwd'))).toBe(true);
  });
});

describe('the end of a command', () => {
  test.each([
    ['exit 0', 0],
    ['exit 7', 7],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['kill -SEGV $$', 139],
    ['/usr/bin/nothing', 127],
  ])('is told as an exit code: %s', async (script, exitCode) => {
    expect((await bench.run(script)).exitCode).toBe(exitCode);
  });

  test('leaves both streams in the log, after what was there', async () => {
    const request = bench.request('echo out; echo error >&2');
    writeFileSync((request.output as { file: string }).file, 'before\n');
    expect(await bubblewrap.run(request)).toEqual({ ok: true, value: 0 });
    expect(logOf(request)).toBe('before\nout\nerror\n');
  });
});

describe('a sandbox that cannot be started', () => {
  async function withPath<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = process.env.PATH;
    process.env.PATH = path;
    try {
      return await work();
    } finally {
      process.env.PATH = before;
    }
  }

  test('names what is missing when there is no unshare', async () => {
    const empty = bench.directory('empty');
    expect(await withPath(empty, () => bubblewrap.run(bench.request('true')))).toMatchObject({
      error: { code: 'host/missing-tool', cause: 'spawn unshare ENOENT', next: 'Run `qbuild doctor`.' },
    });
  });

  test('names what is missing when there is no bubblewrap', async () => {
    const path = bench.directory('bin');
    for (const name of ['unshare', 'newuidmap', 'newgidmap', 'bash', 'mount']) {
      const found = ['/usr/bin', '/bin'].map((at) => join(at, name)).find((at) => existsSync(at));
      writeFileSync(join(path, name), `#!/bin/sh\nexec ${found} "$@"\n`, { mode: 0o755 });
    }
    const failed = await withPath(path, () => bubblewrap.run(bench.request('true')));
    expect(failed).toMatchObject({ error: { code: 'host/missing-tool', next: 'Run `qbuild doctor`.' } });
    expect(failed).toMatchObject({ error: { cause: expect.stringContaining('bwrap: not found') } });
  });

  test('says why the sandbox could not be set up', async () => {
    const mounts = [{ source: join(bench.dir, 'absent'), target: '/in/absent', writable: false }];
    const failed = await bubblewrap.run(bench.request('true', { mounts }));
    expect(failed).toMatchObject({
      error: { code: 'host/no-sandbox', cause: expect.stringMatching(/bwrap: .*absent/) },
    });
  });

  test.each([':', ',', '\\'])(
    'is refused where overlayfs would misread the path of a layer: %s',
    async (character) => {
      const layer = bench.directory(`layer${character}x`);
      const failed = await bubblewrap.run(bench.request('true', { layers: [bench.root, layer] }));
      expect(failed).toMatchObject({ error: { code: 'host/store-path', place: layer } });
    },
  );
});
