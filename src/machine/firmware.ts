// Firmware of virtual machines: OVMF where Debian's package `ovmf` puts it, with variables of the machine's own.
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/failure.ts';
import type { Firmware } from '../steps/trial.ts';

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
 * undefined for the BIOS. With `secure-boot` Microsoft's keys are enrolled. Fails with `host/missing-tool`.
 */
export function firmwareFiles(firmware: Firmware, dir: string): Result<FirmwareFiles | undefined> {
  if (firmware === 'bios') return ok(undefined);
  const secure = firmware === 'secure-boot';
  const keys = secure ? '.ms' : '';
  const code = join(OVMF, `OVMF_CODE_4M${keys}.fd`);
  if (!existsSync(code)) {
    return fail({
      code: 'host/missing-tool',
      message: 'This machine lacks OVMF, the UEFI firmware of virtual machines.',
      place: code,
      next: 'Install the package ovmf.',
    });
  }
  const variables = join(dir, `variables${keys}.fd`);
  if (!existsSync(variables)) copyFileSync(join(OVMF, `OVMF_VARS_4M${keys}.fd`), variables);
  return ok({ code, variables, secure });
}
