#!/bin/bash
# Makes the initial RAM file system of a medium: Debian's, with a boot script that finds the medium and its layers.
#
#   /boot/vmlinuz-*, /lib/modules   the kernel, in the root
#   QBUILD_IN/{boot-script,hook}    what is added
#   QBUILD_IN/key                   the public key that verifies the medium, ASCII-armoured
#   QBUILD_IN/modules               drivers that are loaded at once, one a line
#   INITRAMFS_LEVEL                 of zstd
#   QBUILD_OUT/initrd
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$(mktemp -d)

kernels=(/boot/vmlinuz-*)
if [ ! -f "${kernels[0]}" ]; then
  echo 'qbuild: failure iso/missing-kernel: The system of the admin domain has no /boot/vmlinuz-*.' >&2
  exit 1
fi
kernel=${kernels[-1]#/boot/vmlinuz-}
if [ ! -x /usr/sbin/veritysetup ]; then
  echo 'qbuild: failure iso/missing-verity: The system of the admin domain has no veritysetup: add a package with it (cryptsetup-bin) to its template.' >&2
  exit 1
fi
cp -r /etc/initramfs-tools "$work/configuration"
cd "$work/configuration"
mkdir -p scripts hooks
cp "$in/boot-script" scripts/qubes-live
cp "$in/hook" hooks/qubes-live
chmod 755 hooks/qubes-live
# RFC 9580, section 6: headers end at an empty line, `=` begins the checksum.
sed '1,/^$/d; /^=/,$d' "$in/key" | base64 --decode >key.gpg
# A kernel without one of them has it built in.
while read -r module; do
  if modprobe --set-version "$kernel" --show-depends "$module" >/dev/null 2>&1; then echo "$module"; fi
done <"$in/modules" >modules
sed -i -e 's/^MODULES=.*/MODULES=list/' -e 's/^RESUME=.*/RESUME=none/' initramfs.conf
echo RESUME=none >>initramfs.conf
# cryptsetup asks for a keymap: the default one, which the kernel has anyway, under a name that chance chose.
if [ -f /usr/share/initramfs-tools/conf-hooks.d/cryptsetup ]; then
  sed -i 's/^KEYMAP=.*/KEYMAP=n/' /usr/share/initramfs-tools/conf-hooks.d/cryptsetup
fi
echo "kernel $kernel"
mkinitramfs -d "$work/configuration" -c zstd -l "$INITRAMFS_LEVEL" -o "$out/initrd" "$kernel"

# What mkinitramfs could not copy is no failure of its own.
lsinitramfs "$out/initrd" >"$work/members"
for member in scripts/qubes-live usr/lib/qubes-live/{mount,blkid,losetup,veritysetup,sha256sum,gpgv,key.gpg} "usr/lib/modules/$kernel/kernel/fs/squashfs/squashfs.ko"; do
  grep -q -x -F -e "$member" "$work/members" || {
    echo "qbuild: failure iso/broken-initramfs: The initramfs has no $member." >&2
    exit 1
  }
done
