#!/bin/bash
# Makes an EFI system partition: a FAT file system with what UEFI starts from removable media.
#
#   QBUILD_IN/programs/        what belongs into /EFI/BOOT
#   ESP_LABEL, ESP_SERIAL      of the file system
#   QBUILD_OUT/partition
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD

mkdir -p "$work/esp/EFI/BOOT"
cp "$in"/programs/* "$work/esp/EFI/BOOT/"
find "$work/esp" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
# FAT12 in whole MiB, with room for the directories.
size=$(($(du --summarize --apparent-size --block-size=1M "$work/esp" | cut -f 1) + 1))
truncate --size="${size}M" "$out/partition"
mformat -i "$out/partition" -T "$((size * 2048))" -h 2 -s 32 -N "$ESP_SERIAL" -v "$ESP_LABEL" ::
mcopy -i "$out/partition" -s -m "$work/esp/EFI" ::
for program in "$in"/programs/*; do
  mtype -i "$out/partition" "::EFI/BOOT/$(basename "$program")" | cmp - "$program"
done
