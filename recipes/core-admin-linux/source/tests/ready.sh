#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The installed system says on every console that it is up, and nothing when it does not know what it is.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
QUBES_ROOT=$(mktemp -d)
export QUBES_ROOT
trap 'rm -rf "$QUBES_ROOT"' EXIT
mkdir -p "$QUBES_ROOT"/{dev,etc/qubes,sys/class/tty/console}
echo 'tty0 hvc0' >"$QUBES_ROOT/sys/class/tty/console/active"

printf 'TITLE=Qubes OS\nNAME=qubes-os\nVERSION=3.0.10\nPACKAGES=a b\n' >"$QUBES_ROOT/etc/qubes/product.conf"
"$here/scripts/system-ready"
for console in tty0 hvc0; do
  [ "$(cat "$QUBES_ROOT/dev/$console")" = $'\r\nqubes ready: qubes-os 3.0.10\r' ] || {
    echo "ready: $console says $(cat "$QUBES_ROOT/dev/$console")" >&2
    exit 1
  }
done

rm "$QUBES_ROOT"/dev/*
echo 'NAME=qubes-os' >"$QUBES_ROOT/etc/qubes/product.conf"
if "$here/scripts/system-ready" || [ -e "$QUBES_ROOT/dev/hvc0" ]; then
  echo 'ready: something is said about a system without a version' >&2
  exit 1
fi
