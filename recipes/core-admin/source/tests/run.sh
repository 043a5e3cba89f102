#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# Runs every test. Arguments: build directory, the program that runs ours ("" or wine), the fuzz corpus.
set -euo pipefail
build=$1 runner=$2
shift 2
scratch=$build/scratch
mkdir -p "$scratch"
exe='' native=$scratch prefix=$build
if [ -n "$runner" ]; then
    exe=.exe
    native=Z:${scratch//\//\\}
    prefix=Z:${build//\//\\}
    separator=\\
else
    separator=/
fi
run() { if [ -n "$runner" ]; then "$runner" "$@"; else "$@"; fi }
status=0
run "$build/tests/test-text$exe" || status=1
run "$build/tests/test-domains$exe" "$native${separator}domains" || status=1
run "$build/tests/test-policy$exe" "$native${separator}policy" || status=1
run "$build/tests/test-vmm$exe" "$native${separator}vmm" "$prefix${separator}tests${separator}fake-driver$exe" || status=1
run "$build/fuzz/replay-conf$exe" "$@" || status=1
run "$build/fuzz/replay-policy$exe" "$@" || status=1
bash "$(dirname "$0")/command.sh" "$build" "$runner" || status=1
exit $status
