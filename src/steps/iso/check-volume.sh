#!/bin/bash
# Reads an ISO 9660 file system back: that it starts, has its label, and that every file is what the signed list says.
#
#   QBUILD_IN/iso
#   QBUILD_IN/key       the public key, ASCII-armoured
#   VOLUME_LABEL        of the volume
#   QBUILD_OUT/sums     of all its files
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
work=$PWD
export LC_ALL=C

fail() {
  printf 'qbuild: failure iso/%s: %s\n' "$1" "$2" >&2
  exit 1
}

# take FILE: copies qubes/FILE out of the volume.
take() {
  xorriso -osirrox on -indev "$in/iso" -extract "/qubes/$1" "$work/$1" >/dev/null 2>&1 ||
    fail broken-medium "The volume has no qubes/$1."
}

# sum_at BLOCK SIZE PATH: what sha256sum says of a file that begins with this block of the volume.
sum_at() {
  local sum
  sum=$(dd if="$in/iso" iflag=skip_bytes,count_bytes bs=1M skip=$(($1 * 2048)) count="$2" status=none | sha256sum)
  printf '%s  %s\n' "${sum%% *}" "$3"
}

# sums_of_volume: of all its files, by all cores. Where they are, the volume says; the parts of one that has several
# follow each other, so the first and the size tell all. Nothing is unpacked: that would write everything once more.
sums_of_volume() {
  xorriso -indev "$in/iso" -find / -type f -exec report_lba -- 2>/dev/null |
    sed -nE "s|^File data lba: *0 , *([0-9]+) ,[ 0-9]+, *([0-9]+) , '/(.*)'\$|\1 \2 \3|p" | sed "s/'\"'\"'/'/g" |
    xargs --delimiter='\n' --max-procs="$(nproc)" --max-args=1 bash -c 'read -r block size path <<<"$0"; sum_at "$block" "$size" "$path"'
}
export in
export -f sum_at

# Another run of the program reads what the first one wrote.
xorriso -indev "$in/iso" -report_el_torito plain -report_system_area plain >"$work/report" 2>&1 || unreadable=yes
cat "$work/report"
[ -z "${unreadable:-}" ] || fail broken-medium "xorriso cannot read the volume: $(grep -m 1 -E 'FAILURE|FATAL|SORRY' "$work/report")"
grep -q "^Volume id    : '$VOLUME_LABEL'" "$work/report" || fail broken-medium 'The volume has another label.'
grep -q '^El Torito boot img :   1  BIOS  y' "$work/report" || fail broken-medium 'There is nothing that a BIOS starts.'
grep -q '^El Torito boot img :   2  UEFI  y' "$work/report" || fail broken-medium 'There is nothing that UEFI starts.'
take SHA256SUMS
sums_of_volume | sort -k 2 >"$out/sums"
wrong=$(grep -v -x -F -f "$out/sums" "$work/SHA256SUMS" | head -n 1 || true)
[ -z "$wrong" ] || fail broken-medium "What is read from the ISO is not what was written: ${wrong#*  }."
take SHA256SUMS.asc
sed '1,/^$/d; /^=/,$d' "$in/key" | base64 --decode >"$work/key.gpg"
gpgv --homedir "$work" --keyring "$work/key.gpg" "$work/SHA256SUMS.asc" "$work/SHA256SUMS" ||
  fail broken-medium 'The list of checksums on the ISO is not signed with the key of the product.'
