#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tor's configuration, judged by tor, and what is refused before anything is written.
#
#   configuration.sh BUILD   BUILD may be written to
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
scratch=$(cd "$1" && pwd)/scratch
rm -rf "$scratch"
mkdir -p "$scratch"
TOR_GATEWAY_USER=$(id -un)
export TOR_GATEWAY_SHARE=$here/../share TOR_GATEWAY_RW=$scratch/rw TOR_GATEWAY_CONFIG=$here/../share/tor-gateway.conf
export TOR_GATEWAY_USER HOME=$scratch

fail() { echo "configuration.sh: not so: $*" >&2; exit 1; }
gateway() { "$here/../scripts/tor-gateway" "$@"; }
code_of() { local code=0; "$@" >"$scratch/out" 2>"$scratch/err" || code=$?; echo "$code"; }
verify() { tor --verify-config --defaults-torrc /dev/null -f "$scratch/torrc" "$@" >"$scratch/out" 2>&1; }

# Without a private volume Tor's files are those of the system.
gateway torrc "$scratch/torrc"
grep -qx 'DataDirectory /var/lib/qubes-tor' "$scratch/torrc" || fail 'the system has the data'
verify --DataDirectory "$scratch/data" || fail "tor understands it: $(cat "$scratch/out")"
if grep -n '@' "$scratch/torrc"; then fail 'every place is filled'; fi

# With one, they and the person's settings are kept there.
mkdir -p "$scratch/rw/config/tor.d"
echo 'UseBridges 0' >"$scratch/rw/config/tor.d/mine.conf"
gateway torrc "$scratch/torrc"
grep -qx "DataDirectory $scratch/rw/qubes-tor" "$scratch/torrc" || fail 'the private volume has the data'
[ "$(stat -c %a "$scratch/rw/qubes-tor")" = 700 ] || fail 'they are nobody else'"'"'s'
verify || fail "tor understands it: $(cat "$scratch/out")"
echo 'NoSuchSetting 1' >"$scratch/rw/config/tor.d/mine.conf"
if verify; then fail 'the person'"'"'s settings are read'; fi

# The domain's own configuration replaces the system's; what could be more than a name is refused.
for bad in 'UPLINK=eth0"; accept' 'UPLINK=eth0/x' 'UPLINK=-x' 'UPLINK=' 'SHELL=x'; do
  printf '%s\n' "$bad" >"$scratch/rw/config/tor-gateway.conf"
  [ "$(code_of gateway torrc "$scratch/none")" = 1 ] || fail "$bad is refused"
  [ ! -e "$scratch/none" ] || fail "$bad: nothing is written"
done
[ "$(code_of gateway)" = 2 ] || fail 'a verb is needed'

# The unit starts tor with that file, and after the rules.
grep -q -- '-f /run/qubes-tor/torrc' "$here/../units/qubes-tor.service" || fail 'the unit has the file'
grep -qx 'Requires=qubes-tor-firewall.service' "$here/../units/qubes-tor.service" || fail 'without rules no Tor'
echo 'configuration: good'
