// The product's installers on Windows as Wine plays it: install, use, upgrade, refuse, uninstall, and a call
// from one domain to another that the policy decides. What Wine fakes is not claimed; see README.md.
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildObserver } from '../steps/installer/fixture.ts';
import { startWine, type Wine } from '../steps/installer/wine.ts';
import { PROJECT, type RunResult, SMALL_TEMPLATE, Workbench } from './workbench.ts';

const PRODUCT = 'qubes-for-hyperv';
const INSTALLED = 'Program Files/Qubes for Hyper-V';
const DATA = 'ProgramData/Qubes';
/** Without the guest image, whose unpacking takes long. */
const FEATURES = 'core,desktop,handlers';
const SERVICE = 'QubesQrexecDaemon';
/** Windows Installer's code for another version that is installed already. */
const DOWNGRADE = 1638;
/** Its code for a failure that was taken back. */
const FAILED = 1603;

const scratch = mkdtempSync(join(tmpdir(), 'qbuild-wine-'));
const bench = new Workbench().copyProject().withSmallTemplate(PRODUCT);
const setups: Record<string, { readonly exe: string; readonly msi: string }> = {};
let observer: string;
let machine: Wine | undefined;
let machines = 0;

beforeAll(async () => {
  observer = buildObserver(scratch);
  for (const version of ['3.0.0', '3.1.0']) {
    bench.edit(`products/${PRODUCT}.yaml`, (text) =>
      text.replace(/^version: .*$/m, `version: ${version} # now`),
    );
    const { result } = await bench.product(PRODUCT, '--out', join(scratch, version));
    expect(result.failure).toBeUndefined();
    setups[version] = {
      exe: deliverable(result, 'installer-exe'),
      msi: deliverable(result, 'installer-msi'),
    };
  }
});

afterEach(() => {
  machine?.cutPower();
  machine = undefined;
});

function deliverable(result: RunResult, kind: string): string {
  const found = result.deliverables.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`nothing of kind ${kind}`);
  return found.path;
}

/** What vmm-hyperv registers for qrexec, so that guests and host may talk at this port (512 is 0x200). */
const SOCKET_SERVICE =
  'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\GuestCommunicationServices\\00000200-facb-11e6-bd58-64006a7986d3';

function windows(): Wine {
  machines += 1;
  machine = startWine(join(scratch, `machine-${machines}`), observer);
  return machine;
}

function setup(version: string): string {
  return setups[version]?.exe ?? '';
}

function admin(wine: Wine, ...args: string[]): string {
  return wine.run(wine.c(`${INSTALLED}/bin/qubes-admin.exe`), ...args);
}

describe('setup.exe of the product', () => {
  test('installs silently and starts the service', () => {
    const wine = windows();
    expect(wine.exitCode(setup('3.0.0'), '/S')).toBe(0);
    expect(wine.service(SERVICE)).toBe(4);
    for (const name of [
      'qubes-admin.exe',
      'qrexec-daemon.exe',
      'qubes-guid.exe',
      'qubes-manager.exe',
      'libvchan.dll',
    ]) {
      expect(existsSync(wine.c(`${INSTALLED}/bin/${name}`)), name).toBe(true);
    }
    expect(readdirSync(wine.c(`${DATA}/policy.d`)).length).toBeGreaterThan(0);
    expect(wine.registry(SOCKET_SERVICE, 'ElementName')).toBe('Qubes vchan port 512');
    const image = `templates/${SMALL_TEMPLATE}-3.0.0.vhdx`;
    const domain = readFileSync(wine.c(`${DATA}/domains/${SMALL_TEMPLATE}/domain.conf`), 'utf8');
    const [, registered] = /^image = (.*?)\r?$/m.exec(domain) ?? [];
    expect(registered?.replaceAll('\\', '/')).toBe(image);
    const sum = execFileSync('sha256sum', [wine.c(`${DATA}/${image}`)]).toString();
    expect(domain).toContain(`image_sha256 = ${sum.slice(0, 64)}`);
    expect(admin(wine, 'list', '--raw')).toMatch(new RegExp(`^${SMALL_TEMPLATE}\\|.*\\|TemplateVM\\|`, 'm'));
    expect(existsSync(wine.c(`${INSTALLED}/templates/${SMALL_TEMPLATE}.vhdx.zst`))).toBe(false);
  });

  test('with a damaged guest image beside it leaves nothing behind', () => {
    const wine = windows();
    const dir = join(scratch, 'damaged');
    mkdirSync(dir);
    const exe = setup('3.0.0');
    for (const name of readdirSync(dirname(exe)).filter((each) => /\.(exe|zst)$/.test(each)))
      copyFileSync(join(dirname(exe), name), join(dir, name));
    const payload = join(dir, `${PRODUCT}-3.0.0-${SMALL_TEMPLATE}.vhdx.zst`);
    const bytes = readFileSync(payload);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(payload, bytes);
    expect(wine.exitCode(join(dir, 'setup.exe'), '/S')).toBe(FAILED);
    expect(existsSync(wine.c(INSTALLED))).toBe(false);
    expect(existsSync(wine.c(DATA))).toBe(false);
    expect(wine.service(SERVICE)).toBeUndefined();
  });

  test('installs programs that carry the signature of the product', () => {
    const wine = windows();
    expect(wine.exitCode(setup('3.0.0'), '/S', `/FEATURES=${FEATURES}`)).toBe(0);
    const ca = join(scratch, '3.0.0/keys/development-ca.pem');
    const programs = readdirSync(wine.c(`${INSTALLED}/bin`)).map((name) =>
      wine.c(`${INSTALLED}/bin/${name}`),
    );
    for (const file of [...programs, wine.c(`${INSTALLED}/uninstall.exe`)].filter((name) =>
      /\.(exe|dll)$/.test(name),
    )) {
      execFileSync('osslsigncode', ['verify', '-CAfile', ca, '-in', file], { stdio: 'pipe' });
    }
    expect(programs.length).toBeGreaterThan(5);
  });

  test('upgrades, refuses to go back, and leaves domains alone until it is told to purge', () => {
    const wine = windows();
    expect(wine.exitCode(setup('3.0.0'), '/S', `/FEATURES=${FEATURES}`)).toBe(0);
    admin(wine, 'create', 'work', '--class', 'StandaloneVM', '--label', 'green');
    const domain = wine.c(`${DATA}/domains/work/domain.conf`);
    const before = readFileSync(domain, 'utf8');
    writeFileSync(wine.c(`${DATA}/policy.d/10-mine.policy`), 'test.Mine * work @adminvm deny\n');

    expect(wine.exitCode(setup('3.1.0'), '/S')).toBe(0);
    expect(wine.service(SERVICE)).toBe(4);
    expect(readFileSync(domain, 'utf8')).toBe(before);
    expect(admin(wine, 'list', '--raw')).toContain('work');
    expect(wine.registry('HKLM\\Software\\Qubes Odyssey\\Qubes for Hyper-V', 'Version')).toBe('3.1.0');

    expect(wine.exitCode(setup('3.0.0'), '/S')).toBe(DOWNGRADE);
    expect(wine.registry('HKLM\\Software\\Qubes Odyssey\\Qubes for Hyper-V', 'Version')).toBe('3.1.0');
    expect(wine.service(SERVICE)).toBe(4);

    expect(
      wine.exitCode(
        'C:\\Program Files\\Qubes for Hyper-V\\uninstall.exe',
        '/S',
        '_?=C:\\Program Files\\Qubes for Hyper-V',
      ),
    ).toBe(0);
    expect(wine.registry(SOCKET_SERVICE, 'ElementName')).toBeUndefined();
    expect(wine.service(SERVICE)).toBeUndefined();
    expect(existsSync(wine.c(`${INSTALLED}/bin/qubes-admin.exe`))).toBe(false);
    expect(readFileSync(domain, 'utf8')).toBe(before);
    expect(existsSync(wine.c(`${DATA}/policy.d/10-mine.policy`))).toBe(true);
  });
});

describe('the MSI of the product', () => {
  test('installs, upgrades with domains in place, and uninstalls without them', () => {
    const wine = windows();
    const msi = (version: string) => `Z:${(setups[version]?.msi ?? '').replaceAll('/', '\\')}`;
    expect(wine.exitCode('msiexec', '/i', `"${msi('3.0.0')}"`, '/qn', `ADDLOCAL=${FEATURES}`)).toBe(0);
    expect(wine.service(SERVICE)).toBe(4);
    admin(wine, 'create', 'work', '--class', 'StandaloneVM', '--label', 'green');
    const domain = wine.c(`${DATA}/domains/work/domain.conf`);
    const before = readFileSync(domain, 'utf8');
    expect(wine.exitCode('msiexec', '/i', `"${msi('3.1.0')}"`, '/qn')).toBe(0);
    expect(readFileSync(domain, 'utf8')).toBe(before);
    expect(wine.exitCode('msiexec', '/i', `"${msi('3.0.0')}"`, '/qn')).not.toBe(0);
    expect(wine.exitCode('msiexec', '/x', `"${msi('3.1.0')}"`, '/qn')).toBe(0);
    expect(existsSync(wine.c(`${INSTALLED}/bin/qubes-admin.exe`))).toBe(false);
    expect(readFileSync(domain, 'utf8')).toBe(before);
  });
});

describe('two domains of an installed product', () => {
  /** The vchan between processes of one machine takes the place of the one over Hyper-V sockets. */
  function useLocalVchan(wine: Wine): void {
    const stage = join(scratch, 'vchan');
    execFileSync(
      'make',
      [
        ...['-s', '-C', join(PROJECT, 'recipes/core-vchan-socket/source'), 'TARGET_OS=windows'],
        ...[
          'CROSS=x86_64-w64-mingw32-',
          `BUILD=${join(scratch, 'vchan-build')}`,
          `DESTDIR=${stage}`,
          'install',
        ],
      ],
      { stdio: 'pipe' },
    );
    copyFileSync(join(stage, 'bin/libvchan.dll'), wine.c(`${INSTALLED}/bin/libvchan.dll`));
  }

  function start(wine: Wine, program: string, args: string[], environment: Record<string, string>): void {
    const child = spawn('/usr/lib/wine/wine64', [wine.c(`${INSTALLED}/bin/${program}`), ...args], {
      env: { ...wine.environment, ...environment },
      stdio: 'ignore',
      detached: true,
    });
    child.unref();
  }

  function call(wine: Wine, domain: string, ...args: string[]): { exitCode: number; output: string } {
    try {
      const output = execFileSync(
        '/usr/lib/wine/wine64',
        [wine.c(`${INSTALLED}/bin/qrexec-client-vm.exe`), ...args],
        {
          env: { ...wine.environment, VCHAN_DOMAIN: domain },
          input: 'question\n',
          stdio: ['pipe', 'pipe', 'ignore'],
        },
      );
      return { exitCode: 0, output: output.toString() };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: Buffer };
      return { exitCode: status, output: stdout.toString() };
    }
  }

  test('call each other where policy allows it, with output and exit code, and not where it denies', async () => {
    const wine = windows();
    expect(wine.exitCode(setup('3.0.0'), '/S', '/FEATURES=core,guest-tools')).toBe(0);
    wine.run('net', 'stop', SERVICE);
    useLocalVchan(wine);
    // Domains of this test run when their agents do; the driver has nothing to do.
    const driver = wine.c(`${INSTALLED}/share/vmm/driver`);
    mkdirSync(dirname(driver), { recursive: true });
    writeFileSync(wine.c('driver.cmd'), '@if "%1"=="list" (echo work& echo vault)\r\n');
    writeFileSync(driver, 'C:\\driver.cmd\r\n');
    for (const name of ['work', 'vault']) {
      admin(wine, 'create', name, '--class', 'StandaloneVM', '--label', 'red');
      admin(wine, 'start', name);
    }
    const id = (name: string) => admin(wine, 'prefs', name, 'id').trim();
    writeFileSync(
      wine.c(`${DATA}/policy.d/10-test.policy`),
      'test.Echo * work vault allow\ntest.Echo * vault work deny\n',
    );
    mkdirSync(wine.c(`${DATA}/qubes-rpc`), { recursive: true });
    writeFileSync(
      wine.c(`${DATA}/qubes-rpc/test.Echo.cmd`),
      '@echo off\r\nset /p line=\r\necho %QREXEC_REMOTE_DOMAIN% asks %line%\r\nexit 42\r\n',
    );
    start(wine, 'qrexec-daemon.exe', ['--console'], {});
    for (const name of ['work', 'vault'])
      start(wine, 'qrexec-agent.exe', ['--console'], { VCHAN_DOMAIN: id(name) });

    const work = id('work');
    // The agents connect when the daemon has found them: the first answer says that they have.
    let answer = call(wine, work, 'vault', 'test.Echo');
    for (let turn = 0; turn < 60 && answer.exitCode !== 42; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      answer = call(wine, work, 'vault', 'test.Echo');
    }
    expect(answer).toEqual({ exitCode: 42, output: expect.stringMatching(/work asks question/) });
    expect(call(wine, id('vault'), 'work', 'test.Echo')).toEqual({ exitCode: 126, output: '' });
    expect(call(wine, work, 'vault', 'test.Other')).toEqual({ exitCode: 126, output: '' });
  });
});
