// What `qbuild test` finds out before it builds or starts anything.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../src/action/events.ts';
import { testProduct } from '../../src/build/test-product.ts';

const directory = fileURLToPath(new URL('../..', import.meta.url));
const environment = { ...process.env };

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'qbuild-test-product-'));
  process.env.QBUILD_CACHE = join(dir, 'cache');
});
afterAll(() => {
  process.env = environment;
  rmSync(dir, { recursive: true });
});

async function tried(
  product: string,
  more: { vmm?: string; trials?: readonly string[]; path?: string } = {},
) {
  const { path, trials = [], ...rest } = more;
  process.env.PATH = path ?? environment.PATH;
  const events: Event[] = [];
  const options = { directory, product, quick: false, trials, patience: 1, ...rest };
  const report = await testProduct(
    { ...options, locked: true, offline: true, installHostTools: false },
    (event) => events.push(event),
    new AbortController().signal,
  );
  expect(report).toMatchObject({ ok: false, product, trials: [] });
  expect(events).toEqual([]);
  return report.failure;
}

describe('qbuild test', () => {
  test('says what to do where nothing can be tried here', async () => {
    expect(await tried('qubes-for-hyperv')).toEqual({
      code: 'trial/none-here',
      message: 'Nothing that qubes-for-hyperv delivers can be tried in a virtual machine.',
      cause: 'installer: Installers need Windows with its own licence, which cannot be made here.',
      next:
        'Copy the output directory to a Windows machine and run setup.exe there; ' +
        'test/e2e/wine.test.ts shows what installs, upgrades and is removed under Wine.',
    });
    expect(await tried('debian-12-minimal', { vmm: 'windows' })).toMatchObject({ code: 'trial/none-here' });
  });

  test('names the trials when one is unknown', async () => {
    expect(await tried('debian-12-minimal', { vmm: 'kvm', trials: ['bios', 'uefy'] })).toEqual({
      code: 'usage/unknown-trial',
      message: 'debian-12-minimal has no trial `uefy`.',
      next: 'Did you mean `uefi`?',
    });
    expect(await tried('debian-12-minimal', { vmm: 'kvm', trials: ['everything'] })).toMatchObject({
      next: 'Valid here: `bios`, `uefi`.',
    });
  });

  test('knows the trials of a template for all VMMs', async () => {
    expect(await tried('debian-12-minimal', { trials: ['everything'] })).toMatchObject({
      next: 'Valid here: `uefi`, `secure-boot`, `bios`.',
    });
  });

  test('does not know what is neither product nor template', async () => {
    expect(await tried('qubes-for-nobody')).toMatchObject({ code: 'resolve/unknown-product' });
  });

  test('ends where the build ends, and says what could not be tried', async () => {
    process.env.QBUILD_PACKAGES = join(dir, 'no-packages');
    const events: Event[] = [];
    const options = { directory, product: 'debian-12-minimal', quick: true, trials: ['uefi'], patience: 2 };
    const logs = join(dir, 'logs');
    const report = await testProduct(
      { ...options, logs, locked: true, offline: true, installHostTools: true },
      (event) => events.push(event),
      new AbortController().signal,
    );
    delete process.env.QBUILD_PACKAGES;
    expect(report).toMatchObject({
      ok: false,
      directory: logs,
      trials: [],
      untried: [{ deliverable: 'guest-image', why: expect.stringMatching(/archive/) }],
      failure: { code: 'network/offline-missing' },
    });
    const notice = events.find(({ type }) => type === 'notice');
    expect(notice).toMatchObject({
      code: expect.stringMatching(/^trial\/(?:kvm|tcg)$/),
      message: expect.stringMatching(/^Machines run with /),
    });
  });

  test('asks for QEMU, which building does without', async () => {
    const failure = await tried('debian-12-minimal', { vmm: 'kvm', path: dir });
    expect(failure).toMatchObject({
      code: 'host/missing-tool',
      cause: expect.stringContaining('qemu-system-x86_64'),
    });
  });
});
