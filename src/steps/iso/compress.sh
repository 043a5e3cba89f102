#!/bin/bash
# Compresses a disk image with all cores: the same bytes whatever their number. And says what an installer checks when
# it has unpacked it: hashing tens of gigabytes once more would take it long.
#
#   QBUILD_IN/image
#   QBUILD_IN/named       the template's name and the file's, a tab between
#   ZSTD_LEVEL
#   QBUILD_OUT/image
#   QBUILD_OUT/facts      a line: what `named` has, the size of the image in bytes, its SHA-256; tabs between
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}

zstd --quiet --threads=0 "-$ZSTD_LEVEL" --check -o "$out/image" "$in/image"
zstd --quiet --test "$out/image"
size=$(stat --format=%s "$in/image")
sum=$(sha256sum <"$in/image")
printf '%s\t%s\t%s\n' "$(<"$in/named")" "$size" "${sum%% *}" >"$out/facts"
