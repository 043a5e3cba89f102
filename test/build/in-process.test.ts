// What commands start, called as functions: a small product from nothing to its installer, and what looks into it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import type { Result } from '../../src/base/failure.ts';
import { explainAction, forecastProduct, logOfAction } from '../../src/build/actions.ts';
import { verifyStore } from '../../src/build/cache.ts';
import { directoriesOf } from '../../src/build/directories.ts';
import { importSigningKey, initSigningKeys, listSigningKeys } from '../../src/build/keys.ts';
import { listProducts, lockWorkspace, showProduct } from '../../src/build/products.ts';
import { runProduct } from '../../src/build/run-product.ts';
import { buildTemplate, listTemplates } from '../../src/build/templates.ts';
import { runCommandLine } from '../../src/command-line.ts';
import { HELLO_C, tinyWorkspace } from '../e2e/tiny.ts';
import { PROJECT, Workbench } from '../e2e/workbench.ts';

const BUILD = 'build:hello:windows/amd64';
const bench = tinyWorkspace(new Workbench());
const directory = bench.workspace;
const never = new AbortController().signal;
const before = { ...process.env };

beforeAll(() => {
  Object.assign(process.env, bench.environment);
});
afterAll(() => {
  process.env = before;
  bench.remove();
});

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function error<T>(result: Result<T>) {
  if (result.ok) throw new Error('it succeeded');
  return result.error;
}

async function run(
  options: { readonly only?: string; readonly out?: string; readonly product?: string } = {},
) {
  const events: Event[] = [];
  const settings = { locked: false, offline: false, keepGoing: false, installHostTools: false };
  const report = await runProduct(
    { directory, product: 'tiny', ...settings, ...options },
    (event) => events.push(event),
    never,
  );
  return { report, events };
}

describe('a product', () => {
  test('is listed, shown and locked', async () => {
    expect(value(await listProducts(directory))).toEqual([{ name: 'tiny', title: 'Tiny' }]);
    expect(value(await showProduct(directory, 'tiny'))).toMatch(
      /^version: 1\.0\.0 +# products\/tiny\.yaml:5$/m,
    );
    expect(value(await showProduct(directory, 'products/tiny.yaml'))).toContain('name: tiny');
    expect(error(await showProduct(directory, 'tini')).code).toBe('resolve/unknown-product');
    const policy = { locked: false, offline: false, update: false };
    const changes = value(await lockWorkspace(directory, undefined, policy, never));
    expect(changes.length).toBeGreaterThan(0);
    expect(value(await lockWorkspace(directory, ['tiny'], { ...policy, locked: true }, never))).toEqual([]);
  });

  test('is forecast, built, and told by metadata alone when nothing changed', async () => {
    const forecast = value(await forecastProduct({ directory, product: 'tiny' }, never));
    expect(forecast.map(({ action }) => action)).toContain(BUILD);
    const first = await run();
    expect(first.report).toMatchObject({
      ok: true,
      developmentKeys: true,
      actions: { failed: 0 },
    });
    const again = await run();
    const { actions } = first.report;
    expect(again.report.actions).toEqual({ run: 0, cached: actions.run + actions.cached, failed: 0 });
    // Metadata of files that were touched less than two seconds ago prove nothing.
    await setTimeout(2500);
    await run();
    const quick = await run();
    expect(quick.events.some(({ type }) => type === 'phase')).toBe(false);
    expect(quick.report.deliverables).toEqual(first.report.deliverables);
  });

  test('is looked into: why, and what its build said', async () => {
    bench.edit(HELLO_C, (text) => `${text}\n`);
    const why = value(await explainAction({ directory }, BUILD, never));
    expect(JSON.stringify(why)).toContain('inputs.source');
    expect(error(await explainAction({ directory }, 'build:helo:windows/amd64', never))).toMatchObject({
      code: 'usage/unknown-action',
      next: expect.stringContaining(BUILD),
    });
    const log = value(await logOfAction({ directory }, BUILD, never));
    expect(readFileSync(log, 'utf8')).toContain('mingw32-gcc');
    expect(error(await logOfAction({ directory }, 'sign:setup:x', never)).code).toBe('usage/unknown-action');
  });

  test('of one component publishes nothing; one that is not there is refused', async () => {
    const out = join(bench.dir, 'nowhere');
    expect((await run({ only: 'hello', out })).report).toMatchObject({ ok: true, deliverables: [] });
    expect((await run({ only: 'nobody', out })).report.failure?.code).toBe('resolve/unknown-component');
    expect((await run({ product: 'products/tiny.yaml', out })).report).toMatchObject({
      ok: true,
      directory: out,
    });
    expect((await run({ product: 'other' })).report.failure?.code).toBe('resolve/unknown-product');
  });

  test('is not published where a file is in the way, and nothing is built anew for that', async () => {
    const out = join(directory, 'qbuild.yaml', 'out');
    const { report } = await run({ out });
    expect(report).toMatchObject({
      ok: false,
      deliverables: [],
      actions: { run: 0, failed: 0 },
      failure: { code: 'deliverable/not-written', place: expect.stringContaining(out) },
    });
  });

  test('is built by its command line', async () => {
    const cwd = process.cwd();
    process.chdir(directory);
    const program = new URL('../../dist/main.js', import.meta.url).href;
    try {
      expect(await runCommandLine(['product', 'tiny', '--json', '--jobs', '2'], program)).toBe(0);
      expect(await runCommandLine(['product', 'tiny', '--plan'], program)).toBe(0);
      expect(await runCommandLine(['product', 'nobody'], program)).toBe(4);
      expect(await runCommandLine(['product', 'tiny', '--jobs', '0'], program)).toBe(2);
    } finally {
      process.chdir(cwd);
      process.exitCode = undefined;
    }
  });
});

test('keys are made once and listed, and the store is sound', async () => {
  expect(value(await initSigningKeys())).toHaveLength(2);
  expect(value(await listSigningKeys())).toEqual(value(await initSigningKeys()));
  expect(value(await verifyStore(directory, never))).toMatchObject({ damaged: [] });
});

describe('keys of a person', () => {
  const request = {
    name: 'mine',
    certificateFile: undefined,
    keyFile: undefined,
    caFile: undefined,
    openPgpFile: undefined,
    openPgpAgent: undefined,
    module: undefined,
    uri: undefined,
    secretEnvironment: undefined,
    secretFile: undefined,
    tokenEnvironment: [],
    timestampUrl: undefined,
    timestampCaFile: undefined,
  };

  test('are not imported with a certificate whose issuer is missing', async () => {
    const [keyFile, certificateFile] = [join(bench.dir, 'key.pem'), join(bench.dir, 'certificate.pem')];
    const subject = ['-subj', '/CN=Me', '-days', '30', '-addext', 'extendedKeyUsage=codeSigning'];
    subject.push('-addext', 'keyUsage=digitalSignature', '-addext', 'basicConstraints=CA:FALSE');
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:3072',
      '-nodes',
      '-keyout',
      keyFile,
      '-out',
      certificateFile,
    ];
    execFileSync('openssl', [...made, ...subject], { stdio: 'pipe' });
    const refused = error(await importSigningKey({ ...request, keyFile, certificateFile }));
    expect(refused.code).toBe('sign/certificate-chain-incomplete');
    expect(value(await listSigningKeys()).some((line) => line.includes('mine'))).toBe(false);
  });

  test('need a certificate and a key, or an OpenPGP key that is one', async () => {
    expect(error(await importSigningKey(request)).code).toBe('usage/no-key');
    const certificateFile = join(bench.dir, 'absent.pem');
    expect(error(await importSigningKey({ ...request, certificateFile })).code).toMatch(/^usage\//);
    const openPgpFile = join(bench.workspace, 'qbuild.yaml');
    expect(error(await importSigningKey({ ...request, openPgpFile })).code).toMatch(/^sign\//);
  });
});

test('directories are moved by the environment, and a relative XDG directory is ignored', () => {
  const cache = (env: Record<string, string>) => directoriesOf({ HOME: '/home/me', ...env });
  expect(cache({})).toMatchObject({ cache: '/home/me/.cache/qbuild', store: '/home/me/.cache/qbuild/store' });
  expect(cache({ XDG_CACHE_HOME: '/x' }).packages).toBe('/x/qbuild/packages');
  expect(cache({ XDG_CACHE_HOME: 'x' }).cache).toBe('/home/me/.cache/qbuild');
  expect(cache({ QBUILD_CACHE: '/c', QBUILD_STORE: '/s', QBUILD_PACKAGES: '/p' })).toMatchObject({
    cache: '/c',
    store: '/s',
    packages: '/p',
  });
});

test('images of a template or VMM that is not there are refused', async () => {
  const settings = { locked: true, offline: true, keepGoing: false, installHostTools: false };
  const image = (template: string, vmm?: string) =>
    buildTemplate(
      { directory: PROJECT, template, ...settings, ...(vmm !== undefined && { vmm }) },
      () => {},
      never,
    );
  expect((await image('debian-13-minimul')).failure?.code).toBe('usage/unknown-template');
  expect((await image('debian-12-minimul', 'kvm')).failure?.code).toBe('usage/unknown-template');
  expect((await image('debian-12-minimal', 'kwm')).failure?.code).toBe('usage/unknown-vmm');
});

test('templates of the project are listed, and planned from its lock', async () => {
  const listed = value(await listTemplates(PROJECT)).map(({ name }) => name);
  expect(listed).toEqual(expect.arrayContaining(['debian-12', 'debian-12-minimal']));
  for (const vmm of ['hyperv', 'kvm', 'vmware', 'windows']) {
    const planned = value(
      await forecastProduct({ directory: PROJECT, product: 'debian-12-minimal', vmm }, never),
    );
    expect(planned.map(({ action }) => action)).toContain('customise:debian-12-minimal');
  }
  const unknown = { directory: PROJECT, product: 'debian-11', vmm: 'kvm' };
  expect(error(await forecastProduct(unknown, never)).code).toBe('usage/unknown-template');
});
