// The inspection of a guest's files: what an image must not carry, each planted and refused by its code.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../../src/steps/template/inspect.sh');
const KEY = ['-----BEGIN', 'PRIVATE KEY-----'];

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'qbuild-inspect-'));
  plant('etc/machine-id', '');
});
afterEach(() => rmSync(tree, { recursive: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function inspect() {
  const command = `. "$1"; inspect_tree "$2"`;
  return spawnSync('bash', ['-c', command, 'bash', SCRIPT, tree], { encoding: 'utf8' });
}

describe('an inspection', () => {
  test.each([
    ['private-key', 'etc/tls/server.pem', `${KEY.join(' ')}\nMIIE\n`, 'a private key'],
    ['private-key', 'home/user/.ssh/id', `${KEY.join(' OPENSSH ')}\nb3Bl\n`, 'a private key'],
    ['private-key', 'root/key.asc', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n', 'a private key'],
    ['private-key', 'etc/ssh/ssh_host_rsa_key', 'anything', 'a private key'],
    ['machine-id', 'etc/machine-id', '0123456789abcdef0123456789abcdef\n', 'a machine id'],
    ['machine-id', 'var/lib/dbus/machine-id', '0123456789abcdef0123456789abcdef\n', 'a machine id'],
    ['random-seed', 'var/lib/systemd/random-seed', 'seed', 'a random seed'],
    ['random-seed', 'var/lib/systemd/credential.secret', 'secret', 'a random seed'],
  ])('refuses with template/%s when there is %s', (code, path, text, what) => {
    plant(path, text);
    const { status, stderr } = inspect();
    expect(status).toBe(1);
    expect(stderr).toBe(`qbuild: failure template/${code}: The image has ${what}: /${path}.\n`);
  });

  test('lets programs pass that only know what a key looks like', () => {
    plant('usr/lib/tls.py', `BEGIN = "${KEY.join(' ')}"\nif line == "${KEY.join(' RSA ')}": pass\n`);
    plant('usr/lib/libcrypto.so', `\0${KEY.join(' ')}\0`);
    plant('etc/ssl/certs/ca.pem', '-----BEGIN CERTIFICATE-----\nMIID\n');
    mkdirSync(join(tree, 'var/lib/dbus'), { recursive: true });
    symlinkSync('/etc/machine-id', join(tree, 'var/lib/dbus/machine-id'));
    expect(inspect()).toMatchObject({ status: 0, stderr: '' });
  });
});
