#!/bin/sh
# A hook of initramfs-tools(7): takes along what verity-open.sh starts.
set -eu
[ "${1:-}" != prereqs ] || exit 0
# shellcheck source=/dev/null
. /usr/share/initramfs-tools/hook-functions
copy_exec /usr/sbin/veritysetup
