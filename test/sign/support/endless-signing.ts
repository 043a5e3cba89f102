// A process that has a secret key in place, says where, and never comes to an end; killed by openpgp.test.ts.
import { openOpenPgpSigner } from '../../../src/sign/openpgp.ts';
import { loadOpenPgpKey } from '../../../src/sign/openpgp-keys.ts';

const key = await loadOpenPgpKey(process.argv[2] as string, 'development-openpgp');
if (!key.ok) throw new Error(key.error.message);
const signer = await openOpenPgpSigner(key.value, process.env, new Date());
if (!signer.ok) throw new Error(signer.error.message);
await signer.value.withKey(undefined, ({ gnupg }) => {
  process.stdout.write(`${gnupg.home}\n`);
  return new Promise(() => setInterval(() => {}, 60_000));
});
