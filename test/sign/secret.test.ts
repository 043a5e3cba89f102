// Secrets stay out of sight: in logs, in errors, on disk.
import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecret, redact, Secret, withSecretDescriptor } from '../../src/sign/secret.ts';
import { lastLines, runTool, SECRET_PATH } from '../../src/sign/tools.ts';
import { removeDir, scratchDir } from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';

let dir: string;
beforeAll(async () => {
  dir = await scratchDir();
});
afterAll(() => removeDir(dir));

describe('a secret', () => {
  it('shows itself only when asked to', () => {
    const secret = new Secret('hunter2');
    const shown = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      String(secret),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });

  it('from a file is its content without the last line end', async () => {
    const file = join(dir, 'pin');
    for (const [content, expected] of [
      ['1234', '1234'],
      ['1234\n', '1234'],
      ['12 34\r\n', '12 34'],
      ['a\n\n', 'a\n'],
    ] as const) {
      await writeFile(file, content, { mode: 0o600 });
      expect((await success(readSecret({ file }, {}))).reveal()).toBe(expected);
    }
    await writeFile(file, '\n');
    expect((await failureIn(readSecret({ file }, {}))).code).toBe('sign/secret-empty');
    expect((await failureIn(readSecret({ file: dir }, {}))).code).toBe('sign/private-file-unreadable');
  });

  it('reaches a child by a descriptor whose file has no name any more', async () => {
    await withSecretDescriptor(new Secret('hunter2'), async (fd) => {
      expect(await readFile(`/proc/self/fd/${fd}`, 'utf8')).toBe('hunter2');
      const name = await readlink(`/proc/self/fd/${fd}`);
      expect(name).toMatch(/ \(deleted\)$/);
      await expect(stat(dirname(name))).rejects.toThrow('ENOENT');
    });
  });

  it('is cleared from what a tool says', async () => {
    const tool = join(dir, 'bin', 'openssl');
    await mkdir(join(dir, 'bin'));
    await writeFile(tool, `#!/bin/sh\necho "pin is $(cat ${SECRET_PATH})" >&2\nexit 3\n`, { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `${join(dir, 'bin')}:${path}`;
    const run = await success(runTool({ tool: 'openssl', args: [], secret: new Secret('hunter2') }));
    process.env.PATH = path;
    expect(run).toEqual({ exitCode: 3, output: 'pin is [secret]' });
  });
});

describe('redaction', () => {
  it('clears secrets, private keys whole or cut off, and PINs in URIs', () => {
    const block = '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----';
    const text = `a hunter2 b ${block} c pkcs11:object=x?pin-value=99;x=1 d -----BEGIN PRIVATE KEY-----\nMIIdef`;
    const clean = redact(text, [new Secret('hunter2')]);
    expect(clean).toBe('a [secret] b [private key] c pkcs11:object=x?pin-value=[secret];x=1 d [private key]');
  });

  it('leaves certificates and other text alone', () => {
    const text = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\nSucceeded';
    expect(redact(text, [])).toBe(text);
  });
});

describe('the last lines of a log', () => {
  it('are those that say something', () => {
    expect(lastLines('one\n\n  \ntwo  \nthree\n\n', 2)).toBe('two\nthree');
  });
});
