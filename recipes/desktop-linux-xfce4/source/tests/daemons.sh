#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The real qubes-gui-daemons with real domains on a private X server; qubes-guid is played by a script that notes how it
# is called.
#
#   daemons.sh BUILD   BUILD has qubes-gui-daemons; qubes-admin is on the path
set -euo pipefail
build=$1
scratch=$build/scratch/daemons
rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/share/qubes/vmm" "$scratch/data"
export QUBES_DATA=$scratch/data QUBES_INSTALL=$scratch QUBES_CONFIG=$scratch PATH=$build:$scratch/bin:$PATH
calls=$scratch/calls
export calls

pids=()
finish() {
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    if kill "${pids[i]}" 2>/dev/null; then wait "${pids[i]}" || true; fi
  done
}
trap finish EXIT
fail() {
  echo "daemons.sh: not so: $*" >&2
  cat "$calls" "$scratch"/*.log >&2 || true
  exit 1
}
# The limit only ends a test that has failed.
eventually() { # DESCRIPTION COMMAND…
  local description=$1
  shift
  for _ in $(seq 300); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "$description"
}
said() { grep -qxF -- "$1" "$calls"; }
none() { ! pgrep -f "$scratch/bin/qubes-guid" >/dev/null; }

cat >"$scratch/bin/qubes-guid" <<'SCRIPT'
#!/bin/bash
echo "start $* on ${DISPLAY:-nothing}" >>"$calls"
trap 'echo "end $2" >>"$calls"; exit 0' TERM
while :; do sleep 0.1; done
SCRIPT
# The VMM: domains run when they are started.
cat >"$scratch/bin/driver" <<'SCRIPT'
#!/bin/bash
case $1 in list) cat "$QUBES_DATA/running" 2>/dev/null || true ;; esac
SCRIPT
chmod +x "$scratch/bin/"*
echo "$scratch/bin/driver" >"$scratch/share/qubes/vmm/driver"
touch "$calls"

code=0; DISPLAY='' qubes-gui-daemons 2>"$scratch/none.log" || code=$?
[ "$code" = 1 ] || fail "without an X server it ends with 1, not $code"
code=0; qubes-gui-daemons --all 2>"$scratch/usage.log" || code=$?
[ "$code" = 2 ] || fail "it takes no arguments"

Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp -noreset >"$scratch/x.log" 2>&1 3>"$scratch/display" &
server=$!
pids+=("$server")
eventually 'the X server starts' test -s "$scratch/display"
DISPLAY=:$(cat "$scratch/display")
export DISPLAY

qubes-admin create debian-12 --class TemplateVM --label black
qubes-admin create work --class AppVM --template debian-12 --label red
qubes-admin create mail --class AppVM --template debian-12 --label yellow
qubes-admin start work
qubes-gui-daemons 2>"$scratch/daemons.log" &
daemons=$!
pids+=("$daemons")

id=$(qubes-admin prefs work id)
eventually 'a domain that runs has a daemon' said "start --domain work --domid $id --color 0xcc0000 on $DISPLAY"
qubes-admin start mail
eventually 'a domain that is started gets one, in the colour of its label' \
  said "start --domain mail --domid $(qubes-admin prefs mail id) --color 0xedd400 on $DISPLAY"
qubes-admin stop work
eventually 'it ends when the domain is stopped' said 'end work'
[ "$(grep -c '^start' "$calls")" = 2 ] || fail 'each has one daemon, and the admin domain has none'

kill "$server"
wait "$server" || true
code=0; wait "$daemons" || code=$?
[ "$code" = 0 ] || fail "with the X server it ends with 0, not $code"
eventually 'the daemons end with it' none
said 'end mail' || fail 'the daemon of the other domain was asked to end'
echo 'daemons: all so'
