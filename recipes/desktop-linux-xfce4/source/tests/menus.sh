#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The real program with real domains; its files are judged by tools that know the specifications of desktops.
#
#   menus.sh BUILD   BUILD has qubes-desktop-sync; qubes-admin is on the path
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
scratch=$build/scratch/menus
rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/home"
export QUBES_DATA=$scratch/data HOME=$scratch/home PATH=$build:$scratch/bin:$PATH
unset XDG_DATA_HOME XDG_CONFIG_HOME
mkdir -p "$QUBES_DATA"
applications=$HOME/.local/share/applications
directories=$HOME/.local/share/desktop-directories
menu=$HOME/.config/menus/applications-merged/qubes-domains.menu

fail() { echo "menus.sh: not so: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "'$1' is '$2'"; }
field() { sed -n "s/^$2=//p" "$applications/$1"; } # FILE KEY

qubes-admin create debian-12 --class TemplateVM --label black
qubes-admin create work --class AppVM --template debian-12 --label red
qubes-admin create my_own-Vm --class StandaloneVM --label green

# Entries of each domain but the admin domain.
mkdir -p "$applications" "$directories"
touch "$applications/mine.desktop" "$applications/qubes-domain.gone.start.desktop"
qubes-desktop-sync
expect "$(field qubes-domain.work.start.desktop Exec)" "/usr/lib/qubes/desktop-run qubes-admin start work"
expect "$(field qubes-domain.work.stop.desktop Name)" "work: stop"
expect "$(field qubes-domain.work.stop.desktop Icon)" "qubes-domain-red"
expect "$(find "$applications" -name '*dom0*')" ""
[ -e "$applications/mine.desktop" ] || fail "files of others stay"
[ ! -e "$applications/qubes-domain.gone.start.desktop" ] || fail "entries of former domains go"
rm "$applications/mine.desktop"

# A second run changes nothing.
before=$(find "$HOME" -type f -printf '%p %i %T@\n' | sort)
qubes-desktop-sync
expect "$before" "$(find "$HOME" -type f -printf '%p %i %T@\n' | sort)"

# A new label is shown.
qubes-admin prefs my_own-Vm label blue
qubes-desktop-sync
expect "$(sed -n 's/^Icon=//p' "$directories/qubes-domain.my_own-Vm.directory")" "qubes-domain-blue"

# What a domain says of its applications: nothing of it is a key, a command or a path of ours.
cat >"$scratch/bin/qrexec-client" <<'SCRIPT'
#!/bin/bash
echo "$*" >>"$HOME/calls"
cat "$HOME/answer"
exit "$(cat "$HOME/code")"
SCRIPT
chmod +x "$scratch/bin/qrexec-client"
echo 0 >"$HOME/code"
printf '%s\n' 'org.gnome.Terminal|Terminal' '../../../evil|Up' 'a b|Words' "x;touch $HOME/owned|Shell" 'y%f|Field' \
  $'z|Two\\nExec=touch\tx' $'\xe2\x80\xaetac|Turned' 'w|</Name><Include/>' >"$HOME/answer"
qubes-desktop-sync --fetch work
expect "$(cat "$HOME/calls")" "work qubes.GetAppmenus"
expect "$(cd "$applications" && ls qubes-domain.work.app.*)" "qubes-domain.work.app.org.gnome.Terminal.desktop
qubes-domain.work.app.w.desktop
qubes-domain.work.app.z.desktop"
expect "$(field qubes-domain.work.app.org.gnome.Terminal.desktop Exec)" \
  "/usr/lib/qubes/desktop-run qrexec-client work qubes.StartApp+org.gnome.Terminal"
expect "$(field qubes-domain.work.app.z.desktop Name)" "work: Two_nExec=touch_x"
expect "$(field qubes-domain.work.app.z.desktop Exec)" "/usr/lib/qubes/desktop-run qrexec-client work qubes.StartApp+z"

# Too long an answer and a failed call change nothing.
known=$HOME/.local/share/qubes/applications/work
before=$(sha256sum "$known")
head -c 70000 /dev/zero | tr '\0' a >"$HOME/answer"
code=0; qubes-desktop-sync --fetch work 2>/dev/null || code=$?
expect "$code" 10
echo 'other|Other' >"$HOME/answer"; echo 126 >"$HOME/code"
code=0; qubes-desktop-sync --fetch work 2>/dev/null || code=$?
expect "$code" 10
expect "$before" "$(sha256sum "$known")"
code=0; qubes-desktop-sync --fetch no-such-domain 2>/dev/null || code=$?
expect "$code" 3

# A damaged domain file leaves the menus as they are.
before=$(find "$HOME/.local" "$HOME/.config" -type f -printf '%p %i\n' | sort)
echo 'label = none such' >>"$QUBES_DATA/domains/work/domain.conf"
code=0; qubes-desktop-sync 2>/dev/null || code=$?
expect "$code" 7
sed -i '$d' "$QUBES_DATA/domains/work/domain.conf"
expect "$before" "$(find "$HOME/.local" "$HOME/.config" -type f -printf '%p %i\n' | sort)"

# Tools that know the specifications find nothing wrong, and a menu per domain with its entries.
desktop-file-validate --no-hints "$applications"/*.desktop "$here"/../share/*.desktop
xmllint --noout --nonet "$menu" "$here/../share/xfwm4.xml" "$build"/icons/*.svg
expect "$(find "$build/icons" -name '*.svg' | wc -l)" 8
grep -q '#cc0000' "$build/icons/qubes-domain-red.svg" || fail "a label's icon has its colour"
mkdir -p "$scratch/etc/menus" "$HOME/.local/share/desktop-directories"
cp "$here/../share/qubes-domains.directory" "$directories/"
printf '%s\n' '<!DOCTYPE Menu PUBLIC "-//freedesktop//DTD Menu 1.0//EN" "menu.dtd">' '<Menu><Name>Desktop</Name>' \
  '<DefaultAppDirs/><DefaultDirectoryDirs/><DefaultMergeDirs/></Menu>' >"$scratch/etc/menus/applications.menu"
expect "$(XDG_CONFIG_DIRS=$scratch/etc XDG_DATA_DIRS=$scratch/none /usr/bin/python3 "$here/show-menu.py")" "Qubes Domains
  debian-12
    debian-12: look for applications
    debian-12: start
    debian-12: stop
  my_own-Vm
    my_own-Vm: look for applications
    my_own-Vm: start
    my_own-Vm: stop
  work
    work: </Name><Include/>
    work: Terminal
    work: Two_nExec=touch_x
    work: look for applications
    work: start
    work: stop"
rm "$directories/qubes-domains.directory"

# Watching: a new domain appears, one that starts is asked, one that is removed goes.
echo 0 >"$HOME/code"; echo 'xterm|XTerm' >"$HOME/answer"
qubes-desktop-sync --watch &
watcher=$!
trap 'kill "$watcher"' EXIT
appears() { for _ in $(seq 100); do if [ -e "$1" ]; then return; fi; sleep 0.2; done; fail "$1 appears"; }
qubes-admin create late --class StandaloneVM --label gray
appears "$applications/qubes-domain.late.start.desktop"
mkdir -p "$scratch/share/qubes/vmm"
printf '#!/bin/sh\ntrue\n' >"$scratch/bin/driver"; chmod +x "$scratch/bin/driver"
echo "$scratch/bin/driver" >"$scratch/share/qubes/vmm/driver"
QUBES_INSTALL=$scratch qubes-admin start late
appears "$applications/qubes-domain.late.app.xterm.desktop"
QUBES_INSTALL=$scratch qubes-admin stop late
qubes-admin remove late --force
for _ in $(seq 100); do if [ ! -e "$applications/qubes-domain.late.start.desktop" ]; then break; fi; sleep 0.2; done
[ ! -e "$applications/qubes-domain.late.start.desktop" ] || fail "the menus of a removed domain go"
trap - EXIT
kill "$watcher"

# Removing leaves nothing of ours.
qubes-desktop-sync --remove
expect "$(find "$HOME/.local" "$HOME/.config" -type f)" ""

# What runs an entry passes arguments as they are, hands the exit code on and shows failures.
cat >"$scratch/bin/notify-send" <<'SCRIPT'
#!/bin/sh
printf '%s\n' "$@" >"$HOME/shown"
SCRIPT
chmod +x "$scratch/bin/notify-send"
code=0; "$here/../scripts/desktop-run" sh -c 'exit 7' 2>/dev/null || code=$?
expect "$code" 7
grep -q 'failed with exit code 7' "$HOME/shown" || fail "a failure is shown"
echo "menus: good"
