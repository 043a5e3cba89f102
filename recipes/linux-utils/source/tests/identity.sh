#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every VMM's way to name a domain, and what is no name.
set -euo pipefail

script=$(cd "$(dirname "$0")/.." && pwd)/scripts/domain-identity
QUBES_ROOT=$(mktemp -d)
export QUBES_ROOT
trap 'rm -rf "$QUBES_ROOT"' EXIT
mkdir -p "$QUBES_ROOT"/{sys/class/dmi/id,proc/sys/kernel,dev/xen,bin}
tag=$QUBES_ROOT/sys/class/dmi/id/chassis_asset_tag

# expect CODE OUTPUT ARGUMENT...
expect() {
  local code=0 output
  output=$("$script" "${@:3}" 2>"$QUBES_ROOT/stderr") || code=$?
  if [ "$code" != "$1" ] || [ "$output" != "$2" ]; then
    echo "identity: code $code, '$output' instead of $1, '$2' ($(cat "$QUBES_ROOT/stderr"))" >&2
    exit 1
  fi
}

expect 3 ''
echo 'No Asset Tag' >"$tag"
expect 3 ''

echo 'qubes:5:work' >"$tag"
expect 0 '5 work'
[ ! -e "$QUBES_ROOT/run/qubes/identity" ]
echo 'qubes:32751:sys_net-2' >"$tag"
expect 0 '32751 sys_net-2' --apply
[ "$(cat "$QUBES_ROOT/run/qubes/identity")" = '32751 sys_net-2' ]
[ "$(cat "$QUBES_ROOT/proc/sys/kernel/hostname")" = 'sys-net-2' ]

while IFS= read -r bad; do
  printf '%s\n' "$bad" >"$tag"
  expect 1 '' --apply
done <<'BAD'
qubes::work
qubes:0:work
qubes:32752:work
qubes:-1:work
qubes:007:work
qubes:0x5:work
qubes:99999999999999999999:work
qubes:5:
qubes:5:9to5
qubes:5:-rf
qubes:5:a b
qubes:5:a$(reboot)
qubes:5:a/b
qubes:5:a:b
qubes:5:abcdefghijklmnopqrstuvwxyzabcdef
BAD
head -c 100000 /dev/zero | tr '\0' a | sed 's/^/qubes:5:/' >"$tag"
expect 1 ''
[ "$(cat "$QUBES_ROOT/run/qubes/identity")" = '32751 sys_net-2' ] # refused names changed nothing

# Xen's, with a XenStore that the test plays.
rm "$tag"
cat >"$QUBES_ROOT/bin/xenstore-read" <<'S'
#!/bin/sh
case $1 in domid) echo 7 ;; name) cat "$QUBES_ROOT/name" ;; esac
S
chmod +x "$QUBES_ROOT/bin/xenstore-read"
PATH=$QUBES_ROOT/bin:$PATH
echo vault >"$QUBES_ROOT/name"
expect 3 '' # no Xen here
touch "$QUBES_ROOT/dev/xen/xenbus"
expect 0 '7 vault'
echo '../vault' >"$QUBES_ROOT/name"
expect 1 ''
echo 'identity: good'
