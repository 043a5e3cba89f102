#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# Model and window as Windows programs, under Wine. Argument: build directory. Needs a display.
set -euo pipefail
build=$1
wine=${WINE:-/usr/lib/wine/wine64}
home=$build/home
rm -rf "$home" "$build/scratch"
mkdir -p "$home" "$build/scratch"
export HOME="$home" WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
# One server for all programs: starting one anew for each is slow, and now and then a program misses it.
mkdir -p "$WINEPREFIX"
"${wine%/*}/wineserver64" -p
trap '"${wine%/*}/wineserver64" -k >/dev/null 2>&1 || true' EXIT
"$wine" wineboot -i >/dev/null 2>&1
windows() { printf 'Z:%s' "${1//\//\\}"; }
status=0
for test in model view; do
    "$wine" "$build/tests/test-$test.exe" "$(windows "$build/scratch/$test")" "$(windows "$build/tests/test-$test.exe")" ||
        status=1
done

# the program itself: its window comes and, asked to close, it ends
QUBES_DATA=$(windows "$build/scratch/program") "$wine" "$build/qubes-manager.exe" &
program=$!
"$wine" "$build/tests/test-close.exe" QubesManager || status=1
wait $program || { echo "qubes-manager.exe: exit code $?"; status=1; }
exit $status
