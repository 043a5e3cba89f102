// Certificate authorities, certificates and a token for tests, made with openssl and SoftHSM.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** A PEM key (mode 0600) with its certificate followed by the issuers, and the root alone. */
export interface Identity {
  readonly key: string;
  readonly chain: string;
  readonly root: string;
}

export interface LeafOptions {
  readonly usage?: 'codeSigning' | 'timeStamping' | 'serverAuth';
  readonly algorithm?: readonly string[];
  /** `YYYYMMDDHHMMSSZ` */
  readonly from?: string;
  readonly until?: string;
}

/** An authority with an intermediate that issues certificates by `openssl ca`. */
export class Authority {
  readonly dir: string;
  readonly root: string;

  constructor(dir: string) {
    this.dir = dir;
    this.root = join(dir, 'root.pem');
  }

  static async make(dir: string, name: string): Promise<Authority> {
    await mkdir(dir, { recursive: true });
    const authority = new Authority(dir);
    await writeFile(join(dir, 'index.txt'), '');
    await writeFile(join(dir, 'ca.cnf'), CONFIG);
    const request = ['req', '-config', 'ca.cnf', '-newkey', 'rsa:2048', '-nodes'];
    await authority.openssl(
      [...request, '-x509', '-days', '3650', '-extensions', 'authority'].concat([
        '-subj',
        `/CN=${name} root`,
        '-keyout',
        'root.key',
        '-out',
        'root.pem',
      ]),
    );
    await authority.openssl([
      ...request,
      '-subj',
      `/CN=${name} intermediate`,
      '-keyout',
      'sub.key',
      '-out',
      'sub.csr',
    ]);
    await authority.openssl(
      ['ca', '-batch', '-notext', '-config', 'ca.cnf', '-days', '3000', '-rand_serial'].concat([
        '-extensions',
        'authority',
        '-cert',
        'root.pem',
        '-keyfile',
        'root.key',
        '-in',
        'sub.csr',
        '-out',
        'sub.pem',
      ]),
    );
    return authority;
  }

  async issue(name: string, options: LeafOptions = {}): Promise<Identity> {
    const { usage = 'codeSigning', algorithm = ['rsa:2048'], from, until } = options;
    await this.openssl(
      ['req', '-config', 'ca.cnf', '-newkey', ...algorithm, '-nodes', '-subj', `/CN=${name}`].concat([
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      ]),
    );
    const dates =
      until === undefined ? ['-days', '365'] : ['-startdate', from ?? '20200101000000Z', '-enddate', until];
    await this.openssl(
      ['ca', '-batch', '-notext', '-config', 'ca.cnf', ...dates, '-extensions', usage].concat([
        '-cert',
        'sub.pem',
        '-keyfile',
        'sub.key',
        '-in',
        `${name}.csr`,
        '-out',
        `${name}.pem`,
      ]),
    );
    const chain = join(this.dir, `${name}.pem`);
    for (const issuer of ['sub.pem', 'root.pem'])
      await appendFile(chain, await readFile(join(this.dir, issuer)));
    return { key: join(this.dir, `${name}.key`), chain, root: this.root };
  }

  async openssl(args: readonly string[]): Promise<void> {
    await run('openssl', args, { cwd: this.dir });
  }
}

const CONFIG = `
[req]
prompt = no
distinguished_name = name
[name]
CN = unused
[ca]
default_ca = ca_default
[ca_default]
database = index.txt
rand_serial = yes
unique_subject = no
new_certs_dir = .
default_md = sha256
policy = policy
[policy]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[codeSigning]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
[timeStamping]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[serverAuth]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
`;

export const SOFTHSM_MODULE = 'libsofthsm2.so';

/** A SoftHSM token in a directory of its own, with one private key. */
export interface Token {
  readonly label: string;
  readonly keyLabel: string;
  readonly pin: string;
  /** `SOFTHSM2_CONF` and what else a process needs to reach the token. */
  readonly env: NodeJS.ProcessEnv;
}

export async function makeToken(dir: string, key: string, pin: string): Promise<Token> {
  await mkdir(join(dir, 'tokens'), { recursive: true });
  const conf = join(dir, 'softhsm2.conf');
  await writeFile(
    conf,
    `directories.tokendir = ${join(dir, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const env = { SOFTHSM2_CONF: conf };
  const [label, keyLabel] = ['test token', 'signing key'];
  await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', label, '--so-pin', '87654321', '--pin', pin],
    { env },
  );
  await run(
    'softhsm2-util',
    ['--import', key, '--token', label, '--label', keyLabel, '--id', 'a1', '--pin', pin],
    { env },
  );
  return { label, keyLabel, pin, env: { PATH: process.env.PATH, HOME: dir, ...env } };
}
