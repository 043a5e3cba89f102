#!/bin/bash
# Makes the boot loaders of a medium: GRUB for the BIOS's El Torito and for UEFI.
#
#   QBUILD_IN/early.cfg     what GRUB reads first
#   SECURE_BOOT             `yes`: GRUB for UEFI starts signed programs alone, and shim starts it; empty: it starts what is there
#   QBUILD_OUT/bios         GRUB for El Torito
#   QBUILD_OUT/mbr          the first sector of a medium that a BIOS starts as a disk
#   QBUILD_OUT/{grub,shim}  programs for UEFI, not signed
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD

# All that the menu needs, so that no module is read from the medium.
common=(iso9660 part_gpt part_msdos fat search search_label normal configfile gzio echo test true sleep serial terminal
  halt reboot minicmd)
direct=(linux multiboot2)
screen=(efi_gop efi_uga all_video gfxterm)
grub-mkimage --format=i386-pc-eltorito --prefix=/boot/grub --config="$in/early.cfg" --output="$out/bios" \
  "${common[@]}" "${direct[@]}" biosdisk vga_text
cp /usr/lib/grub/i386-pc/boot_hybrid.img "$out/mbr"

if [ -z "$SECURE_BOOT" ]; then
  grub-mkimage --format=x86_64-efi --prefix=/boot/grub --config="$in/early.cfg" --output="$out/grub" \
    "${common[@]}" "${direct[@]}" "${screen[@]}"
  exit
fi
# shim starts nothing without a generation number (SBAT): that of the distribution's own signed GRUB, which is built
# from the same source.
objcopy --output-target=binary --only-section=.sbat /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "$work/sbat"
grub-mkimage --format=x86_64-efi --prefix=/boot/grub --config="$in/early.cfg" --sbat="$work/sbat" --output="$out/grub" \
  "${common[@]}" chain "${screen[@]}"
cp /usr/lib/shim/shimx64.efi "$out/shim"
