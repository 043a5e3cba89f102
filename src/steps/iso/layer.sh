#!/bin/bash
# Makes a squashfs of one layer, as overlayfs stacks it on another: with its whiteouts and opaque directories.
#
#   QBUILD_IN/layer
#   SQUASHFS_OPTIONS      the compression, in mksquashfs's words
#   QBUILD_OUT/squashfs
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
# mksquashfs takes the one or the other.
epoch=$SOURCE_DATE_EPOCH

read -r -a options <<<"$SQUASHFS_OPTIONS"
env --unset=SOURCE_DATE_EPOCH mksquashfs "$in/layer" "$out/squashfs" "${options[@]}" -mkfs-time "$epoch" -all-time "$epoch" \
  -root-mode 755 -no-progress -quiet -noappend
unsquashfs -lc "$out/squashfs" >/dev/null
