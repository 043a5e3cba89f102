#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real QEMU whose guest is a boot sector: it paints the screen red, and green after a key. Its screen appears through this
# agent and the real gui-daemon on an X server, and the key comes from there.
# Usage: qemu.sh BUILD SIBLINGS (the folder of all components).
set -euo pipefail

build=$(mkdir -p "$1" && cd "$1" && pwd)
siblings=$(cd "$2" && pwd)
stage=$build/stage
work=$(mktemp -d)

for tool in Xvfb import convert qemu-system-x86_64; do
  command -v "$tool" >/dev/null || { echo "qemu.sh needs $tool" >&2; exit 1; }
done

pids=()
finish() {
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    if kill "${pids[i]}" 2>/dev/null; then wait "${pids[i]}" || true; fi
  done
  rm -rf "$work"
}
trap finish EXIT

die() {
  echo "not so: $1" >&2
  tail -n 20 "$work"/*.log >&2 || true
  exit 1
}

# Waits until a command succeeds; the limit only ends a test that has failed.
eventually() { # DESCRIPTION COMMAND...
  local description=$1
  shift
  for _ in $(seq 600); do
    if "$@" >"$work/last" 2>/dev/null; then return; fi
    sleep 0.1
  done
  die "$description"
}

for component in gui-common core-vchan-socket gui-daemon; do
  make -s -C "$siblings/$component/source" BUILD="$build/$component" DEPS="$stage" DESTDIR="$stage" install
done
make -s BUILD="$build/agent" DEPS="$stage" DESTDIR="$stage" install
cc -O1 -Wall -Wextra -Werror -o "$build/x-tool" "$siblings/gui-agent-linux/source/tests/x-tool.c" -lXtst -lX11
tool=$build/x-tool

# mov ax,13h; int 10h: 320 x 200. mov ax,0a000h; mov es,ax; mov bl,4 (red).
# again: xor di,di; mov cx,64000; mov al,bl; rep stosb. mov ah,0; int 16h: a key. mov bl,2 (green); jmp again.
printf '\xb8\x13\x00\xcd\x10\xb8\x00\xa0\x8e\xc0\xb3\x04\x31\xff\xb9\x00\xfa\x88\xd8\xf3\xaa\xb4\x00\xcd\x16\xb3\x02\xeb\xef' \
  >"$work/disk"
truncate -s 510 "$work/disk"
printf '\x55\xaa' >>"$work/disk"
truncate -s 1M "$work/disk"

export LD_LIBRARY_PATH=$stage/usr/lib/x86_64-linux-gnu
export VCHAN_SOCKET_DIR=$work XDG_RUNTIME_DIR=$work
Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp -noreset >"$work/x.log" 2>&1 3>"$work/display" &
pids+=($!)
eventually 'the X server starts' test -s "$work/display"
DISPLAY=:$(cat "$work/display")
export DISPLAY

qemu-system-x86_64 -accel tcg -m 32 -nodefaults -vga std -drive "format=raw,file=$work/disk" -vnc "unix:$work/vnc" \
  -usb -device usb-tablet >"$work/qemu.log" 2>&1 &
pids+=($!)
eventually 'QEMU opens its socket' test -S "$work/vnc"
VCHAN_DOMAIN=7 "$stage/usr/bin/qubes-gui-agent-stubdom" "$work/vnc" 2>"$work/agent.log" &
agent=$!
pids+=("$agent")
"$stage/usr/bin/qubes-guid" --domain win --domid 7 --color 0xCC0000 2>"$work/daemon.log" &
pids+=($!)

shows() { # RRGGBB: in the middle of the window at $x $y of size $w x $h
  import -silent -window root "$work/shot.png" &&
    [ "$(convert "$work/shot.png" -depth 8 -format "%[hex:u.p{$((x + w / 2)),$((y + h / 2))}]" info: | cut -c1-6)" = "$1" ]
}
is_painted() { # RRGGBB: the window's place is looked for anew, because the guest changes its size
  read -r _ x y w h _ < <("$tool" find '[win] screen') && [ -n "${h:-}" ] && shows "$1"
}

eventually "the guest's screen is red" is_painted A80000
echo "1. the guest's screen is a window of $((w - 8)) x $((h - 8)) pixels"
import -silent -window root "$work/shot.png"
[ "$(convert "$work/shot.png" -depth 8 -format "%[hex:u.p{$((x + w - 1)),$((y + h / 2))}]" info: | cut -c1-6)" = CC0000 ] || die 'its border has the colour'

"$tool" click "$((x + w / 2))" "$((y + h / 2))"
"$tool" key a
key_makes_it_green() { "$tool" key a; sleep 0.3; is_painted 00A800; }
eventually "a key makes it green" key_makes_it_green
echo '2. a key reaches the guest, and what it changes is seen'

kill "${pids[1]}"
eventually 'the agent ends with its QEMU' sh -c "! kill -0 $agent"
grep -q 'QEMU: it has ended' "$work/agent.log" || die 'it says why'
echo '3. the agent ends with its QEMU'
echo 'all so'
