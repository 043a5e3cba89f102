// The trial of an encrypted disk: what is installed asks for the passphrase, from both firmwares, and opens with no other.
import type { ResolvedProduct } from '../../resolve/resolved.ts';
import type { Step, Trial } from '../trial.ts';
import { installation, logIn, startOf } from './install-trial.ts';
import { BOOT, COMMAND, command, FIRMWARE, says } from './trial-words.ts';

const PASSPHRASE = 'only for this disk';

/** As Debian's initramfs asks (cryptsetup-initramfs), for the installer's mapping. */
const ASKS = /Please unlock disk qubes_root: /;
const REFUSES = /No key available with this passphrase|cryptsetup failed, bad password/;

export function encrypted(product: ResolvedProduct): Trial {
  const installed = installation(product, undefined, {
    encrypt: 'yes',
    passphrase: PASSPHRASE,
    domains: 'no',
  });
  return {
    name: 'encrypted',
    title: 'an encrypted disk starts with its passphrase and no other',
    quick: false,
    ...installed,
    starts: [
      ...installed.starts,
      startOf(product, 'bios', [...logIn(), ...onLuks()], [...refused(), ...unlock()]),
      startOf(product, 'uefi', [], unlock()),
    ],
  };
}

function unlock(): Step[] {
  return [says('it asks for the passphrase', ASKS, FIRMWARE + BOOT), { do: 'type', line: PASSPHRASE }];
}

function refused(): Step[] {
  return [
    says('it asks for a passphrase', ASKS, FIRMWARE + BOOT),
    { do: 'type', line: `not ${PASSPHRASE}` },
    says('another one opens nothing', REFUSES, COMMAND),
  ];
}

function onLuks(): Step[] {
  return [
    command('the root is what was opened', 'findmnt --noheadings --output SOURCE /', {
      says: /^\/dev\/mapper\/qubes_root$/m,
    }),
    command('it is in LUKS2', 'cryptsetup luksDump /dev/disk/by-partlabel/qubes-root', {
      says: /^Version: +\t?2$[\s\S]*PBKDF: +argon2id/m,
    }),
  ];
}
