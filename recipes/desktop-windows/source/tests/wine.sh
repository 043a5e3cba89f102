#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program and its shortcuts under Wine. Arguments: build directory, core-admin's staged tree for Windows.
set -euo pipefail
build=$1 deps=$2
wine=${WINE:-/usr/lib/wine/wine64}
home=$build/home
rm -rf "$home"
mkdir -p "$home/install/bin" "$home/install/share/desktop-windows/icons" "$home/data" "$home/menu"
export HOME="$home" WINEPREFIX="$home/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=;winemenubuilder.exe=d"
unset DISPLAY
mkdir -p "$WINEPREFIX"
# One server for all programs: starting one anew for each is slow, and now and then a program misses it.
"${wine%/*}/wineserver64" -p
trap '"${wine%/*}/wineserver64" -k >/dev/null 2>&1 || true' EXIT
"$wine" wineboot -i >/dev/null 2>&1
cp "$build/qubes-desktop-sync.exe" "$deps/bin/qubes-admin.exe" "$home/install/bin/"
cp "$build"/icons/*.ico "$home/install/share/desktop-windows/icons/"
windows() { printf 'Z:%s' "${1//\//\\}"; }
QUBES_DATA=$(windows "$home/data")
export QUBES_DATA
admin() { "$wine" "$home/install/bin/qubes-admin.exe" "$@"; }
program() { "$wine" "$home/install/bin/qubes-desktop-sync.exe" "$@"; }
menu() { program --menu "$(windows "$home/menu")" "$@"; }
folder="$home/menu/Qubes Domains"
checks=0 failures=0
fail() { failures=$((failures + 1)); echo "$*"; }

# expect CODE TEXT COMMAND…
expect() {
    code=$1 text=$2
    shift 2
    actual=0
    output=$("$@" 2>&1) || actual=$?
    checks=$((checks + 1))
    case $output in *"$text"*) matches=yes ;; *) matches=no ;; esac
    { [ "$actual" = "$code" ] && [ $matches = yes ]; } ||
        fail "$*: exit code $actual (expected $code): $output (expected: $text)"
}
holds() { # the names in our folder
    checks=$((checks + 1))
    names=$(find "$folder" -type f -printf '%f;\n' | sort | tr -d '\n')
    [ "$names" = "$1" ] || fail "in the menu: '$names', expected '$1'"
}
eventually() { # TEXT: the list comes to contain it
    checks=$((checks + 1)) turn=0
    until menu --list 2>/dev/null | grep -qF -- "$1"; do
        turn=$((turn + 1))
        [ $turn -lt 150 ] || { fail "never in the menu: $1"; return; }
        sleep 0.2
    done
}

status=0
"$wine" "$build/tests/test-icon.exe" "$(windows "$build/icons")" || status=1

expect 2 'usage:' program --frobnicate
expect 2 'usage:' program --start
expect 2 'usage:' program --list --remove
admin create deb --class TemplateVM --label black
admin create work --template deb --label blue

# shortcuts come, hold what they should, and go with their domains
expect 0 '' menu
holds 'deb - start.lnk;deb - stop.lnk;work - start.lnk;work - stop.lnk;'
expect 0 'work - start|--start work|'"$(windows "$home/install/share/desktop-windows/icons/blue.ico")"'|work (AppVM, blue)' menu --list
admin prefs work label red
expect 0 '' menu
expect 0 'icons\red.ico|work (AppVM, red)' menu --list
printf 'not a shortcut' >"$folder/notes.lnk"
printf 'mine' >"$folder/mine.txt"
admin remove work
expect 0 '' menu
holds 'deb - start.lnk;deb - stop.lnk;mine.txt;notes.lnk;'
expect 0 '' menu --remove
holds 'mine.txt;notes.lnk;'
rm "$folder/mine.txt" "$folder/notes.lnk"
expect 0 '' menu --remove
expect 1 '' test -e "$folder"

# the person's own start menu, and that of all users
expect 0 '' program
expect 0 'deb - start.lnk' find "$WINEPREFIX/drive_c/users" -path '*/Start Menu/Programs/Qubes Domains/*.lnk'
expect 0 '' program --remove
expect 0 '' program --machine
expect 0 'deb - stop.lnk' find "$WINEPREFIX/drive_c/ProgramData" -path '*/Start Menu/Programs/Qubes Domains/*.lnk'
expect 0 '' program --machine --remove
checks=$((checks + 1))
left=$(find "$WINEPREFIX/drive_c" -path '*Qubes*.lnk')
[ -z "$left" ] || fail "left behind: $left"

# watching: changes appear, a second watcher is refused, damage is survived, and it ends when told
menu --watch 2>"$build/watch.log" &
watcher=$!
eventually 'deb - start'
expect 6 'watched already' menu --watch
admin create mail --class StandaloneVM --label yellow
eventually 'yellow.ico|mail'
cp "$home/data/domains/mail/domain.conf" "$build/saved.conf"
echo nonsense >"$home/data/domains/mail/domain.conf"
checks=$((checks + 1)) turn=0
until grep -qF 'not a domain file' "$build/watch.log"; do
    turn=$((turn + 1))
    [ $turn -lt 150 ] || { fail 'the watcher does not tell of the damage'; break; }
    sleep 0.2
done
cp "$build/saved.conf" "$home/data/domains/mail/domain.conf"
admin prefs mail label green
eventually 'green.ico|mail'
expect 0 '' program --quit
wait $watcher || fail "the watcher ended with $?: $(cat "$build/watch.log")"
expect 0 '' program --quit

# what the shortcuts start
expect 3 'no domain nosuch' program --quiet --start nosuch
expect 10 'no VMM driver is installed' program --quiet --start mail
expect 0 '' program --quiet --stop mail

echo "desktop: $checks checks, $failures failures"
[ $failures = 0 ] || status=1
exit $status
