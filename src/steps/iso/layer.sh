#!/bin/bash
# Makes a squashfs of one layer, as overlayfs stacks it on another: with its whiteouts and opaque directories.
#
#   QBUILD_IN/layer
#   QBUILD_IN/{archive-tree,block-hashes}   what else belongs to this script
#   SQUASHFS_OPTIONS           the compression, in mksquashfs's words
#   VERITY_UUID, VERITY_SALT   see block-hashes.sh
#   QBUILD_OUT/squashfs; QBUILD_OUT/root, the line of block-hashes.sh
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
# mksquashfs takes the one or the other.
epoch=$SOURCE_DATE_EPOCH
# shellcheck source=../template/archive-tree.sh disable=SC1091 # in the root it has another name
. "$in/archive-tree"
# shellcheck source=block-hashes.sh disable=SC1091 # in the root it has another name
. "$in/block-hashes"

read -r -a options <<<"$SQUASHFS_OPTIONS"
# Dates come from the archive, and that of the root directory from here; the order of files is the archive's.
archive_tree "$in/layer" | env --unset=SOURCE_DATE_EPOCH mksquashfs - "$out/squashfs" -tar "${options[@]}" \
  -mkfs-time "$epoch" -root-time "$epoch" -default-mode 755 -default-uid 0 -default-gid 0 -no-progress -quiet -noappend
# Read back by another program than the one that wrote it.
unsquashfs -lc "$out/squashfs" >/dev/null || {
  echo 'qbuild: failure iso/broken-squashfs: unsquashfs cannot read the squashfs of the live system.' >&2
  exit 1
}
add_block_hashes live "$out/squashfs" >"$out/root"
