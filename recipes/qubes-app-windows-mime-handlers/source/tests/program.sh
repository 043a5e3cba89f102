#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program with a qrexec client that does what the test says. Arguments: build directory, "" or wine.
set -euo pipefail
build=$1 runner=$2
scratch=$build/scratch
rm -rf "$scratch"
mkdir -p "$scratch/install/bin" "$scratch/install/lib/qubes" "$scratch/fake" "$scratch/data" "$scratch/docs"
if [ -n "$runner" ]; then
    windows() { printf 'Z:%s' "${1//\//\\}"; }
    open() { "$runner" "$build/qubes-open.exe" --quiet "$@"; }
    cp "$build/tests/fake-client.exe" "$scratch/install/bin/qrexec-client-vm.exe"
else
    windows() { printf %s "$1"; }
    open() { "$build/qubes-open" --quiet "$@"; }
    cp "$build/tests/fake-client" "$scratch/install/lib/qubes/qrexec-client-vm"
fi
QUBES_INSTALL=$(windows "$scratch/install") QUBES_DATA=$(windows "$scratch/data") FAKE_CLIENT_DIR=$(windows "$scratch/fake")
export QUBES_INSTALL QUBES_DATA FAKE_CLIENT_DIR
fake=$scratch/fake docs=$scratch/docs
checks=0 failures=0

fail() {
    failures=$((failures + 1))
    echo "$*"
}
# expect CODE TEXT ARGUMENT…
expect() {
    code=$1 text=$2
    shift 2
    actual=0
    output=$(open "$@" 2>&1) || actual=$?
    checks=$((checks + 1))
    case $output in *"$text"*) matches=yes ;; *) matches=no ;; esac
    { [ "$actual" = "$code" ] && [ $matches = yes ]; } ||
        fail "qubes-open $*: exit code $actual (expected $code): $output (expected: $text)"
}
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || fail "$1 differs from $2: $(head -c 300 "$1" | od -c | head -5)"
}
holds() {
    checks=$((checks + 1))
    [ "$(cat "$1")" = "$2" ] || fail "$1 holds '$(cat "$1")', not '$2'"
}
alone() {
    checks=$((checks + 1))
    [ "$(find "$docs" -type f -printf '%f ')" = "$1 " ] || fail "in $docs are: $(find "$docs" -type f)"
}
fresh() { rm -rf "$fake" "$docs"; mkdir -p "$fake" "$docs"; }

# usage
expect 2 'usage:'
expect 2 'usage:' --frobnicate
expect 2 'usage:' a b
expect 2 'usage:' --register https://example.org/
expect 0 '' https://example.org/

# links
fresh
expect 0 '' 'HTTPS://example.org/?q=1'
holds "$fake/arguments" '@default
qubes.OpenURL'
printf 'https://example.org/?q=1\n' >"$scratch/expected"
same "$fake/input" "$scratch/expected"
fresh
expect 5 'a user name before the host' 'https://bank@evil.example/'
expect 5 'only http' 'javascript:alert(1)'
checks=$((checks + 1))
[ ! -e "$fake/arguments" ] || fail 'a refused link reached qrexec'
echo 126 >"$fake/code"
expect 8 'was denied' https://example.org/
: >"$fake/refuse"
expect 8 'was denied' https://example.org/
echo 125 >"$fake/code"
expect 10 'cannot be reached' https://example.org/
echo 127 >"$fake/code"
expect 10 'does not offer qubes.OpenURL' https://example.org/

# a document that comes back unchanged
fresh
head -c 300000 /dev/urandom >"$docs/report.pdf"
cp "$docs/report.pdf" "$scratch/before"
expect 0 '' "$(windows "$docs/report.pdf")"
holds "$fake/arguments" '@default
qubes.OpenInVM'
{ printf report.pdf; head -c 246 /dev/zero; cat "$scratch/before"; } >"$scratch/expected"
same "$fake/input" "$scratch/expected"
same "$docs/report.pdf" "$scratch/before"
alone report.pdf

# one that comes back edited, even when the answer comes before all was read
head -c 200000 /dev/urandom >"$fake/answer"
expect 0 '' "$(windows "$docs/report.pdf")"
same "$docs/report.pdf" "$fake/answer"
alone report.pdf
: >"$fake/early"
head -c 400000 /dev/urandom >"$fake/answer"
expect 0 '' -- "$(windows "$docs/report.pdf")"
same "$docs/report.pdf" "$fake/answer"
rm "$fake/early"

# view only: nothing is taken back
cp "$docs/report.pdf" "$scratch/before"
echo evil >"$fake/answer"
expect 0 '' --view-only "$(windows "$docs/report.pdf")"
same "$docs/report.pdf" "$scratch/before"
checks=$((checks + 1))
[ "$(head -c 20 "$fake/input")" = view-only-report.pdf ] || fail 'the name has no view-only prefix'

# a failed or denied call changes nothing, whatever was sent back
for code in 1 125 126 127; do
    echo $code >"$fake/code"
    expected=10
    [ $code = 126 ] && expected=8
    expect $expected '' "$(windows "$docs/report.pdf")"
    same "$docs/report.pdf" "$scratch/before"
    alone report.pdf
done
: >"$fake/refuse"
expect 10 '' "$(windows "$docs/report.pdf")"
alone report.pdf

# changed here meanwhile: both versions are kept
fresh
printf original >"$docs/letter.odt"
printf theirs >"$fake/answer"
printf %s "$(windows "$docs/letter.odt")" >"$fake/touch"
expect 6 'letter.odt.edited-1' "$(windows "$docs/letter.odt")"
holds "$docs/letter.odt" originalchanged
holds "$docs/letter.odt.edited-1" theirs
checks=$((checks + 1))
[ "$(find "$docs" -type f | wc -l)" = 2 ] || fail "left behind: $(find "$docs" -type f)"

# what is no document; a file of the person's that has our temporary name
fresh
expected=3
[ -n "$runner" ] && expected=5
expect $expected '' "$(windows "$docs/nosuch?.pdf")"
expect 3 '' "$(windows "$docs/nosuch.pdf")"
expect 3 'is not a file' "$(windows "$docs")"
printf mine >"$docs/a.pdf.qubes-new-1"
printf x >"$docs/a.pdf"
printf y >"$fake/answer"
expect 0 '' "$(windows "$docs/a.pdf")"
holds "$docs/a.pdf" y
holds "$docs/a.pdf.qubes-new-1" mine

# without qrexec
rm -rf "$scratch/install"
expect 10 'qrexec-client-vm' https://example.org/
expect 10 'qrexec-client-vm' "$(windows "$docs/a.pdf")"
holds "$docs/a.pdf" y

echo "program: $checks checks, $failures failures"
[ $failures = 0 ]
