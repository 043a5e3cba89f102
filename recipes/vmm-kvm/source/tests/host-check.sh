#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kvm-host-check finds each weakness of a host that is played by a tree. Argument: build directory.
set -euo pipefail
script=$(cd "$(dirname "$0")/.." && pwd)/host/host-check
QUBES_ROOT=$1/scratch/host
export QUBES_ROOT
rm -rf "$QUBES_ROOT"
mkdir -p "$QUBES_ROOT"/{dev,etc/libvirt,sys/kernel/mm/ksm,sys/module/{apparmor,kvm,kvm_intel}/parameters}
ln -s /dev/null "$QUBES_ROOT/dev/kvm"
ln -s /dev/null "$QUBES_ROOT/dev/vhost-vsock"
parameters=$QUBES_ROOT/sys/module
conf=$QUBES_ROOT/etc/libvirt/qemu.conf
fail() {
  echo "host-check: $*" >&2
  exit 1
}
harden() {
  echo Y >"$parameters/apparmor/parameters/enabled"
  echo N >"$parameters/kvm_intel/parameters/nested"
  echo always >"$parameters/kvm_intel/parameters/vmentry_l1d_flush"
  echo Y >"$parameters/kvm/parameters/nx_huge_pages"
  echo 0 >"$QUBES_ROOT/sys/kernel/mm/ksm/run"
  echo '#seccomp_sandbox = 0' >"$conf"
}
weak() { # TEXT: exactly one weakness, with that text
  local code=0 said
  said=$("$script") || code=$?
  [ "$code" = 1 ] || fail "exit code $code where there should be: $1"
  [ "$(grep -c '^weak' <<<"$said")" = 1 ] || fail "not one weakness: $said"
  grep -q "^weak.*$1" <<<"$said" || fail "no word of: $1"
  harden
}
harden
"$script" >/dev/null || fail "a hardened host is called weak"
echo N >"$parameters/apparmor/parameters/enabled"; weak AppArmor
echo Y >"$parameters/kvm_intel/parameters/nested"; weak kvm_intel.nested
echo never >"$parameters/kvm_intel/parameters/vmentry_l1d_flush"; weak 'cache is flushed'
echo N >"$parameters/kvm/parameters/nx_huge_pages"; weak nx_huge_pages
echo 1 >"$QUBES_ROOT/sys/kernel/mm/ksm/run"; weak merged
echo '  seccomp_sandbox=0 # faster' >"$conf"; weak 'seccomp_sandbox = 0'
printf 'user = "libvirt-qemu"\nuser = "root"\n' >"$conf"; weak 'user = root'
echo 'security_driver = "none"' >"$conf"; weak 'security_driver = none'
rm "$QUBES_ROOT/dev/vhost-vsock"; weak vhost_vsock
echo "host-check: good"
