#!/bin/bash
# Installs packages on a Debian that is there already, as a person does it: the repository lies where its .sources
# file says, and the Debian's own apt does the rest. What came of it is written as lines of "name: value".
#
#   hosted.sh ROOT PRODUCT REPORT PACKAGE...   PRODUCT is the directory with apt/; REPORT is written
set -euo pipefail
root=$1 product=$2 report=$3
shift 3

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"; }
say() { # NAME COMMAND...
  local name=$1 code=0 output
  shift
  output=$(inside "$@" 2>&1) || code=$?
  if [ "$code" != 0 ]; then output="$output (exit code $code)"; fi
  printf '%s: %s\n' "$name" "$(tr '\n' ' ' <<<"$output")" >>"$report"
}

: >"$report"
sources=("$product"/apt/*.sources)
served=$(sed -n 's/^URIs: file://p' "${sources[0]}")
mkdir -p "$root$served"
cp -r "$product/apt/." "$root$served"

# Without its key, which the file ends with, the repository is nobody's.
sed '/^Signed-By:/,$d' "${sources[0]}" >"$root/etc/apt/sources.list.d/product.sources"
say unsigned apt-get update -o APT::Update::Error-Mode=any
cp "${sources[0]}" "$root/etc/apt/sources.list.d/product.sources"
inside apt-get update -o APT::Update::Error-Mode=any
inside env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"

say audit dpkg --audit
say origin apt-cache policy "$1"
for unit in qubes-qrexec-daemon libvirtd; do say "unit $unit" systemctl is-enabled "$unit"; done
say driver xargs -a /usr/share/qubes/vmm/driver test -x
say list qubes-admin list --raw
say create qubes-admin create work --class StandaloneVM --label red
say start qubes-admin start work
say document /usr/lib/qubes/qubes-vmm-kvm document work
say check /usr/lib/qubes/kvm-host-check
