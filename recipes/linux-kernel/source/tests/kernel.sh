#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh KERNEL: what was made of the distribution's kernel is what a domain needs.
set -euo pipefail

kernel=$1
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "kernel: $*" >&2
  exit 1
}

# Xen's notes in the kernel: where PVH domains enter it (18), and paravirtual ones (1, which readelf calls a version).
readelf --notes "$kernel/vmlinux" >"$work/notes"
grep -q '^  Xen .*0x00000012' "$work/notes" || fail "no entry for PVH"
grep -q '^  Xen .*NT_VERSION' "$work/notes" || fail "no entry for PV"

cpio --list --quiet <"$kernel/initramfs" >"$work/files"
for file in init bin/busybox; do
  grep -qx "$file" "$work/files" || fail "the initramfs has no $file"
done
version=$(cat "$kernel/version")
unsquashfs -no-progress -quiet -dest "$work/modules" "$kernel/modules.img" >/dev/null
for module in xen-blkfront squashfs ext4; do
  if grep -q "/$module.ko\$" "$work/modules/$version/modules.builtin"; then continue; fi
  grep -q "/$module.ko\$" "$work/files" || fail "the initramfs has no $module"
done
# What vchan and the network of a domain need is on the volume.
for module in xen-evtchn xen-gntdev xen-gntalloc xen-netfront; do
  grep -q "/$module.ko" "$work/modules/$version/modules.dep" || fail "the modules lack $module"
done

[ "$(wc -l <"$kernel/options")" = 0 ] || fail "the options are more than one line"
grep -q '^console=hvc0 ' "$kernel/options" || fail "no console"
if grep -q 'root=' "$kernel/options"; then fail "root= is the driver's"; fi

# The same again is the same, byte for byte.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0} "$here/scripts/make-kernel" "${ROOT:-/}" "$version" "$work/again"
diff -r "$kernel" "$work/again" || fail "a second time made other bytes"
echo 'kernel: good'
