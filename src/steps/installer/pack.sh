#!/usr/bin/env bash
# Compresses a file that will lie beside an installer, in parts.
#
#   QBUILD_IN/image     the file
#   QBUILD_OUT/parts    a directory that receives NAME, or NAME.001 and so on, each of at most PART_BYTES
#   LEVEL               of zstd
set -euo pipefail
in=${QBUILD_IN:-/in}
parts=${QBUILD_OUT:-/out}/parts

mkdir -- "$parts"
# Any number of threads makes the same bytes.
zstd --quiet --threads=0 "-$LEVEL" <"$in/image" |
  split --bytes="$PART_BYTES" --numeric-suffixes=1 --suffix-length=3 - "$parts/$NAME."
if [ ! -e "$parts/$NAME.002" ]; then mv -- "$parts/$NAME.001" "$parts/$NAME"; fi
cat -- "$parts"/* | zstd --quiet --decompress --stdout | cmp -- - "$in/image"
