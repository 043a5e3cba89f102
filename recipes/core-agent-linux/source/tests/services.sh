#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Services that are scripts, run as the agent runs them.
#
#   services.sh BUILD   BUILD may be written to
set -euo pipefail
services=$(cd "$(dirname "$0")/../services" && pwd)
scratch=$1/services
rm -rf "$scratch"
mkdir -p "$scratch/home/.local/share/applications" "$scratch/share/applications"
export HOME=$scratch/home XDG_DATA_DIRS=$scratch/share:$scratch/none
unset XDG_DATA_HOME

fail() { echo "services.sh: not so: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }
entry() { # FILE LINE...
  local file=$scratch/$1
  shift
  printf '%s\n' '[Desktop Entry]' "$@" >"$file"
}

# qubes.GetAppmenus: what a menu shows, the person's own before the system's.
entry share/applications/org.example.Editor.desktop Type=Application 'Name = Text Editor ' 'Name[de]=Texteditor' Exec=true \
  '[Desktop Action new]' 'Name=New Window'
entry share/applications/hidden.desktop Type=Application Name=Hidden Hidden=true
entry share/applications/shy.desktop Type=Application Name=Shy NoDisplay=true
entry share/applications/link.desktop Type=Link Name=Link
entry share/applications/both.desktop Type=Application Name=System
entry home/.local/share/applications/both.desktop Type=Application Name=Mine
printf 'Name=None\n' >"$scratch/share/applications/broken.desktop"
expect "$(sh "$services/qubes.GetAppmenus" | sort)" "both|Mine
org.example.Editor|Text Editor"
expect "$(XDG_DATA_DIRS=$scratch/none HOME=$scratch/none sh "$services/qubes.GetAppmenus")" ''

# qubes.StartApp: an application of the person's own and of the system, and none that is not there.
mkdir "$scratch/bin"
cat >"$scratch/bin/gtk-launch" <<SCRIPT
#!/bin/sh
echo "\$1" >>"$scratch/started"
SCRIPT
chmod +x "$scratch/bin/gtk-launch"
entry home/.local/share/applications/own.desktop Type=Application Name=Own
for app in own org.example.Editor; do
  PATH=$scratch/bin:$PATH sh "$services/qubes.StartApp" "$app"
  for _ in $(seq 100); do if grep -qsx "$app.desktop" "$scratch/started"; then break; fi; sleep 0.1; done
  grep -qx "$app.desktop" "$scratch/started" || fail "$app is started"
done
code=0; PATH=$scratch/bin:$PATH sh "$services/qubes.StartApp" missing 2>/dev/null || code=$?
expect "$code" 1
# qubes.OpenInVM: the document is opened under a name of one file; what was changed comes back, what is to be seen does not.
cat >"$scratch/bin/xdg-open" <<SCRIPT
#!/bin/sh
printf '%s\n' "\$1" >"$scratch/opened"
cp "\$1" "$scratch/seen"
cat "$scratch/edit" >>"\$1" || true
exit "\$(cat "$scratch/code")"
SCRIPT
chmod +x "$scratch/bin/xdg-open"
echo 0 >"$scratch/code"
: >"$scratch/edit"
open_document() { # NAME: content is standard input
  { printf '%s' "$1"; head -c $((256 - ${#1})) /dev/zero; cat; } |
    PATH=$scratch/bin:$PATH TMPDIR=$scratch sh "$services/qubes.OpenInVM" 2>"$scratch/err"
}
expect "$(printf 'a\nb' | open_document 'letter (1).pdf')" ''
expect "$(basename "$(cat "$scratch/opened")")" 'letter (1).pdf'
expect "$(cat "$scratch/seen")" $'a\nb'
echo more >"$scratch/edit"
expect "$(printf 'a\nb' | open_document '../../x;y.txt')" $'a\nbmore'
expect "$(basename "$(cat "$scratch/opened")")" '_.._.._x_y.txt'
expect "$(printf a | open_document 'view-only--rf')" ''
expect "$(basename "$(cat "$scratch/opened")")" '_-rf'
expect "$(printf a | open_document '')" 'amore'
echo 3 >"$scratch/code"
code=0; printf a | open_document x.txt >"$scratch/out" || code=$?
expect "$code $(cat "$scratch/out")" '3 '
expect "$(find "$scratch" -maxdepth 1 -name 'tmp.*')" ''
echo "services: good"
