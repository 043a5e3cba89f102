#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# Runs every test under Wine in a prefix of its own. Arguments: build directory, the fuzz corpus.
set -euo pipefail
build=$1
shift
wine=${WINE:-/usr/lib/wine/wine64}
home=$build/wine-home
rm -rf "$home"
mkdir -p "$home"
export HOME="$home" WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
unset DISPLAY
# One server for all programs: starting one anew for each is slow, and now and then a program misses it.
mkdir -p "$WINEPREFIX"
"${wine%/*}/wineserver64" -p
trap '"${wine%/*}/wineserver64" -k >/dev/null 2>&1 || true' EXIT
"$wine" wineboot -i >/dev/null 2>&1
bash "$(dirname "$0")/run.sh" "$build" "$wine" "$@"
