// RFC 3161 timestamps from a real server on the loopback interface.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthenticodeSigner, trustOf } from '../../src/sign/authenticode.ts';
import { canonicalUnsigned } from '../../src/sign/canonical.ts';
import { attachSignature, extractSignature } from '../../src/sign/detached.ts';
import { importPemKey } from '../../src/sign/import-key.ts';
import { exportPublic } from '../../src/sign/public-keys.ts';
import { verifyAuthenticode } from '../../src/sign/verify.ts';
import { Authority, type Identity } from './support/authority.ts';
import { buildSignableFiles, removeDir, type SignableFiles, scratchDir, sha256 } from './support/files.ts';
import { failureIn, success } from './support/outcome.ts';
import { startTimestampServer, type TimestampServer } from './support/timestamp-server.ts';

let dir: string;
let files: SignableFiles;
let server: TimestampServer;
let identity: Identity;
let stamping: Identity;

beforeAll(async () => {
  dir = await scratchDir();
  files = await buildSignableFiles(dir);
  identity = await (await Authority.make(join(dir, 'ca'), 'Code')).issue('signer');
  stamping = await (await Authority.make(join(dir, 'tsa'), 'Time')).issue('stamper', {
    usage: 'timeStamping',
  });
  server = await startTimestampServer(join(dir, 'server'), stamping);
});
afterAll(async () => {
  await server?.close();
  await removeDir(dir);
});

const importAs = (name: string, timestampUrl: string, timestampCaFile?: string) =>
  success(
    importPemKey(join(dir, 'keys'), {
      name,
      keyFile: identity.key,
      certificateFile: identity.chain,
      timestampUrl,
      timestampCaFile,
      now: new Date(),
      env: {},
    }),
  );

async function sign(key: Awaited<ReturnType<typeof importAs>>, kind: 'exe' | 'msi', output: string) {
  const signer = await success(openAuthenticodeSigner(key, process.env, new Date()));
  return signer.sign({ input: files[kind], output: join(dir, output), epoch: 1_700_000_000 });
}

describe('a key with a timestamp server', () => {
  it.each(['exe', 'msi'] as const)('gives files of kind %s a timestamp that verifies', async (kind) => {
    const key = await importAs(`stamped-${kind}`, server.url, stamping.root);
    const signed = await success(sign(key, kind, `stamped.${kind}`));
    await success(verifyAuthenticode(signed.path, trustOf(key)));
    expect(trustOf(key).requireTimestamp).toBe(true);
  });

  it.each(['exe', 'msi'] as const)(
    'keeps the canonical form and detachable signatures of files of kind %s',
    async (kind) => {
      const key = await importAs(`detached-${kind}`, server.url, stamping.root);
      const signed = await success(sign(key, kind, `detached.${kind}`));
      const unsigned = await success(canonicalUnsigned(signed.path, join(dir, `detached-unsigned.${kind}`)));
      const fromSource = await success(canonicalUnsigned(files[kind], join(dir, `detached-source.${kind}`)));
      expect(unsigned.digest).toBe(fromSource.digest);
      const signature = await success(extractSignature(signed.path, join(dir, `detached-${kind}.p7s`)));
      const attached = await success(
        attachSignature(fromSource.path, signature.path, join(dir, `attached.${kind}`)),
      );
      expect(await sha256(attached.path)).toBe(await sha256(signed.path));
    },
  );

  it('asks again when the server drops a request', async () => {
    const key = await importAs('dropped', server.url, stamping.root);
    const before = server.requests();
    server.failNext(1);
    await success(sign(key, 'exe', 'dropped.exe'));
    expect(server.requests() - before).toBe(2);
  });

  it('writes nothing when the server keeps failing', async () => {
    const key = await importAs('failing', server.url, stamping.root);
    server.failNext(100);
    const failure = await failureIn(sign(key, 'exe', 'failing.exe'));
    server.failNext(0);
    expect(failure).toMatchObject({ code: 'sign/timestamp-failed', place: server.url });
    expect(await readdir(dir)).not.toContain('failing.exe');
  });

  it('does not accept a timestamp of an unknown authority', async () => {
    const byOther = await importAs('other-root', server.url, identity.root);
    expect((await failureIn(sign(byOther, 'exe', 'other.exe'))).code).toBe('sign/timestamp-untrusted');
    // Without a root of its own, the system's bundle decides.
    const bySystem = await importAs('system-roots', server.url);
    expect((await failureIn(sign(bySystem, 'exe', 'other.exe'))).code).toBe('sign/timestamp-untrusted');
    expect(await readdir(dir)).not.toContain('other.exe');
  });

  it('names the server in its identity and publishes the root that verifies it', async () => {
    const key = await importAs('published', server.url, stamping.root);
    const signer = await success(openAuthenticodeSigner(key, process.env, new Date()));
    expect(signer.identity.timestampUrl).toBe(server.url);
    const [entry] = await success(exportPublic([key], join(dir, 'public')));
    expect(entry?.timestamp).toEqual({ url: server.url, ca: 'published-timestamp-ca.pem' });
    const ca = join(dir, 'public', 'published-ca.pem');
    const timestampCa = join(dir, 'public', 'published-timestamp-ca.pem');
    const signed = await success(sign(key, 'exe', 'published.exe'));
    await success(
      verifyAuthenticode(signed.path, { caFile: ca, timestampCaFile: timestampCa, requireTimestamp: true }),
    );
    const [bare] = await success(
      exportPublic([await importAs('bare', server.url)], join(dir, 'public-bare')),
    );
    expect(bare?.timestamp).toEqual({ url: server.url });
  });
});
