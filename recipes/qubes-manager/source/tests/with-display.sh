#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# Runs a command on an X server of its own (Xvfb) and ends both.
set -euo pipefail
directory=$(mktemp -d)
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -noreset 3>"$directory/number" 2>"$directory/log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$directory"' EXIT
while ! [ -s "$directory/number" ]; do
    kill -0 $server 2>/dev/null || { cat "$directory/log" >&2; exit 1; }
    sleep 0.1
done
DISPLAY=:$(cat "$directory/number")
export DISPLAY
"$@"
