#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The agent and the daemon under Wine, over the named-pipe vchan. Each has a Windows desktop of its own,
# on an X server of its own: that of the app domain, and that of the GUI domain, which is judged by its pixels.
# Usage: wine.sh BUILD SIBLINGS (the folder of all components).
set -euo pipefail

build=$(mkdir -p "$1" && cd "$1" && pwd)
siblings=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
stage=$build/stage
work=$(mktemp -d)
wine=/usr/lib/wine/wine64
colour=CC0000

for tool in Xvfb import convert "$wine"; do
    command -v "$tool" >/dev/null || { echo "wine.sh needs $tool" >&2; exit 1; }
done
export HOME=$work WINEPREFIX=$work/prefix WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'

pids=()
finish() {
    /usr/lib/wine/wineserver64 -k 2>/dev/null || true
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        if kill "${pids[i]}" 2>/dev/null; then wait "${pids[i]}" || true; fi
    done
    rm -rf "$work"
}
trap finish EXIT

die() {
    echo "not so: $1" >&2
    tail -n 30 "$work"/*.log >&2 || true
    exit 1
}

component() { # NAME TARGET...
    local name=$1
    shift
    make -s -C "$siblings/$name/source" TARGET_OS=windows CROSS=x86_64-w64-mingw32- BUILD="$build/$name" DEPS="$stage" \
        DESTDIR="$stage" "$@"
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

start_x() { # NAME: sets $display
    Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp -noreset >"$work/x-$1.log" 2>&1 3>"$work/$1.display" &
    pids+=($!)
    eventually "the X server $1 starts" test -s "$work/$1.display"
    display=:$(cat "$work/$1.display")
}

app() { DISPLAY=$app_display "$wine" "$work/bin/$1.exe" "${@:2}"; }
gui() { DISPLAY=$gui_display "$wine" "$work/bin/$1.exe" "${@:2}"; }
app_tool() { app app-tool "$@" | tr -d '\r'; }
gui_tool() { gui gui-tool "$@" | tr -d '\r'; }

pixel() { # X Y: RRGGBB on the GUI domain's desktop
    DISPLAY=$gui_display import -silent -window root "$work/shot.png"
    convert "$work/shot.png" -depth 8 -format "%[hex:u.p{$1,$2}]" info: | cut -c1-6
}

is_pixel() { [ "$(pixel "$1" "$2")" = "$3" ]; }

border_is_drawn() { # X Y WIDTH HEIGHT BORDER
    local x=$1 y=$2 w=$3 h=$4 b=$5
    for at in "$x $y" "$((x + b - 1)) $((y + h / 2))" "$((x + w - 1)) $((y + h - 1))" "$((x + w - b)) $((y + h / 2))" \
        "$((x + w / 2)) $((y + b - 1))" "$((x + w / 2)) $((y + h - b))"; do
        # shellcheck disable=SC2086 # two numbers
        is_pixel $at $colour || die "the border of $* has the label's colour at $at: $(pixel $at)"
    done
}

said() { grep -q "$1" <(tr -d '\r' <"$work/client.log"); }

component gui-common install
component core-vchan-socket install
component gui-daemon install "$build/gui-daemon/tests/win-tool.exe"
component gui-agent-windows install
mkdir "$work/bin"
cp "$stage"/bin/{libvchan.dll,qubes-guid.exe,qubes-gui-agent.exe} "$work/bin"
cp "$build/gui-daemon/tests/win-tool.exe" "$work/bin/app-tool.exe"
cp "$build/gui-daemon/tests/win-tool.exe" "$work/bin/gui-tool.exe"
x86_64-w64-mingw32-gcc -O1 -Wall -Wextra -Werror -DUNICODE -municode -static -o "$work/bin/win-client.exe" "$here/win-client.c" \
    -lgdi32

start_x app
app_display=$display
start_x gui
gui_display=$display
DISPLAY=$app_display "$wine" wineboot -i >"$work/boot.log" 2>&1
/usr/lib/wine/wineserver64 -w # until the new prefix is complete
cat >"$work/desktops.reg" <<'END'
REGEDIT4

[HKEY_CURRENT_USER\Software\Wine\Explorer]
"Desktop"="app"

[HKEY_CURRENT_USER\Software\Wine\Explorer\Desktops]
"app"="800x600"
"gui"="800x600"

[HKEY_CURRENT_USER\Software\Wine\AppDefaults\qubes-guid.exe\Explorer]
"Desktop"="gui"

[HKEY_CURRENT_USER\Software\Wine\AppDefaults\gui-tool.exe\Explorer]
"Desktop"="gui"
END
DISPLAY=$app_display "$wine" regedit /S "$work/desktops.reg"

# Desktops are made by who comes first and last while somebody is there: so there is, before all others.
hold() { # DISPLAY DESKTOP
    DISPLAY=$1 "$wine" explorer "/desktop=$2,800x600" >/dev/null 2>&1 &
    pids+=($!)
}
hold "$app_display" app
hold "$gui_display" gui
eventually 'the app domain has a desktop' sh -c "DISPLAY=$app_display import -window root '$work/shot.png' && \
    [ \"\$(convert '$work/shot.png' -format '%[hex:u.p{5,5}]' info: | cut -c1-6)\" != 000000 ]"
eventually 'the GUI domain has a desktop' sh -c "DISPLAY=$gui_display import -window root '$work/shot.png' && \
    [ \"\$(convert '$work/shot.png' -format '%[hex:u.p{5,5}]' info: | cut -c1-6)\" != 000000 ]"

client() { # LOG ARGUMENT...
    local log=$1
    shift
    app win-client "$@" >"$work/$log.log" 2>&1 &
    pids+=($!)
}

client client Mail 100 120 200 150 0x3366cc
eventually 'the application is there' app_tool find Mail
# Wine lets no program print another's window (PrintWindow succeeds and draws nothing).
VCHAN_DOMAIN=5 app qubes-gui-agent --capture screen >"$work/agent.log" 2>&1 &
pids+=($!)
gui qubes-guid --domain work --domid 5 --color 0x$colour >"$work/daemon.log" 2>&1 &
pids+=($!)

echo '1. a window appears with its domain in the title, a border in its colour, and its pixels'
eventually 'the window is there' gui_tool find '[work] Mail'
read -r x y w h _ <"$work/last"
[ "$w $h" = '208 158' ] || die "the border surrounds the window: $w $h"
eventually 'its pixels are shown' is_pixel $((x + 100)) $((y + 100)) 3366CC
border_is_drawn "$x" "$y" "$w" "$h" 4

echo '2. a menu has a border as well, and no frame'
client menu Menu 350 50 80 60 0x00cc66 menu
eventually 'the menu is there' gui_tool find '[work] Menu'
read -r x2 y2 w2 h2 popup <"$work/last"
[ "$w2 $h2 $popup" = '84 64 1' ] || die "a menu has no frame: $w2 $h2 $popup"
eventually 'its pixels are shown' is_pixel $((x2 + 30)) $((y2 + 30)) 00CC66
border_is_drawn "$x2" "$y2" "$w2" "$h2" 2

echo '3. a click reaches the application, and what it changes is shown'
gui_tool click $((x + 4 + 50)) $((y + 4 + 60))
eventually 'the click arrives' said '^button '
eventually 'the new colour is shown' is_pixel $((x + 100)) $((y + 100)) FFAA00

echo '4. keys reach the application'
gui_tool type '[work] Mail' Q || die 'the window can be made the foreground one'
eventually 'the key arrives' said '^char [qQ]'

echo '5. the clipboard moves by the two chords'
shared() { find "$work/prefix" -path '*/Local/Qubes/clipboard'; }
app_tool copy 'from the domain'
gui_tool type '[work] Mail' '+C-'
eventually 'the text is in the shared clipboard' sh -c "grep -qrx 'from the domain' '$work/prefix/drive_c/users' --include=clipboard"
printf 'from elsewhere' >"$(shared)"
gui_tool type '[work] Mail' '+V-'
pasted() { [ "$(app_tool paste)" = 'from elsewhere' ]; }
eventually 'the text is in the domain' pasted
[ -z "$(shared)" ] || die 'pasting empties the shared clipboard'

echo '6. the user resizes the window'
gui_tool resize '[work] Mail' 308 240
eventually 'the application is told' sh -c "[ \"\$(tr -d '\r' <'$work/client.log' | grep -c '^size')\" -ge 2 ]"
eventually 'the window is there' gui_tool find '[work] Mail'
read -r x y w h _ <"$work/last"
eventually 'the new pixels are shown' is_pixel $((x + w - 20)) $((y + h - 20)) FFAA00
border_is_drawn "$x" "$y" "$w" "$h" 4

echo '7. the application closes, at the user'"'"'s wish'
gui_tool close '[work] Mail'
eventually 'the application closes' said '^closed'
eventually 'the window is gone' sh -c "! DISPLAY=$gui_display '$wine' '$work/bin/gui-tool.exe' find '[work] Mail'"
echo 'all so'
