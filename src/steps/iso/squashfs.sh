#!/bin/bash
# Makes a squashfs of the admin domain's system, and takes out of it what boots: the kernel, the hypervisor.
#
#   QBUILD_IN/tree                the system
#   QBUILD_IN/{archive-tree,inspect,block-hashes}   what else belongs to this script
#   SQUASHFS_OPTIONS              the compression, in mksquashfs's words
#   HYPERVISOR                    its path in the system, a pattern; empty for none
#   HYPERVISOR_EFI                the same as a program for UEFI; not set where none is asked for
#   VERITY_UUID, VERITY_SALT      see block-hashes.sh
#   QBUILD_OUT/{squashfs,kernel,hypervisor,hypervisor-efi}; root, the line of block-hashes.sh
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}
# mksquashfs takes the one or the other.
epoch=$SOURCE_DATE_EPOCH
tree=$in/tree
# shellcheck source=../template/archive-tree.sh disable=SC1091 # in the root it has another name
. "$in/archive-tree"
# shellcheck source=../template/inspect.sh disable=SC1091 # in the root it has another name
. "$in/inspect"
# shellcheck source=block-hashes.sh disable=SC1091 # in the root it has another name
. "$in/block-hashes"

# What the inspection finds is said in the words of this step.
refuse() {
  fail "$@"
}

fail() {
  printf 'qbuild: failure iso/%s: %s\n' "$1" "$2" >&2
  exit 1
}

# the_file PATTERN: the last file below the tree that a pattern fits, in the order of versions.
the_file() {
  [ -d "$tree/boot" ] || return 0
  (cd "$tree" && find ./boot -maxdepth 1 -path ".$1" | sort --version-sort | tail -n 1)
}

take_boot_files() {
  local kernel hypervisor
  kernel=$(the_file '/boot/vmlinuz-*')
  [ -n "$kernel" ] || fail missing-kernel 'The system of the admin domain has no /boot/vmlinuz-*.'
  cp "$tree/$kernel" "$out/kernel"
  [ -n "$HYPERVISOR" ] || return 0
  hypervisor=$(the_file "$HYPERVISOR")
  [ -n "$hypervisor" ] || fail missing-hypervisor "The system of the admin domain has no $HYPERVISOR."
  # GRUB would unpack it as well, but measures and verifies only what it reads.
  gzip --decompress --stdout --force "$tree/$hypervisor" >"$out/hypervisor"
  [ -n "${HYPERVISOR_EFI:-}" ] || return 0
  hypervisor=$(the_file "$HYPERVISOR_EFI")
  [ -n "$hypervisor" ] || fail missing-hypervisor "The system of the admin domain has no $HYPERVISOR_EFI."
  cp "$tree/$hypervisor" "$out/hypervisor-efi"
}

take_boot_files
meanwhile inspection inspect_tree "$tree"
read -r -a options <<<"$SQUASHFS_OPTIONS"
# Dates come from the archive, and that of the root directory from here; the order of files is the archive's.
archive_tree "$tree" | env --unset=SOURCE_DATE_EPOCH mksquashfs - "$out/squashfs" -tar "${options[@]}" -mkfs-time "$epoch" \
  -root-time "$epoch" -default-mode 755 -default-uid 0 -default-gid 0 -no-progress -quiet -noappend
await inspection
# Read back by another program than the one that wrote it.
unsquashfs -lc "$out/squashfs" >"$PWD/listed" || fail broken-squashfs 'unsquashfs cannot read the squashfs.'
for path in /usr/lib/systemd/systemd "$(the_file '/boot/vmlinuz-*' | cut -c 2-)"; do
  grep -q -x -F -e "squashfs-root$path" "$PWD/listed" || fail broken-squashfs "The squashfs has no $path."
done
add_block_hashes system "$out/squashfs" >"$out/root"
