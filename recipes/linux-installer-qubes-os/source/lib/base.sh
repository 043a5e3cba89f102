# The base system: the medium's squashfs, copied as it is.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of all subjects: bin/qubes-install has them together
set -euo pipefail

copy_base() {
  say 'copying the base system'
  mkdir -p "$work/base"
  mount -t squashfs -o ro,loop "$medium/qubes/system.squashfs" "$work/base"
  cp --archive "$work/base/." "$target/" >"$work/said" 2>&1 &
  await_copy "$!"
  umount "$work/base"
}

# Tells how far it is, rarely: asking costs processes.
await_copy() { # PID
  local pid=$1 ended='' status=0 blocks free size sleeper
  until [ "$ended" = "$pid" ]; do
    sleep 20 &
    sleeper=$!
    status=0
    wait -n -p ended "$pid" "$sleeper" || status=$?
    if [ "$ended" != "$pid" ]; then
      read -r blocks free size < <(stat --file-system --format='%b %f %S' "$target")
      say "copied $(((blocks - free) * size / mib)) MiB"
    fi
  done
  kill "$sleeper" 2>/dev/null || true
  [ "$status" = 0 ] || {
    cat "$work/said" >>"$log"
    refuse 1 base/copy 'the base system could not be copied' "read $log; the disk may be broken or too small"
  }
}
