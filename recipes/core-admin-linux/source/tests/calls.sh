#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Real calls between real domains on one machine: the daemon, an agent for each domain and callers, over
# Unix sockets: calls.sh BUILD DEPS relay|direct
set -euo pipefail

build=$1 deps=$2 channels=$3
find_program() {
  local place
  for place in "$build" "$deps"/bin "$deps"/usr/bin "$deps"/lib/qubes "$deps"/usr/lib/qubes; do
    if [ -x "$place/$1" ]; then
      realpath "$place/$1"
      return
    fi
  done
  echo "calls: no $1" >&2
  exit 1
}
daemon=$(find_program qrexec-daemon) client=$(find_program qrexec-client) hostile=$(find_program hostile)
agent=$(find_program qrexec-agent) client_vm=$(find_program qrexec-client-vm) admin=$(find_program qubes-admin)

dir=$(mktemp -d /tmp/qrexec-XXXXXX)
export dir agent admin
export QUBES_DATA=$dir/data QUBES_CONFIG=$dir/etc QUBES_INSTALL=$dir/install
export VCHAN_SOCKET_DIR=$dir/run QREXEC_DAEMON_ENDPOINT=$dir/run/daemon
export QREXEC_CHANNELS=$channels QREXEC_ASK=$dir/ask
mkdir -p "$QUBES_DATA" "$QUBES_CONFIG/policy.d" "$QUBES_INSTALL/share/qubes/vmm" "$VCHAN_SOCKET_DIR" \
  "$dir"/pids "$dir"/rpc/{work,vault,other,late,broken,dom0,any}

finish() {
  local pid
  for pid in "$dir"/pids/*; do
    [ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true
  done
  rm -rf "$dir"
}
trap finish EXIT

fail() {
  echo "calls ($channels): $*" >&2
  echo "--- log of the daemon" >&2
  tail -n 40 "$dir/daemon.log" >&2 || true
  exit 1
}

# eventually COMMAND...: until it succeeds, half a minute at most.
eventually() {
  local turn
  for turn in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "never ($turn turns): $*"
}

# ---- The machine: domains, their services, the policy, and a driver that starts agents ----

cat >"$dir/driver" <<'DRIVER'
#!/bin/bash
# A domain "runs" when its agent does. broken never starts.
set -euo pipefail
case $1 in
  start)
    if [ "$2" = broken ]; then
      echo "out of order" >&2
      exit 1
    fi
    id=$("$admin" prefs "$2" id)
    services=$dir/rpc/$2
    [ -d "$services" ] || services=$dir/rpc/any
    VCHAN_DOMAIN=$id QREXEC_AGENT_ENDPOINT=$dir/run/agent.$2 QREXEC_SERVICE_PATH=$services DOMAIN=$2 \
      setsid "$agent" </dev/null >>"$dir/agent.$2.log" 2>&1 &
    echo $! >"$dir/pids/$2"
    ;;
  stop)
    if [ -e "$dir/pids/$2" ]; then
      kill "$(cat "$dir/pids/$2")" 2>/dev/null || true
      rm "$dir/pids/$2"
    fi
    ;;
  list)
    cd "$dir/pids"
    for name in *; do [ "$name" = daemon ] || [ ! -e "$name" ] || echo "$name"; done
    ;;
esac
DRIVER
chmod +x "$dir/driver"
echo "$dir/driver" >"$QUBES_INSTALL/share/qubes/vmm/driver"

for name in work vault other late broken; do
  "$admin" create "$name" --class StandaloneVM --label red
  "$admin" prefs "$name" default_user "$(id -un)"
done
"$admin" create maker --class StandaloneVM --label red
"$admin" prefs maker default_user "$(id -un)"

service() { # service DOMAIN NAME, the script on standard input
  { echo '#!/bin/sh'; cat; } >"$dir/rpc/$1/$2"
  chmod +x "$dir/rpc/$1/$2"
}
service vault test.Echo <<'S'
cat
S
service vault test.Code <<'S'
echo "to the error stream" >&2
exit "$1"
S
service vault test.Who <<'S'
echo "$QREXEC_REMOTE_DOMAIN $QREXEC_SERVICE_FULL_NAME $DOMAIN"
S
cp "$dir/rpc/vault/test.Who" "$dir/rpc/late/test.Who"
cp "$dir/rpc/vault/test.Who" "$dir/rpc/other/test.Who"
cp "$dir/rpc/vault/test.Who" "$dir/rpc/any/test.Who"
service vault test.Hold <<'S'
echo $$ >"$dir/hold"
echo held
exec sleep 1000
S
service dom0 test.Admin <<'S'
echo "$QREXEC_REMOTE_DOMAIN wants $QREXEC_REQUESTED_TARGET_TYPE $QREXEC_REQUESTED_TARGET$QREXEC_REQUESTED_TARGET_KEYWORD"
S
cat >"$QUBES_CONFIG/policy.d/30-test.policy" <<P
test.Echo    *      work     vault    allow
test.Code    *      work     vault    allow
test.Who     +deny  *        *        deny
test.Who     *      work     vault    allow
test.Who     *      work     @default allow target=vault
test.Who     *      work     late     allow
test.Who     *      work     other    allow autostart=no
test.Who     *      work     broken   allow
test.Who     *      work     @dispvm  allow target=@dispvm:maker
test.Who     *      @adminvm vault    allow
test.Echo    *      @adminvm vault    allow
test.Hold    *      work     vault    allow
test.Hold    *      @adminvm vault    allow
test.Missing *      work     vault    allow
test.Admin   *      work     @adminvm allow
test.Ask     *      work     @anyvm   ask default_target=vault
*            *      *        *        deny
P
cat >"$dir/ask" <<'A'
#!/bin/sh
# The "person": does what the file says; the arguments are kept for the test.
echo "$@" >"$dir/asked"
. "$dir/person"
A
chmod +x "$dir/ask"
cp "$dir/rpc/vault/test.Who" "$dir/rpc/vault/test.Ask"

start_daemon() {
  QREXEC_SERVICE_PATH=$dir/rpc/dom0 setsid "$daemon" </dev/null >>"$dir/daemon.log" 2>&1 &
  echo $! >"$dir/pids/daemon"
}
connected() { # connected DOMAIN TIMES: how often its agent has met the daemon
  [ "$(grep -c "^qrexec-daemon: $1: connected with its agent" "$dir/daemon.log")" -ge "$2" ]
}
from() { # from DOMAIN TARGET SERVICE [PROGRAM...]
  local id
  id=$("$admin" prefs "$1" id)
  VCHAN_DOMAIN=$id QREXEC_AGENT_ENDPOINT=$dir/run/agent.$1 "$client_vm" "${@:2}"
}
# expect CODE OUTPUT COMMAND...: with nothing on standard input
expect() {
  local code=0 output
  output=$("${@:3}" </dev/null 2>"$dir/stderr") || code=$?
  [ "$code" = "$1" ] || fail "exit code $code instead of $1 ($(cat "$dir/stderr")): ${*:3}"
  [ "$output" = "$2" ] || fail "output '$output' instead of '$2': ${*:3}"
}

"$admin" prefs vault autostart yes
start_daemon
"$admin" start work
eventually connected work 1 # which this program has started
eventually connected vault 1 # which the daemon has started with the machine

# ---- Allowed and denied ----

[ "$(echo hello | from work vault test.Echo)" = hello ] || fail "no echo"
expect 0 "work test.Who vault" from work vault test.Who
expect 0 "work test.Who+a-b.c vault" from work vault test.Who+a-b.c
expect 0 "work test.Who vault" from work @default test.Who
expect 42 "" from work vault test.Code+42
[ "$(cat "$dir/stderr")" = "to the error stream" ] || fail "the error stream said: $(cat "$dir/stderr")"
expect 127 "" from work vault test.Missing

expect 126 "" from work vault test.Who+deny
expect 126 "" from vault work test.Who
expect 126 "" from work vault test.Unknown
expect 126 "" from work nowhere test.Who
expect 126 "" from work work test.Who
expect 126 "" from vault @adminvm test.Admin
grep -q "work -> vault: test.Who+deny: refused: .*30-test.policy:3" "$dir/daemon.log" || fail "the log does not name the rule"

# ---- The admin domain as target and as caller ----

expect 0 "work wants keyword adminvm" from work @adminvm test.Admin
expect 0 "work wants name dom0" from work dom0 test.Admin
expect 0 "dom0 test.Who vault" "$client" vault test.Who
expect 126 "" "$client" work test.Who
[ "$(head -c 3000000 /dev/zero | "$client" vault test.Echo | wc -c)" = 3000000 ] || fail "the admin domain's bulk"
expect 0 "" "$client" vault test.Echo /bin/true

# ---- Much data, many calls ----

head -c 20000000 /dev/urandom >"$dir/bulk"
from work vault test.Echo <"$dir/bulk" >"$dir/bulk.back" || fail "bulk: exit code $?"
cmp "$dir/bulk" "$dir/bulk.back" || fail "bulk came back different"
# A reader that starts late gets everything all the same.
{ from work vault test.Echo <"$dir/bulk" || echo "exit code $?" >&2; } | { sleep 3; cat >"$dir/bulk.back"; }
cmp "$dir/bulk" "$dir/bulk.back" || fail "a late reader lost something"
calls=()
for i in $(seq 30); do
  from work vault "test.Who+$i" >"$dir/many.$i" </dev/null & calls+=($!)
done
for pid in "${calls[@]}"; do wait "$pid" || fail "one of many calls: exit code $?"; done
for i in $(seq 30); do [ "$(cat "$dir/many.$i")" = "work test.Who+$i vault" ] || fail "call $i of many"; done

# ---- Ends that vanish ----

gone() { ! kill -0 "$1" 2>/dev/null; }
mkfifo "$dir/never"
held() { [ -s "$dir/hold" ] && [ "$(cat "$dir/held")" = held ]; }
hold() {
  rm -f "$dir/hold"
  from work vault test.Hold <>"$dir/never" >"$dir/held" 2>"$dir/stderr" &
  caller=$!
  eventually held
}
hold
kill -KILL "$(pgrep -P "$caller" || echo "$caller")"
wait "$caller" 2>/dev/null && fail "a killed caller ended well"
eventually gone "$(cat "$dir/hold")"

hold
kill -KILL "$(cat "$dir/hold")"
code=0
wait "$caller" || code=$?
[ "$code" = 137 ] || fail "a killed service gave $code"

hold
kill -KILL "$(cat "$dir/pids/vault")" # the agent alone: what it serves goes on
sleep 0.5
kill -0 "$(cat "$dir/hold")" || fail "the service died with the agent"
session=$(ps -o ppid= -p "$(cat "$dir/hold")")
kill -KILL "$session"
code=0
wait "$caller" || code=$?
[ "$code" = 125 ] || fail "a lost session gave $code"
kill -KILL "$(cat "$dir/hold")"
"$admin" stop vault
"$admin" start vault
eventually connected vault 2
expect 0 "work test.Who vault" from work vault test.Who

# ---- A domain that is destroyed at once: nobody there says farewell ----

rm -f "$dir/hold"
"$client" vault test.Hold <>"$dir/never" >"$dir/held" 2>"$dir/stderr" &
caller=$!
eventually held
frozen=("$(cat "$dir/pids/vault")" "$(ps -o ppid= -p "$(cat "$dir/hold")" | tr -d ' ')" "$(cat "$dir/hold")")
kill -STOP "${frozen[@]}"
rm "$dir/pids/vault" # the driver's stop has nothing left to do
"$admin" stop vault
eventually grep -q "vault: the agent's connection ended: the domain is off" "$dir/daemon.log"
code=0
wait "$caller" || code=$?
[ "$code" = 125 ] || fail "a call to a destroyed domain gave $code"
kill -KILL "${frozen[@]}"
"$admin" start vault
eventually connected vault 3
expect 0 "work test.Who vault" from work vault test.Who

# ---- Targets that do not run ----

expect 0 "work test.Who late" from work late test.Who
[ "$("$admin" list --raw | grep '^late|' | cut -d'|' -f3)" = Running ] || fail "late does not run"
expect 126 "" from work other test.Who
grep -q "work -> other: test.Who: refused: the target does not run" "$dir/daemon.log" || fail "why other was refused"
expect 126 "" from work broken test.Who
grep -q "broken: .*out of order" "$dir/daemon.log" || fail "the driver's reason is not in the log"

# ---- Disposables ----

"$admin" create maker-app --class AppVM --label red --template maker 2>/dev/null && fail "an AppVM of a StandaloneVM"
mkdir -p "$dir/templates"
echo image >"$dir/templates/image"
"$admin" template register base "$dir/templates/image" "$(sha256sum "$dir/templates/image" | cut -d' ' -f1)"
"$admin" remove maker --force
"$admin" create maker --class AppVM --label red --template base
"$admin" prefs maker default_user "$(id -un)"
"$admin" prefs maker template_for_dispvms yes
output=$(from work @dispvm test.Who </dev/null)
[[ $output =~ ^work\ test.Who\ disp[0-9]+$ ]] || fail "disposable: $output"
no_disposable() { ! "$admin" list --raw | grep -q '^disp'; }
eventually no_disposable

# ---- A person is asked ----

echo 'echo vault' >"$dir/person"
expect 0 "work test.Ask vault" from work vault test.Ask
grep -q '^work test.Ask vault .*vault' "$dir/asked" || fail "asked: $(cat "$dir/asked")"
echo 'exit 1' >"$dir/person"
expect 126 "" from work vault test.Ask
echo 'echo dom0' >"$dir/person" # not on offer
expect 126 "" from work vault test.Ask
echo 'echo vault; exit 1' >"$dir/person"
expect 126 "" from work vault test.Ask

# ---- A policy with a mistake denies all ----

echo 'test.Who * work vault alow' >"$QUBES_CONFIG/policy.d/10-mistake.policy"
expect 126 "" from work vault test.Who
rm "$QUBES_CONFIG/policy.d/10-mistake.policy"
expect 0 "work test.Who vault" from work vault test.Who

# ---- A domain with an agent of its own making ----

"$admin" start other >/dev/null
kill "$(cat "$dir/pids/other")"
eventually gone "$(cat "$dir/pids/other")"
VCHAN_DOMAIN=$("$admin" prefs other id) "$hostile" || fail "the hostile agent saw something wrong"
grep -q "other: [0-9]* more lines like those were kept back" "$dir/daemon.log" || fail "a domain may fill the log"
expect 0 "work test.Who vault" from work vault test.Who

# ---- The daemon starts again ----

kill "$(cat "$dir/pids/daemon")"
eventually gone "$(cat "$dir/pids/daemon")"
expect 126 "" from work vault test.Who
start_daemon
eventually connected work 2
eventually connected vault 4
expect 0 "work test.Who vault" from work vault test.Who

left() { find "$VCHAN_SOCKET_DIR" -name 'vchan.*' ! -name 'vchan.*.0.512.sock'; }
nothing_left() { [ -z "$(left)" ]; }
eventually nothing_left
echo "calls ($channels): good"
