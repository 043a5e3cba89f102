#!/bin/bash
# Makes what firmware starts: GRUB for the BIOS's El Torito, and an EFI system partition with GRUB.
#
#   QBUILD_IN/early.cfg     what GRUB reads first
#   QBUILD_IN/grub.cfg      the menu
#   ESP_LABEL, ESP_SERIAL   of the file system of the EFI system partition
#   QBUILD_OUT/grub         what belongs into /boot/grub of the medium
#   QBUILD_OUT/bios         GRUB for El Torito
#   QBUILD_OUT/mbr          the first sector of a medium that a BIOS starts as a disk
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD

# All that the menu needs, so that no module is read from the medium.
common=(iso9660 part_gpt part_msdos fat search search_label normal configfile linux multiboot2 gzio echo test true sleep
  serial terminal halt reboot minicmd)
mkdir -p "$out/grub" "$work/esp/EFI/BOOT"
grub-mkimage --format=i386-pc-eltorito --prefix=/boot/grub --config="$in/early.cfg" --output="$out/bios" \
  "${common[@]}" biosdisk vga_text
grub-mkimage --format=x86_64-efi --prefix=/boot/grub --config="$in/early.cfg" \
  --output="$work/esp/EFI/BOOT/BOOTX64.EFI" "${common[@]}" efi_gop efi_uga all_video gfxterm
cp /usr/lib/grub/i386-pc/boot_hybrid.img "$out/mbr"
cp "$in/grub.cfg" "$out/grub/grub.cfg"

find "$work/esp" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
# FAT12 in whole MiB, with room for the directories.
size=$(($(stat --format=%s "$work/esp/EFI/BOOT/BOOTX64.EFI") / 1048576 + 2))
truncate --size="${size}M" "$out/grub/efi.img"
mformat -i "$out/grub/efi.img" -T "$((size * 2048))" -h 2 -s 32 -N "$ESP_SERIAL" -v "$ESP_LABEL" ::
mcopy -i "$out/grub/efi.img" -s -m "$work/esp/EFI" ::
mtype -i "$out/grub/efi.img" ::EFI/BOOT/BOOTX64.EFI | cmp - "$work/esp/EFI/BOOT/BOOTX64.EFI"
