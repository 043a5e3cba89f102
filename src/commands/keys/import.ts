// qbuild keys import NAME
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { QbuildCommand } from '../../qbuild-command.ts';

export default class KeysImport extends QbuildCommand {
  static override summary =
    'Import a signing key: from PEM files, by reference from a PKCS#11 token or a gpg-agent, or an OpenPGP key';

  static override examples = [
    '<%= config.bin %> keys import release --certificate chain.pem --key key.pem',
    '<%= config.bin %> keys import hsm --certificate chain.pem --module libsofthsm2.so --uri "pkcs11:token=t;object=k" --secret-env PIN',
    '<%= config.bin %> keys import repository --openpgp secret.asc --secret-env PASSPHRASE',
    '<%= config.bin %> keys import card --openpgp-agent 0123456789ABCDEF0123456789ABCDEF01234567',
  ];

  static override args = { name: Args.string({ description: 'name for the key', required: true }) };

  static override flags = {
    openpgp: Flags.string({
      description: 'file with an OpenPGP secret key as gpg exports it, mode 0600',
      exclusive: ['certificate', 'ca', 'key', 'module', 'uri', 'token-env', 'timestamp', 'timestamp-ca'],
    }),
    'openpgp-agent': Flags.string({
      description: 'fingerprint of an OpenPGP key that stays in your gpg-agent, or in a card behind it',
      exclusive: [
        'openpgp',
        'certificate',
        'ca',
        'key',
        'module',
        'uri',
        'token-env',
        'timestamp',
        'timestamp-ca',
      ],
    }),
    certificate: Flags.string({ description: 'PEM file: signing certificate, then its issuers' }),
    ca: Flags.string({ description: 'PEM file with further issuers' }),
    key: Flags.string({ description: 'PEM file with the private key, mode 0600', exclusive: ['module'] }),
    module: Flags.string({ description: 'PKCS#11 module: a path or a file name', dependsOn: ['uri'] }),
    uri: Flags.string({ description: 'RFC 7512 URI of the private key in the token, without a PIN' }),
    'secret-env': Flags.string({ description: 'environment variable with the passphrase or PIN' }),
    'secret-file': Flags.string({
      description: 'file, mode 0600, with the passphrase or PIN',
      exclusive: ['secret-env'],
    }),
    'token-env': Flags.string({ multiple: true, description: 'environment variable that the module needs' }),
    timestamp: Flags.string({ description: 'URL of an RFC 3161 timestamp server' }),
    'timestamp-ca': Flags.string({ description: 'PEM file: root of the timestamp server' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeysImport);
    const { importSigningKey } = await import('../../build/keys.ts');
    this.log(
      this.unwrap(
        await importSigningKey({
          name: args.name,
          openPgpFile: flags.openpgp,
          openPgpAgent: flags['openpgp-agent'],
          certificateFile: flags.certificate,
          caFile: flags.ca,
          keyFile: flags.key,
          module: flags.module,
          uri: flags.uri,
          secretEnvironment: flags['secret-env'],
          secretFile: flags['secret-file'],
          tokenEnvironment: flags['token-env'] ?? [],
          timestampUrl: flags.timestamp,
          timestampCaFile: flags['timestamp-ca'],
        }),
      ),
    );
  }
}
