# A root file system with a tree of hashes over its blocks (dm-verity). Sourced by image.sh.
# shellcheck shell=bash
set -euo pipefail

# add_verity DISK FILE: puts the root file system in FILE, and the tree over it, into their partitions. The root hash is
# in ./early.cfg afterwards.
add_verity() {
  local disk=$1 root=$2 hashes=$PWD/hashes.raw root_hash
  root_hash=$(veritysetup format --uuid="$VERITY_UUID" --salt="$VERITY_SALT" "$root" "$hashes" |
    sed -n 's/^Root hash:[[:space:]]*\([0-9a-f]\{64\}\)$/\1/p')
  [ -n "$root_hash" ] || refuse broken-image 'veritysetup names no root hash.'
  put_partition "$root" "$disk" "$ROOT_START" "$ROOT_SIZE"
  put_partition "$hashes" "$disk" "$VERITY_START" "$VERITY_SIZE"
  veritysetup verify "$root" "$hashes" "$root_hash" || refuse broken-image 'The hashes are not those of the root.'
  sed "s/@ROOT_HASH@/$root_hash/" "${QBUILD_IN:-/in}/early.cfg" >early.cfg
  echo "root hash $root_hash"
  rm "$root" "$hashes"
}

# put_partition FILE DISK START SIZE: writes what is no zeros, and reads it back.
put_partition() {
  local size
  size=$(stat --format=%s "$1")
  [ "$size" -le "$4" ] || refuse too-small "A partition of $4 bytes is too small for $size bytes."
  dd if="$1" of="$2" bs=1M seek="$(($3 / 1048576))" conv=notrunc,sparse status=none
  cmp --quiet --bytes="$size" --ignore-initial="0:$3" "$1" "$2" ||
    refuse broken-image 'A partition is not what was written to it.'
}
