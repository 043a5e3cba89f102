#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real calls between domains on Windows, under Wine over named pipes: the daemon as a service and in a
# console, an agent for each domain, callers, policy and a driver: wine.sh BUILD DEPS
set -euo pipefail

build=$(cd "$1" && pwd) deps=$(cd "$2" && pwd)
home=$(mktemp -d)
export PATH=/usr/lib/wine:$PATH
export HOME=$home WINEPREFIX=$home/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
finish() {
  wineserver -k 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT
log=$home/data/log/QubesQrexecDaemon.log
fail() {
  echo "wine: $*" >&2
  cat "$log" "$home/daemon.log" >&2 2>/dev/null || true
  exit 1
}
eventually() {
  local turn
  for turn in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  fail "never ($turn turns): $*"
}
windows() { printf 'Z:%s' "${1//\//\\}"; }
run() { wine64 "$install/bin/$1" "${@:2}"; }

# ---- The installation, with the vchan that works here ----

install=$home/install
mkdir -p "$install/bin" "$install/share/vmm" "$home/run" "$home/rpc" "$home/data/qubes-rpc" "$home/data/policy.d"
cp "$build"/*.exe "$deps/bin/libvchan.dll" "$deps/bin/qubes-admin.exe" "$deps/bin/qrexec-agent.exe" \
  "$deps/bin/qrexec-client-vm.exe" "$install/bin/"
printf 'bin\\driver.exe\r\n' >"$install/share/vmm/driver"

printf '@echo %%QREXEC_REMOTE_DOMAIN%% %%QREXEC_SERVICE_FULL_NAME%% %%DOMAIN%%\r\n' >"$home/rpc/test.Who.cmd"
printf '@echo to the error stream 1>&2\r\n@exit %%1\r\n' >"$home/rpc/test.Code.cmd"
cp "$build/copy.exe" "$home/rpc/test.Copy.exe"
printf '"%s" tick "%s"\r\n' "$(windows "$install/bin/copy.exe")" "$(windows "$home/ticks")" >"$home/rpc/test.Tick"
printf 'cmd.exe /c echo %%QREXEC_REMOTE_DOMAIN%% wants %%QREXEC_REQUESTED_TARGET_KEYWORD%%\r\n' >"$home/data/qubes-rpc/test.Admin"
cat >"$home/data/policy.d/30-test.policy" <<'P'
test.Who   +deny *        *        deny
test.Who   *     work     vault    allow
test.Who   *     work     late     allow
test.Who   *     work     other    allow autostart=no
test.Who   *     work     broken   allow
test.Who   *     @adminvm vault    allow
test.Code  *     work     vault    allow
test.Copy  *     work     vault    allow
test.Copy  *     @adminvm vault    allow
test.Tick  *     work     vault    allow
test.Admin *     work     @adminvm allow
*          *     *        *        deny
P

wine64 wineboot --init >/dev/null 2>&1
wine64 reg add 'HKLM\Software\Qubes' /v DataDir /d "$(windows "$home/data")" /f >/dev/null
for name in work vault late other broken; do
  run qubes-admin.exe create "$name" --class StandaloneVM --label red
done
run qubes-admin.exe prefs vault autostart yes

# expect CODE OUTPUT COMMAND...: with nothing on standard input
expect() {
  local code=0 output
  output=$("${@:3}" </dev/null 2>"$home/stderr") || code=$?
  output=$(tr -d '\r' <<<"$output" | sed 's/ *$//')
  [ "$code" = "$1" ] || fail "exit code $code instead of $1 ($(cat "$home/stderr")): ${*:3}"
  [ "$output" = "$2" ] || fail "output '$output' instead of '$2': ${*:3}"
}
from() { # from DOMAIN TARGET SERVICE [PROGRAM...]
  local id
  id=$(run qubes-admin.exe prefs "$1" id | tr -d '\r')
  VCHAN_DOMAIN=$id QREXEC_AGENT_ENDPOINT=qubes-test-agent-$1 run qrexec-client-vm.exe "${@:2}"
}
connected() { [ "$(grep -c "$1: connected with its agent" "$log")" -ge "$2" ]; }

# ---- As a service ----

wineserver -w # the manager of services that prepared the prefix ends, and a fresh one starts
# Wine stops all services when the last ordinary program ends, so one has to stay.
run copy.exe tick "$(windows "$home/stay")" >/dev/null &
eventually test -s "$home/stay"
run service.exe install QubesQrexecDaemon "$(windows "$install/bin/qrexec-daemon.exe")"
run qubes-admin.exe start work
eventually connected work 1
eventually connected vault 1 # which the daemon has started with the machine

expect 0 "work test.Who vault" from work vault test.Who
expect 0 "work test.Who+a-b.c vault" from work vault test.Who+a-b.c
expect 42 "" from work vault test.Code+42
grep -q "to the error stream" "$home/stderr" || fail "the error stream said: $(cat "$home/stderr")"
expect 126 "" from work vault test.Who+deny
grep -q 'work -> vault: test.Who+deny: refused: denied by a rule .*30-test.policy:1' "$log" || fail "the log does not name the rule"
expect 126 "" from vault work test.Who
expect 126 "" from work vault test.Unknown
expect 126 "" from work nowhere test.Who
# Spellings that Windows takes for the same file are other services to policy.
expect 126 "" from work vault TEST.Who
expect 126 "" from work vault test.Who.

expect 0 "work wants adminvm" from work @adminvm test.Admin
expect 0 "dom0 test.Who vault" run qrexec-client.exe vault test.Who
expect 126 "" run qrexec-client.exe work test.Who
expect 0 "work test.Who late" from work late test.Who # is started for it
expect 126 "" from work other test.Who
expect 126 "" from work broken test.Who

head -c 5000000 /dev/urandom >"$home/bulk"
from work vault test.Copy <"$home/bulk" >"$home/back" || fail "bulk: exit code $?"
cmp "$home/bulk" "$home/back" || fail "bulk came back different"
run qrexec-client.exe vault test.Copy <"$home/bulk" >"$home/back" || fail "the admin domain's bulk: exit code $?"
cmp "$home/bulk" "$home/back" || fail "the admin domain's bulk came back different"
calls=()
for i in 1 2 3 4 5 6; do
  from work vault "test.Who+$i" </dev/null >"$home/many.$i" & calls+=($!)
done
for pid in "${calls[@]}"; do wait "$pid" || fail "one of many calls: exit code $?"; done
for i in 1 2 3 4 5 6; do grep -q "^work test.Who+$i vault" "$home/many.$i" || fail "call $i of many"; done

# A caller that is killed takes the service with it.
mkfifo "$home/never"
id=$(run qubes-admin.exe prefs work id | tr -d '\r')
VCHAN_DOMAIN=$id QREXEC_AGENT_ENDPOINT=qubes-test-agent-work \
  wine64 "$install/bin/qrexec-client-vm.exe" vault test.Tick <>"$home/never" >/dev/null 2>&1 &
caller=$!
eventually test -s "$home/ticks"
kill -KILL "$caller"
wait "$caller" 2>/dev/null || true
quiet() {
  local before
  before=$(stat -c %s "$home/ticks")
  sleep 1
  [ "$(stat -c %s "$home/ticks")" = "$before" ]
}
eventually quiet

# A target that is stopped in the middle of a call.
rm "$home/ticks"
from work vault test.Tick <>"$home/never" >/dev/null 2>"$home/stderr" &
caller=$!
eventually test -s "$home/ticks"
run qubes-admin.exe stop vault
run qubes-admin.exe start vault
eventually connected vault 2
expect 0 "work test.Who vault" from work vault test.Who

run service.exe stop QubesQrexecDaemon
code=0
wait "$caller" || code=$?
[ "$code" = 125 ] || fail "a call that the daemon's end cut off gave $code"
expect 126 "" from work vault test.Who

# ---- In a console ----

in_console() { # starts it with VCHAN_DOMAIN, and waits for a decision
  log=$home/daemon.$1.log
  VCHAN_DOMAIN=$1 wine64 "$install/bin/qrexec-daemon.exe" --console >/dev/null 2>"$log" &
  daemon=$!
  expect 126 "" run qrexec-client.exe work test.Who
  grep -q "dom0 -> work: test.Who: refused" "$log" || fail "no decision"
}

in_console 0
eventually connected work 1
eventually connected vault 1
expect 0 "work test.Who vault" from work vault test.Who
expect 126 "" from vault work test.Who
kill "$daemon"
wait "$daemon" 2>/dev/null || true

# Where no vchan can be opened (this is no number of a domain), it stays, tries on and decides.
in_console none
kill -0 "$daemon" || fail "the daemon ended without a vchan"

code=0
run qrexec-daemon.exe nonsense >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "nonsense gave $code"
echo "wine: good"
