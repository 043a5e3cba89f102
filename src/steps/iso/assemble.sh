#!/bin/bash
# Writes an ISO 9660 file system that BIOS and UEFI start from disc, USB stick and disk.
#
#   QBUILD_IN/medium/       all of its files
#   QBUILD_IN/mbr           the first sector
#   QBUILD_IN/partition     the EFI system partition, which becomes the last one
#   VOLUME_LABEL, VOLUME_DATE   of the volume; the date as YYYYMMDDhhmmss00
#   VOLUME_CAPACITY             MiB that the medium has room for; empty: whatever there is
#   VOLUME_NAMES                `joliet`: Windows reads the names of the files, too
#   QBUILD_OUT/iso
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD
export LC_ALL=C

fail() {
  printf 'qbuild: failure iso/%s: %s\n' "$1" "$2" >&2
  exit 1
}

# Where a file lies would else depend on its number in the file system that it comes from.
(cd "$in/medium" && find . -type f -printf '/%P\n' | sort) >"$work/files"
awk '{ print 1000000 - NR " " $0 }' "$work/files" >"$work/weights"

need=$(du --summarize --dereference --total --block-size=1M "$in/medium" "$in/partition" | tail -n 1 | cut -f 1)
free=$(df --output=avail --block-size=1M "$out" | tail -n 1 | tr -d ' ')
[ "$free" -gt "$((need + 64))" ] ||
  fail no-space "The ISO takes $need MiB, and where the store is there are $free MiB left: make room, and run again."

names=()
if [ "${VOLUME_NAMES:-}" = joliet ]; then names=(-J -joliet-long); fi

# UEFI takes a boot image of size 0 to reach to the end of the disc (2.10, 13.3.2.1); 16 bits would do for 32 MiB alone.
# ECMA-119 counts blocks of 2 KiB with 32 bits; what else a volume has no room for, xorriso says.
xorriso -as mkisofs -quiet -r -iso-level 3 "${names[@]}" -V "$VOLUME_LABEL" -volset "$VOLUME_LABEL" \
  --modification-date="$VOLUME_DATE" --set_all_file_dates "=$SOURCE_DATE_EPOCH" --sort-weight-list "$work/weights" \
  -partition_offset 16 --grub2-mbr "$in/mbr" \
  -b EFI/bios.img -c EFI/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table --grub2-boot-info \
  -append_partition 2 0xef "$in/partition" -appended_part_as_gpt \
  -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot -boot-load-size 0 \
  -o "$out/iso" "$in/medium" 2>"$work/said" || {
  cat "$work/said" >&2
  fail not-written "xorriso could not write the volume: $(grep -m 1 -E 'FAILURE|FATAL' "$work/said")"
}

size=$((($(stat --format=%s "$out/iso") + 1048575) / 1048576))
[ "$size" -le "${VOLUME_CAPACITY:-$size}" ] ||
  fail over-limits "The ISO has $size MiB, and the medium has room for $VOLUME_CAPACITY MiB: raise the capacity, or leave something out."
