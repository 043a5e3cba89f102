#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels in every compression, and files that are none.
set -euo pipefail

extract=$(cd "$(dirname "$0")/.." && pwd)/scripts/extract-vmlinux
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

little() { # NUMBER BYTES
  local number=$1 i
  for ((i = 0; i < $2; i++)); do
    printf '%b' "\\x$(printf %02x $((number & 255)))"
    number=$((number >> 8))
  done
}

{ printf '\177ELF'; head -c 300000 /dev/urandom; } >"$dir/kernel"

# image COMPRESSED SIZE: a bzImage with two sectors of setup, the payload 16 bytes into what follows, and more after it.
image() {
  local length
  length=$(($(stat -c %s "$1") + 4))
  head -c 497 /dev/zero
  little 1 1
  head -c 16 /dev/zero
  printf HdrS
  head -c 66 /dev/zero
  little 16 4
  little "$length" 4
  head -c 432 /dev/zero
  head -c 16 /dev/zero
  cat "$1"
  little "$2" 4
  printf 'what follows'
}

refused() { # REASON
  local code=0
  "$extract" "$dir/image" "$dir/out" 2>"$dir/stderr" || code=$?
  if [ "$code" != 1 ] || ! grep -q "$1" "$dir/stderr" || [ -e "$dir/out" ]; then
    echo "vmlinux: code $code, $(cat "$dir/stderr") instead of '$1'" >&2
    exit 1
  fi
}

size=$(stat -c %s "$dir/kernel")
for tool in 'xz -c' 'zstd -q -c' 'lz4 -l -q -c' 'gzip -c'; do
  $tool "$dir/kernel" >"$dir/payload"
  image "$dir/payload" "$size" >"$dir/image"
  "$extract" "$dir/image" "$dir/out"
  cmp "$dir/kernel" "$dir/out"
  rm "$dir/out"
done

image "$dir/payload" $((size + 1)) >"$dir/image"
refused 'another size'
head -c 1000 "$dir/payload" >"$dir/short"
image "$dir/short" "$size" >"$dir/image"
refused 'cannot be unpacked'
image "$dir/payload" "$size" >"$dir/whole"
head -c 5000 "$dir/whole" >"$dir/image"
refused 'not in the file'
printf 'something else' >"$dir/plain"
image "$dir/plain" 14 >"$dir/image"
refused 'not known here'
head -c 4096 /dev/zero >"$dir/image"
refused 'no kernel'
gzip -c "$dir/plain" >"$dir/payload"
image "$dir/payload" 14 >"$dir/image"
refused 'no ELF file'
echo 'vmlinux: good'
