// A root file system whose blocks are checked when they are read: what image and initramfs need for that.
import type { Input } from '../../action/action.ts';
import { sha256Hex } from '../../base/digest.ts';
import { scriptInput } from '../script.ts';
import { diskId, type Partition } from './layout.ts';

const script = (name: string) => scriptInput(name, import.meta.url);

/** What the initramfs of such a guest has besides that of any guest: a tree as /etc/initramfs-tools is one. */
export const VERITY_INITRAMFS: Readonly<Record<string, Input>> = {
  'verity/hooks/verity': script('./verity-hook.sh'),
  'verity/scripts/local-top/verity': script('./verity-open.sh'),
  'verity/scripts/local-bottom/verity': script('./verity-writable.sh'),
};

/** What verity.sh is told. Salt and identifier are the template's, so that equal content has equal hashes. */
export function verityEnvironment(template: string, { start, size }: Partition): Record<string, string> {
  return {
    VERITY_START: String(start),
    VERITY_SIZE: String(size),
    VERITY_UUID: diskId(template, 'verity'),
    VERITY_SALT: sha256Hex(diskId(template, 'verity-salt')),
  };
}
