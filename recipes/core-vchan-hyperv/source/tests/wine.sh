#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the tests of the Windows host's side under Wine: wine.sh BUILD
set -euo pipefail

build=$(cd "$1" && pwd)
home=$(mktemp -d)
export PATH=/usr/lib/wine:$PATH
export HOME=$home WINEPREFIX=$home/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
cleanup() {
  wineserver -k 2>/dev/null || true
  rm -rf "$home"
}
trap cleanup EXIT
wine64 wineboot --init >/dev/null 2>&1
mkdir "$home/work"
cd "$home/work"
wine64 "$build/test-guid.exe"
VCHAN_CONNECT_TIMEOUT=0 wine64 "$build/test-host.exe" || {
  cat said.txt >&2 2>/dev/null || true
  exit 1
}
