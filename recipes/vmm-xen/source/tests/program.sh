#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# program.sh BUILD: the program as it ships, on a machine without Xen.
set -euo pipefail

program=$1/qubes-vmm-xen
QUBES_DATA=$1/scratch/program
export QUBES_DATA
rm -rf "$QUBES_DATA"
mkdir -p "$QUBES_DATA/domains/work" "$QUBES_DATA/domains/deb" "$QUBES_DATA/vm-kernels/default"
printf 'qubes-domain 1\nid = 1\nclass = TemplateVM\nlabel = black\nimage = deb.img\n' >"$QUBES_DATA/domains/deb/domain.conf"
printf 'qubes-domain 1\nid = 2\nclass = AppVM\nlabel = red\ntemplate = deb\n' >"$QUBES_DATA/domains/work/domain.conf"
touch "$QUBES_DATA/deb.img" "$QUBES_DATA/vm-kernels/default/vmlinux"

expect() { # CODE PATTERN ARGUMENT...
  local code=0 output
  output=$("$program" "${@:3}" 2>&1) || code=$?
  if [ "$code" != "$1" ] || ! grep -q "$2" <<<"$output"; then
    echo "program: code $code, '$output' instead of $1, '$2'" >&2
    exit 1
  fi
}

expect 0 '^number 2$' plan work
expect 0 '^type pvh$' plan work
expect 0 "^volume xvda root rw layer .*/root.layer over .*/deb.img$" plan work
expect 3 'no such domain' plan nobody
expect 3 'no domain has such a name' plan ../deb
expect 5 'dom0' plan dom0
printf 'type = pv\nkernel = no;thing\n' >"$QUBES_DATA/domains/work/xen.conf"
expect 7 '^qubes-vmm-xen: xen.conf:2:' plan work
expect 2 '^usage:' start
expect 2 '^usage:' fly work
expect 2 '^usage:' watch work nonsense
expect 0 '^usage:' --help
if [ ! -e /proc/xen/capabilities ] && [ ! -e /sys/hypervisor/uuid ]; then
  expect 20 'Xen does not run here' check
  expect 20 'Xen does not run here' start work
  expect 20 'Xen does not run here' list
fi
# As a part of libxenlight's work it has another name and other words.
ln -sf "$program" "$QUBES_DATA/vmm-xen-hotplug"
code=0
output=$(env -u XENBUS_PATH "$QUBES_DATA/vmm-xen-hotplug" add 2>&1) || code=$?
[ "$code" = 1 ] && grep -q 'XENBUS_PATH: is not set' <<<"$output"
echo 'program: good'
