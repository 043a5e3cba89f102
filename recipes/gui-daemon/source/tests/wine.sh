#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# The Windows daemon under Wine against played agents. Usage: wine.sh BUILD DEPS.
# shellcheck source-path=SCRIPTDIR source=screen.sh
set -eu
. "$(dirname "$0")/screen.sh"
: "${work:?screen.sh makes it}"
build=$(cd "$1" && pwd)
deps=$(cd "$2" && pwd)
wine=/usr/lib/wine/wine64
[ -x "$wine" ] || die "there is $wine"
export HOME=$work WINEPREFIX=$work/prefix WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'

before_end() { /usr/lib/wine/wineserver64 -k 2>/dev/null || true; }

start_x
mkdir "$work/bin"
cp "$build/qubes-guid.exe" "$build/tests/played-agent.exe" "$build/tests/win-tool.exe" "$deps/bin/libvchan.dll" "$work/bin"
"$wine" wineboot -i >"$work/boot.log" 2>&1
/usr/lib/wine/wineserver64 -w # until the new prefix is complete

tool() { "$wine" "$work/bin/win-tool.exe" "$@" | tr -d '\r'; }

agent() { # ROLE
    VCHAN_DOMAIN=5 "$wine" "$work/bin/played-agent.exe" "$1" >"$work/agent.log" 2>&1 &
    pids+=($!)
}

daemon() { "$wine" "$work/bin/qubes-guid.exe" --domain work --domid 5 --color 0xcc0000 >"$work/daemon.log" 2>&1; }

echo '1. a window and a menu with their domain in the title and a border in its colour'
agent honest
daemon &
daemon=$!
eventually 'the window is there' tool find '[work] Editor'
read -r x y w h menu <"$work/last"
[ "$w $h $menu" = '208 158 0' ] || die "the window has room for the border: $w $h"
eventually 'its pixels are shown' is_pixel $((x + 50)) $((y + 50)) 3366CC
border_is_drawn "$x" "$y" "$w" "$h" 4 CC0000
eventually 'the menu is there' tool find '[work] Menu'
read -r x2 y2 w2 h2 menu <"$work/last"
[ "$w2 $h2 $menu" = '84 64 1' ] || die "the menu has no frame: $w2 $h2 $menu"
border_is_drawn "$x2" "$y2" "$w2" "$h2" 2 CC0000

echo '2. keys reach the agent with their positions, once the window has the focus'
tool type '[work] Editor' A || die 'the window can be made the foreground one'
eventually 'it has the focus' heard '^MSG_FOCUS 9 '
eventually 'the key is pressed' heard '^MSG_KEYPRESS 2 .* 38$'
eventually 'and released' heard '^MSG_KEYPRESS 3 .* 38$'

echo '3. the clipboard moves by the two chords'
tool type '[work] Editor' '+C-'
eventually 'it is asked for' heard '^MSG_CLIPBOARD_REQ'
clipboard() { find "$work/prefix" -path '*/Local/Qubes/clipboard' -exec cat {} +; }
eventually 'it is in the shared clipboard' sh -c "find '$work/prefix' -path '*/Local/Qubes/clipboard' | grep -q ."
[ "$(clipboard)" = 'from the domain' ] || die 'the text is the domain'"'"'s'
tool type '[work] Editor' '+V-'
eventually 'it is pasted' heard '^MSG_CLIPBOARD_DATA from the domain'
[ -z "$(clipboard)" ] || die 'pasting empties the shared clipboard'
if heard '^MSG_KEYPRESS 2 .* 54$'; then die 'the chord is not for the domain'; fi

echo '4. a click and a new size reach the agent'
tool click $((x + 4 + 20)) $((y + 4 + 30))
eventually 'the click arrives where it was made' heard '^MSG_BUTTON 4 20 30 '
tool resize '[work] Editor' 300 200
eventually 'the size arrives' heard '^MSG_CONFIGURE '
eventually 'the border follows' tool find '[work] Editor'
read -r x y w h _ <"$work/last"
eventually 'it is drawn anew' is_pixel $((x + w - 1)) $((y + h - 1)) CC0000
border_is_drawn "$x" "$y" "$w" "$h" 4 CC0000

echo '5. closing is the domain'"'"'s to do'
tool close '[work] Editor'
eventually 'the agent is asked' heard '^MSG_CLOSE'
eventually 'and the window goes' sh -c "! '$wine' '$work/bin/win-tool.exe' find '[work] Editor'"
"$wine" taskkill /f /im played-agent.exe >/dev/null 2>&1
wait "$daemon" || die 'the daemon ends well when the agent goes'

echo '6. hostile agents: each is disconnected with its own reason'
agent hostile-title
daemon &
daemon=$!
eventually 'a title is made harmless' tool find '[work] _[2J_rotidE'
"$wine" taskkill /f /im played-agent.exe >/dev/null 2>&1
wait "$daemon" || die 'the daemon ends well'
while read -r role reason; do
    agent "$role"
    code=0
    daemon || code=$?
    [ "$code" = 3 ] || die "$role ends with code 3, not $code"
    grep -q "$reason" "$work/daemon.log" || die "$role ends because of $reason"
    eventually "$role is disconnected" heard disconnected
    echo "   $role: $reason"
done <<END
oversized GUI_TOO_LARGE in MSG_CREATE
bad-id GUI_UNKNOWN_WINDOW in MSG_MAP
bad-dump GUI_OUT_OF_BOUNDS in MSG_WINDOW_DUMP
many-windows GUI_TOO_MANY_WINDOWS in MSG_CREATE
many-pixels GUI_MEMORY_LIMIT in MSG_WINDOW_DUMP
noise GUI_UNKNOWN_TYPE
unasked-clipboard GUI_UNSOLICITED_CLIPBOARD in MSG_CLIPBOARD_DATA
END
echo 'all so'
