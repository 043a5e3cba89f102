// The product from manifest to signed installers: twice from empty stores, then unchanged, then edited.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestOfFile, sha256Of } from '../../src/base/digest.ts';
import { actionsOf, type RunResult, SMALL_TEMPLATE, Workbench } from './workbench.ts';

const PRODUCT = 'qubes-for-hyperv';
/** Named by the product; those without a Windows side are declared for Linux only. */
const COMPONENTS = [
  'core-admin',
  'core-admin-windows',
  'core-agent-linux',
  'core-agent-windows',
  'core-vchan-hyperv',
  'desktop-windows',
  'gui-agent-linux',
  'gui-agent-windows',
  'gui-common',
  'gui-daemon',
  'windows-installer-qubes-hyperv',
  'qubes-app-windows-mime-handlers',
  'qubes-builder',
  'qubes-manager',
  'vmm-hyperv',
];

const bench = new Workbench().copyProject().withSmallTemplate(PRODUCT);
const out = join(bench.workspace, 'out', PRODUCT);
let first: RunResult;

beforeAll(async () => {
  ({ result: first } = await bench.product(PRODUCT));
  expect(first.failure).toBeUndefined();
});

function published(kind: string): string {
  const found = first.deliverables.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`nothing of kind ${kind} was published`);
  return found.path;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

describe('a product that is built for the first time', () => {
  test('ends with a result that names every deliverable', async () => {
    expect(first).toMatchObject({ ok: true, product: PRODUCT, version: '3.0.0' });
    expect(first.actions.failed).toBe(0);
    // Of two actions with one key, such as signing two trees without programs, the second is cached.
    expect(first.actions.run).toBeGreaterThan(45);
    for (const { path, sha256 } of first.deliverables) {
      expect(sha256Of(await digestOfFile(path)), path).toBe(sha256);
    }
  });

  test('ships the image of its template beside the installers', () => {
    const payload = published('payload');
    expect(basename(payload)).toBe(`${PRODUCT}-3.0.0-${SMALL_TEMPLATE}.vhdx.zst`);
    const image = join(bench.dir, 'image.vhdx');
    execFileSync('zstd', ['--quiet', '--decompress', '-o', image, payload]);
    execFileSync('qemu-img', ['check', '-q', '-f', 'vhdx', image]);
  });

  test('lists its files in SHA256SUMS, as sha256sum verifies', () => {
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: out });
    const listed = readFileSync(join(out, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
    expect(listed.length).toBe(filesBelow(out).length - 1);
  });

  test('tells which component, licence and source each installed file came from', () => {
    const contents = JSON.parse(readFileSync(join(out, 'contents.json'), 'utf8'));
    const names = contents.components.map((each: { name: string }) => each.name);
    expect(names).toEqual(expect.arrayContaining(COMPONENTS));
    for (const component of contents.components) {
      expect(component.license).toMatch(/\S/);
      expect(component.source.verified).toBe(false);
      expect(component.source.tree).toMatch(/^[0-9a-f]{64}\/\d+$/);
    }
    const files = contents.components.flatMap((each: { packages: { files: object[] }[] }) =>
      each.packages.flatMap((built) => built.files),
    );
    expect(files.length).toBeGreaterThan(20);
    expect(contents.builtWith[0].packages.length).toBeGreaterThan(50);
  });

  test.each(['installer-exe', 'installer-msi'])('signs %s, as osslsigncode verifies', (kind) => {
    const ca = join(out, 'keys/development-ca.pem');
    const verify = (authority: string) =>
      execFileSync('osslsigncode', ['verify', '-CAfile', authority, '-in', published(kind)], {
        stdio: 'pipe',
      });
    expect(verify(ca).toString()).toContain('Succeeded');
    const stranger = join(mkdtempSync(join(tmpdir(), 'qbuild-stranger-')), 'ca.pem');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=stranger', '-days', '2'],
        ...['-keyout', `${stranger}.key`, '-out', stranger],
      ],
      { stdio: 'pipe' },
    );
    expect(() => verify(stranger)).toThrow();
  });

  test('gives back the published unsigned file when a signature is stripped', async () => {
    for (const kind of ['installer-exe', 'installer-msi']) {
      const signed = published(kind);
      const stripped = join(mkdtempSync(join(tmpdir(), 'qbuild-strip-')), basename(signed));
      execFileSync('osslsigncode', ['remove-signature', '-in', signed, '-out', stripped], { stdio: 'pipe' });
      const unsigned = join(out, 'unsigned', basename(signed));
      expect(await digestOfFile(stripped)).toBe(await digestOfFile(unsigned));
    }
  });

  test('marks what development keys signed', () => {
    expect((first as RunResult & { developmentKeys: boolean }).developmentKeys).toBe(true);
  });
});

describe('the same product', () => {
  test('built from an empty store elsewhere has the same bytes', async () => {
    const other = new Workbench({ keys: bench.environment.QBUILD_KEYS as string })
      .copyProject()
      .withSmallTemplate(PRODUCT);
    const { result } = await other.product(PRODUCT, '--locked');
    expect(result.failure).toBeUndefined();
    expect(result.actions).toEqual(first.actions);
    const hashes = ({ deliverables }: RunResult, workspace: string) =>
      Object.fromEntries(deliverables.map(({ path, sha256 }) => [path.slice(workspace.length), sha256]));
    expect(hashes(result, other.workspace)).toEqual(hashes(first, bench.workspace));
  });

  test('built again executes nothing', async () => {
    const { result } = await bench.product(PRODUCT, '--locked', '--offline');
    expect(result.actions).toEqual({ run: 0, cached: first.actions.run + first.actions.cached, failed: 0 });
    expect(result.deliverables).toEqual(first.deliverables);
  });

  test('is published again when a file of it was damaged', async () => {
    const setup = published('installer-exe');
    const good = readFileSync(setup);
    copyFileSync(join(out, 'contents.json'), setup);
    const { result } = await bench.product(PRODUCT);
    expect(result.actions.run).toBe(0);
    expect(readFileSync(setup).equals(good)).toBe(true);
  });
});

describe('an edit', () => {
  const source = 'recipes/qubes-app-windows-mime-handlers/source';
  const component = 'qubes-app-windows-mime-handlers';

  function someSource(): string {
    const names = readdirSync(join(bench.workspace, source, 'src')).filter((name) => name.endsWith('.c'));
    return `${source}/src/${names.sort()[0]}`;
  }

  test('of a comment stops at the compile step', async () => {
    bench.edit(someSource(), (text) => `/* A comment changes no byte. */ ${text}`);
    const { events, result } = await bench.product(PRODUCT);
    expect(result.failure).toBeUndefined();
    // The source archive holds the comment, and what packs the archive's hash follows.
    const compiled = actionsOf(events, 'finished').filter((id) => id.includes(component));
    expect(compiled.sort()).toEqual([`build:${component}:windows/amd64`, `check:${component}:windows/amd64`]);
    expect(actionsOf(events, 'cached')).toContain(`sign:${component}:windows/amd64`);
  });

  test('of a program rebuilds it and what consumes its bytes', async () => {
    bench.edit(
      someSource(),
      (text) => `${text}\n__attribute__((used)) static const char marker[] = "edited";\n`,
    );
    const { events, result } = await bench.product(PRODUCT);
    expect(result.failure).toBeUndefined();
    const executed = actionsOf(events, 'finished');
    expect(executed).toContain(`build:${component}:windows/amd64`);
    const others = executed.filter((id) => /^(build|check|root):/.test(id) && !id.includes(component));
    expect(others).toEqual([]);
  });

  test('is what `why` names', async () => {
    const why = await bench.run(['why', `build:${component}:windows/amd64`]);
    expect(why.exitCode).toBe(0);
    expect(why.stdout).toContain('inputs.source');
    expect(why.stdout).not.toContain('inputs.script');
    const other = await bench.run(['why', 'build:core-admin:windows/amd64']);
    expect(other.stdout).not.toContain('inputs.source\n');
  });
});

test('the store holds no private key', () => {
  const secret = readFileSync(
    join(bench.environment.QBUILD_KEYS as string, 'development/private.pem'),
    'utf8',
  );
  const line = secret.split('\n')[3] as string;
  expect(line.length).toBeGreaterThan(40);
  const places = [bench.environment.QBUILD_CACHE as string, out];
  const search = spawnSync('grep', ['-rlF', '--', line, ...places], { encoding: 'utf8' });
  // grep ends with 1 when it found nothing, and with 2 when it could not look.
  expect({ status: search.status, found: search.stdout }).toEqual({ status: 1, found: '' });
  expect(existsSync(join(out, 'keys/private.pem'))).toBe(false);
});
