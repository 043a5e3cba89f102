#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Windows program under Wine: without Hyper-V, with the registry, and over libraries that play Hyper-V.
# Arguments: build directory, the staged tree of core-admin for Windows (its bin/qubes-admin.exe calls the driver).
set -euo pipefail
build=$1 deps=$2
wine=${WINE:-/usr/lib/wine/wine64}
home=$build/home
rm -rf "$home"
mkdir -p "$home/install/bin" "$home/install/share/vmm" "$home/data" "$home/fake"
export HOME="$home" WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
unset DISPLAY
# One server for all programs: starting one anew for each is slow, and now and then a program misses it.
mkdir -p "$WINEPREFIX"
"${wine%/*}/wineserver64" -p
trap '"${wine%/*}/wineserver64" -k >/dev/null 2>&1 || true' EXIT
"$wine" wineboot -i >/dev/null 2>&1
cp "$build/qubes-vmm-hyperv.exe" "$deps/bin/qubes-admin.exe" "$home/install/bin/"
cp "$(dirname "$0")/../share/driver" "$home/install/share/vmm/driver"
system=$WINEPREFIX/drive_c/windows/system32
windows() { printf 'Z:%s' "${1//\//\\}"; }
QUBES_DATA=$(windows "$home/data") FAKE_HYPERV_DIR=$(windows "$home/fake")
export QUBES_DATA FAKE_HYPERV_DIR
admin() { "$wine" "$home/install/bin/qubes-admin.exe" "$@"; }
checks=0 failures=0

# expect CODE TEXT COMMAND…
expect() {
    code=$1 text=$2
    shift 2
    actual=0
    output=$("$@" 2>&1) || actual=$?
    checks=$((checks + 1))
    case $output in *"$text"*) matches=yes ;; *) matches=no ;; esac
    if [ "$actual" != "$code" ] || [ $matches = no ]; then
        failures=$((failures + 1))
        printf '%s: exit code %s (expected %s): %s\n(expected: %s)\n' "$*" "$actual" "$code" "$output" "$text"
    fi
}
driver() { "$wine" "$home/install/bin/qubes-vmm-hyperv.exe" "$@"; }
# has FILE TEXT and lacks FILE TEXT, for the log of the fakes
has() { expect 0 '' grep -qF -- "$2" "$1"; }
lacks() { expect 1 '' grep -qF -- "$2" "$1"; }
# nothing_left ID: no machine, network or adapter of the domain with this id
nothing_left() { expect 0 '' find_nothing "$1"; }
find_nothing() {
    find "$home/fake" '(' -name "machine-0000000$1*" -o -name "endpoint-{0000000$1*" -o -name "network-{0000000$1*" ')' | (! grep .)
}

printf abc >"$home/data/deb.vhdx"
admin template register deb "$(windows "$home/data/deb.vhdx")" \
    ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
admin create net --template deb
admin prefs net provides_network yes
admin create work --template deb --netvm net

# no Hyper-V
expect 20 'Hyper-V is absent' driver check
expect 20 'Hyper-V is absent' driver start work
expect 20 'Hyper-V is absent' driver list
expect 10 'failed with exit code 20' admin start work
expect 0 'work|3|Halted' admin list --raw
expect 0 '"ChassisAssetTag":"qubes:3:work"' driver document work
expect 2 'usage:' driver start
expect 2 'usage:' driver a b c d e

# the socket services in the registry
key='HKLM\Software\Microsoft\Windows NT\CurrentVersion\Virtualization\GuestCommunicationServices'
expect 0 '' driver register
expect 0 'Qubes vchan port 512' "$wine" reg query "$key\\00000200-facb-11e6-bd58-64006a7986d3" /v ElementName
expect 0 'Qubes vchan port 6000' "$wine" reg query "$key\\00001770-facb-11e6-bd58-64006a7986d3" /v ElementName
"$wine" reg add "$key\\00000400-facb-11e6-bd58-64006a7986d3" /v ElementName /d 'Qubes vchan port 1024' /f >/dev/null
"$wine" reg add "$key\\999e53d4-3d5c-4c3e-8779-bed06ec056e1" /v ElementName /d 'VM session service' /f >/dev/null
expect 0 '' driver unregister
expect 1 '' "$wine" reg query "$key\\00000400-facb-11e6-bd58-64006a7986d3"
expect 0 'VM session' "$wine" reg query "$key\\999e53d4-3d5c-4c3e-8779-bed06ec056e1" /v ElementName
expect 1 '' "$wine" reg query "$key\\00000200-facb-11e6-bd58-64006a7986d3"
expect 0 '' driver unregister

# over the fakes, through qubes-admin as everybody calls it
cp "$build"/fake/*.dll "$system/"
export WINEDLLOVERRIDES="$WINEDLLOVERRIDES;computecore,computenetwork,virtdisk=n"
: >"$home/fake/network-{C08CB7B8-9B3C-408E-8E30-5E16A3AEB444}"
expect 0 '' driver check
expect 0 '' admin start work
log=$home/fake/log
has "$log" 'HcsStartComputeSystem 00000002-7175-4265-8000-000000000001'
has "$log" 'HcsStartComputeSystem 00000003-7175-4265-8000-000000000001'
has "$log" 'HcnCreateNetwork {00000003-7175-4265-8000-000000000002} {"SchemaVersion"'
has "$log" 'HcsModifyComputeSystem 00000002-7175-4265-8000-000000000001 {"ResourcePath"'
expect 0 'net
work' driver list
expect 0 'work|3|Running' admin list --raw --refresh
expect 0 '' test -f "$home/data/domains/work/private.vhdx"
expect 0 '' admin stop work
expect 0 'net' driver list
expect 1 '' test -e "$home/data/domains/work/root.vhdx"
expect 0 '' test -f "$home/data/domains/work/private.vhdx"
nothing_left 3

# each call that Hyper-V can refuse leaves nothing behind
for function in CreateVirtualDisk HcnCreateNetwork HcnCreateEndpoint HcsCreateComputeSystem HcsGrantVmAccess \
    HcsStartComputeSystem; do
    printf %s "$function" >"$home/fake/fail"
    expect 21 'Hyper-V Administrators' driver start work
    rm "$home/fake/fail"
    nothing_left 3
    expect 1 '' test -e "$home/data/domains/work/root.vhdx"
done
printf HcsEnumerateComputeSystems >"$home/fake/fail"
expect 21 'Hyper-V Administrators' driver check
rm "$home/fake/fail"

# a guest that does not shut down loses its power
printf HcsShutDownComputeSystem >"$home/fake/fail"
: >"$log"
expect 0 '' admin stop net
rm "$home/fake/fail"
has "$log" 'HcsTerminateComputeSystem 00000002'
lacks "$log" 'HcsTerminateComputeSystem 00000003'
nothing_left 2

echo "wine: $checks checks, $failures failures"
[ $failures = 0 ]
