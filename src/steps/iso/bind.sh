#!/bin/bash
# Puts into an initial RAM file system what the live system's layers are checked against, so that who starts it starts
# these layers and no others.
#
#   QBUILD_IN/initrd      the initial RAM file system
#   QBUILD_IN/roots/*     of each layer: its name, the hash at the root of its tree, the byte where that begins
#   QBUILD_OUT/initrd     an archive with /qubes-live.roots, and the initial RAM file system after it
set -euo pipefail
in=${QBUILD_IN:-/in}
out=${QBUILD_OUT:-/out}

cat "$in"/roots/* >qubes-live.roots
touch --date="@$SOURCE_DATE_EPOCH" qubes-live.roots
# The kernel unpacks archives that follow each other one after the other (initramfs buffer format), if only the last one
# is compressed.
printf 'qubes-live.roots\0' | cpio --quiet --create --null --format=newc --reproducible --owner=0:0 >"$out/initrd"
cat "$in/initrd" >>"$out/initrd"
