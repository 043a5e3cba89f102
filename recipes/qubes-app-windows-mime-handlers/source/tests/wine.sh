#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Module tests, the program and its registration under Wine. Argument: build directory.
set -euo pipefail
build=$1
wine=${WINE:-/usr/lib/wine/wine64}
home=$build/home
rm -rf "$home"
mkdir -p "$home"
export HOME="$home" WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
unset DISPLAY
# One server for all programs: starting one anew for each is slow, and now and then a program misses it.
mkdir -p "$WINEPREFIX"
"${wine%/*}/wineserver64" -p
trap '"${wine%/*}/wineserver64" -k >/dev/null 2>&1 || true' EXIT
"$wine" wineboot -i >/dev/null 2>&1
status=0
"$wine" "$build/tests/test-request.exe" || status=1
bash "$(dirname "$0")/program.sh" "$build" "$wine" || status=1

# registration: for the person and for all, and nothing of others' is touched at removal
checks=0 failures=0
query() { "$wine" reg query "$@" >"$build/query" 2>&1 || echo absent >"$build/query"; }
# has TEXT KEY… and lacks TEXT KEY…
has() {
    checks=$((checks + 1)) text=$1
    shift
    query "$@"
    grep -qF -- "$text" "$build/query" || { failures=$((failures + 1)); echo "$* lacks $text: $(cat "$build/query")"; }
}
lacks() {
    checks=$((checks + 1)) text=$1
    shift
    query "$@"
    ! grep -qF -- "$text" "$build/query" || { failures=$((failures + 1)); echo "$* has $text: $(cat "$build/query")"; }
}
"$wine" reg add 'HKCU\Software\Classes\.pdf\OpenWithProgids' /v Other.Program /d '' /f >/dev/null
"$wine" "$build/qubes-open.exe" --quiet --register || status=1
has 'qubes-open.exe" -- "%1"' 'HKCU\Software\Classes\Qubes.Link\shell\open\command' /ve
has Qubes.Document 'HKCU\Software\Classes\.pdf\OpenWithProgids'
has 'Qubes.Link' 'HKCU\Software\Qubes\Capabilities\URLAssociations' /v https
has 'Software\Qubes\Capabilities' 'HKCU\Software\RegisteredApplications' /v Qubes
"$wine" "$build/qubes-open.exe" --quiet --unregister || status=1
has absent 'HKCU\Software\Classes\Qubes.Link'
has absent 'HKCU\Software\Qubes\Capabilities'
has absent 'HKCU\Software\RegisteredApplications' /v Qubes
has Other.Program 'HKCU\Software\Classes\.pdf\OpenWithProgids'
lacks Qubes 'HKCU\Software\Classes\.pdf\OpenWithProgids'
"$wine" "$build/qubes-open.exe" --quiet --register --machine || status=1
has 'qubes-open.exe" -- "%1"' 'HKLM\Software\Classes\Qubes.Document\shell\open\command' /ve
"$wine" "$build/qubes-open.exe" --quiet --unregister --machine || status=1
has absent 'HKLM\Software\Classes\Qubes.Document'
"$wine" "$build/qubes-open.exe" --quiet --unregister --machine || status=1
echo "registration: $checks checks, $failures failures"
[ $failures = 0 ] || status=1
exit $status
