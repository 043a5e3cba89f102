#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program where there is no Hyper-V: it says so, and documents can be looked at. Argument: build directory.
set -euo pipefail
build=$1
export QUBES_DATA="$build/scratch/driver/data"
failures=0 checks=0

expect() {
    code=$1 text=$2
    shift 2
    actual=0
    output=$("$build/qubes-vmm-hyperv" "$@" 2>&1) || actual=$?
    checks=$((checks + 1))
    case $output in *"$text"*) matches=yes ;; *) matches=no ;; esac
    if [ "$actual" != "$code" ] || [ $matches = no ]; then
        failures=$((failures + 1))
        printf 'qubes-vmm-hyperv %s: exit code %s (expected %s): %s\n' "$*" "$actual" "$code" "$output"
    fi
}

expect 2 'usage:'
expect 2 'usage:' start
expect 2 'usage:' list all
expect 0 'exit codes:' --help
expect 20 'Hyper-V is absent' check
expect 20 'Hyper-V is absent' start work
expect 20 'Hyper-V is absent' stop work
expect 20 'Hyper-V is absent' list
expect 20 'Hyper-V is absent' register
expect 0 '"ChassisAssetTag":"qubes:3:work"' document work
expect 0 '"SizeInMB":2050' document work
expect 3 'nosuch: no such domain' document nosuch
expect 5 'the admin domain' document dom0
echo "program: $checks checks, $failures failures"
[ $failures = 0 ]
