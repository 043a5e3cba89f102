#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# volumes.sh BUILD: which tools are called for a volume, with real files and tools that note their arguments.
set -euo pipefail

program=$1/tests/test-volumes
scratch=$1/scratch
dir=$scratch/volumes
rm -rf "$dir" "$scratch/tools"
mkdir -p "$dir" "$scratch/tools"

# Each notes how it was called; losetup hands out numbers, and fails when told to.
cat >"$scratch/tools/losetup" <<S
#!/bin/bash
printf 'losetup' >>"$dir/calls"; printf ' [%s]' "\$@" >>"$dir/calls"; echo >>"$dir/calls"
if [ -e "$dir/fail-losetup" ]; then echo "first" >&2; echo "losetup: no free device" >&2; exit 1; fi
if [ "\$1" = --find ]; then echo "/dev/loop\$(grep -c -- --find "$dir/calls")"; fi
S
cat >"$scratch/tools/dmsetup" <<S
#!/bin/bash
printf 'dmsetup' >>"$dir/calls"; printf ' [%s]' "\$@" >>"$dir/calls"; echo >>"$dir/calls"
if [ -e "$dir/fail-dmsetup" ]; then echo "dmsetup: refused" >&2; exit 1; fi
S
chmod +x "$scratch"/tools/*

expect() { # CODE OUTPUT ARGUMENT...
  local code=0 output
  : >"$dir/calls"
  output=$("$program" "${@:3}") || code=$?
  if [ "$code" != "$1" ] || [ "$output" != "$2" ]; then
    echo "volumes: code $code, '$output' instead of $1, '$2'" >&2
    exit 1
  fi
}

called() {
  diff -u - "$dir/calls" || { echo "volumes: other calls than these" >&2; exit 1; }
}

# A name that would be syntax for a shell is a word like any other.
file="$dir/a \$(touch hacked); b.img"
truncate -s 8M "$file"
expect 0 /dev/mapper/qubes-2-private open qubes-2-private "$file" '' rw
called <<C
losetup [--find] [--show] [--direct-io=off] [--] [$file]
dmsetup [create] [qubes-2-private] [--table] [0 16384 linear /dev/loop1 0]
losetup [--detach] [/dev/loop1]
C
expect 0 /dev/mapper/qubes-2-modules open qubes-2-modules "$file" '' ro
called <<C
losetup [--find] [--show] [--read-only] [--] [$file]
dmsetup [create] [qubes-2-modules] [--table] [0 16384 linear /dev/loop1 0] [--readonly]
losetup [--detach] [/dev/loop1]
C
[ ! -e hacked ]

# A layer begins empty whatever was in its file, and has room for all of what is below.
echo "of an earlier start" >"$dir/layer"
expect 0 /dev/mapper/qubes-2-root open qubes-2-root "$dir/layer" "$file" rw
called <<C
losetup [--find] [--show] [--read-only] [--] [$file]
losetup [--find] [--show] [--direct-io=off] [--] [$dir/layer]
dmsetup [create] [qubes-2-root] [--table] [0 16384 snapshot /dev/loop1 /dev/loop2 N 16]
losetup [--detach] [/dev/loop1]
losetup [--detach] [/dev/loop2]
C
[ "$(stat -c %s "$dir/layer")" = $(((16384 + 4096) * 512)) ]
[ "$(tr -d '\0' <"$dir/layer" | wc -c)" = 0 ]

# What was taken is given back when the next step fails.
touch "$dir/fail-dmsetup"
expect 22 'qubes-2-root: dmsetup: refused' open qubes-2-root "$dir/layer" "$file" rw
[ "$(grep -c -- --detach "$dir/calls")" = 2 ]
rm "$dir/fail-dmsetup"
touch "$dir/fail-losetup"
expect 22 "$file: losetup: no free device" open qubes-2-root "$dir/layer" "$file" rw
if grep -q dmsetup "$dir/calls"; then exit 1; fi
: >"$dir/empty"
expect 5 "$dir/empty: is empty" open qubes-2-root "$dir/empty" '' rw
expect 1 "$dir/absent: No such file or directory" open qubes-2-root "$dir/absent" '' rw

# Copies appear whole and keep their holes.
truncate -s 64M "$dir/image"
echo data | dd of="$dir/image" bs=1M seek=32 conv=notrunc status=none
expect 0 '' copy "$dir/image" "$dir/copy.new"
cmp "$dir/image" "$dir/copy"
[ ! -e "$dir/copy.new" ] && [ "$(stat -c %b "$dir/copy")" -lt 1000 ]
expect 22 "$dir/copy.new: cp: cannot stat '$dir/absent': No such file or directory" copy "$dir/absent" "$dir/copy.new"

expect 0 '' new "$dir/fresh" 1048576
[ "$(stat -c '%s %a' "$dir/fresh")" = '1048576 600' ]
ln -s "$dir/elsewhere" "$dir/link"
code=0
"$program" new "$dir/link" 4096 >/dev/null || code=$?
[ "$code" = 1 ] && [ ! -e "$dir/elsewhere" ]
echo 'volumes: good'
