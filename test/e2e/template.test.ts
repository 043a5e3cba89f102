// Guest templates as users build them: images that start, the same bytes twice, and what is refused.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/base/digest.ts';
import type { TestReport } from '../../src/report/presenter.ts';
import { canMakeUsers } from '../sandbox/ordinary-user.ts';
import { OrdinaryRuns } from './ordinary-runs.ts';
import { actionsOf, type ProductRun, parseRun, Workbench } from './workbench.ts';

const TEMPLATE = 'debian-12-minimal';

const bench = new Workbench().copyProject();
afterAll(() => bench.remove());

async function build(on: Workbench, template: string, vmm: string, ...args: string[]): Promise<ProductRun> {
  const { exitCode, stdout, stderr } = await on.run(['template', template, '--vmm', vmm, '--json', ...args]);
  return { ...parseRun(stdout, stderr), exitCode };
}

async function tried(vmm: string, trial: string): Promise<TestReport> {
  const { stdout, stderr } = await bench.run(['test', TEMPLATE, '--vmm', vmm, '--trial', trial, '--json']);
  return parseRun(stdout, stderr).result as unknown as TestReport;
}

function image(vmm: string, suffix: string): string {
  return join(bench.workspace, 'out', 'templates', TEMPLATE, vmm, `${TEMPLATE}.${suffix}`);
}

let first: ProductRun;
beforeAll(async () => {
  first = await build(bench, TEMPLATE, 'kvm', '--locked');
  expect(first.result.failure).toBeUndefined();
});

describe('a template', () => {
  test('is listed', async () => {
    const { stdout } = await bench.run(['template', 'list']);
    expect(stdout).toContain(`${TEMPLATE}  Debian 12, minimal\n`);
  });

  test('becomes an image with its checksum', () => {
    expect(first.result.deliverables.map(({ path }) => basename(path))).toContain(`${TEMPLATE}.qcow2`);
    const sums = readFileSync(join(image('kvm', 'qcow2'), '../SHA256SUMS'), 'utf8');
    expect(sums).toContain(`${sha256Hex(readFileSync(image('kvm', 'qcow2')))}  ${TEMPLATE}.qcow2\n`);
    execFileSync('qemu-img', ['check', '-q', image('kvm', 'qcow2')]);
  });

  test('starts from the BIOS, and what it said and showed is kept', async () => {
    const { failure, trials } = await tried('kvm', 'bios');
    expect(failure).toBeUndefined();
    const [{ consoles, pictures } = expect.fail()] = trials;
    expect(readFileSync(consoles[0] ?? '', 'utf8')).toMatch(/guest ready: |localhost login: /);
    expect(
      readFileSync(pictures[0] ?? '')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('for another VMM is made of the same layers, and starts under Secure Boot', async () => {
    const { result, events } = await build(bench, TEMPLATE, 'hyperv');
    expect(result.failure).toBeUndefined();
    expect(actionsOf(events, 'finished')).toEqual([`image:${TEMPLATE}:vhdx`]);
    const { failure, trials } = await tried('hyperv', 'secure-boot');
    expect(failure).toBeUndefined();
    expect(trials[0]?.verified.map(({ title }) => title)).toContain(
      'the kernel knows that Secure Boot is on',
    );
  });

  test('as a raw disk takes room for its content alone', async () => {
    const { result } = await build(bench, TEMPLATE, 'xen');
    expect(result.failure).toBeUndefined();
    const { size, blocks } = statSync(image('xen', 'img'));
    expect(size).toBe(2 * 2 ** 30);
    expect(blocks * 512).toBeLessThan(size / 4);
  });

  test('without a kernel of its own is an archive of files, which cannot be tried', async () => {
    expect((await tried('windows', 'bios')).failure).toMatchObject({ code: 'trial/none-here' });
    const { result } = await build(bench, TEMPLATE, 'windows');
    expect(result.failure).toBeUndefined();
    const listed = execFileSync('tar', ['--list', '--gzip', '--file', image('windows', 'tar.gz')]).toString();
    expect(listed).toContain('./etc/systemd/system/guest-ready.service\n');
    expect(listed).not.toMatch(/^\.\/(?:boot\/vmlinuz|etc\/ssh\/ssh_host|var\/lib\/systemd\/random-seed)/m);
  });

  test('that did not change is told so without running anything', async () => {
    const { result } = await build(bench, TEMPLATE, 'kvm');
    expect(result).toMatchObject({ ok: true, actions: { run: 0 } });
  });

  test('with one more package keeps what is below', async () => {
    bench.edit(`templates/${TEMPLATE}/template.yaml`, (text) =>
      text.replace('[iproute2,', '[less, iproute2,'),
    );
    const { result, events } = await build(bench, TEMPLATE, 'kvm');
    expect(result.failure).toBeUndefined();
    expect(actionsOf(events, 'finished').sort()).toEqual([
      `customise:${TEMPLATE}`,
      `image:${TEMPLATE}:qcow2`,
      expect.stringMatching(/^root:debian-12:template:debian-12-minimal:/),
    ]);
    bench.edit(`templates/${TEMPLATE}/template.yaml`, (text) => text.replace('[less, ', '['));
  });
});

describe('an appliance', () => {
  const dir = join(bench.dir, 'appliance');
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: dir, stdio: 'pipe' }).toString();

  beforeAll(async () => {
    const { result } = await build(bench, TEMPLATE, 'vmware');
    expect(result.failure).toBeUndefined();
    mkdirSync(dir);
  });

  test('begins with its descriptor, and its manifest is that of what it has', () => {
    const listed = run('tar', '--list', '--file', image('vmware', 'ova'));
    expect(listed).toBe(['ovf', 'mf', 'vmdk'].map((suffix) => `${TEMPLATE}.${suffix}\n`).join(''));
    run('tar', '--extract', '--file', image('vmware', 'ova'));
    run('sha256sum', '--check', '--strict', `${TEMPLATE}.mf`);
    run('qemu-img', 'check', '-q', '-f', 'vmdk', `${TEMPLATE}.vmdk`);
  });

  test('describes the disk that is in it', () => {
    const value = (path: string) =>
      run('xmllint', '--xpath', `string(//*[local-name()='${path})`, `${TEMPLATE}.ovf`).trim();
    const { size } = statSync(join(dir, `${TEMPLATE}.vmdk`));
    expect(value("File']/@*[local-name()='size']")).toBe(String(size));
    expect(value("File']/@*[local-name()='href']")).toBe(`${TEMPLATE}.vmdk`);
    const described = JSON.parse(run('qemu-img', 'info', '--output=json', `${TEMPLATE}.vmdk`));
    expect(Number(value("Disk']/@*[local-name()='capacity']")) * 2 ** 20).toBe(described['virtual-size']);
    expect(described['format-specific'].data['create-type']).toBe('streamOptimized');
  });

  test('that was altered is not what its manifest says', () => {
    const disk = join(dir, `${TEMPLATE}.vmdk`);
    const bytes = readFileSync(disk);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(disk, bytes);
    expect(() => run('sha256sum', '--check', '--strict', `${TEMPLATE}.mf`)).toThrow(/did NOT match/);
  });
});

describe('two builds in two stores', () => {
  // By root and by an ordinary user; who is one already can make none.
  let there: (vmm: string) => Promise<ProductRun>;
  let other: Workbench | OrdinaryRuns;

  beforeAll(async () => {
    if (canMakeUsers) {
      const runs = new OrdinaryRuns(bench);
      there = (vmm) => runs.run(['template', TEMPLATE, '--vmm', vmm]);
      other = runs;
    } else {
      const second = new Workbench().copyProject();
      there = (vmm) => build(second, TEMPLATE, vmm);
      other = second;
    }
  });
  afterAll(() => other.remove());

  test.each([
    ['kvm', 'qcow2'],
    ['xen', 'img'],
    ['hyperv', 'vhdx'],
    ['virtualbox', 'vdi'],
    ['vmware', 'ova'],
    ['windows', 'tar.gz'],
  ])('have the same bytes for %s, whoever builds', async (vmm, suffix) => {
    // In the first store from what is there.
    const runs = [await build(bench, TEMPLATE, vmm), await there(vmm)];
    const [one, two] = runs.map(({ result }) => {
      expect(result.failure).toBeUndefined();
      return result.deliverables.find(({ path }) => path.endsWith(`.${suffix}`));
    });
    expect(one?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(two).toMatchObject({ sha256: one?.sha256, size: one?.size });
    expect(runs[1]?.result.actions.run).toBeGreaterThan(0);
  });
});

describe('a template that brings what it may not', () => {
  /** A template on the same layers, with a hook. */
  function write(name: string, hook: string, size = '2GiB', files = ''): void {
    const lines = [
      `kind: template\nname: ${name}\ntitle: Not to be\ndistribution: debian-12\nsize: ${size}`,
      `packages: []\nhooks: [hook.sh]\n${files}`,
    ];
    bench.write(`templates/${name}/template.yaml`, lines.join('\n'));
    bench.write(`templates/${name}/hook.sh`, hook);
  }

  test.each([
    [
      'private-key',
      'printf -- "-----BEGIN PRIVATE KEY-----\\nMIIE\\n" >/etc/server.key',
      /\/etc\/server\.key/,
    ],
    ['machine-id', 'echo 0123456789abcdef0123456789abcdef >/etc/machine-id', /\/etc\/machine-id/],
    ['random-seed', 'mkdir -p /var/lib/systemd; echo seed >/var/lib/systemd/random-seed', /random-seed/],
    ['host-path', 'cat /proc/self/mountinfo >/etc/leak', /\/etc\/leak/],
    ['hook-failed', 'exit 3', /hook\.sh ended with exit code 3/],
    ['broken-image', 'rm /usr/lib/systemd/systemd', /root file system has no \/usr\/lib\/systemd\/systemd/],
    ['too-small', 'head -c 1200M /dev/urandom >/opt/large', /content of \d+ MiB .* disk of 1024 MiB/],
  ])('is refused with template/%s', async (code, hook, cause) => {
    write(code, hook, code === 'too-small' ? '1GiB' : '2GiB');
    const { result, exitCode } = await build(bench, code, 'kvm');
    expect(exitCode).toBe(14);
    expect(result.failure).toMatchObject({ code: `template/${code}`, cause: expect.stringMatching(cause) });
    expect(existsSync(join(bench.workspace, 'out', 'templates', code))).toBe(false);
  });

  test('is refused as an archive of files, too, when nothing could start it', async () => {
    write('broken-archive', 'rm /usr/lib/systemd/systemd');
    const { result } = await build(bench, 'broken-archive', 'windows');
    expect(result.failure).toMatchObject({
      code: 'template/broken-image',
      cause: 'The archive has no /usr/lib/systemd/systemd.',
    });
  });

  test('has a hook that reaches for a network, for files of the host, and for what others gave it', async () => {
    const secret = join(bench.dir, 'secret');
    writeFileSync(secret, 'of the host');
    const attempts = [
      'exec 3<>/dev/tcp/192.0.2.1/80',
      `cat '${secret}'`,
      `cat '/proc/1/root${secret}'`,
      `echo written >'${secret}'`,
      'echo written >/in/files/hook.sh',
      'mkdir /tmp/disk; mount /dev/vda1 /tmp/disk || mount /dev/sda1 /tmp/disk',
      'ls /proc | grep --quiet --line-regexp "[0-9]\\{4,\\}"',
      'kill -0 99999',
      'hostname | grep --quiet --invert-match --line-regexp sandbox',
    ];
    // Each must fail; the one that does not is named.
    const lines = attempts.map(
      (attempt) => `if (${attempt}) 2>/dev/null; then echo '${attempt.replaceAll("'", '')}'; exit 9; fi`,
    );
    write('escape', `${lines.join('\n')}\nexit 0\n`);
    const { result } = await build(bench, 'escape', 'kvm');
    expect(result.failure).toBeUndefined();
    expect(readFileSync(secret, 'utf8')).toBe('of the host');
    expect(bench.read('templates/escape/hook.sh')).toContain('/dev/tcp/');
  });

  test('names a file that is not there', async () => {
    write('absent', 'true', '2GiB', 'files: { /etc/motd: motd }\n');
    const { result } = await build(bench, 'absent', 'kvm');
    expect(result.failure).toMatchObject({
      code: 'source/missing',
      message: expect.stringContaining('`motd`'),
    });
  });

  test('is unknown', async () => {
    const unknown = await build(bench, 'debian-12-minimum', 'kvm');
    expect(unknown.result.failure).toMatchObject({ code: 'usage/unknown-template' });
    expect(unknown.result.failure?.next).toContain(`\`${TEMPLATE}\``);
    const nowhere = await build(bench, TEMPLATE, 'kvn');
    expect(nowhere.result.failure).toMatchObject({ code: 'usage/unknown-vmm' });
    expect(nowhere.exitCode).toBe(2);
  });
});
