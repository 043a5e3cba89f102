// An RFC 3161 timestamp server on the loopback interface: `openssl ts` behind HTTP.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Identity } from './authority.ts';
import { run } from './run.ts';

export interface TimestampServer {
  readonly url: string;
  /** Answers so many requests with an error before it works again. */
  failNext(count: number): void;
  requests(): number;
  close(): Promise<void>;
}

export async function startTimestampServer(dir: string, identity: Identity): Promise<TimestampServer> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'ts.cnf'), CONFIG);
  let failures = 0;
  let seen = 0;
  const answer = async (query: Buffer): Promise<Buffer> => {
    const name = `request-${seen++}`;
    if (failures-- > 0) throw new Error('out of order');
    await writeFile(join(dir, name), query);
    await run(
      'openssl',
      ['ts', '-reply', '-config', 'ts.cnf', '-queryfile', name, '-out', `${name}.reply`].concat([
        '-signer',
        identity.chain,
        '-inkey',
        identity.key,
        '-chain',
        identity.chain,
      ]),
      { cwd: dir },
    );
    const reply = await readFile(join(dir, `${name}.reply`));
    await rm(join(dir, name));
    return reply;
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    try {
      response.setHeader('content-type', 'application/timestamp-reply');
      response.end(await answer(Buffer.concat(chunks)));
    } catch {
      response.writeHead(503).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    failNext: (count) => {
      failures = count;
    },
    requests: () => seen,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

const CONFIG = `
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
`;
