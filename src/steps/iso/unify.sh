#!/bin/bash
# Makes a unified kernel image: a program for UEFI with all that it starts in sections of its own, so that one signature
# is of all of it (Xen: docs/misc/efi; Linux: systemd-stub(7)).
#
#   QBUILD_IN/stub              the program; without it systemd's, which starts Linux
#   QBUILD_IN/sections/N-NAME   the content of the section .NAME, in the order of N
#   QBUILD_OUT/image
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD
stub=$in/stub
[ -e "$stub" ] || stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub

# number BYTES FILE OFFSET: as it is in a file, little-endian.
number() {
  od --address-radix=n --endian=little --format="u$1" --skip-bytes="$3" --read-bytes="$1" "$2" | tr -d ' '
}

# keep_relocations IMAGE: Xen reads its relocations itself, in memory, and GRUB under Secure Boot (as shim does) leaves out
# sections that say they can be discarded, as .reloc does. PE format: "Section Table", IMAGE_SCN_MEM_DISCARDABLE.
keep_relocations() {
  local image=$1 start header index flags
  start=$(number 4 "$image" 60)
  header=$((start + 24 + $(number 2 "$image" $((start + 20)))))
  for ((index = $(number 2 "$image" $((start + 6))); index > 0; index--, header += 40)); do
    [ "$(dd if="$image" bs=1 skip="$header" count=6 status=none | tr -d '\0')" = .reloc ] || continue
    flags=$(($(number 4 "$image" $((header + 36))) & ~0x02000000))
    # shellcheck disable=SC2059 # the format is the bytes
    printf "$(printf '\\x%02x' $((flags & 255)) $((flags >> 8 & 255)) $((flags >> 16 & 255)) $((flags >> 24 & 255)))" |
      dd of="$image" bs=1 seek=$((header + 36)) conv=notrunc status=none
  done
}

# Each one lies after the end of what is there, at a multiple of this.
alignment=$((0x$(objdump --private-headers "$stub" | awk '$1 == "SectionAlignment" { print $2 }')))
end=0
while read -r size address; do
  if ((16#$address + 16#$size > end)) || [ "$end" = 0 ]; then end=$((16#$address + 16#$size)); fi
done < <(objdump --section-headers "$stub" | awk '$1 ~ /^[0-9]+$/ { print $3, $4 }')
options=()
for file in "$in"/sections/*; do
  name=.${file##*/*-}
  address=$(((end + alignment - 1) & ~(alignment - 1)))
  options+=(--add-section "$name=$file" --change-section-vma "$(printf '%s=%#x' "$name" "$address")")
  end=$((address + $(stat --dereference --format=%s "$file")))
done
objcopy "${options[@]}" "$stub" "$out/image"
keep_relocations "$out/image"

for file in "$in"/sections/*; do
  objcopy --dump-section ".${file##*/*-}=$work/read" "$out/image" "$work/copy"
  # A section is filled up to the file's own alignment.
  cmp --bytes="$(stat --dereference --format=%s "$file")" "$work/read" "$file" || {
    echo "qbuild: failure iso/broken-unified-image: The section .${file##*/*-} is not what was added." >&2
    exit 1
  }
done
