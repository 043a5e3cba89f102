#!/bin/bash
# Runs a command with a small file system of its own.
#
# usage: unshare --map-auto --map-root-user --mount bash on-tmpfs.sh DIRECTORY OPTIONS COMMAND...
#   mounts a tmpfs with OPTIONS on DIRECTORY for the command alone; with OPTIONS `rw`, runs the command, makes
#   the file system read-only and runs the command again
set -euo pipefail
directory=$1 options=$2
shift 2
mount -t tmpfs -o "$options" tmpfs "$directory"
if [ "$options" = rw ]; then
  "$@"
  mount -o remount,ro "$directory"
fi
exec "$@"
