#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every scenario of tests/peer.c with two processes that play two domains:
# two-ends.sh PEER [RUNNER], where RUNNER is wine for a Windows program.
set -euo pipefail

peer=$1
runner=${2:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export VCHAN_SOCKET_DIR=$dir
base=$((20000 + $$ % 20000)) # so that two runs do not meet

run() {
  if [ -n "$runner" ]; then "$runner" "$peer" "$@"; else "$peer" "$@"; fi
}

# both NAME PORT FIRST EXPECTED: the serving end plays domain 1, the other domain 2.
both() {
  local scenario=$1 port=$2 first=$3 expected=$4 server=0 client=0
  if [ "$first" = server ]; then
    VCHAN_DOMAIN=1 run serve 2 "$port" "$scenario" & server_pid=$!
    sleep 0.3
    VCHAN_DOMAIN=2 run connect 1 "$port" "$scenario" || client=$?
    wait "$server_pid" || server=$?
  else
    VCHAN_DOMAIN=2 run connect 1 "$port" "$scenario" & client_pid=$!
    sleep 0.3
    VCHAN_DOMAIN=1 run serve 2 "$port" "$scenario" || server=$?
    wait "$client_pid" || client=$?
  fi
  if [ "$server" != 0 ] || [ "$client" != "$expected" ]; then
    echo "two-ends: $scenario, $first first: server exited $server, client $client" >&2
    exit 1
  fi
  if [ -n "$(ls -A "$dir")" ]; then
    echo "two-ends: $scenario left something behind: $(ls "$dir")" >&2
    exit 1
  fi
  echo "two-ends: $scenario, $first first: good"
}

VCHAN_CONNECT_TIMEOUT=200 run alone 0 "$base" alone
echo "two-ends: alone: good"
killed=137 # 128 + SIGKILL
[ -z "$runner" ] || killed=9
port=$base
for scenario in echo duplex last-words stalled limits; do
  for first in server client; do
    port=$((port + 1))
    both "$scenario" "$port" "$first" 0
  done
done
both killed $((port + 1)) server "$killed"

if [ -z "$runner" ] && [[ $peer == */peer ]]; then
  # What a killed server leaves behind is not in the way of the next one.
  VCHAN_DOMAIN=1 "$peer" serve 2 "$((port + 2))" echo & pid=$!
  until [ -e "$dir/vchan.1.2.$((port + 2)).sock" ]; do sleep 0.05; done
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
  [ -e "$dir/vchan.1.2.$((port + 2)).sock" ]
  both echo $((port + 2)) client 0
fi
