// Firmware of virtual machines: OVMF where Debian's package `ovmf` puts it, with variables of the machine's own.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import type { Firmware } from '../steps/trial.ts';
import { withSecureBootKey } from './uefi-keys.ts';

/** Files of a UEFI. */
export interface FirmwareFiles {
  readonly code: string;
  /** Written by the machine; one that is started again finds what it stored. */
  readonly variables: string;
  /** Starts only what the keys in its variables allow. */
  readonly secure: boolean;
}

const OVMF = '/usr/share/OVMF';

/**
 * What a machine with that firmware needs, its variables in `dir` unless they are there from an earlier start;
 * undefined for the BIOS. `certificate`: path of the one, DER, whose owner signs what `own-secure-boot` starts. Fails with
 * `host/missing-tool`, or with `host/strange-firmware` where OVMF keeps its variables otherwise than is known here.
 */
export function firmwareFiles(
  firmware: Firmware,
  dir: string,
  certificate?: string,
): Result<FirmwareFiles | undefined> {
  if (firmware === 'bios') return ok(undefined);
  const secure = firmware !== 'uefi';
  const code = join(OVMF, `OVMF_CODE_4M${secure ? '.secboot' : ''}.fd`);
  if (!existsSync(code)) {
    return fail({
      code: 'host/missing-tool',
      message: 'This machine lacks OVMF, the UEFI firmware of virtual machines.',
      place: code,
      next: 'Install the package ovmf.',
    });
  }
  const variables = join(dir, `variables-${firmware}.fd`);
  if (existsSync(variables)) return ok({ code, variables, secure });
  const shipped = join(OVMF, `OVMF_VARS_4M${firmware === 'secure-boot' ? '.ms' : ''}.fd`);
  if (firmware !== 'own-secure-boot') {
    copyFileSync(shipped, variables);
    return ok({ code, variables, secure });
  }
  if (certificate === undefined) throw new Error('a machine with Secure Boot lacks the certificate to know');
  const enrolled = withSecureBootKey(readFileSync(shipped), readFileSync(certificate));
  if (enrolled === undefined) {
    return fail({
      code: 'host/strange-firmware',
      message: 'OVMF keeps its variables in a form that is not known here, so no key can be enrolled.',
      place: shipped,
      next: 'Use the package ovmf of Debian 12 or 13.',
    });
  }
  writeFileSync(variables, enrolled);
  return ok({ code, variables, secure });
}
