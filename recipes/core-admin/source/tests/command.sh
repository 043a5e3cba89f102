#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# The program qubes-admin as people use it. Arguments: build directory, the program that runs it ("" or wine).
set -euo pipefail
build=$1 runner=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$build/scratch/command
rm -rf "$scratch"
mkdir -p "$scratch/config/policy.d"
checks=0 failures=0
policy=$scratch/config/policy.d

if [ -n "$runner" ]; then
    windows() { printf 'Z:%s' "${1//\//\\}"; }
    admin() { "$runner" "$build/qubes-admin.exe" "$@"; }
    fake=$(windows "$build/tests/fake-driver.exe")
    driver_file=$scratch/install/share/vmm/driver
    policy=$scratch/data/policy.d
else
    windows() { printf %s "$1"; }
    admin() { "$build/qubes-admin" "$@"; }
    fake=$build/tests/fake-driver
    driver_file=$scratch/install/share/qubes/vmm/driver
fi
QUBES_DATA=$(windows "$scratch/data") QUBES_CONFIG=$(windows "$scratch/config") QUBES_INSTALL=$(windows "$scratch/install")
FAKE_DRIVER_DIR=$(windows "$scratch/fake")
export QUBES_DATA QUBES_CONFIG QUBES_INSTALL FAKE_DRIVER_DIR
mkdir -p "$scratch/fake" "$(dirname "$driver_file")" "$policy"

# expect CODE TEXT ARGUMENT…: the exit code, and that the output (both streams) contains TEXT.
expect() {
    code=$1 text=$2
    shift 2
    actual=0
    output=$(admin "$@" 2>&1) || actual=$?
    checks=$((checks + 1))
    case $output in *"$text"*) matches=yes ;; *) matches=no ;; esac
    if [ "$actual" != "$code" ] || [ $matches = no ]; then
        failures=$((failures + 1))
        printf 'qubes-admin %s: exit code %s (expected %s), output:\n%s\n(expected: %s)\n' \
            "$*" "$actual" "$code" "$output" "$text"
    fi
}

# usage and information
expect 2 'usage: qubes-admin create'
expect 0 'exit codes:' --help
expect 0 "qubes-admin $(cat "$here/../version")" --version
expect 2 'no such subcommand' frobnicate
expect 2 'no such subcommand' policy
expect 0 '3 yellow #edd400' labels
expect 0 "data=$QUBES_DATA" paths

# a life of domains
expect 0 'dom0|0|Running|AdminVM|black||' list --raw
expect 0 '' create deb --class TemplateVM --label black
expect 0 '' create work --template deb --label blue
expect 4 'domain work exists' create work --template deb
expect 5 "'no/name' is not a domain name" create no/name --template deb
expect 3 'template: no domain nosuch' create other --template nosuch
expect 5 "label: 'pink' is not red" create other --template deb --label pink
expect 2 'usage:' create --label
expect 2 'usage:' create a b
expect 0 'work|2|Halted|AppVM|blue|deb|' list --raw
expect 0 '{"name":"work","id":2,"class":"AppVM","state":"Halted","label":"blue","color":"#3465a4","template":"deb","netvm":"","tags":[]}' list --json
expect 2 'not both' list --raw --json
expect 0 'blue' prefs work label
expect 0 '' prefs work memory 2048
expect 0 '2048' prefs work memory
expect 0 'memory               2048' prefs work
expect 5 'memory: ' prefs work memory lots
expect 3 'no property' prefs work colour
expect 3 'no domain nosuch' prefs nosuch
expect 6 'work refers to deb' remove deb

# policy
expect 8 'reason=no rule matches' policy check qubes.A work dom0
cat >"$policy/30-user.policy" <<'POLICY'
qubes.A +x work @adminvm allow user=joe
qubes.A * work @default ask default_target=deb
qubes.A * @anyvm deb ask
POLICY
expect 0 'allow
target=@adminvm
user=joe
autostart=yes
notify=no
rule='"$(windows "$policy/30-user.policy")"':1' policy check qubes.A+x work @adminvm
expect 9 'targets=deb
default_target=deb' policy check qubes.A work @default
expect 8 'deny' policy check qubes.B work deb
echo 'qubes.A * work' >"$policy/10-broken.policy"
expect 7 "$(windows "$policy/10-broken.policy"):1: a rule is SERVICE" policy check qubes.A+x work @adminvm
rm "$policy/10-broken.policy"
expect 2 'usage:' policy check qubes.A
cp "$here"/../defaults/policy.d/*.policy "$policy/"
expect 9 'targets=' policy check qubes.OpenURL work ''
expect 8 '90-default.policy:' policy check evil.Service work deb

# templates
printf abc >"$scratch/data/image.vhdx"
expect 0 '' template register deb13 "$(windows "$scratch/data/image.vhdx")" \
    ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
expect 7 'its sha-256 is ba7816bf' template register deb13 "$(windows "$scratch/data/image.vhdx")" \
    0000000000000000000000000000000000000000000000000000000000000000
expect 0 'image.vhdx' prefs deb13 image
expect 0 '' template register --checked deb13 "$(windows "$scratch/data/image.vhdx")" \
    0000000000000000000000000000000000000000000000000000000000000000
expect 0 '0000000000000000' prefs deb13 image_sha256
expect 3 '' template register --checked deb13 "$(windows "$scratch/data/nosuch")" \
    0000000000000000000000000000000000000000000000000000000000000000

# starting and stopping
expect 10 'no VMM driver is installed' start work
printf '%s\n' "$fake" >"$driver_file"
expect 0 '' start work
expect 0 'work|2|Running' list --raw
expect 6 'not halted' remove work
expect 0 '' stop work
echo work >"$scratch/fake/running"
expect 0 'work|2|Running' list --raw --refresh
rm "$scratch/fake/running"
expect 0 'work|2|Halted' list --raw --refresh
touch "$scratch/fake/fail-work"
expect 10 'exit code 9: the machine is on fire' start work

# a removal spares data unless forced
echo letters >"$scratch/data/domains/work/private.vhdx"
expect 6 'remove it with --force' remove work
expect 0 '' remove work --force
expect 3 'no domain work' remove work

# many commands at once: every domain is there, no id twice
count=12
i=0
while [ $i -lt $count ]; do
    i=$((i + 1))
    admin create "many$i" --class StandaloneVM &
done
wait
ids=$(admin list --raw | grep '^many' | cut -d'|' -f2 | sort -u | wc -l)
checks=$((checks + 1))
if [ "$ids" != $count ]; then
    failures=$((failures + 1))
    echo "concurrent creates: $ids different ids of $count"
fi

# killed while writing: what is there stays readable and writable
i=0
while [ $i -lt 8 ]; do
    i=$((i + 1))
    (while :; do admin prefs many1 tags "t$i a b c" >/dev/null 2>&1 || exit; done) &
    writer=$!
    admin list --raw >/dev/null
    kill -9 $writer 2>/dev/null || true
    wait $writer 2>/dev/null || true
    expect 0 'many1|' list --raw
done
expect 0 '' prefs many1 tags "done"
expect 0 'done' prefs many1 tags

echo "command: $checks checks, $failures failures"
[ $failures = 0 ]
