#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every scenario of core-vchan-socket's tests with two Windows programs under Wine. A third one plays Xen and the
# kernel's side of xeniface, first a recent driver, then an older one: wine.sh BUILD SCENARIOS
set -euo pipefail

build=$(cd "$1" && pwd) scenarios=$(cd "$2" && pwd)
home=$(mktemp -d)
export PATH=/usr/lib/wine:$PATH
export HOME=$home WINEPREFIX=$home/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
finish() {
  wineserver -k 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT
wine64 wineboot --init >/dev/null 2>&1
mkdir "$home/work"
cd "$home/work"

cp "$build/test-no-driver.exe" "$build/libvchan.dll" .
wine64 test-no-driver.exe || {
  cat said.txt >&2 2>/dev/null || true
  exit 1
}

for version in 2 1; do
  wine64 "$build/hypervisor.exe" "$version" >"$home/ready" 2>"$home/hypervisor.log" & hypervisor=$!
  until grep -q ready "$home/ready"; do sleep 0.1; done
  "$scenarios/two-ends.sh" "$build/peer.exe" wine64 || {
    cat "$home/hypervisor.log" >&2
    exit 1
  }
  kill "$hypervisor"
  wait "$hypervisor" 2>/dev/null || true
  # Whatever was asked of the driver had the form that it wants.
  if [ -s "$home/hypervisor.log" ]; then
    cat "$home/hypervisor.log" >&2
    exit 1
  fi
  echo "wine: all scenarios with version $version of the driver's requests for memory"
done
