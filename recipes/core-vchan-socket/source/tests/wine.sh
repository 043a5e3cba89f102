#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the Windows build's scenarios over real named pipes and sockets under Wine: wine.sh BUILD
set -euo pipefail

build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d)
cleanup() {
  WINEPREFIX=$home/prefix wineserver -k 2>/dev/null || true
  rm -rf "$home"
}
trap cleanup EXIT
export PATH=/usr/lib/wine:$PATH
export HOME=$home WINEPREFIX=$home/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
wine64 wineboot --init >/dev/null 2>&1
cd "$build" # the program finds libvchan.dll beside itself
"$here/two-ends.sh" "$build/peer.exe" wine64
"$here/two-ends.sh" "$build/peer-inet.exe" wine64
