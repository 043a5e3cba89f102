# A squashfs of which each block is checked when it is read (dm-verity). Sourced by the scripts that make one.
# shellcheck shell=bash
set -euo pipefail

# add_block_hashes NAME FILE: puts a tree of hashes over the file's blocks behind it, reads both back, and prints NAME, the
# hash at the root and the byte where the tree begins. VERITY_UUID, VERITY_SALT: what chance would choose.
add_block_hashes() {
  local name=$1 file=$2 size root
  size=$(stat --format=%s "$file")
  root=$(veritysetup format --uuid="$VERITY_UUID" --salt="$VERITY_SALT" --hash-offset="$size" "$file" "$file" |
    sed -n 's/^Root hash:[[:space:]]*\([0-9a-f]\{64\}\)$/\1/p')
  veritysetup verify --hash-offset="$size" "$file" "$file" "$root" || {
    echo "qbuild: failure iso/broken-squashfs: The hashes of the blocks of $name.squashfs are not theirs." >&2
    exit 1
  }
  printf '%s %s %s\n' "$name" "$root" "$size"
}
