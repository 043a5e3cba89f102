// The same sandbox for root and for an ordinary user: what both make is the same, byte for byte.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bubblewrap } from '../../src/sandbox/bubblewrap.ts';
import type { SandboxRequest } from '../../src/sandbox/request.ts';
import { logOf, SandboxBench } from './bench.ts';
import { canMakeUsers, OrdinaryUser } from './ordinary-user.ts';

// For whoever is an ordinary user already, the other files of this folder are that test.
describe.runIf(canMakeUsers)('an ordinary user', () => {
  let user: OrdinaryUser;
  let ofRoot: SandboxBench;
  let ofUser: SandboxBench;
  beforeAll(() => {
    user = new OrdinaryUser().copyProject('src', 'test/sandbox/driver.ts', 'package.json');
    ofRoot = new SandboxBench();
    ofUser = new SandboxBench();
    user.own(ofUser.dir);
  });
  afterAll(() => {
    user.remove();
    ofUser.remove();
    ofRoot.remove();
  });

  async function runAsUser(request: SandboxRequest): Promise<unknown> {
    const { args, resultFile } = ofUser.driver(request);
    user.own(ofUser.dir);
    const [, file] = args as [string, string];
    const driver = join(user.dir, 'test/sandbox/driver.ts');
    const child = user.spawn([user.node, driver, file], {
      stdio: 'inherit',
      env: { PATH: process.env.PATH },
    });
    await once(child, 'close');
    return JSON.parse(readFileSync(resultFile, 'utf8'));
  }

  const runAsRoot = (request: SandboxRequest): Promise<unknown> => bubblewrap.run(request);

  test('builds the same as root', async () => {
    const script = `set -e; umask; id -u; id -g; mkdir -m 750 /out/tree; echo "$SOURCE_DATE_EPOCH" >/out/tree/file
      ln -s file /out/tree/link; chmod 4711 /out/tree/file; stat -c '%n %a %u:%g %s' /out/tree/*; echo x >/etc/x || true`;
    const given = { env: { SOURCE_DATE_EPOCH: '12' } };
    const asRoot = ofRoot.request(script, given);
    expect(await runAsRoot(asRoot)).toEqual({ ok: true, value: 0 });
    const asUser = ofUser.request(script, given);
    expect(await runAsUser(asUser)).toEqual({ ok: true, value: 0 });
    expect(logOf(asUser)).toBe(logOf(asRoot));
    expect(logOf(asRoot)).toContain('Read-only file system');
  });

  test('makes the same layers as root, with other owners, without files and without directories', async () => {
    const change = `set -e; echo x >/etc/new; chown 5:6 /etc/new; rm /etc/passwd; rm -r /var; mkdir /var
      echo y >/var/y; chmod 2755 /var; ln -s /etc/new /link; mkfifo /fifo`;
    const show = 'cd /; stat -c "%n %a %u:%g %F" etc etc/* var var/* link fifo; cat etc/new var/y';
    const shown: string[] = [];
    for (const [run, bench] of [
      [runAsRoot, ofRoot],
      [runAsUser, ofUser],
    ] as const) {
      const [upper, scratch] = [bench.directory('upper'), bench.directory('work')];
      const changes = { kind: 'kept', upper, scratch } as const;
      const making = bench.request(change, { privilege: 'configure', changes });
      expect(await run(making), logOf(making)).toEqual({ ok: true, value: 0 });
      const request = bench.request(show, { layers: [bench.root, upper] });
      expect(await run(request)).toEqual({ ok: true, value: 0 });
      shown.push(logOf(request));
    }
    expect(shown[1]).toBe(shown[0]);
    expect(shown[0]).toContain('etc/new 644 5:6 regular file');
    expect(shown[0]).not.toContain('passwd');
  });

  test('has no more rights in a sandbox than root has', async () => {
    const request = ofUser.request(
      "grep -E '^(CapEff|NoNewPrivs)' /proc/self/status; ls -d /home /root; cat /in/x",
    );
    expect(await runAsUser(request)).toEqual({ ok: true, value: 1 });
    expect(logOf(request)).toMatch(/^CapEff:\t0+\nNoNewPrivs:\t1\nls: .*\nls: .*\ncat: /);
  });
});
