// Sign actions: what is signed, what stays as it is, and the canonical unsigned form beside it.
import { copyFile, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fail } from '../../src/base/failure.ts';
import type { Execution } from '../../src/engine/ports.ts';
import { openAuthenticodeSigner, trustOf } from '../../src/sign/authenticode.ts';
import { ensureDevelopmentKey } from '../../src/sign/development-key.ts';
import type { StoredKey } from '../../src/sign/keys.ts';
import { signRunner } from '../../src/sign/sign-runner.ts';
import type { Signer } from '../../src/sign/signer.ts';
import { verifyAuthenticode } from '../../src/sign/verify.ts';
import { signAction } from '../../src/steps/sign-step.ts';
import { buildSignableFiles, removeDir, type SignableFiles, scratchDir, sha256 } from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';

const EPOCH = 1_700_000_000;

let dir: string;
let files: SignableFiles;
let key: StoredKey;
let signer: Signer;
beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  key = await success(ensureDevelopmentKey(join(dir, 'keys'), new Date()));
  signer = await success(openAuthenticodeSigner(key, process.env, new Date()));
});
afterAll(() => removeDir(dir));

/** An execution that signs what is at a path, as `signAction` describes it. */
async function execution(content: string, shape: 'file' | 'tree', signal?: AbortSignal): Promise<Execution> {
  const staging = await mkdtemp(join(dir, 'staging-'));
  const identity = { certificate: signer.identity.fingerprint, tool: signer.identity.tool };
  return {
    action: signAction('sign:x', 'sign x', { from: 'text', text: '' }, shape, 'A Product', EPOCH, identity),
    key: 'key',
    layers: [],
    inputs: { content },
    staging: { dir: staging, discard: async () => {} },
    log: join(staging, 'log'),
    signal: signal ?? new AbortController().signal,
  };
}

async function tree(content: Readonly<Record<string, string>>): Promise<string> {
  const top = await mkdtemp(join(dir, 'tree-'));
  for (const [name, from] of Object.entries(content)) {
    await mkdir(dirname(join(top, name)), { recursive: true });
    await copyFile(from, join(top, name));
  }
  return top;
}

async function listed(top: string): Promise<string[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  return names.map((name) => name.slice(top.length + 1)).sort();
}

const noOpenPgp = () => Promise.reject(new Error('no OpenPGP signer was asked for'));
const runner = signRunner({ authenticode: async () => ({ ok: true, value: signer }), openpgp: noOpenPgp });
const outOf = (run: Execution, name: string) => join(run.staging.dir, 'out', name);

describe('signing a tree', () => {
  it('signs what Windows verifies, wherever it is and however its name is written', async () => {
    await writeFile(join(dir, 'note.txt'), 'note');
    const content = await tree({
      'bin/a.exe': files.exe,
      'bin/deep/B.DLL': files.dll,
      'share/note.txt': join(dir, 'note.txt'),
      'share/exe': files.exe,
    });
    await symlink('a.exe', join(content, 'bin/link.exe'));
    const run = await execution(content, 'tree');
    await success(runner.run(run));
    expect(await listed(outOf(run, 'signed'))).toEqual([
      'bin/a.exe',
      'bin/deep/B.DLL',
      'bin/link.exe',
      'share/exe',
      'share/note.txt',
    ]);
    expect(await listed(outOf(run, 'unsigned'))).toEqual(['bin/a.exe', 'bin/deep/B.DLL']);
    for (const name of ['bin/a.exe', 'bin/deep/B.DLL', 'bin/link.exe']) {
      await success(verifyAuthenticode(outOf(run, `signed/${name}`), trustOf(key)));
    }
    expect(await sha256(outOf(run, 'signed/share/exe'))).toBe(await sha256(files.exe));
    expect(await sha256(join(content, 'bin/a.exe'))).toBe(await sha256(files.exe));
  });

  it('twice gives the same bytes, and the unsigned form of what was signed is that of before', async () => {
    const content = await tree({ 'a.exe': files.debugExe });
    const first = await execution(content, 'tree');
    await success(runner.run(first));
    const again = await execution(outOf(first, 'signed'), 'tree');
    await success(runner.run(again));
    for (const form of ['signed/a.exe', 'unsigned/a.exe']) {
      expect(await sha256(outOf(again, form))).toBe(await sha256(outOf(first, form)));
    }
  });

  it('with nothing to sign copies it', async () => {
    await writeFile(join(dir, 'note.txt'), 'note');
    const run = await execution(await tree({ 'note.txt': join(dir, 'note.txt') }), 'tree');
    await success(runner.run(run));
    expect(await listed(outOf(run, 'signed'))).toEqual(['note.txt']);
    expect(await listed(outOf(run, 'unsigned'))).toEqual([]);
  });

  it('refuses a program that is none', async () => {
    await writeFile(join(dir, 'text.exe'), 'This is no program.\n');
    const run = await execution(await tree({ 'bin/text.exe': join(dir, 'text.exe') }), 'tree');
    const failure = await failureIn(runner.run(run));
    expect(failure.code).toBe('sign/not-signable');
    expect(failure.place).toContain('bin/text.exe');
  });
});

describe('signing a file', () => {
  it.each(['exe', 'msi'] as const)('of kind %s signs it and keeps its unsigned form', async (kind) => {
    const run = await execution(files[kind], 'file');
    await success(runner.run(run));
    await success(verifyAuthenticode(outOf(run, 'signed'), trustOf(key)));
    expect(await readFile(outOf(run, 'unsigned'))).not.toEqual(await readFile(outOf(run, 'signed')));
  });
});

describe('a signing that cannot be done', () => {
  it('because the key cannot be opened says what the key says, and makes nothing', async () => {
    const noPin = async () => fail({ code: 'sign/no-pin', message: 'No PIN.' });
    const locked = signRunner({ authenticode: noPin, openpgp: noOpenPgp });
    const run = await execution(files.exe, 'file');
    expect(await failureIn(locked.run(run))).toEqual({ code: 'sign/no-pin', message: 'No PIN.' });
    expect(await readdir(run.staging.dir)).toEqual([]);
  });

  it('because there is no room for the copy is a failure and no bug', async () => {
    const content = await tree({ 'a.exe': files.exe });
    const run = await execution(content, 'tree');
    await writeFile(join(run.staging.dir, 'out'), 'a file where a directory belongs');
    expect(await failureIn(runner.run(run))).toMatchObject({
      code: 'sign/copy-failed',
      place: 'sign:x',
      next: 'Check the free space of the store, then run again.',
    });
  });

  it('because the run was stopped leaves no signed file behind', async () => {
    const content = await tree({ 'a.exe': files.exe });
    const run = await execution(content, 'tree', AbortSignal.abort());
    const failure = await failureIn(runner.run(run));
    expect(failure.code).toBe('interrupted/cancelled');
  });
});
