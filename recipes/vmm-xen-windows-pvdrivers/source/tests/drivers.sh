#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Archives of the test's own in place of upstream's: fetched over HTTP by the real apt-helper, verified, unpacked, put on a
# disc; and every kind that must leave nothing behind.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$here/scripts/qubes-windows-pvdrivers
scratch=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT # a disc is read-only
export QUBES_PVDRIVERS_SHARE=$scratch/share QUBES_PVDRIVERS_DATA=$scratch/data
mkdir -p "$scratch"/{share,web}

fail() {
  echo "drivers: $*" >&2
  exit 1
}
expect() { # CODE TEXT ARGUMENT…
  local code=0
  "$program" "${@:3}" >"$scratch/out" 2>&1 || code=$?
  [ "$code" = "$1" ] || fail "${*:3}: exit code $code instead of $1: $(cat "$scratch/out")"
  [[ $(cat "$scratch/out") == *"$2"* ]] || fail "${*:3}: not said: $2; but $(cat "$scratch/out")"
}
pin() { (cd "$scratch/web" && sha256sum -- *.tar >"$scratch/share/SHA256SUMS"); }
nothing_is_left() { [ -z "$(find "$scratch/data" -mindepth 1 2>/dev/null)" ] || fail "$1 left: $(find "$scratch/data" -mindepth 1)"; }

echo 'what is pinned is what the Xen Project named, once each'
[ "$(grep -cxE '[0-9a-f]{64}  xen[a-z]+\.tar' "$here/share/SHA256SUMS")" = "$(wc -l <"$here/share/SHA256SUMS")" ] || fail "a line that is none"
[ "$(awk '{ print $2 }' "$here/share/SHA256SUMS" | sort -u | wc -l)" = 8 ] || fail "other archives"

echo 'hostile archives, of the right hash'
for kind in above above-inside absolute drive backslash newline windows-device symlink through-symlink hard-link device fifo \
  twice file-and-directory many large nothing; do
  python3 "$here/tests/hostile.py" "$kind" "$scratch/web/xenbus.tar"
  pin
  expect 5 'xenbus.tar: ' add "$scratch/web/xenbus.tar"
  nothing_is_left "$kind"
  for elsewhere in "$scratch/evil" /tmp/evil /evil; do [ ! -e "$elsewhere" ] || fail "$kind: wrote $elsewhere"; done
done
head -c 100000 /dev/urandom >"$scratch/web/xenbus.tar"
pin
expect 5 'not a tar archive' add "$scratch/web/xenbus.tar"
python3 "$here/tests/hostile.py" good "$scratch/web/xenbus.tar"
gzip -c "$scratch/web/xenbus.tar" >"$scratch/z" && mv "$scratch/z" "$scratch/web/xenbus.tar"
pin
expect 5 'not a tar archive' add "$scratch/web/xenbus.tar"
nothing_is_left 'a compressed one'
python3 "$here/tests/hostile.py" good "$scratch/web/xenbus.tar"
pin
truncate -s -2000 "$scratch/web/xenbus.tar"
expect 4 'its SHA-256 is' add "$scratch/web/xenbus.tar"
expect 4 'not one of xenbus.tar' add "$scratch/share/SHA256SUMS"
expect 1 'No such file' add "$scratch/absent/xenbus.tar"
nothing_is_left 'another hash'

echo 'absent ones are named'
python3 "$here/tests/hostile.py" good "$scratch/web/xenbus.tar"
cp "$scratch/web/xenbus.tar" "$scratch/web/xenvif.tar"
pin
expect 3 'have no drivers of Xen'"'"'s until these are fetched: xenbus.tar, xenvif.tar' status
expect 3 'absent: xenbus.tar' iso "$scratch/drivers.iso"
[ ! -e "$scratch/drivers.iso" ] || fail "a disc without drivers"
expect 1 'xenbus.tar is absent, and cannot be fetched' fetch http://127.0.0.1:9
expect 2 'not an address' fetch 'file:///etc'
nothing_is_left 'a fetch without a network'

echo 'they are fetched, verified, unpacked, and put on a disc'
cd "$scratch/web"
python3 -u -m http.server --bind 127.0.0.1 0 >"$scratch/http" 2>&1 &
server=$!
cd "$here"
for _ in $(seq 100); do
  port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$scratch/http")
  [ -z "$port" ] || break
  sleep 0.1
done
expect 0 'xenvif.tar' fetch "http://127.0.0.1:$port/"
expect 0 'xenbus.tar	here' status
[ "$(cat "$scratch"/data/xenbus-*/xenbus/x64/xenbus.inf)" = inf ] || fail "other files"
expect 0 '' iso "$scratch/drivers.iso"
xorriso -indev "$scratch/drivers.iso" -osirrox on -extract /xenvif "$scratch/back" >/dev/null 2>&1
[ "$(cat "$scratch/back/xenbus/x64/xenbus.inf")" = inf ] || fail "the disc has other files"
rm -r "$scratch"/data/xenvif-*
printf x >>"$scratch/web/xenvif.tar"
expect 4 'its SHA-256 is' fetch "http://127.0.0.1:$port"
expect 3 'xenvif.tar	absent' status
expect 2 'qubes-windows-pvdrivers status' add
echo 'drivers: good'
