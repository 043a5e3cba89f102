# SPDX-License-Identifier: GPL-2.0-or-later OR LicenseRef-Odyssey-Commercial
# shellcheck shell=bash
# Sourced by tests that judge a private X server's screen: $work is made and removed here.
set -euo pipefail

for tool in Xvfb import convert; do
    command -v "$tool" >/dev/null || { echo "$0 needs $tool" >&2; exit 1; }
done

work=$(mktemp -d)
pids=()
before_end() { :; }
finish() {
    before_end
    # The X server last, so that nobody complains about it.
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

start_x() {
    Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp -noreset >"$work/x.log" 2>&1 3>"$work/display" &
    pids+=($!)
    eventually 'the X server starts' test -s "$work/display"
    DISPLAY=:$(cat "$work/display")
    export DISPLAY
}

pixel() { # X Y: RRGGBB on the screen
    import -silent -window root "$work/shot.png"
    convert "$work/shot.png" -depth 8 -format "%[hex:u.p{$1,$2}]" info: | cut -c1-6
}

is_pixel() { [ "$(pixel "$1" "$2")" = "$3" ]; }

# The innermost and outermost pixels of the border, on every side of a window.
border_is_drawn() { # X Y WIDTH HEIGHT BORDER RRGGBB
    local x=$1 y=$2 w=$3 h=$4 b=$5
    for at in "$x $y" "$((x + b - 1)) $((y + h / 2))" "$((x + w - 1)) $((y + h - 1))" "$((x + w - b)) $((y + h / 2))" \
        "$((x + w / 2)) $((y + b - 1))" "$((x + w / 2)) $((y + h - b))"; do
        # shellcheck disable=SC2086 # two numbers
        is_pixel $at "$6" || die "the border of $* has the label's colour at $at: $(pixel $at)"
    done
}

# Did the played agent print a line like this? Windows programs end lines in two characters.
heard() { grep -q "$1" <(tr -d '\r' <"$work/agent.log"); }
