// How a guest starts: GRUB's configuration, the kernel's command line, the file system table.
import { efiSystemSerial, type Layout } from './layout.ts';

/** Kernel messages go to both: the last console is also the system's (admin-guide/serial-console in Linux). */
const CONSOLES = 'console=tty0 console=ttyS0,115200';

/** What GRUB reads first, from its own image or the EFI system partition: it finds the root file system. */
export function earlyConfiguration(rootUuid: string): string {
  return [
    `search.fs_uuid ${rootUuid} root`,
    'set prefix=($root)/boot/grub',
    'configfile ($root)/boot/grub/grub.cfg',
    '',
  ].join('\n');
}

/**
 * /boot/grub/grub.cfg of the guest. The names are links that Debian's kernel packages keep on the newest kernel, so
 * an update of the guest needs no GRUB in it.
 */
export function bootConfiguration(rootUuid: string): string {
  return [
    '# Starts the newest kernel; made with the image.',
    'set timeout=0',
    `linux /vmlinuz root=UUID=${rootUuid} ro ${CONSOLES}`,
    'initrd /initrd.img',
    'boot',
    '',
  ].join('\n');
}

/**
 * The whole of GRUB's configuration of a guest with a checked root, of which GRUB itself reads nothing: kernel and
 * initramfs lie in the EFI system partition. `@ROOT_HASH@` stands for what the hash of the root is found to be.
 */
export function verityConfiguration(template: string, root: Layout['root'], hashes: Layout['root']): string {
  const serial = efiSystemSerial(template).toUpperCase();
  const checked = [
    'roothash=@ROOT_HASH@',
    `systemd.verity_root_data=PARTUUID=${root.id}`,
    `systemd.verity_root_hash=PARTUUID=${hashes.id}`,
    // The initramfs has opened it.
    'systemd.verity=no',
    // Without it the initramfs would offer a shell when the root is refused; seconds.
    'panic=10',
  ];
  return [
    `search.fs_uuid ${serial.slice(0, 4)}-${serial.slice(4)} root`,
    `linux ($root)/EFI/debian/vmlinuz root=/dev/mapper/root ro ${checked.join(' ')} ${CONSOLES}`,
    'initrd ($root)/EFI/debian/initrd.img',
    'boot',
    '',
  ].join('\n');
}

/** /etc/fstab of a guest with a checked root, which stays read-only. */
export const VERITY_FILE_SYSTEM_TABLE = [
  '/dev/mapper/root / ext4 ro 0 0',
  'tmpfs /tmp tmpfs mode=1777,nosuid,nodev 0 0',
  '',
].join('\n');

/** /etc/fstab of the guest: the file system grows with its partition. */
export function fileSystemTable(rootUuid: string): string {
  return `UUID=${rootUuid} / ext4 errors=remount-ro,x-systemd.growfs 0 1\n`;
}
