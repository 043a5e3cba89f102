// Whose certificates are trusted: in processes of their own, because Node reads the machine's list once.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { scratch } from './fixture/scratch.ts';

const CLIENT = resolve(import.meta.dirname, '../../src/source/http.ts');

const ask = (url: string) => `
  import { httpClient } from ${JSON.stringify(CLIENT)};
  const client = httpClient(1, 10_000);
  const response = await client.get(${JSON.stringify(url)}, {}, new AbortController().signal);
  console.log(response.status);
  response.discard();
  client.close();
`;

test('what the machine trusts is trusted, and nothing else', async () => {
  const dir = scratch();
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ];
  execFileSync('openssl', made, { stdio: 'pipe' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, response) =>
    response.end('here'),
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // The machine's list as OpenSSL finds it.
  const run = (env: Record<string, string>) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', ask(url)], { env });
  try {
    expect((await run({ SSL_CERT_FILE: certificate })).stdout).toBe('200\n');
    await expect(run({})).rejects.toThrow('self-signed certificate');
  } finally {
    server.close();
  }
});
