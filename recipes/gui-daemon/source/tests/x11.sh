#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# The Linux daemon, built with sanitizers, against played agents. Usage: x11.sh BUILD DEPS.
# shellcheck source-path=SCRIPTDIR source=screen.sh
set -eu
. "$(dirname "$0")/screen.sh"
: "${work:?screen.sh makes it}"
build=$(cd "$1" && pwd)
export LD_LIBRARY_PATH=$2/lib:$2/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}
export VCHAN_SOCKET_DIR=$work XDG_RUNTIME_DIR=$work
start_x

agent() { # ROLE
    VCHAN_DOMAIN=5 "$build/played-agent" "$1" >"$work/agent.log" 2>&1 &
    agent=$!
    pids+=("$agent")
}

daemon() { "$build/qubes-guid" --domain work --domid 5 --color 0xcc0000 >"$work/daemon.log" 2>&1; }

echo '1. an honest agent: its window and its menu with the label'"'"'s border'
agent honest
daemon &
pids+=($!)
eventually 'the window is shown' is_pixel 150 200 3366CC
border_is_drawn 96 116 208 158 4 CC0000
eventually 'the menu is shown' is_pixel 440 80 00CC66
border_is_drawn 398 48 84 64 2 CC0000
heard 'desktop 800 600' || die 'the agent is told the desktop'
kill "$agent"
wait "$agent" || true
wait "${pids[-1]}" || die 'the daemon ends well when the agent goes'

echo '2. hostile agents: each is disconnected with its own reason'
while read -r role reason; do
    agent "$role"
    code=0
    daemon || code=$?
    [ "$code" = 3 ] || die "$role ends with code 3, not $code"
    grep -q "$reason" "$work/daemon.log" || die "$role ends because of $reason"
    if grep -qE 'Sanitizer|runtime error' "$work/daemon.log"; then die "$role breaks nothing"; fi
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
