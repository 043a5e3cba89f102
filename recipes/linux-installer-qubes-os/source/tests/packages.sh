#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packages that cannot be installed: what is said, that nothing is tried after it, and what an upgraded system is left with.
# shellcheck disable=SC2154,SC2034,SC2317 # variables and functions of the installer
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "$0")/stage.sh"

mkdir -p "$medium/qubes/packages/dists/bookworm" "$target/etc/initramfs-tools"
touch "$medium/qubes/packages/dists/bookworm/Release"
product=([PACKAGES]='qubes-core-admin qubes-vmm-xen')
conf=$target/etc/initramfs-tools/update-initramfs.conf
echo 'update_initramfs=yes' >"$conf"

# The installed system's apt, which does what the test says: `fails` is a verb, `words` what it ends with.
fails='' words=''
in_target() {
  [ "$1" = env ] || test_fail "not apt: $*"
  case " ${*:5} " in
    *' --simulate '*) set -- simulate ;;
    *) set -- "$5" "${@:6}" ;;
  esac
  echo "$*" >>"$scratch/calls"
  cp "$conf" "$scratch/conf-meanwhile"
  if [ "$1" = "$fails" ]; then
    echo "$words"
    return 100
  fi
}
leave_target() { :; }
# As bin/qubes-install ends.
installation() {
  work=$(mktemp -d "$scratch/work.XXXXXX")
  touch "$work/key.gpg"
  trap finish EXIT
  install_packages
}
calls() { tr '\n' ';' <"$scratch/calls"; rm "$scratch/calls"; }
left() {
  same 'update_initramfs=yes' "$(cat "$conf")"
  [ ! -e "$conf.installer" ] || test_fail 'a copy of the configuration was left'
}

echo 'packages are worked out before any is unpacked, and no initramfs is made meanwhile'
(installation) >/dev/null
same 'update;simulate;install qubes-core-admin qubes-vmm-xen;' "$(calls)"
same 'update_initramfs=no' "$(cat "$scratch/conf-meanwhile")"
left

echo 'each way to fail has its code and the words of apt, and leaves the system as it found it'
fails=update words='E: The repository is not signed.'
refused_with 6 packages/repository "$words" installation
same 'update;' "$(calls)"
left
fails=simulate words=' qubes-vmm-xen : Depends: libxenmisc4.17 but it is not installable'
refused_with 6 packages/unresolvable "$words" installation
same 'update;simulate;' "$(calls)"
left
fails=install
words='dpkg: error processing package qubes-vmm-xen (--configure):
 installed qubes-vmm-xen package post-installation script subprocess returned error exit status 1
E: Sub-process /usr/bin/dpkg returned an error code (1)'
refused_with 6 packages/failed 'installed qubes-vmm-xen package post-installation script subprocess returned error exit status 1' installation
same 'update;simulate;install qubes-core-admin qubes-vmm-xen;' "$(calls)"
left
passed
