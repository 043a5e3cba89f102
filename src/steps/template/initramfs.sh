#!/bin/bash
# Makes the initial RAM file system of the root's kernel.
#
#   /boot/vmlinuz-*, /lib/modules   the kernel, in the root
#   QBUILD_IN/verity                when it opens a checked root: more for /etc/initramfs-tools
#   QBUILD_OUT/initramfs            a directory that receives initrd.img-<version>
#
# The drivers of all virtual machines are in it, so that one serves every VMM and is made once a kernel. An update
# inside of the guest makes its own, with the guest's configuration.
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}/initramfs
work=$(mktemp -d)


mkdir "$out"
cp -r /etc/initramfs-tools "$work/configuration"
# What disks of virtual machines hang on; udev loads what it finds, and the file system brings its own.
printf '%s\n' virtio_pci virtio_blk virtio_scsi hv_vmbus hv_storvsc xen-blkfront nvme ahci ata_piix \
  vmw_pvscsi mptspi mptsas sd_mod ext4 dm-verity >"$work/wanted"
if [ -d "$in/verity" ]; then
  cp -r "$in/verity/." "$work/configuration"
  chmod -R u+w,a+x "$work/configuration/hooks" "$work/configuration/scripts"
  # The second makes hashes, where it is not built in.
  printf '%s\n' overlay sha256_generic >>"$work/wanted"
fi
# A system with cryptsetup is one whose root may be encrypted: what its kernel's command line says then. The modules are
# what cryptsetup asks for with LUKS2's usual cipher.
if [ -d /etc/cryptsetup-initramfs ]; then
  echo 'CRYPTSETUP=y' >>/etc/cryptsetup-initramfs/conf-hook
  # It would ask for a keymap: the default one, which the kernel has anyway, under a name that chance chose.
  sed -i 's/^KEYMAP=.*/KEYMAP=n/' /usr/share/initramfs-tools/conf-hooks.d/cryptsetup
  printf '%s\n' dm-crypt aes_generic aesni_intel xts ecb cbc sha256_generic algif_skcipher >>"$work/wanted"
fi
for path in /boot/vmlinuz-*; do
  kernel=${path#/boot/vmlinuz-}
  # A kernel without one of them has it built in, or drives fewer machines.
  while read -r module; do
    if modprobe --set-version "$kernel" --show-depends "$module" >/dev/null 2>&1; then echo "$module"; fi
  done <"$work/wanted" >"$work/configuration/modules"
  sed -i 's/^MODULES=.*/MODULES=list/' "$work/configuration/initramfs.conf"
  echo "kernel $kernel with $(tr '\n' ' ' <"$work/configuration/modules")"
  mkinitramfs -d "$work/configuration" -c zstd -o "$out/initrd.img-$kernel" "$kernel"
done
