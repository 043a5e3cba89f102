#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The real agent and client as a service and in a console under Wine, over named pipes, with a test that
# plays the admin domain: wine.sh BUILD DEPS [BESIDE], where BESIDE is a program that the vchan in DEPS needs to be running;
# it says when it is ready.
set -euo pipefail

build=$(cd "$1" && pwd) deps=$(cd "$2" && pwd) beside=${3:+$(realpath "$3")}
home=$(mktemp -d)
export PATH=/usr/lib/wine:$PATH
export HOME=$home WINEPREFIX=$home/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
finish() {
  wineserver -k 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT
fail() {
  echo "wine: $*" >&2
  cat "$home"/*.log "$home"/data/log/*.log >&2 2>/dev/null || true
  exit 1
}
eventually() {
  local turn
  for turn in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "never ($turn turns): $*"
}

# An installation, with the vchan that works here.
install=$home/install
mkdir -p "$install/bin" "$install/qubes-rpc" "$home/data/qubes-rpc"
cp "$build"/*.exe "$deps/bin/libvchan.dll" "$install/bin/"
cp qubes-rpc/* "$install/qubes-rpc/"
export QUBES_DATA="Z:${home//\//\\}\\data"
wine64 wineboot --init >/dev/null 2>&1
start_beside() {
  [ -n "$beside" ] || return 0
  wine64 "$beside" >"$home/beside" &
  eventually grep -q ready "$home/beside"
}
start_beside
run() { wine64 "$install/bin/$1" "${@:2}"; }

printf '@echo off\r\nset /p line=\r\necho out %%line%%\r\necho err %%1 %%QREXEC_REMOTE_DOMAIN%% 1>&2\r\nexit 42\r\n' \
  >"$home/data/qubes-rpc/test.Streams.cmd"
printf 'cmd.exe /c echo from the data directory\r\n' >"$home/data/qubes-rpc/test.Override"
printf 'cmd.exe /c echo from the installation\r\n' >"$install/qubes-rpc/test.Override"
printf 'cmd.exe /c echo argument:\r\n' >"$install/qubes-rpc/test.Argument"
printf 'no-such-program.exe\r\n' >"$install/qubes-rpc/test.Broken"

# expect CODE OUTPUT ERROR COMMAND...
expect() {
  local code=0 output error
  output=$("${@:4}" 2>"$home/stderr") || code=$?
  output=$(tr -d '\r' <<<"$output")
  error=$(tr -d '\r' <"$home/stderr" | sed 's/ *$//')
  [ "$code" = "$1" ] || fail "exit code $code instead of $1 ($error): ${*:4}"
  [ "$output" = "$2" ] || fail "output '$output' instead of '$2': ${*:4}"
  [ "$3" = any ] || [ "$error" = "$3" ] || fail "error '$error' instead of '$3': ${*:4}"
}
hello() { echo hello | run peer.exe exec "$1"; }
nothing() { run peer.exe exec "$1" </dev/null; }

check_calls() {
  expect 42 "out hello" "err word work" hello "QUBESRPC test.Streams+word work"
  expect 0 "from the data directory" "" nothing "QUBESRPC test.Override work"
  expect 0 "argument: a-b.c" "" nothing "QUBESRPC test.Argument+a-b.c work"
  expect 127 "" any nothing "QUBESRPC test.Missing work"
  expect 125 "" any nothing "QUBESRPC test.Broken work"
  # Windows would find these files, but they are not the services' names.
  expect 127 "" any nothing "QUBESRPC TEST.streams work"
  expect 127 "" any nothing "QUBESRPC test.Streams. work"
  expect 127 "" any nothing "QUBESRPC test.Streams.cmd. work"
  expect 7 "any command" "" nothing "cmd.exe /c echo any command& exit 7"
}

# ---- In a console ----

VCHAN_DOMAIN=5 wine64 "$install/bin/qrexec-agent.exe" --console >/dev/null 2>"$home/agent.log" &
agent=$!
expect 0 "ready" "" nothing "cmd.exe /c echo ready"
check_calls

head -c 3000000 /dev/urandom >"$home/bulk"
cp "$build/copy.exe" "$install/bin/"
run peer.exe exec "\"Z:${install//\//\\}\\bin\\copy.exe\"" <"$home/bulk" >"$home/back" || fail "bulk: exit code $?"
cmp "$home/bulk" "$home/back" || fail "bulk came back different"

# A service ends with its caller: the file stops growing.
ticks=$home/ticks
run peer.exe cut "\"Z:${install//\//\\}\\bin\\copy.exe\" tick Z:${ticks//\//\\}" </dev/null >/dev/null || fail "cut: exit code $?"
[ -s "$ticks" ] || fail "the service never ran"
size=$(stat -c %s "$ticks")
sleep 1.5
[ "$(stat -c %s "$ticks")" = "$size" ] || fail "the service outlived its caller"

client() { VCHAN_DOMAIN=5 run qrexec-client-vm.exe "$@"; }
met() { [ "$(grep -c "connected with the daemon" "$home/agent.log")" -gt "$1" ]; }
background_peer() {
  local before
  before=$(grep -c "connected with the daemon" "$home/agent.log")
  run peer.exe "$@" >"$home/peer.out" & peer=$!
  eventually met "$before" # until then the agent refuses by itself
}
background_peer refuse
expect 126 "" any client vault test.Ask+x </dev/null
wait "$peer" || fail "the peer that refuses"
[ "$(tr -d '\r' <"$home/peer.out")" = "vault test.Ask+x" ] || fail "the request was $(cat "$home/peer.out")"
background_peer serve "answer " 33
question() { printf question | client vault test.Ask; }
expect 33 "answer question" "" question
wait "$peer" || fail "the peer that serves"
background_peer serve "word" 0
expect 0 "" "" client vault test.Ask cmd.exe /c "exit 0"
wait "$peer" || fail "the peer that serves a program"
expect 125 "" any client vault "../x"
kill "$agent"
wait "$agent" 2>/dev/null || true

# ---- As a service ----

# Services get their environment from the registry, as it was when their manager started.
wine64 reg add 'HKLM\System\CurrentControlSet\Control\Session Manager\Environment' /v VCHAN_DOMAIN /d 5 /f >/dev/null
wine64 reg add 'HKLM\Software\Qubes' /v DataDir /d "$QUBES_DATA" /f >/dev/null
wineserver -k
wineserver -w
start_beside
# Wine stops all services when the last ordinary program ends, so one has to stay.
run copy.exe tick "Z:${home//\//\\}\\stay" >/dev/null &
eventually test -s "$home/stay"
run service.exe install QubesQrexecAgent "Z:${install//\//\\}\\bin\\qrexec-agent.exe"
check_calls

menu="$WINEPREFIX/drive_c/ProgramData/Microsoft/Windows/Start Menu/Programs"
mkdir -p "$menu/Tools"
run link.exe "Z:${menu//\//\\}\\Tools\\Tick Tock.lnk" "Z:${install//\//\\}\\bin\\copy.exe" "tick Z:${home//\//\\}\\app"
listed() { nothing "QUBESRPC qubes.GetAppmenus dom0" | tr -d '\r' | grep -qx "Tools.Tick_Tock|Tick Tock"; }
listed || fail "the Start menu's entry is not listed"
expect 0 "" any nothing "QUBESRPC qubes.StartApp+Tools.Tick_Tock dom0"
eventually test -s "$home/app"
expect 1 "" any nothing "QUBESRPC qubes.StartApp+Tools.None dom0"

run service.exe stop QubesQrexecAgent
grep -q "qrexec-agent: connected with the daemon" "$home/data/log/QubesQrexecAgent.log" || fail "the service's log"
wine64 sc delete QubesQrexecAgent >/dev/null || fail "the service is not deleted"

# ---- From a medium, by install.cmd ----

medium=$home/medium
mkdir "$medium"
cp -r "$install/bin" "$install/qubes-rpc" "$medium/"
echo >"$medium/bin/qubes-gui-agent.exe" # the file alone decides
sed 's/$/\r/' install.cmd >"$medium/install.cmd"
by_hand() { wine64 cmd /c "Z:${medium//\//\\}\\install.cmd" "$@" 2>"$home/stderr" | tr -d '\r'; }
directory='C:\Program Files\Agents of Qubes'
installed="$WINEPREFIX/drive_c/Program Files/Agents of Qubes"
at_logon() { wine64 reg query 'HKLM\Software\Microsoft\Windows\CurrentVersion\Run' /v QubesGuiAgent; }
for turn in first again; do
  by_hand "$directory" | grep -qF "Installed in $directory." || fail "install.cmd, $turn: $(cat "$home/stderr")"
  check_calls
done
[ -e "$installed/bin/libvchan.dll" ] || fail "install.cmd: files"
at_logon | grep -qF "\"$directory\\bin\\qubes-gui-agent.exe\"" || fail "install.cmd: the GUI agent at logon"
by_hand /remove | grep -qF "Removed from $directory." || fail "install.cmd /remove: $(cat "$home/stderr")"
[ ! -e "$installed" ] || fail "install.cmd /remove leaves $(find "$installed" | head -n 3)"
if at_logon >/dev/null 2>&1; then fail "install.cmd /remove: the GUI agent at logon"; fi
if by_hand /remove | grep -q Removed; then fail "install.cmd /remove removes what is not there"; fi
echo "wine: good"
