#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two X servers: an application, a menu and the agent in the app domain's, the daemon on the GUI
# domain's. Screenshots of the latter are judged by their pixels; one is kept as BUILD/gui-border.png.
# Usage: desktop.sh BUILD SIBLINGS (the folder of all components).
set -euo pipefail

build=$(mkdir -p "$1" && cd "$1" && pwd)
siblings=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
stage=$build/stage
work=$(mktemp -d)
colour=CC0000

for tool in Xvfb import convert xprop; do
    command -v "$tool" >/dev/null || { echo "desktop.sh needs $tool" >&2; exit 1; }
done

pids=()
finish() {
    # The X servers last, so that nobody complains about theirs.
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

component() { # NAME TARGET...
    local name=$1
    shift
    make -s -C "$siblings/$name/source" BUILD="$build/$name" DEPS="$stage" DESTDIR="$stage" "$@"
}

# Waits until a command succeeds; the limit only ends a test that has failed.
eventually() { # DESCRIPTION COMMAND...
    local description=$1
    shift
    for _ in $(seq 300); do
        if "$@" >"$work/last" 2>/dev/null; then return; fi
        sleep 0.1
    done
    die "$description"
}

start_x() { # LOG: sets $display
    Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp -noreset >"$work/$1.log" 2>&1 3>"$work/$1.display" &
    pids+=($!)
    eventually "the X server $1 starts" test -s "$work/$1.display"
    display=:$(cat "$work/$1.display")
}

app() { DISPLAY=$app_display "$@"; }
gui() { DISPLAY=$gui_display "$@"; }

pixel() { # X Y: RRGGBB on the GUI domain's desktop
    gui import -silent -window root "$work/shot.png"
    convert "$work/shot.png" -depth 8 -format "%[hex:u.p{$1,$2}]" info: | cut -c1-6
}

is_pixel() { [ "$(pixel "$1" "$2")" = "$3" ]; }

# Both pixels from the border of the window at ($1,$2) with size $3 x $4, on every side.
border_is_drawn() { # X Y WIDTH HEIGHT BORDER
    local x=$1 y=$2 w=$3 h=$4 b=$5
    for at in "$x $y" "$((x + b - 1)) $((y + h / 2))" "$((x + w - 1)) $((y + h - 1))" "$((x + w - b)) $((y + h / 2))" \
        "$((x + w / 2)) $((y + b - 1))" "$((x + w / 2)) $((y + h - b))"; do
        # shellcheck disable=SC2086 # two numbers
        is_pixel $at $colour || die "the border of $* has the label's colour at $at: $(pixel $at)"
    done
}

component gui-common install
component core-vchan-socket install
component gui-daemon install
component gui-agent-linux install
cc -O1 -Wall -Wextra -Werror -o "$build/x-tool" "$here/x-tool.c" -lXtst -lX11
tool=$build/x-tool

export LD_LIBRARY_PATH=$stage/usr/lib/x86_64-linux-gnu
export VCHAN_SOCKET_DIR=$work XDG_RUNTIME_DIR=$work
start_x app
app_display=$display
start_x gui
gui_display=$display

DISPLAY=$app_display "$tool" client 'Mail' 100 120 200 150 0x3366cc >"$work/client.log" &
pids+=($!)
VCHAN_DOMAIN=5 DISPLAY=$app_display "$stage/usr/bin/qubes-gui-agent" 2>"$work/agent.log" &
pids+=($!)
DISPLAY=$gui_display "$stage/usr/bin/qubes-guid" --domain work --domid 5 --color 0x$colour 2>"$work/daemon.log" &
daemon=$!
pids+=("$daemon")

echo '1. a window appears with its domain in the title, a border in its colour, and its pixels'
eventually 'the window is there' gui "$tool" find '[work] Mail'
read -r id x y w h _ <"$work/last"
[ "$x $y $w $h" = '96 116 208 158' ] || die "the border surrounds the window's place: $x $y $w $h"
eventually 'its pixels are shown' is_pixel 200 200 3366CC
border_is_drawn "$x" "$y" "$w" "$h" 4
is_pixel 100 120 3366CC || die 'the corner of the pixels is inside the border'
is_pixel 299 269 3366CC || die 'the other corner too'
[ "$(gui xprop -id "$id" -notype _KDE_NET_WM_COLOR_SCHEME)" = \
    '_KDE_NET_WM_COLOR_SCHEME = "/usr/share/qubes/color-schemes/qubes-cc0000.colors"' ] || die 'title bars have its scheme'
# The icon: 32 pixels wide and high, a light outline of two, then the label's colour.
[ "$(gui "$tool" numbers "$id" _NET_WM_ICON 0 1 2 67 68 | tr '\n' ' ')" = \
    '00000020 00000020 fff2f2f0 fff2f2f0 ffcc0000 ' ] || die "its icon has the label's colour"

echo '2. a menu has a border as well, and no window manager'
DISPLAY=$app_display "$tool" client 'Menu' 350 50 80 60 0x00cc66 menu >"$work/menu.log" &
menu=$!
pids+=("$menu")
eventually 'the menu is there' gui "$tool" find '[work] Menu'
read -r _ x2 y2 w2 h2 override <"$work/last"
[ "$override" = 1 ] || die 'a menu is not managed'
eventually 'its pixels are shown' is_pixel 380 80 00CC66
border_is_drawn "$x2" "$y2" "$w2" "$h2" 2

echo '3. a window of the GUI domain itself has no border'
DISPLAY=$gui_display "$tool" client 'the GUI domain'"'"'s own' 480 320 200 140 0x777777 >"$work/own-window.log" &
own=$!
pids+=("$own")
eventually 'the window is there' is_pixel 480 320 777777
is_pixel 479 319 000000 || die 'nothing is around it'
titles_are_drawn() { # WHITE_PIXELS
    gui import -silent -window root "$work/shot.png" &&
        [ "$(convert "$work/shot.png" -fill black +opaque white -format '%[fx:round(mean*w*h)]' info:)" = "$1" ]
}
eventually 'the three titles are drawn, in the 6x13 font that every X server has' titles_are_drawn 371
# Pixels and nothing else, so that two runs give the same file.
convert "$work/shot.png" -strip -define png:exclude-chunks=date,time "$build/gui-border.png"
kill "$own"

echo '4. the keyboard reaches the window that was clicked'
gui "$tool" key a
gui "$tool" click 150 140
eventually 'the click arrives where it was made' grep -qx 'button 1 50 20' "$work/client.log"
eventually 'the agent gives the focus' sh -c "DISPLAY=$gui_display '$tool' key b && sleep 0.2 && grep -qx 'key b' '$work/client.log'"
if grep -qx 'key a' "$work/client.log"; then die 'keys before the focus do not arrive'; fi

echo '5. the user resizes the window'
gui "$tool" resize "$id" 308 208
eventually 'the application is told' grep -qx 'size 300 200' "$work/client.log"
eventually 'the new pixels are shown' is_pixel 380 300 3366CC
border_is_drawn 96 116 308 208 4

echo '6. the clipboard moves by the two chords'
DISPLAY=$app_display "$tool" own 'from the domain' >"$work/own.log" &
owner=$!
pids+=("$owner")
eventually 'the clipboard is owned' grep -q owned "$work/own.log"
gui "$tool" key Control_L Shift_L c
eventually 'the text is in the shared clipboard' grep -qx 'from the domain' "$work/qubes-clipboard"
printf 'from elsewhere' >"$work/qubes-clipboard"
gui "$tool" key Control_L Shift_L v
eventually 'the text is in the domain' sh -c "[ \"\$(DISPLAY=$app_display '$tool' paste)\" = 'from elsewhere' ]"
[ ! -e "$work/qubes-clipboard" ] || die 'pasting empties the shared clipboard'

echo '7. a menu goes away'
kill "$menu"
eventually 'the menu is gone' sh -c "! DISPLAY=$gui_display '$tool' find '[work] Menu'"

echo '8. the window is closed by its application, at the user'"'"'s wish'
gui "$tool" close "$id"
eventually 'the application closes' grep -qx closed "$work/client.log"
eventually 'the window is gone' sh -c "! DISPLAY=$gui_display '$tool' find '[work] Mail'"

echo '9. a daemon that comes later shows what is there'
kill "$daemon"
wait "$daemon" || true
DISPLAY=$app_display "$tool" client 'Late' 40 40 100 100 0xffaa00 >"$work/late.log" &
pids+=($!)
DISPLAY=$gui_display "$stage/usr/bin/qubes-guid" --domain work --domid 5 --color 0x$colour 2>"$work/daemon2.log" &
pids+=($!)
eventually 'the window is there' gui "$tool" find '[work] Late'
eventually 'its pixels are shown' is_pixel 90 90 FFAA00
border_is_drawn 36 36 108 108 4
echo 'all so'
